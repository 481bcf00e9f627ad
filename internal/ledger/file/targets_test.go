package file

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const sulu = "sulu https://api.sulu.sh/v0"

// toVersion3Test takes a ledger back to the version in which keys had the old
// comparison and targets had no normal form.
func toVersion3Test(t *testing.T, l *Ledger) {
	t.Helper()
	edit(t, l.Place(), withoutEvidence+"DELETE FROM meta WHERE name = 'last run of the old comparison'; PRAGMA user_version = 3")
}

// runTest records one run with one row for each key at a target, as an usher
// did that took the target's text as it is.
func runTest(t *testing.T, l *Ledger, at string, state rowstate.State, keys ...string) *Run {
	t.Helper()
	lock, err := l.lock(t.Context(), at)
	checkAnswers(t, err)
	run := beginTest(t, l, lock)
	for i, key := range keys {
		ledgertest.RecordAll(t, run, ledger.Outcome{Row: i + 1, Line: i + 2, Digest: oldDigest(l, at, key), State: state, UserID: "id-" + key})
	}
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{Counts: rowstate.Counts{rowstate.Created: len(keys)}}))
	checkAnswers(t, lock.Release())
	return run
}

// Who was created under another spelling of a target is known by its normal
// form, to a roster and by themselves.
func TestMigrationOfTargets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := openTest(t, dir)
	const normal = "ejento http://127.0.0.1:4010"
	runs := []*Run{
		runTest(t, old, "ejento HTTP://127.0.0.1:4010", rowstate.Created, "ada", "grace"),
		runTest(t, old, "ejento http://LOCALHOST:4010/", rowstate.Created, "ada", "weiß"),
		runTest(t, old, "ejento http://[::1]:4010", rowstate.Unknown, "linus"),
		runTest(t, old, normal, rowstate.Created, "edsger"),
	}
	runTest(t, old, "sulu HTTPS://api.sulu.sh:443/v0", rowstate.Created, "ada")
	runTest(t, old, "sulu sandbox", rowstate.Created, "ada")
	runTest(t, old, "sulu https://ann@example.com/v0", rowstate.Created, "ada")
	toVersion3Test(t, old)

	l := openTest(t, dir)
	for _, run := range runs {
		if past := ledgertest.Past(t, l, run.ID()); past.Target != normal {
			t.Errorf("run %s is at %q", past.ID, past.Target)
		}
	}
	merged, err := l.Merged(t.Context())
	if names := slices.Collect(maps.Keys(merged)); err != nil || !slices.Equal(names, []string{normal}) || len(merged[normal]) != 3 {
		t.Errorf("merged: %v, %v", merged, err)
	}
	if spellings, err := l.Spellings(t.Context(), sulu); err != nil || !slices.Equal(spellings, []string{"sulu HTTPS://api.sulu.sh:443/v0"}) {
		t.Errorf("spellings: %v, %v", spellings, err)
	}

	spellings, err := l.Spellings(t.Context(), normal)
	checkAnswers(t, err)
	ada := l.Digester().Digest(normal, "", "ada")
	lock := lockTest(t, l, normal)
	checkAnswers(t, lock.Rekey(t.Context(), l.Digester().Respellings(normal, spellings, "", "ada")...))
	if known, err := l.known(t.Context(), ada); err != nil || known[ada].Standing != ledger.Exists {
		t.Errorf("ada: %+v, %v", known, err)
	}
	plan, err := l.newPlan(t.Context())
	checkAnswers(t, err)
	defer func() { checkAnswers(t, plan.Close()) }()
	for i, key := range []string{"ada", "grace", "linus", "edsger", "nobody", "weiß"} { // the last one is known by the old comparison alone
		checkAnswers(t, plan.Add(t.Context(), ledger.RosterRow{Row: i + 1, Line: i + 2}, l.Digester().KeyDigests(normal, "", key)))
		checkAnswers(t, plan.AddRespellings(t.Context(), l.Digester().Respellings(normal, spellings, "", key)...))
	}
	for range 2 { // the second time there is nothing left to be done
		checkAnswers(t, plan.Rekey(t.Context()))
		counts, err := plan.Resolve(t.Context(), ledgertest.FirstListed)
		if err != nil || counts != (ledger.PlanCounts{Rows: 6, New: 1, Existing: 3, InDoubt: 2, Unlisted: 3}) {
			t.Errorf("got %+v, %v", counts, err)
		}
		checkAnswers(t, l.Check(t.Context()))
	}

	// What is said of a person by their digest reaches the rows of every spelling.
	if n, err := lock.Forget(t.Context(), ledgertest.Past(t, l, runs[0].ID()), 1); n != 1 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
	if known, err := l.known(t.Context(), ada); err != nil || len(known) != 0 {
		t.Errorf("ada is still known: %+v, %v", known, err)
	}
}

// A crashed run's intents, which are in lists, are found after the migration.
func TestMigrationOfIntentsInLists(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := openTest(t, dir)
	const spelled = "ejento http://localhost:4010"
	lock := lockTest(t, old, spelled)
	run := beginTest(t, old, lock)
	var intents []ledger.Intent
	for row := 1; row <= 2*fewestInList; row++ {
		intents = append(intents, ledger.Intent{Row: row, Line: row + 1, Digest: old.Digester().Digest(spelled, "", string(rune('a'+row)))})
	}
	checkAnswers(t, run.Intend(t.Context(), intents...))
	edit(t, old.Place(), withoutStates+"ALTER TABLE rows DROP COLUMN not_stored; DROP TABLE targets; DROP TABLE spellings; PRAGMA user_version = 6") // while the run goes on

	l := openTest(t, dir)
	const normal = "ejento http://127.0.0.1:4010"
	first := l.Digester().Digest(normal, "", "b")
	checkAnswers(t, (&Lock{ledger: l}).Rekey(t.Context(), l.Digester().Respellings(normal, []string{spelled}, "", "b")...))
	if known, err := l.known(t.Context(), first); err != nil || known[first].Standing != ledger.Doubtful {
		t.Errorf("got %+v, %v", known, err)
	}
	// The run of the other usher can still say what came of its rows.
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 2, Line: 3, Digest: intents[1].Digest, State: rowstate.Created, UserID: "id-c"})
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	checkAnswers(t, l.Check(t.Context()))
	if states, err := l.CountStates(t.Context(), ledgertest.Past(t, l, run.ID())); err != nil || states[rowstate.Sent] != len(intents)-1 || states[rowstate.Created] != 1 {
		t.Errorf("got %v, %v", states, err)
	}
}

// enterTest runs once at a target with an identity, and returns why it may not.
func enterTest(t *testing.T, l *Ledger, at string, id ledger.Identity, counts rowstate.Counts) *ledger.TenantError {
	t.Helper()
	lock, err := l.lock(t.Context(), at)
	checkAnswers(t, err)
	defer func() { checkAnswers(t, lock.Release()) }()
	if err := lock.Admit(t.Context(), id); err != nil {
		failure, ok := errors.AsType[*ledger.TenantError](err)
		if !ok {
			t.Fatal(err)
		}
		return failure
	}
	run, err := lock.begin(t.Context(), ledger.RunInfo{Command: "import"})
	checkAnswers(t, err)
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{Counts: counts}))
	return nil
}

// The users that a target had before its tenant got a name are its own afterwards.
func TestNamedTenantKeepsItsUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := openTest(t, dir)
	const spelled, acme = "sulu https://API.sulu.sh/v0", sulu + " (tenant acme)"
	run := runTest(t, old, spelled, rowstate.Created, "ada")
	toVersion3Test(t, old)
	l := openTest(t, dir)
	runTest(t, l, sulu, rowstate.Created, "grace")
	checkAnswers(t, l.SameTenant(t.Context(), acme, l.Digester().Identity(acme, []string{"a"}, "")))
	if past := ledgertest.Past(t, l, run.ID()); past.Target != acme {
		t.Errorf("the run is at %q", past.Target)
	}
	spellings, err := l.Spellings(t.Context(), acme)
	if err != nil || !slices.Equal(spellings, []string{sulu, spelled}) && !slices.Equal(spellings, []string{spelled, sulu}) {
		t.Fatalf("spellings: %v, %v", spellings, err)
	}
	lock := lockTest(t, l, acme)
	for _, key := range []string{"ada", "grace"} {
		digest := l.Digester().Digest(acme, "", key)
		checkAnswers(t, lock.Rekey(t.Context(), l.Digester().Respellings(acme, spellings, "", key)...))
		if known, err := l.known(t.Context(), digest); err != nil || known[digest].Standing != ledger.Exists {
			t.Errorf("%s: %+v, %v", key, known, err)
		}
	}
}

// Neither a credential nor a name of an organization is in the file.
func TestIdentityIsStoredAsDigest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	id := l.Digester().Identity(sulu, []string{"canary-token", "canary-key"}, "canary-org")
	if failure := enterTest(t, l, sulu, id, rowstate.Counts{rowstate.Created: 1}); failure != nil {
		t.Fatal(failure)
	}
	if other := openTest(t, t.TempDir()); other.Digester().Identity(sulu, []string{"canary-token", "canary-key"}, "") == l.Digester().Identity(sulu, []string{"canary-token", "canary-key"}, "") {
		t.Error("the digest is not keyed")
	}
	for _, name := range []string{FileName, FileName + "-wal"} {
		if text := readFileTest(t, filepath.Join(dir, name)); strings.Contains(text, "canary") {
			t.Errorf("%s contains it", name)
		}
	}
}

func readFileTest(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}
