package file

import "golang.org/x/sys/unix"

// networkName returns the name of the network file system that a directory is on; "" if it is local or not known.
func networkName(dir string) string {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return ""
	}
	return networkOf(uint32(stat.Type))
}

// networkOf returns the name of a network file system by its number in statfs(2), "" for every other one.
func networkOf(number uint32) string {
	return map[uint32]string{
		unix.NFS_SUPER_MAGIC:  "nfs",
		unix.SMB_SUPER_MAGIC:  "smb",
		unix.CIFS_SUPER_MAGIC: "cifs",
		unix.SMB2_SUPER_MAGIC: "smb2",
		unix.AFS_SUPER_MAGIC:  "afs",
		unix.CEPH_SUPER_MAGIC: "ceph",
		unix.CODA_SUPER_MAGIC: "coda",
		0x47504653:            "gpfs",
		0x0BD00BD0:            "lustre",
	}[number]
}
