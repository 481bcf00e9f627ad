package ledger

import (
	"bytes"
	"testing"
)

func TestAnswersAreKeptByRow(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	plan, err := l.NewPlan(t.Context())
	checkAnswers(t, err)
	defer func() { checkAnswers(t, plan.Close()) }()
	ada, grace := l.Digest("t", "", "ada"), l.Digest("t", "", "grace")
	checkAnswers(t, plan.Add(t.Context(), 1, 2, ada))
	checkAnswers(t, plan.Add(t.Context(), 2, 3, Digest{}))
	checkAnswers(t, plan.Add(t.Context(), 3, 4, ada))

	if row, ok, err := plan.RowOf(t.Context(), ada); row != 1 || !ok || err != nil {
		t.Errorf("ada is in row %d, %v, %v; want the first", row, ok, err)
	}
	for _, nobody := range []Digest{grace, {}} {
		if row, ok, err := plan.RowOf(t.Context(), nobody); ok || err != nil {
			t.Errorf("found somebody who was not added in row %d, %v", row, err)
		}
	}
	checkAnswers(t, plan.Keep(t.Context(), 1, Answer{UserID: "7", User: []byte(`{"a":1}`)}))
	checkAnswers(t, plan.Keep(t.Context(), 1, Answer{UserID: "7", User: []byte(`{}`)}))
	if answer, ok, err := plan.Kept(t.Context(), 1); answer.UserID != "7" || !bytes.Equal(answer.User, []byte(`{"a":1}`)) || !ok || err != nil {
		t.Errorf("got %+v, %v, %v", answer, ok, err)
	}
	checkAnswers(t, plan.Keep(t.Context(), 1, Answer{UserID: "8"}))
	if answer, _, err := plan.Kept(t.Context(), 1); answer.Problem == "" || err != nil {
		t.Errorf("two users with one key are no problem: %+v, %v", answer, err)
	}
	checkAnswers(t, plan.Keep(t.Context(), 2, Answer{Absent: true, Problem: "none"}))
	if answer, ok, err := plan.Kept(t.Context(), 2); !answer.Absent || answer.Problem != "none" || !ok || err != nil {
		t.Errorf("got %+v, %v, %v", answer, ok, err)
	}
	if _, ok, err := plan.Kept(t.Context(), 3); ok || err != nil {
		t.Errorf("an answer of a row that has none: %v", err)
	}
}

func checkAnswers(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
