package file

import "golang.org/x/sys/unix"

// networkName returns the name of the network file system that a directory is on; "" if it is local or not known.
func networkName(dir string) string {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil || stat.Flags&unix.MNT_LOCAL != 0 {
		return ""
	}
	return unix.ByteSliceToString(stat.Fstypename[:])
}
