package file

import (
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// oldDigest returns the digest under which runs of the old comparison recorded a key.
func oldDigest(l *Ledger, target, key string) ledger.Digest {
	digests := l.Digester().KeyDigests(target, "", key)
	if digests.Old.IsZero() {
		return digests.Form
	}
	return digests.Old
}

// oldLedger returns a ledger whose one run was recorded by the old comparison, and
// migrated since. The keys are created, the last one is unknown.
func oldLedger(t *testing.T, keys ...string) *Ledger {
	t.Helper()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	for i, key := range keys {
		outcome := ledger.Outcome{Row: i + 1, Line: i + 2, Digest: oldDigest(l, "target", key), State: rowstate.Created, UserID: "id of " + key}
		if i == len(keys)-1 {
			outcome.State = rowstate.Unknown
		}
		ledgertest.RecordAll(t, run, outcome)
	}
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	edit(t, filepath.Join(dir, FileName), withoutEvidence+"DELETE FROM meta WHERE name = 'last run of the old comparison'; PRAGMA user_version = 3")
	return openTest(t, dir)
}

// Who is known by a digest of the old comparison alone is in doubt; where old and
// new forms are the same text, nothing changes.
func TestOldComparison(t *testing.T) {
	t.Parallel()
	l := oldLedger(t, "ada@example.com", "WEIẞ", "straße@example.com", "lost@example.com")
	keys := map[string]ledger.Presence{
		"ada@example.com":     ledger.Exists,
		"ADA@example.com":     ledger.Exists,
		"Straße@example.com":  ledger.Doubtful,
		"straße@example.com":  ledger.Doubtful,
		"strasse@example.com": ledger.Exists, // what was digested was this text
		"weiß":                ledger.Doubtful,
		"lost@example.com":    ledger.Doubtful,
		"grace@example.com":   ledger.New,
		"weißer@example.com":  ledger.New,
	}
	plan, err := l.newPlan(t.Context())
	checkAnswers(t, err)
	defer plan.Close()
	row, names := 0, []string{""}
	for key, want := range keys {
		finding, err := l.KnownByKey(t.Context(), l.Digester().KeyDigests("target", "", key))
		if err != nil || finding.Standing != want || (finding.Run != "") != (want != ledger.New) {
			t.Errorf("%s: %+v, %v, want %v", key, finding, err, want)
		}
		row++
		names = append(names, key)
		checkAnswers(t, plan.Add(t.Context(), ledger.RosterRow{Row: row, Line: row}, l.Digester().KeyDigests("target", "", key)))
	}
	counts, err := plan.Resolve(t.Context(), ledgertest.FirstListed)
	if want := (ledger.PlanCounts{Rows: 9, New: 2, Existing: 3, InDoubt: 4, Unlisted: 3}); err != nil || counts != want {
		t.Errorf("%+v, %v, want %+v", counts, err, want)
	}
	for found, err := range plan.Rows(t.Context(), ledgertest.Known()) {
		if key := names[found.Row]; err != nil || found.Finding.Standing != keys[key] {
			t.Errorf("%s: %+v, %v", key, found.Finding, err)
		}
	}
}

// What a new run records counts more than the digest of the old comparison, and
// its digests are never taken for old ones.
func TestOldComparisonEnds(t *testing.T) {
	t.Parallel()
	l := oldLedger(t, "straße@example.com", "weiß@example.com", "lost")
	run := beginTest(t, l, lockTest(t, l, "other"))
	ledgertest.RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: l.Digester().Digest("target", "", "Straße@example.com"), State: rowstate.Existing, UserID: "new"},
		ledger.Outcome{Row: 2, Line: 3, Digest: l.Digester().Digest("target", "", "gross@example.com"), State: rowstate.Created, UserID: "g"},
	)
	for key, want := range map[string]ledger.Presence{"straße@example.com": ledger.Exists, "weiß@example.com": ledger.Doubtful, "groß@example.com": ledger.New, "gross@example.com": ledger.Exists} {
		finding, err := l.KnownByKey(t.Context(), l.Digester().KeyDigests("target", "", key))
		if err != nil || finding.Standing != want {
			t.Errorf("%s: %+v, %v, want %v", key, finding, err, want)
		}
		if key == "straße@example.com" && finding.UserID != "new" {
			t.Errorf("%s: the id is %q", key, finding.UserID)
		}
	}
}

// A new ledger has nothing of the old comparison.
func TestNewLedgerHasNoOldComparison(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: l.Digester().Digest("target", "", "strasse"), State: rowstate.Created})
	if finding, err := l.KnownByKey(t.Context(), l.Digester().KeyDigests("target", "", "straße")); finding.Standing != ledger.New || err != nil {
		t.Errorf("%+v, %v", finding, err)
	}
}
