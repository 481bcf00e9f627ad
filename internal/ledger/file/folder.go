package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bring-aboard/usher/internal/fileperm"
	"github.com/bring-aboard/usher/internal/fsync"
	"github.com/bring-aboard/usher/internal/ledger"
)

// EnvStateDir is the environment variable that moves the state folder.
const EnvStateDir = "USHER_STATE_DIR"

// StateDir returns the state folder: USHER_STATE_DIR, else usher in
// XDG_STATE_HOME, else the platform's own place (~/.local/state/usher,
// ~/Library/Application Support/usher, %LocalAppData%\usher). It makes
// nothing. It fails with an [*ledger.Error] where the environment names no place.
func StateDir(getenv func(name string) string) (string, error) {
	return stateDir(runtime.GOOS, getenv)
}

func stateDir(goos string, getenv func(string) string) (string, error) {
	if dir := getenv(EnvStateDir); dir != "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return "", fail(unwritable(err), "find the state folder", dir, err)
		}
		return absolute, nil
	}
	// The XDG specification has relative paths ignored.
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "usher"), nil
	}
	home, inside := getenv("HOME"), ".local/state/usher"
	switch goos {
	case "windows":
		home, inside = getenv("LocalAppData"), "usher"
	case "darwin", "ios":
		inside = "Library/Application Support/usher"
	}
	if home == "" {
		return "", fail(ledger.Unwritable, "find the state folder", "", errors.New("the environment names no home folder"))
	}
	return filepath.Join(home, filepath.FromSlash(inside)), nil
}

// makeDir makes a folder that only its owner can enter, and makes the
// folders on the way durable, for a ledger in a folder that is lost with the
// power is lost as well. A folder that exists is left as it is.
func makeDir(dir string) error {
	var made []string
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		made = append(made, at)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, folder := range made {
		if err := fsync.Dir(filepath.Dir(folder)); err != nil {
			return err
		}
	}
	return nil
}

// checkDir refuses a state folder in which another user has a hand, and what
// stands there as a link or as another user's file where one of ours should be:
// it would be written to.
func (l *Ledger) checkDir() error {
	refuse := func(path string, err error) error {
		return fail(ledger.Unsafe, "use", path, err)
	}
	if err := fileperm.CheckDir(l.dir); err != nil {
		return refuse(l.dir, err)
	}
	locks := filepath.Join(l.dir, locksFolder)
	if info, err := os.Lstat(locks); err != nil || !info.IsDir() {
		return refuse(locks, errors.Join(errors.New("it is no folder of the state folder's own"), err))
	}
	if err := fileperm.CheckDir(locks); err != nil {
		return refuse(locks, err)
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := fileperm.CheckFile(l.path + suffix); err != nil {
			return refuse(l.path+suffix, err)
		}
	}
	return nil
}

// makeFile makes an empty file that only its owner can read, and takes the
// rights of others away from one that exists together with what SQLite keeps
// beside it. It never opens a file that exists: closing it again would drop
// the locks that this process holds on it.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		return errors.Join(file.Close(), fsync.Dir(filepath.Dir(path)))
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = os.Chmod(path+suffix, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
