package amend

import (
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const compared = `email,name,phone,id,password,usher_empty
ADA@example.com,Ada,,1,secret,
grace@example.com,Gracie,2,,,
edsger@example.com,,,,,phone
linus@example.com,,,9,,
nobody@example.com,Nobody,,,,
not an address,No,,,,
barbara@example.com,,,,,name
ada@example.com,Ada,,,,
`

func people() *directory {
	return newDirectory(
		schema.Record{"email": "ada@example.com", "name": "Ada", "phone": "1", "id": "1"},
		schema.Record{"email": "grace@example.com", "name": "Grace", "phone": "2"},
		schema.Record{"email": "edsger@example.com", "name": "Edsger"},
		schema.Record{"email": "linus@example.com", "name": "Linus", "id": "8"},
		schema.Record{"email": "barbara@example.com", "name": "Barbara"},
		schema.Record{"email": "margaret@example.com", "name": "Margaret"},
	)
}

func TestEveryRowHasAVerdict(t *testing.T) {
	t.Parallel()
	for _, change := range []bool{false, true} {
		for _, way := range []intake.Asked{intake.ByList, intake.ByLookUp} {
			s := newStage(t, "people.csv", compared)
			s.Change = change
			check(t, s.Ask(t.Context(), listing{people()}, way, quick(), func() {}))
			check(t, s.Confirm(t.Context(), listing{people()}, quick(), func(int, time.Duration) {}))
			refused := StateDiffers
			if change {
				refused = StateInvalid
			}
			verdicts := s.verdicts()
			want := map[int]DiffState{2: StateSame, 3: StateDiffers, 4: StateSame, 5: refused, 6: StateMissing, 7: StateInvalid, 8: refused, 9: StateInvalid}
			if len(verdicts) != len(want) {
				t.Fatalf("%d verdicts, want %d", len(verdicts), len(want))
			}
			var counts DiffCounts
			for line, v := range verdicts {
				counts.Add(v.State)
				if v.State != want[line] {
					t.Errorf("%s, change %v: line %d is %s, want %s", way, change, line, v.State, want[line])
				}
				if v.State == StateInvalid && len(v.Errors) == 0 {
					t.Errorf("line %d is invalid without a fault", line)
				}
			}
			if counts.Same+counts.Differs+counts.Missing+counts.Invalid+counts.Unchecked != counts.Rows || counts.Rows != len(want) {
				t.Errorf("the counts do not add up: %+v", counts)
			}
			if changes := verdicts[3].Changes(); len(changes) != 1 || changes["name"] != "Gracie" || verdicts[3].UserID != "<grace@example.com>" {
				t.Errorf("line 3 changes %v of %s", changes, verdicts[3].UserID)
			}
			if change {
				for line, cause := range map[int]schema.Cause{5: Fixed, 8: Emptied} {
					if rowErr := verdicts[line].Errors[0]; rowErr.Cause != cause || rowErr.Line != line {
						t.Errorf("line %d: %v, of cause %q", line, rowErr, rowErr.Cause)
					}
				}
			}
		}
	}
}

func TestOneLookUpWithoutAnswerCostsOneRow(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", compared)
	d := people()
	d.cannot = func(key string) error {
		if key == "grace@example.com" {
			return &provider.Error{Class: provider.Unknown, Op: "look the user up", Status: 500}
		}
		return nil
	}
	check(t, s.Ask(t.Context(), d, intake.ByLookUp, quick(), func() {}))
	check(t, s.Confirm(t.Context(), d, quick(), func(int, time.Duration) {}))
	verdicts := s.verdicts()
	if v := verdicts[3]; v.State != StateUnchecked || v.Problem == nil {
		t.Errorf("line 3 is %s, %v", v.State, v.Problem)
	}
	if verdicts[2].State != StateSame || verdicts[6].State != StateMissing {
		t.Errorf("the others are %s and %s", verdicts[2].State, verdicts[6].State)
	}
}

func TestRefusedCredentialsEndTheAsking(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", compared)
	d := people()
	d.cannot = func(string) error {
		return &provider.Error{Class: provider.Denied, Op: "look the user up", Status: 401}
	}
	err := s.Ask(t.Context(), d, intake.ByLookUp, quick(), func() {})
	if provider.ClassOf(err) != provider.Denied {
		t.Fatalf("got %v", err)
	}
	for line, v := range s.verdicts() {
		if v.State != StateUnchecked && v.State != StateInvalid {
			t.Errorf("line %d is %s", line, v.State)
		}
	}
	if d.lookUps > 4 {
		t.Errorf("%d look-ups after the credentials were refused", d.lookUps)
	}
}

func TestAskNeedsAWay(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", compared)
	if err := s.Ask(t.Context(), people(), intake.NotAsked, quick(), func() {}); err == nil {
		t.Errorf("got %v", err)
	}
}

// A secret that the provider returns is not written into the scratch file.
func TestReturnedSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	for _, way := range []intake.Asked{intake.ByList, intake.ByLookUp} {
		s := newStage(t, "people.csv", "email,name\nada@example.com,Ada\n")
		for i := range s.Adapter.Table {
			s.Adapter.Table[i].WriteOnly = false
		}
		users := newDirectory(schema.Record{"email": "ada@example.com", "name": "Ada", "password": "correct horse"})
		check(t, s.Ask(t.Context(), listing{users}, way, quick(), func() {}))
		answers, err := s.Plan.Kept(t.Context(), 1)
		if err != nil || len(answers) != 1 || !strings.Contains(string(answers[0].User), "Ada") || strings.Contains(string(answers[0].User), "horse") {
			t.Errorf("%s: kept is %+v, %v", way, answers, err)
		}
	}
}

// TestProblemsOfOneCauseHaveOneMessage stores no id of an account that is not that of a row, so that such rows have one
// cause.
func TestProblemsOfOneCauseHaveOneMessage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", compared)
	row := intake.Row{Record: schema.Record{s.Adapter.Key: "ada@example.com"}}
	messages := map[string]bool{}
	for _, id := range []string{"4b1f0e9a-0000-4000-8000-000000000001", "4b1f0e9a-0000-4000-8000-000000000002"} {
		for _, answers := range [][]ledger.Answer{
			{{UserID: id, Key: "ada@example.com", LedgerID: "4b1f0e9a-0000-4000-8000-000000000003"}},
			{{UserID: id, Key: "grace@example.com"}},
			{{UserID: id, Key: "ada@example.com"}, {UserID: id + "-2", Key: "ada@example.com"}},
		} {
			problem := s.choose(row, answers).Problem
			if problem == nil || !strings.Contains(problem.Error(), id) {
				t.Fatalf("%+v: %v", answers, problem)
			}
			messages[engine.Result{Item: engine.Item{Key: "ada@example.com", Record: row.Record}, Err: unanswered("x", problem, false)}.Message()] = true
		}
	}
	if len(messages) != 3 {
		t.Errorf("three causes have %d messages: %v", len(messages), messages)
	}
}
