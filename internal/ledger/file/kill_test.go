//go:build unix

package file

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// killsEnv asks for more kills than a normal test run makes.
const killsEnv = "USHER_LEDGER_TEST_KILLS"

// A process that is killed at any moment leaves a store that opens, and in it
// every intent and outcome that was promised to be durable.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	kills := 20
	if text := os.Getenv(killsEnv); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for n := range kills {
		writer := start(t, "write", dir, "TARGET=killed")
		var lines []string
		// The first kills fall while the store is opened and the run begins.
		for range min(n, 5) + rand.IntN(1+min(n*n, 440)) { // a whole run says some 440 lines
			line, ok := writer.read()
			if !ok {
				break
			}
			lines = append(lines, line)
		}
		lines = append(lines, writer.kill()...)
		checkPromises(t, dir, read(t, lines))
	}
}

// checkPromises opens the store and compares it with what a process promised.
func checkPromises(t *testing.T, dir string, promised promises) {
	t.Helper()
	l, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	// Closed at once, so that the next opening finds the store as a killed process leaves it.
	defer func() { _ = l.Close() }()
	if err := l.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if promised.run == "" {
		return
	}
	run := ledgertest.Past(t, l, promised.run)
	if promised.finished && !run.IsFinished() {
		t.Error("the run that was finished is not")
	}
	rows := make(map[int]ledger.Entry)
	for row, err := range l.Rows(t.Context(), run) {
		if err != nil {
			t.Fatal(err)
		}
		rows[row.Row] = row
	}
	for _, row := range promised.intents {
		if got := rows[row]; got.Digest != ledgertest.Person(row) || got.State != rowstate.Sent && got.State != rowstate.Created {
			t.Errorf("row %d was intended and is %q", row, got.State)
		}
	}
	for _, row := range promised.outcomes {
		if got := rows[row]; got.State != rowstate.Created || got.UserID != strconv.Itoa(row) {
			t.Errorf("row %d was created and is %q", row, got.State)
		}
	}
	if promised.finished && len(rows) != 400 {
		t.Errorf("the finished run has %d rows", len(rows))
	}
}

// Two processes that import into two targets at once share the store.
func TestTwoProcessesWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writers := []*child{start(t, "write", dir, "TARGET=one"), start(t, "write", dir, "TARGET=two")}
	for _, writer := range writers {
		var lines []string
		for line, ok := writer.read(); ok; line, ok = writer.read() {
			lines = append(lines, line)
		}
		promised := read(t, lines)
		if !promised.finished || len(promised.intents) != 400 {
			t.Fatalf("a writer intended %d rows and finished is %v", len(promised.intents), promised.finished)
		}
		checkPromises(t, dir, promised)
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	holder := start(t, "hold", l.dir, "TARGET=shared")
	line, _ := holder.read()
	id, ok := strings.CutPrefix(line, "run ")
	if !ok {
		t.Fatalf("the child said %q", line)
	}
	_, err := l.lock(t.Context(), "shared")
	locked, ok := errors.AsType[*ledger.LockedError](err)
	if !ok || locked.Holder.Who != processName(holder.cmd.Process.Pid) || locked.Holder.Run != id {
		t.Fatalf("got %v, want process %d, run %s", err, holder.cmd.Process.Pid, id)
	}
	holder.kill()
	lockTest(t, l, "shared") // the death of the process let go of it
	if run := ledgertest.Past(t, l, id); run.IsFinished() {
		t.Error("the run of a killed process counts as finished")
	}
}
