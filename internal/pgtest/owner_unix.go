//go:build unix

package pgtest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// handOver gives the directory to the user postgres if this process runs as root, because the servers refuse to.
func (c *Cluster) handOver() error {
	if os.Getuid() != 0 {
		return nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(owner.Gid)
	if err != nil {
		return err
	}
	return os.Chown(c.dir, uid, gid)
}

// asOwner lets a command run as the owner of a directory, in a process group of its own: an interrupt at the terminal
// does not reach it.
func asOwner(cmd *exec.Cmd, dir string) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if owner, ok := ownerOf(dir); ok && os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}
	}
}

// giveToOwner gives a file to the owner of a directory.
func giveToOwner(path, dir string) error {
	owner, ok := ownerOf(dir)
	if !ok || os.Getuid() != 0 {
		return nil
	}
	return os.Chown(path, int(owner.Uid), int(owner.Gid))
}

// ownerOf returns the status of a directory.
func ownerOf(dir string) (*syscall.Stat_t, bool) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return stat, ok
}
