package shared_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/pgtest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// What both stores return of the runs and their rows is the same, also of a run that was killed.
func TestImport(t *testing.T) {
	t.Parallel()
	dir, target := t.TempDir(), "acme https://api.example.com"
	own, err := file.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	digester := own.Digester()
	lock, err := own.Lock(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	for n, ends := range []bool{true, false} {
		run, err := lock.Begin(t.Context(), ledger.RunInfo{
			Command: "import", Profile: "acme", Provider: "sulu", Source: ledger.Source{File: "/people.csv", SHA256: "ab", Format: "csv", Encoding: "utf-8"},
			WorkDir: "/home/ada", Arguments: []string{"users", "import", "people.csv"}, Rows: 4, Expires: time.Now().Add(time.Hour).Truncate(time.Second),
		})
		if err != nil {
			t.Fatal(err)
		}
		var intents []ledger.Intent
		for row := 1; row <= 4; row++ {
			key := string(rune('a'+row)) + string(rune('0'+n))
			intents = append(intents, ledger.Intent{Row: row, Line: row + 1, Digest: digester.Digest(target, "", key), Proof: 1})
		}
		created := ledger.Outcome{Row: 1, Line: 2, Digest: intents[0].Digest, State: rowstate.Created, UserID: "usr_1", Attempts: 2, Sends: 2, NotStored: []string{"title"}, Due: true}
		failed := ledger.Outcome{Row: 2, Line: 3, Digest: intents[1].Digest, State: rowstate.Failed, Class: "invalid", Message: "no", Attempts: 1}
		if err := errors.Join(run.Intend(t.Context(), intents...), run.Record(t.Context(), created), run.Record(t.Context(), failed), run.Flush(t.Context())); err != nil {
			t.Fatal(err)
		}
		if ends {
			err = run.Finish(t.Context(), ledger.Summary{Counts: rowstate.Counts{rowstate.Created: 1, rowstate.Failed: 1, rowstate.Unknown: 2}, ExitStatus: 5, ResultsFile: "/results.csv"})
		}
		if err := errors.Join(err, run.Close()); err != nil {
			t.Fatal(err)
		}
	}
	config := shared.Config{URL: pgtest.Start(t).Database(t), Dir: dir}
	if config.Key, err = own.Key(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := shared.Import(t.Context(), config, own); !isLocked(err) {
		t.Errorf("while a run is in progress: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if runs, _, err := shared.Import(t.Context(), config, own); runs != 2 || err != nil {
		t.Fatalf("%d runs, %v", runs, err)
	}
	if _, _, err := shared.Import(t.Context(), config, own); !errors.Is(err, ledger.ErrHasRuns) {
		t.Errorf("a second time: %v", err)
	}
	team, err := shared.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = team.Close() }()
	before, after := everythingOf(t, own), everythingOf(t, team)
	if len(before) != 10 || !reflect.DeepEqual(before, after) {
		t.Errorf("the file has\n%+v\nand the shared ledger\n%+v", before, after)
	}
	for key, want := range map[string]ledger.Presence{"b0": ledger.Exists, "c0": ledger.New, "d0": ledger.Doubtful, "b1": ledger.Exists, "e1": ledger.Doubtful} {
		if found, err := team.KnownByKey(t.Context(), digester.KeyDigests(target, "", key)); err != nil || found.Standing != want || found.Doubt == ledger.DoubtForeign {
			t.Errorf("%s is %+v, %v, want %s", key, found, err, want)
		}
	}
	t.Run("and back", func(t *testing.T) { testExport(t, team, config, before) })
	if err := own.Retire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Open(t.Context(), dir); kindOf(err) != ledger.Moved {
		t.Errorf("the moved ledger: %v", err)
	}
}

// testExport tests that a copy of a shared ledger has the same content, also on another machine and in another database. Creates in
// doubt of runs of other machines, and of those that have not ended, are never sent again there.
func testExport(t *testing.T, team *shared.Ledger, config shared.Config, content []any) {
	var to bytes.Buffer
	if err := team.Export(t.Context(), &to); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if runs, err := file.Import(t.Context(), dir, bytes.NewReader(to.Bytes())); runs != 2 || err != nil {
		t.Fatalf("%d runs, %v", runs, err)
	}
	copied, err := file.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = copied.Close() }()
	content = withoutDoubts(content) // which differ
	if after := withoutDoubts(everythingOf(t, copied)); !reflect.DeepEqual(content, after) {
		t.Errorf("the shared ledger has\n%+v\nand its copy\n%+v", content, after)
	}
	target := "acme https://api.example.com"
	for key, want := range map[string]string{"d0": ledger.DoubtLost, "d1": ledger.DoubtForeign} { // of the run that ended, and the other
		found, err := copied.KnownByKey(t.Context(), copied.Digester().KeyDigests(target, "", key))
		if err != nil || found.Standing != ledger.Doubtful || found.Doubt != want {
			t.Errorf("%s is %+v, %v, want %s", key, found, err, want)
		}
	}
	elsewhere := config
	elsewhere.URL, elsewhere.Dir = pgtest.Start(t).Database(t), t.TempDir()
	err = file.Unpack(t.Context(), elsewhere.Dir, &to, func(copied *file.Ledger) error {
		_, _, err := shared.Import(t.Context(), elsewhere, copied)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	restored, err := shared.Open(t.Context(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = restored.Close() }()
	if after := withoutDoubts(everythingOf(t, restored)); !reflect.DeepEqual(content, after) {
		t.Errorf("the shared ledger has\n%+v\nand the one of its copy\n%+v", content, after)
	}
	other := config
	other.Dir = t.TempDir()
	guest, err := shared.Open(t.Context(), other) // exports runs of another machine
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = guest.Close() }()
	to.Reset()
	if err := guest.Export(t.Context(), &to); err != nil {
		t.Fatal(err)
	}
	err = file.Unpack(t.Context(), other.Dir, &to, func(copied *file.Ledger) error {
		found, err := copied.KnownByKey(t.Context(), copied.Digester().KeyDigests(target, "", "d0"))
		if found.Doubt != ledger.DoubtForeign {
			t.Errorf("what another machine sent has the doubt %q", found.Doubt)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isLocked(err error) bool {
	_, ok := errors.AsType[*ledger.LockedError](err)
	return ok
}

// everythingOf returns the runs of a store, and their rows, without what differs between stores.
func everythingOf(t *testing.T, store ledger.Store) (all []any) {
	t.Helper()
	for run, err := range store.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range store.Rows(t.Context(), run) {
			if err != nil {
				t.Fatal(err)
			}
			row.Started, row.Ended = row.Started.UTC(), row.Ended.UTC()
			all = append(all, row)
		}
		run.Who, run.Started, run.Ended, run.Expires = "", run.Started.UTC(), run.Ended.UTC(), run.Expires.UTC()
		all = append(all, run)
	}
	return all
}

// withoutDoubts returns the runs and rows without the doubts of rows.
func withoutDoubts(all []any) (others []any) {
	for _, one := range all {
		if row, ok := one.(ledger.Entry); ok {
			row.Doubt = ""
			one = row
		}
		others = append(others, one)
	}
	return others
}
