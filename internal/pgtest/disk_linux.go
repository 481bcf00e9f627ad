package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// OnDisks is a server of one test whose data and whose write-ahead log are on small disks: file systems in memory.
type OnDisks struct {
	*Cluster
	data, wal string // the directories
}

// StartOnDisks starts such a server. It is stopped at the end of the test. Mounting requires root: without it the test is
// skipped, and fails in CI.
func StartOnDisks(t testing.TB) *OnDisks {
	t.Helper()
	require(t)
	if os.Getuid() != 0 && os.Getenv("CI") != "true" {
		t.Skip("a disk can be mounted by root only")
	}
	var (
		o     OnDisks
		gone  *exec.Cmd
		alive io.Closer
		err   error
	)
	o.Cluster, err = start(func(c *Cluster) (err error) {
		o.data, o.wal = filepath.Join(c.dir, "data"), filepath.Join(c.dir, "wal")
		c.initdb = []string{"--waldir=" + o.wal, "--wal-segsize=1"}
		if err := errors.Join(mount(c.dir, o.data, 160<<20), mount(c.dir, o.wal, 16<<20)); err != nil {
			return err
		}
		gone = exec.Command("sh", "-c", `cat >/dev/null
while [ -f data/postmaster.pid ]; do sleep 0.1; done
umount --lazy data wal
rm -rf "$PWD"`)
		gone.Dir, gone.SysProcAttr = c.dir, &syscall.SysProcAttr{Setpgid: true}
		if alive, err = gone.StdinPipe(); err != nil {
			return err
		}
		return gone.Start()
	})
	if err != nil {
		t.Fatalf("starting PostgreSQL on small disks: %v", err)
	}
	t.Cleanup(func() {
		if err := errors.Join(o.alive.Close(), alive.Close(), gone.Wait()); err != nil {
			t.Error(err)
		}
	})
	return &o
}

// mount makes a file system in memory of so many bytes, for the owner of a cluster's directory.
func mount(cluster, dir string, size int64) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	options := fmt.Sprintf("size=%d,mode=700", size)
	if owner, ok := ownerOf(cluster); ok {
		options += fmt.Sprintf(",uid=%d,gid=%d", owner.Uid, owner.Gid)
	}
	return os.NewSyscallError("mount", syscall.Mount("tmpfs", dir, "tmpfs", 0, options))
}

// filler is the name of the file that fills a disk.
const filler = "filler"

// FillData leaves no space on the disk of the data.
func (o *OnDisks) FillData(t testing.TB) {
	t.Helper()
	fill(t, o.data)
}

// FillLog leaves no space on the disk of the write-ahead log, and writes until the server ends or restarts because of it.
func (o *OnDisks) FillLog(t testing.TB) {
	t.Helper()
	fill(t, o.wal)
	for range 32 {
		if _, err := o.psql("postgres", "SELECT count(pg_logical_emit_message(false, '', repeat('x', 100000))) FROM generate_series(1, 20)"); err != nil {
			return
		}
	}
	t.Fatal("the server writes without space")
}

func fill(t testing.TB, dir string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, filler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for err == nil {
		_, err = file.Write(make([]byte, 4<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// Free frees the space, and starts the server again if it has ended.
func (o *OnDisks) Free(t testing.TB) {
	t.Helper()
	for _, dir := range []string{o.data, o.wal} {
		if err := os.Remove(filepath.Join(dir, filler)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	var err error
	for range 50 {
		if _, err = o.psql("postgres", "SELECT 1"); err == nil {
			return
		}
		if _, gone := os.Stat(filepath.Join(o.data, "postmaster.pid")); gone != nil {
			err = o.serve()
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Fatal(err)
}
