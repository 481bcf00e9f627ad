package ledgertest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

func testAnswersAreKeptByRow(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	plan, err := l.NewPlan(t.Context())
	check(t, err)
	defer func() { check(t, plan.Close()) }()
	ada, grace := l.Digester().Digest("t", "", "ada"), l.Digester().Digest("t", "", "grace")
	check(t, plan.Add(t.Context(), ledger.RosterRow{Row: 1, Line: 2}, ledger.KeyDigests{Form: ada}))
	check(t, plan.Add(t.Context(), ledger.RosterRow{Row: 2, Line: 3}, ledger.KeyDigests{Form: ledger.Digest{}}))
	check(t, plan.Add(t.Context(), ledger.RosterRow{Row: 3, Line: 4}, ledger.KeyDigests{Form: ada}))

	if row, ok, err := plan.RowOf(t.Context(), ada); row != 1 || !ok || err != nil {
		t.Errorf("ada is in row %d, %v, %v; want the first", row, ok, err)
	}
	for _, nobody := range []ledger.Digest{grace, {}} {
		if row, ok, err := plan.RowOf(t.Context(), nobody); ok || err != nil {
			t.Errorf("found a user who was not added in row %d, %v", row, err)
		}
	}
	check(t, plan.Keep(t.Context(), 1, ledger.Answer{UserID: "7", Key: "ada", User: []byte(`{"a":1}`)}))
	check(t, plan.Keep(t.Context(), 1, ledger.Answer{UserID: "7", User: []byte(`{}`)}))
	if answers, err := plan.Kept(t.Context(), 1); len(answers) != 1 || answers[0].UserID != "7" || answers[0].Key != "ada" || !bytes.Equal(answers[0].User, []byte(`{"a":1}`)) || err != nil {
		t.Errorf("got %+v, %v", answers, err)
	}
	check(t, plan.Keep(t.Context(), 1, ledger.Answer{UserID: "8", Key: "Ada"}))
	if answers, err := plan.Kept(t.Context(), 1); len(answers) != 2 || answers[0].UserID != "7" || answers[1].Key != "Ada" || err != nil {
		t.Errorf("of two users with one key: %+v, %v", answers, err)
	}
	check(t, plan.Keep(t.Context(), 2, ledger.Answer{Absent: true, Problem: errors.New("none")}))
	if answers, err := plan.Kept(t.Context(), 2); len(answers) != 1 || !answers[0].Absent || answers[0].Problem == nil || answers[0].Problem.Error() != "none" || err != nil {
		t.Errorf("got %+v, %v", answers, err)
	}
	if answers, err := plan.Kept(t.Context(), 3); len(answers) > 0 || err != nil {
		t.Errorf("answers of a row that has none: %+v, %v", answers, err)
	}
}

// Answers contain the id that the runs have of an existing user, and of no other.
func testAnswersCarryTheLedgersID(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "u1"},
		ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Unknown, UserID: "u2"},
		ledger.Outcome{Row: 3, Line: 4, Digest: Person(3), State: rowstate.Failed})
	plan := newPlan(t, l)
	for row := 1; row <= 4; row++ {
		check(t, plan.Add(t.Context(), ledger.RosterRow{Row: row, Line: row + 1}, ledger.KeyDigests{Form: Person(row)}))
	}
	_, err := plan.Resolve(t.Context(), FirstListed)
	check(t, err)
	for row := 1; row <= 4; row++ {
		if all, err := plan.AllFound(t.Context()); all || err != nil {
			t.Errorf("all are found before row %d is, %v", row, err)
		}
		check(t, plan.Keep(t.Context(), row, ledger.Answer{NotFound: true}))
		check(t, plan.Keep(t.Context(), row, ledger.Answer{UserID: "p", Key: "k"}))
		want := map[int]string{1: "u1"}[row]
		answers, err := plan.Kept(t.Context(), row)
		if len(answers) != 2 || answers[1].UserID != "p" || answers[1].LedgerID != want || err != nil {
			t.Errorf("row %d has %+v, %v; want the ledger's id %q", row, answers, err, want)
		}
		known, err := plan.KnownByKey(t.Context(), ledger.KeyDigests{Form: Person(row)})
		if isThere := known.Standing == ledger.Exists; isThere != (want != "") || err != nil {
			t.Errorf("row %d is known as %+v, %v", row, known, err)
		}
	}
	if all, err := plan.AllFound(t.Context()); !all || err != nil {
		t.Errorf("not all are found, %v", err)
	}
}
