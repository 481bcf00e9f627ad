package file

import (
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// withoutEvidence takes a file back to before keepEvidence and the later steps, but
// for its view.
const withoutEvidence = withoutStates + `
	ALTER TABLE rows DROP COLUMN not_stored;
	DROP TABLE targets; DROP TABLE spellings; DROP TABLE locks; ALTER TABLE runs DROP COLUMN rows_read;
	DROP INDEX rows_word; DROP INDEX rows_due; DROP VIEW intended; CREATE VIEW intended AS SELECT 1;
	ALTER TABLE rows DROP COLUMN doubt; ALTER TABLE rows DROP COLUMN proof; ALTER TABLE rows DROP COLUMN sends;
	ALTER TABLE rows DROP COLUMN resends; ALTER TABLE rows DROP COLUMN word; ALTER TABLE rows DROP COLUMN due;
`

// A file of version 2 keeps what is known of people.
func TestMigrationFromVersion2(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Created}, ledger.Outcome{Row: 2, Line: 3, State: rowstate.Created})
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	edit(t, filepath.Join(dir, FileName), withoutEvidence+"DROP VIEW intended; DROP TABLE intents; DROP TABLE digests;"+
		"CREATE INDEX rows_digest ON rows (digest) WHERE digest IS NOT NULL; PRAGMA user_version = 2")
	upToDate := openTest(t, dir)
	checkAnswers(t, upToDate.Check(t.Context()))
	if known, err := upToDate.known(t.Context(), ledgertest.Person(1)); known[ledgertest.Person(1)].Row != 1 || err != nil {
		t.Errorf("got %v, %v", known, err)
	}
}

// A file of version 1 keeps its runs.
func TestMigrationFromVersion1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, State: rowstate.Created})
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	edit(t, filepath.Join(dir, FileName), withoutEvidence+"DROP VIEW intended; DROP TABLE intents; DROP TABLE digests;"+
		"CREATE INDEX rows_digest ON rows (digest) WHERE digest IS NOT NULL; ALTER TABLE runs DROP COLUMN before_file; PRAGMA user_version = 1")
	past, err := openTest(t, dir).Run(t.Context(), run.ID())
	if err != nil || past.BeforeFile != "" || past.ID != run.ID() {
		t.Errorf("got %+v, %v", past, err)
	}
}
