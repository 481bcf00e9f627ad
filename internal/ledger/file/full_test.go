//go:build unix

package file

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// A store that cannot grow refuses the intent, keeps what it had, and writes
// the outcomes that it could not write as soon as there is room again.
func TestFullStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	pages := func(most int) {
		t.Helper()
		if _, err := run.writer.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", most)); err != nil {
			t.Fatal(err)
		}
	}
	pages(1) // not below what there is
	intended := 0
	var err error
	for err == nil && intended < 10_000 {
		if err = run.Intend(t.Context(), ledger.Intent{Row: intended + 1, Digest: ledgertest.Person(intended + 1)}); err == nil {
			intended++
		}
	}
	reasonIs(t, err, ledger.Full, l.Place())
	if !strings.Contains(advice(err), "free disk space") {
		t.Errorf("got %q", err)
	}

	// What was under way has outcomes, too long for the pages that are left.
	for row := 1; row <= intended; row++ {
		err = run.Record(t.Context(), ledger.Outcome{Row: row, Digest: ledgertest.Person(row), State: rowstate.Failed, Message: strings.Repeat("long ", 90)})
	}
	if flushed := run.Flush(t.Context()); flushed == nil {
		t.Fatalf("the store took everything; the last record gave %v", err)
	} else {
		reasonIs(t, flushed, ledger.Full, l.Place())
	}
	reasonIs(t, run.Record(t.Context(), ledger.Outcome{Row: 1, Digest: ledgertest.Person(1), State: rowstate.Failed}), ledger.Full, l.Place())
	if counts, err := l.CountStates(t.Context(), ledgertest.Past(t, l, run.ID())); err != nil || counts[rowstate.Sent] != intended || len(counts) != 1 {
		t.Errorf("got %v, %v; want %d rows sent", counts, err, intended)
	}

	pages(math.MaxInt32)
	if err := run.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if counts, err := l.CountStates(t.Context(), ledgertest.Past(t, l, run.ID())); err != nil || counts[rowstate.Failed] != intended || len(counts) != 1 {
		t.Errorf("got %v, %v; want %d rows failed", counts, err, intended)
	}
	if err := run.Record(t.Context(), ledger.Outcome{Row: 1, Digest: ledgertest.Person(1), State: rowstate.Failed}); err != nil {
		t.Errorf("the failure outlived its cause: %v", err)
	}
}

// On a disk that is full, as a limit on the size of files makes it for one
// process, no intent is promised that is not there afterwards.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writer := start(t, "fill disk", dir)
	var lines []string
	for line, ok := writer.read(); ok; line, ok = writer.read() {
		if refused, ok := strings.CutPrefix(line, "refused "); ok {
			if !strings.Contains(refused, dir) || !strings.Contains(refused, EnvStateDir) {
				t.Errorf("got %q", refused)
			}
			continue
		}
		lines = append(lines, line)
	}
	promised := read(t, lines)
	if len(promised.intents) < 10 {
		t.Errorf("only %d intents before the disk was full", len(promised.intents))
	}
	checkPromises(t, dir, promised)
}

// childFillsDisk intends rows until the store refuses one.
func childFillsDisk(ctx context.Context, dir string, say func(string)) error {
	l, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	lock, err := l.lock(ctx, "target")
	if err != nil {
		return err
	}
	run, err := lock.begin(ctx, ledger.RunInfo{Command: "import"})
	if err != nil {
		return err
	}
	say("run " + run.ID())
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for row := 1; row <= 100_000; row++ {
		err := run.Intend(ctx, ledger.Intent{Row: row, Line: row + 1, Digest: ledgertest.Person(row)})
		if _, ok := errors.AsType[*ledger.Error](err); ok {
			say("refused " + advice(err))
			return nil
		}
		if err != nil {
			return err
		}
		say(fmt.Sprintf("intent %d", row))
	}
	return errors.New("the disk took everything")
}
