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

// EnvStateDir is the environment variable with the path of the state directory.
const EnvStateDir = "USHER_STATE_DIR"

// StateDir returns the state directory: USHER_STATE_DIR, else usher in XDG_STATE_HOME, else the platform's default
// (~/.local/state/usher, ~/Library/Application Support/usher, %LocalAppData%\usher). It does not create the
// directory. It returns an [*ledger.Error] if the environment has no path.
func StateDir(getenv func(name string) string) (string, error) {
	return stateDir(runtime.GOOS, getenv)
}

func stateDir(goos string, getenv func(string) string) (string, error) {
	if dir := getenv(EnvStateDir); dir != "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return "", fail(unwritable(err), "find the state directory", dir, err)
		}
		return absolute, nil
	}
	// The XDG specification ignores relative paths.
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
		return "", fail(ledger.Unwritable, "find the state directory", "", errors.New("no home directory in the environment"))
	}
	return filepath.Join(home, filepath.FromSlash(inside)), nil
}

// makeDir creates a directory that only its owner can enter, and makes its parent directories durable, because
// a ledger is lost if power loss removes its directory. It does not change an existing directory.
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

// checkDir returns an error if another user can change the state directory, or if a file in it is a symbolic
// link or is owned by another user.
func (l *Ledger) checkDir() error {
	refuse := func(path string, err error) error {
		return fail(ledger.Unsafe, "use", path, err)
	}
	if err := fileperm.CheckDir(l.dir); err != nil {
		return refuse(l.dir, err)
	}
	if err := checkNetwork(l.dir, networkName(l.dir)); err != nil {
		return err
	}
	locks := filepath.Join(l.dir, locksFolder)
	if info, err := os.Lstat(locks); err != nil || !info.IsDir() {
		return refuse(locks, errors.Join(errors.New("not a directory"), err))
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

// makeFile creates an empty file that only its owner can read, and removes the permissions of others from an
// existing one and from SQLite's files beside it. It never opens an existing file: closing it again would drop the
// locks of this process on it.
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
