package file

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
)

func TestStateDir(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, goos string
		env        map[string]string
		want       string
	}{
		{"named", "linux", map[string]string{"USHER_STATE_DIR": "/data/usher", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/data/usher"},
		{"xdg", "linux", map[string]string{"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/usher"},
		{"relative xdg counts as none", "linux", map[string]string{"XDG_STATE_HOME": "x", "HOME": "/h"}, "/h/.local/state/usher"},
		{"linux", "linux", map[string]string{"HOME": "/h"}, "/h/.local/state/usher"},
		{"darwin", "darwin", map[string]string{"HOME": "/h"}, "/h/Library/Application Support/usher"},
		{"windows", "windows", map[string]string{"LocalAppData": "/c/local", "HOME": "/h"}, "/c/local/usher"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := stateDir(test.goos, func(name string) string { return test.env[name] })
			if err != nil || got != filepath.FromSlash(test.want) {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestStateDirWithoutHome(t *testing.T) {
	t.Parallel()
	_, err := StateDir(func(string) string { return "" })
	if failure, ok := errors.AsType[*ledger.Error](err); !ok || failure.Kind != ledger.Unwritable {
		t.Errorf("got %v", err)
	}
}

func TestStateDirIsAbsolute(t *testing.T) {
	t.Parallel()
	got, err := StateDir(func(name string) string {
		if name == EnvStateDir {
			return "state"
		}
		return ""
	})
	if err != nil || !filepath.IsAbs(got) {
		t.Errorf("got %q, %v", got, err)
	}
}

// Folders and files that the store makes are for their owner alone; a folder
// that was there keeps its mode.
func TestModes(t *testing.T) {
	t.Parallel()
	given := t.TempDir()
	if err := os.Chmod(given, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(given, "deep", "usher [1] 100% ?#") // no character of a path is special
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	if err := run.Intend(t.Context(), ledger.Intent{Row: 1, Digest: ledgertest.Person(1)}); err != nil {
		t.Fatal(err)
	}
	plan, err := l.newPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	seen := 0
	err = filepath.WalkDir(given, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		want := os.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if path == given {
			want = 0o755
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		seen++
		return err
	})
	if err != nil || seen < 8 { // three folders above, locks, two locks, the file and its two companions
		t.Errorf("saw %d files, %v", seen, err)
	}
}

// A file that others could read is narrowed when it is opened.
func TestModeIsNarrowed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, dir)
	path := filepath.Join(dir, FileName)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openTest(t, dir)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}
