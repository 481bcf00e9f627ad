//go:build unix

package file

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

// A link that somebody has planted in the state directory is refused, and what it
// leads to keeps its content and its mode.
func TestPlantedLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	const target = "sulu https://api.example.com"
	lockName := filepath.Base((&Ledger{}).lockPath(target))
	for _, name := range []string{FileName, FileName + "-wal", FileName + "-shm", FileName + "-journal", "locks", "locks/open.lock", "locks/" + lockName} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, elsewhere := t.TempDir(), t.TempDir()
			victim := filepath.Join(elsewhere, "victim")
			planted := filepath.Join(dir, name)
			if name == "locks" {
				victim = elsewhere
			} else if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(planted), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(victim, planted); err != nil {
				t.Fatal(err)
			}
			l, err := Open(t.Context(), dir)
			if err == nil {
				t.Cleanup(func() { _ = l.Close() })
				if _, err := l.Holders(t.Context(), target); !isUnsafe(err) {
					t.Errorf("asked who holds the target: %v", err)
				}
				_, err = l.lock(t.Context(), target)
			}
			if !isUnsafe(err) {
				t.Fatalf("got %v", err)
			}
			if name == "locks" {
				if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
					t.Errorf("the folder behind the link holds %v, %v", left, err)
				}
				return
			}
			text, err := os.ReadFile(victim)
			info, statErr := os.Stat(victim)
			if err != nil || statErr != nil || string(text) != "precious" || info.Mode().Perm() != 0o644 {
				t.Errorf("the file behind the link is %q, %v, %v", text, info, err)
			}
		})
	}
}

// The state directory itself may be reached through a link of the user's.
func TestStateFolderBehindALink(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "state")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	openTest(t, link)
}

// The scratch file of a plan has a name that nobody can foresee, and what is
// left over of one is removed without following it.
func TestPlantedScratchFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	planted := filepath.Join(dir, scratch.Prefix+"1.db")
	if err := os.Symlink(victim, planted); err != nil {
		t.Fatal(err)
	}
	openTest(t, dir)
	if _, err := os.Lstat(planted); !os.IsNotExist(err) {
		t.Errorf("the left-over is there: %v", err)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "precious" {
		t.Errorf("the file behind the link is %q, %v", text, err)
	}
}

func isUnsafe(err error) bool {
	failure, ok := errors.AsType[*ledger.Error](err)
	return ok && failure.Kind == ledger.Unsafe
}
