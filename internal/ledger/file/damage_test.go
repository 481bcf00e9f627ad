package file

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// soundLedger returns the bytes of a closed ledger with a run of 300 rows.
func soundLedger(t testing.TB) []byte {
	t.Helper()
	dir := t.TempDir()
	l, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	lock := lockTest(t, l, "target")
	run := beginTest(t, l, lock)
	for row := 1; row <= 300; row++ {
		if err := run.Record(t.Context(), ledger.Outcome{
			Row: row, Line: row + 1, Digest: ledgertest.Person(row), State: rowstate.Created, UserID: strconv.Itoa(row), Message: "message",
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// useDamaged opens a file and does with it what commands do. It gives the
// first failure, which must be the store's, or how many rows were read.
func useDamaged(t testing.TB, dir string) (rows int, err error) {
	t.Helper()
	l, err := Open(t.Context(), dir)
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	if err := l.Check(t.Context()); err != nil {
		return 0, err
	}
	for run, err := range l.Runs(t.Context()) {
		if err != nil {
			return 0, err
		}
		for _, err := range l.Rows(t.Context(), run) {
			if err != nil {
				return 0, err
			}
			rows++
		}
	}
	lock, err := l.lock(t.Context(), "target")
	if err != nil {
		return 0, err
	}
	defer func() { _ = lock.Release() }()
	run, err := lock.begin(t.Context(), ledger.RunInfo{})
	if err != nil {
		return 0, err
	}
	err = run.Intend(t.Context(), ledger.Intent{Row: 1, Digest: ledgertest.Person(1)})
	if closing := run.Close(); err == nil {
		err = closing
	}
	return rows, err
}

// A file that is cut off or has wrong bytes never ends the program with a
// panic: it is refused in a sentence, or it has every row.
func FuzzDamagedFile(f *testing.F) {
	sound := soundLedger(f)
	f.Add(-1, 0, byte(0))                   // as it is
	f.Add(-1, 0, byte(0xff))                // the magic
	f.Add(-1, 18, byte(0xff))               // the versions of the format
	f.Add(-1, 28, byte(0x01))               // the number of pages
	f.Add(-1, 63, byte(0x40))               // the ledger's version
	f.Add(-1, 101, byte(0x10))              // the root of the schema
	f.Add(-1, 5*4096, byte(0x07))           // the kind of a page
	f.Add(-1, 6*4096+4, byte(0x7f))         // a page's count of cells
	f.Add(-1, 7*4096+2000, byte(0x80))      // in the middle of a page
	f.Add(0, 0, byte(0))                    // empty
	f.Add(50, 0, byte(0))                   // in the header
	f.Add(4096, 0, byte(0))                 // one page
	f.Add(len(sound)-1, 0, byte(0))         // the last byte
	f.Add(len(sound)-4096, 0, byte(0))      // the last page
	f.Add(len(sound)/2, 3*4096, byte(0x01)) // both
	f.Fuzz(func(t *testing.T, length, place int, flip byte) {
		content := bytes.Clone(sound)
		if length >= 0 && length < len(content) {
			content = content[:length]
		}
		changed := len(content) < len(sound)
		if place >= 0 && place < len(content) {
			content[place] ^= flip
			changed = changed || flip != 0
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), content, 0o600); err != nil {
			t.Fatal(err)
		}
		rows, err := useDamaged(t, dir)
		switch {
		case err != nil && !is[*ledger.Error](err) && !is[*ledger.StateError](err):
			t.Errorf("the failure has no class: %v", err)
		case err != nil && !changed:
			t.Errorf("a sound file was refused: %v", err)
		case err == nil && rows != 300 && len(content) != 0:
			t.Errorf("%d rows of 300 were read without a complaint", rows)
		}
	})
}

// A file that was emptied is not taken for a new one, whether its log is left or
// a lock tells that it was in use; one that was moved away is.
func TestEmptiedFileIsRefused(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]string{"with its log": "-wal", "with a lock": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, FileName)
			lockTest(t, openTest(t, dir), "target")
			log, err := os.ReadFile(path + "-wal") // as it is while a process has the ledger open
			if err != nil || len(log) == 0 {
				t.Fatalf("the log has %d bytes, %v", len(log), err)
			}
			cut := t.TempDir()
			if keep == "" {
				lockTest(t, openTest(t, cut), "target")
				cut = copyOf(t, cut)
			} else if err := os.WriteFile(filepath.Join(cut, FileName+keep), log, 0o600); err != nil {
				t.Fatal(err)
			}
			emptied := filepath.Join(cut, FileName)
			if err := os.WriteFile(emptied, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), cut)
			reasonIs(t, err, ledger.Damaged, emptied)
			if err := os.Rename(emptied, emptied+".damaged"); err != nil { // the next step that is named
				t.Fatal(err)
			}
			openTest(t, cut)
		})
	}
}

// copyOf copies a state directory as it is at this moment, without the log.
func copyOf(t *testing.T, dir string) (copied string) {
	t.Helper()
	copied = t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(filepath.Join(copied, FileName+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

// FuzzOpen opens whatever bytes stand in the place of the ledger, its log and
// its memory. It never ends with a panic, and every failure says in a sentence
// what can be done.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	l := openTest(f, dir)
	run := beginTest(f, l, lockTest(f, l, "target"))
	ledgertest.RecordAll(f, run, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Created, UserID: "1"})
	const nobody = 1 << 30 // no system has a process of this number
	if _, err := l.db.ExecContext(f.Context(), `UPDATE locks SET pid = ?`, nobody); err != nil {
		f.Fatal(err)
	}
	alive := make([][]byte, 3) // as a killed process leaves them
	for i, suffix := range []string{"", "-wal", "-shm"} {
		var err error
		if alive[i], err = os.ReadFile(filepath.Join(dir, FileName+suffix)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add([]byte(nil), []byte(nil), []byte(nil))
	f.Add(alive[0], alive[1], alive[2])
	f.Add(alive[0], alive[1][:len(alive[1])/2], alive[2])
	f.Add(alive[0], alive[1][:33], alive[2][:7])
	f.Add(alive[0][:4096], alive[1], []byte(nil))
	f.Add(alive[0], []byte(nil), alive[2])
	f.Add([]byte("SQLite format 3\x00"), []byte("7\x7f\x06\x82"), []byte{0})
	f.Add([]byte("person,created\n"), []byte{0}, alive[2])
	f.Fuzz(func(t *testing.T, file, log, memory []byte) {
		if len(file) > 1<<20 || len(log) > 1<<20 || len(memory) > 1<<20 {
			t.Skip("longer than a ledger of a few people")
		}
		dir := t.TempDir()
		for suffix, content := range map[string][]byte{"": file, "-wal": log, "-shm": memory} {
			if content == nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, FileName+suffix), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := useDamaged(t, dir); err != nil {
			failure, ok := errors.AsType[*ledger.Error](err)
			if !ok && !is[*ledger.StateError](err) && !is[*ledger.LockedError](err) {
				t.Fatalf("the failure has no class: %v", err)
			}
			if ok && len(failure.Steps()) == 0 {
				t.Fatalf("%q has no next step", err)
			}
		}
	})
}

// The store's files tell nothing of a person.
func TestFilesHoldNoKeys(t *testing.T) {
	t.Parallel()
	const canary = "canary.person@example.com"
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	digest := l.Digester().Digest("target", "scope", canary)
	if err := run.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2, Digest: digest}); err != nil {
		t.Fatal(err)
	}
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: digest, State: rowstate.Created, UserID: "u1"})
	p, err := l.newPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	ledgertest.AddAll(t, p, digest)

	files := 0
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, form := range []string{canary, strings.ToUpper(canary), "canary"} {
			if bytes.Contains(content, []byte(form)) {
				t.Errorf("%s holds %q", path, form)
			}
		}
		return err
	})
	if err != nil || files < 5 { // the store, its log and memory, two locks
		t.Errorf("saw %d files, %v", files, err)
	}
}
