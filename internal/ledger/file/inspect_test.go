package file

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHolders(t *testing.T) {
	l, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if holders, err := l.Holders(t.Context()); err != nil || len(holders) != 0 {
		t.Errorf("a new ledger has the holders %v, %v", holders, err)
	}
	for _, target := range []string{"sulu https://a.example.com", "sulu https://b.example.com"} {
		lock, err := l.lock(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := lock.Release(); err != nil {
				t.Error(err)
			}
		}()
	}
	holders, err := l.Holders(t.Context())
	if err != nil || len(holders) != 2 || holders[0].Who != thisProcess() || holders[1].Who != thisProcess() {
		t.Errorf("got %v, %v, want this process twice", holders, err)
	}
	if err := os.RemoveAll(filepath.Join(l.dir, locksFolder)); err != nil {
		t.Fatal(err)
	}
	if holders, err := l.Holders(t.Context()); err != nil || len(holders) != 0 {
		t.Errorf("without a folder of locks: %v, %v", holders, err)
	}
}

func TestVersion(t *testing.T) {
	l, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if version, err := l.Version(t.Context()); err != nil || version != len(migrations()) {
		t.Errorf("version %d, %v", version, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Version(t.Context()); err == nil {
		t.Error("a closed ledger has a version")
	}
}
