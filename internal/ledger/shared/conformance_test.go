package shared_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/pgtest"
)

func TestMain(m *testing.M) {
	// Every step of a property goes to the database. The command line wins.
	_ = flag.Set("rapid.checks", "5")
	goleak.VerifyTestMain(m)
}

// key is a key of digests.
var key = []byte("a key of digests for tests")

// open opens a ledger as another process of the machine with a state directory.
func open(t testing.TB, url, dir string) *shared.Ledger {
	t.Helper()
	l, err := shared.Open(t.Context(), shared.Config{URL: url, Key: key, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestConformance(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	ledgertest.Test(t, func(t testing.TB) func() ledger.Store {
		url, dir := cluster.Database(t), t.TempDir()
		return func() ledger.Store { return open(t, url, dir) }
	})
}

// Nothing is bound to a session of the database.
func TestConformanceThroughPgBouncer(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	ledgertest.Test(t, func(t testing.TB) func() ledger.Store {
		url, dir := cluster.Bouncer(t, cluster.Database(t)), t.TempDir()
		return func() ledger.Store { return open(t, url, dir) }
	})
}
