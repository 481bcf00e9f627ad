package file

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// copyTest returns a copy of a ledger with a finished run of one created row, and one in progress with a sent row.
func copyTest(t *testing.T) []byte {
	t.Helper()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	first := beginTest(t, l, lock)
	if err := errors.Join(
		first.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2, Digest: ledgertest.Person(1)}),
		first.Record(t.Context(), ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Created, UserID: "u1"}),
		first.Finish(t.Context(), ledger.Summary{}),
	); err != nil {
		t.Fatal(err)
	}
	second := beginTest(t, l, lock)
	if err := second.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2, Digest: ledgertest.Person(2)}); err != nil {
		t.Fatal(err)
	}
	var to bytes.Buffer
	if err := l.Export(t.Context(), &to); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(l.dir, copyPrefix+"*")); err != nil || len(left) > 0 {
		t.Errorf("%q is left, %v", left, err)
	}
	return to.Bytes()
}

func TestCopy(t *testing.T) {
	t.Parallel()
	copied, dir := copyTest(t), filepath.Join(t.TempDir(), "state")
	runs, err := Import(t.Context(), dir, bytes.NewReader(copied))
	if err != nil || runs != 2 {
		t.Fatalf("imported %d runs, %v", runs, err)
	}
	if info, err := os.Stat(filepath.Join(dir, FileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	l := openTest(t, dir)
	known, err := l.known(t.Context(), ledgertest.Person(1), ledgertest.Person(2))
	if err != nil || known[ledgertest.Person(1)].UserID != "u1" || known[ledgertest.Person(2)].Standing != ledger.Doubtful {
		t.Errorf("the copy knows %+v, %v", known, err)
	}
	if doubt := known[ledgertest.Person(2)].Doubt; doubt != ledger.DoubtForeign {
		t.Errorf("the doubt of a run in progress elsewhere is %q", doubt)
	}
	if err := l.Check(t.Context()); err != nil {
		t.Error(err)
	}
	lockTest(t, l, "target") // which was locked when the copy was made

	if _, err := Import(t.Context(), dir, bytes.NewReader(copied)); !errors.Is(err, ledger.ErrHasRuns) {
		t.Errorf("a second import: %v", err)
	}
	if _, err := l.Run(t.Context(), "last"); err != nil {
		t.Errorf("after a refused import: %v", err)
	}
}

// What a run in progress has sent is never sent again by who has the copy, also if its intents are a list. What a crashed run has
// sent may be: its process has ended.
func TestCopyDuringRun(t *testing.T) {
	t.Parallel()
	const crashed, running = 1, 2
	doubts := map[int]string{crashed: ledger.DoubtLost, running: ledger.DoubtForeign}
	l := openTest(t, t.TempDir())
	for n := range doubts {
		target := fmt.Sprintf("target %d", n)
		lock := lockTest(t, l, target)
		run := beginTest(t, l, lock)
		var intents []ledger.Intent
		for row := range fewestInList {
			intents = append(intents, ledger.Intent{Row: row + 1, Line: row + 2, Digest: ledgertest.Person(n*100 + row)})
		}
		if err := errors.Join(run.Intend(t.Context(), intents...), run.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
		if n == crashed {
			if err := errors.Join(run.Close(), lock.Release()); err != nil {
				t.Fatal(err)
			}
		}
	}
	var to bytes.Buffer
	if err := l.Export(t.Context(), &to); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := Import(t.Context(), dir, &to); err != nil {
		t.Fatal(err)
	}
	copied := openTest(t, dir)
	for n, want := range doubts {
		for row := range fewestInList {
			person := ledgertest.Person(n*100 + row)
			known, err := copied.known(t.Context(), person)
			if got := known[person]; err != nil || got.Standing != ledger.Doubtful || got.Doubt != want {
				t.Errorf("row %d of run %d: %+v, %v, want %s", row, n, got, err, want)
			}
		}
	}
}

// A ledger without runs is replaced; it may be one that was opened and closed, or an empty file.
func TestImportReplacesAnEmptyLedger(t *testing.T) {
	t.Parallel()
	copied := copyTest(t)
	opened, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	if err := os.WriteFile(filepath.Join(empty, FileName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{opened.dir, empty} {
		if runs, err := Import(t.Context(), dir, bytes.NewReader(copied)); err != nil || runs != 2 {
			t.Errorf("imported %d runs, %v", runs, err)
		}
	}
}

// What a killed import has left is removed by a later one.
func TestImportRemovesOldCopies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"old": 2 * time.Hour, "new": 0} {
		path := filepath.Join(dir, copyPrefix+name)
		if err := errors.Join(os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, FileName), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Import(t.Context(), dir, bytes.NewReader(copyTest(t))); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, copyPrefix+"*")); err != nil || len(left) != 1 || filepath.Base(left[0]) != copyPrefix+"new" {
		t.Errorf("%q is left, %v", left, err)
	}
}

// What is damaged, cut off, or no ledger is refused, and nothing of it is left.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	copied := copyTest(t)
	flipped := bytes.Clone(copied)
	for i := len(flipped) / 2; i < len(flipped)/2+filePage; i++ {
		flipped[i] ^= 0xff
	}
	for name, text := range map[string][]byte{
		"nothing": nil, "a text": []byte("not a ledger"), "half": copied[:len(copied)/2], "a cut page": copied[:len(copied)-10], "flipped bytes": flipped,
	} {
		dir := t.TempDir()
		_, err := Import(t.Context(), dir, bytes.NewReader(text))
		if !is[*ledger.Error](err) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil {
			t.Errorf("%s: there is a ledger", name)
		}
		if left, err := filepath.Glob(filepath.Join(dir, copyPrefix+"*")); err != nil || len(left) > 0 {
			t.Errorf("%s: %q is left, %v", name, left, err)
		}
	}
}
