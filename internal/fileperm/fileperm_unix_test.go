//go:build unix

package fileperm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestStrangers(t *testing.T) {
	for _, test := range []struct {
		owner, user int
		want        bool
	}{
		{1000, 1000, false}, {0, 1000, false}, {1001, 1000, true}, {65534, 1000, true},
		{0, 0, false}, {1000, 0, false}, // root in a container, in a directory of the host's user
	} {
		if got := isStranger(test.owner, test.user); got != test.want {
			t.Errorf("a file of %d is a stranger's to %d: %v", test.owner, test.user, got)
		}
	}
}

func TestOpenFolders(t *testing.T) {
	for _, test := range []struct {
		mode        fs.FileMode
		owner, user int
		want        bool
	}{
		{0o700, 1000, 1000, false}, {0o755, 1000, 1000, false}, {0o775, 1000, 1000, false},
		{0o777, 1000, 1000, true}, {0o702, 1000, 1000, true},
		{0o777 | fs.ModeSticky, 1000, 1000, false},
		{0o777, 0, 1000, false}, // a volume that a container platform mounts
		{0o777, 0, 0, false},
	} {
		if got := isOpenTo(test.mode, test.owner, test.user); got != test.want {
			t.Errorf("%v of %d for %d: %v", test.mode, test.owner, test.user, got)
		}
	}
}

func TestCheckFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	plain, link, dangling, pipe := path("plain"), path("link"), path("dangling"), path("pipe")
	for _, err := range []error{
		os.WriteFile(plain, nil, 0o600), os.Symlink(plain, link), os.Symlink(path("nowhere"), dangling), syscall.Mkfifo(pipe, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]error{plain: nil, path("missing"): nil, link: errLink, dangling: errLink, pipe: errIrregular, dir: nil} {
		if err := CheckFile(name); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", filepath.Base(name), err, want)
		}
	}
	if err := CheckDir(dir); err != nil {
		t.Errorf("a folder of one's own: %v", err)
	}
	if err := CheckDir(path("missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is missing: %v", err)
	}
}

// A link is followed where this user or root has made it.
func TestCheckLink(t *testing.T) {
	dir := t.TempDir()
	plain, link := filepath.Join(dir, "plain"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(plain, nil, 0o600), os.Symlink(plain, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{plain, link, filepath.Join(dir, "missing")} {
		if err := CheckLink(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := os.Lchown(link, 12345, -1); err != nil {
		t.Skip("only root can make a link for another user: ", err)
	}
	if err := CheckLink(link); !errors.Is(err, errOthersLink) {
		t.Errorf("another user's link: %v", err)
	}
}
