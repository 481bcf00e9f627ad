package shared_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/pgtest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const target = "sulu https://api.example.com"

// machine is a machine with its own state directory, and the shortest lease.
func machine(t testing.TB, url string) *shared.Ledger {
	t.Helper()
	l, err := shared.Open(t.Context(), shared.Config{URL: url, Key: key, Dir: t.TempDir(), Lease: shared.ShortestLease})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// intend makes the intents of the rows from first to last durable.
func intend(t testing.TB, run ledger.Run, first, last int) {
	t.Helper()
	for row := first; row <= last; row++ {
		if err := run.Intend(t.Context(), ledger.Intent{Row: row, Digest: ledgertest.Person(row)}); err != nil {
			t.Fatal(err)
		}
	}
}

func kindOf(err error) ledger.Kind {
	if failure, ok := errors.AsType[*ledger.Error](err); ok {
		return failure.Kind
	}
	return ""
}

// doubtOf returns the standing and the doubt of a user.
func doubtOf(t testing.TB, l *shared.Ledger, row int) (ledger.Presence, string) {
	t.Helper()
	finding, err := l.KnownByKey(t.Context(), ledger.KeyDigests{Form: ledgertest.Person(row)})
	if err != nil {
		t.Fatal(err)
	}
	return finding.Standing, finding.Doubt
}

// A machine that was paused past its lease records nothing more except that users exist.
func TestTakeover(t *testing.T) {
	t.Parallel()
	url := pgtest.Start(t).Database(t)
	first, second := machine(t, url), machine(t, url)
	paused := ledgertest.Begin(t, ledgertest.Lock(t, first, target))
	intend(t, paused, 1, 4)

	taken := ledgertest.Begin(t, takeOver(t, second, url))
	for row, want := range map[int]string{1: ledger.DoubtForeign, 4: ledger.DoubtForeign} {
		if standing, doubt := doubtOf(t, second, row); standing != ledger.Doubtful || doubt != want {
			t.Errorf("row %d: got %v, %q", row, standing, doubt)
		}
	}

	if err := paused.Intend(t.Context(), ledger.Intent{Row: 5, Digest: ledgertest.Person(5)}); kindOf(err) != ledger.Unlocked {
		t.Errorf("an intent after the takeover gave %v", err)
	}
	if err := paused.MaySend(t.Context()); kindOf(err) != ledger.Unlocked {
		t.Errorf("sending after the takeover gave %v", err)
	}
	_ = paused.Record(t.Context(), ledger.Outcome{Row: 1, Digest: ledgertest.Person(1), State: rowstate.Created, UserID: "u1", Sends: 1})
	_ = paused.Record(t.Context(), ledger.Outcome{Row: 2, Digest: ledgertest.Person(2), State: rowstate.Failed, Sends: 1})
	if err := paused.Withdraw(t.Context(), 3); err != nil {
		t.Errorf("withdrawing what was not sent: %v", err)
	}
	if err := paused.Finish(t.Context(), ledger.Summary{}); kindOf(err) != ledger.Unlocked {
		t.Errorf("finishing after the takeover gave %v", err)
	}
	for row, want := range map[int]ledger.Presence{1: ledger.Exists, 2: ledger.Doubtful, 3: ledger.New, 4: ledger.Doubtful, 5: ledger.New} {
		if standing, _ := doubtOf(t, second, row); standing != want {
			t.Errorf("row %d is %v, want %v", row, standing, want)
		}
	}
	if err := taken.MaySend(t.Context()); err != nil {
		t.Errorf("the machine that has the lease: %v", err)
	}
	if err := taken.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Error(err)
	}
}

// takeOver locks the target as if its machine had been paused for longer than the lease.
func takeOver(t testing.TB, l *shared.Ledger, url string) ledger.Lock {
	t.Helper()
	for {
		pgtest.Start(t).Exec(t, url, `UPDATE usher.leases SET expires = now() - interval '1 second'`)
		lock, err := l.Lock(t.Context(), target)
		if is[*ledger.LockedError](err) {
			continue // the other machine renewed it in between
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = lock.Release() })
		return lock
	}
}

// What a machine took over remains foreign for it, and for the machine that sent it, when they look again.
func TestForeignDoubtRemains(t *testing.T) {
	t.Parallel()
	url := pgtest.Start(t).Database(t)
	first, second := machine(t, url), machine(t, url)
	sent := ledgertest.Begin(t, ledgertest.Lock(t, first, target))
	intend(t, sent, 1, 1)
	held := takeOver(t, second, url)
	taken := ledgertest.Begin(t, held)
	ledgertest.RecordAll(t, taken, ledger.Outcome{Row: 1, Digest: ledgertest.Person(1), State: rowstate.Unknown, Doubt: ledger.DoubtForeign, Sends: 1})
	if err := errors.Join(taken.Finish(t.Context(), ledger.Summary{}), held.Release()); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*shared.Ledger{first, second} {
		if standing, doubt := doubtOf(t, l, 1); standing != ledger.Doubtful || doubt != ledger.DoubtForeign {
			t.Errorf("got %v, %q", standing, doubt)
		}
	}
}

// A lease that is renewed does not end, however short it is.
func TestRenewal(t *testing.T) {
	t.Parallel()
	url := pgtest.Start(t).Database(t)
	first, second := machine(t, url), machine(t, url)
	run := ledgertest.Begin(t, ledgertest.Lock(t, first, target))
	for range 4 {
		if _, err := second.Lock(t.Context(), target); !is[*ledger.LockedError](err) {
			t.Fatalf("got %v", err)
		}
		time.Sleep(shared.ShortestLease / 2)
		if err := run.MaySend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// Without the database nothing is sent when the lease may have ended. When it is back, the run goes on.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	proxy := pgtest.NewProxy(t, cluster.Database(t))
	l := machine(t, proxy.URL())
	run := ledgertest.Begin(t, ledgertest.Lock(t, l, target))
	intend(t, run, 1, 1)
	proxy.Refuse(true)
	soon, cancel := context.WithTimeout(t.Context(), 3*shared.ShortestLease)
	defer cancel()
	for run.MaySend(soon) == nil {
		time.Sleep(shared.ShortestLease / 50)
	}
	if soon.Err() != nil {
		t.Error("requests may be sent long after the end of the lease")
	}
	proxy.Refuse(false)
	back, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	for run.MaySend(back) != nil && back.Err() == nil {
		time.Sleep(shared.ShortestLease / 50)
	}
	intend(t, run, 2, 2)
	if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Error(err)
	}
}

// A process that was killed leaves its lease. The next one of the same machine has the target at once, and its doubts are the
// machine's own.
func TestSameMachine(t *testing.T) {
	t.Parallel()
	url, dir := pgtest.Start(t).Database(t), t.TempDir()
	killed := open(t, url, dir)
	t.Cleanup(func() { _ = killed.Close() })
	held := ledgertest.Lock(t, killed, target)
	intend(t, ledgertest.Begin(t, held), 1, 1)
	if err := shared.Abandon(held); err != nil {
		t.Fatal(err)
	}

	next := open(t, url, dir)
	t.Cleanup(func() { _ = next.Close() })
	ledgertest.Lock(t, next, target)
	if standing, doubt := doubtOf(t, next, 1); standing != ledger.Doubtful || doubt != ledger.DoubtLost {
		t.Errorf("got %v, %q", standing, doubt)
	}
}

func TestOtherKey(t *testing.T) {
	t.Parallel()
	url := pgtest.Start(t).Database(t)
	machine(t, url)
	_, err := shared.Open(t.Context(), shared.Config{URL: url, Key: []byte("another key of digests"), Dir: t.TempDir()})
	if kindOf(err) != ledger.NoKey {
		t.Errorf("got %v", err)
	}
	if _, err := shared.Open(t.Context(), shared.Config{URL: url, Key: []byte("short"), Dir: t.TempDir()}); kindOf(err) != ledger.NoKey {
		t.Errorf("got %v", err)
	}
}
