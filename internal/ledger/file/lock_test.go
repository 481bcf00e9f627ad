package file

import (
	"errors"
	"os"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
)

// A lock file that cannot be read names nobody, and still keeps others out.
func TestLockFileWithGarbage(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	if err := os.WriteFile(lock.path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := l.lock(t.Context(), "target")
	locked, ok := errors.AsType[*ledger.LockedError](err)
	if !ok || locked.Holder != (ledger.Holder{}) {
		t.Errorf("got %v", err)
	}
}
