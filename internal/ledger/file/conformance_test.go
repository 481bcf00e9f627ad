package file

import (
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	ledgertest.Test(t, func(t testing.TB) func() ledger.Store {
		dir := t.TempDir()
		return func() ledger.Store {
			l, err := Open(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
	})
}
