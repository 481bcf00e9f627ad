package intake

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// carriedStage is an import whose rows have the ids of another one's users in their name: Ada exists there, with the id 1.
func carriedStage(t *testing.T) (s *stage, users *Users) {
	t.Helper()
	const people = "email,name\nada@example.com,\ngrace@example.com,\nlinus@example.com,\n"
	adapter := acme()
	adapter.Table[1].Required = false // the value is carried
	s = newStage(t, adapter, people)
	other := s.another(adapter, people)
	other.Digest = func(record schema.Record) ledger.Digest {
		return s.Digest(schema.Record{"email": "other " + record.Text("email")})
	}
	other.Keys = func(record schema.Record) ledger.KeyDigests {
		return s.Keys(schema.Record{"email": "other " + record.Text("email")})
	}
	_, err := other.Read(t.Context())
	check(t, err)
	s.earlier(ledger.Outcome{Row: 1, Line: 2, Digest: other.Digest(schema.Record{"email": "ada@example.com"}), State: rowstate.Created, UserID: "1"})
	_, err = other.Resolve(t.Context())
	check(t, err)
	users, err = other.NewUsers(t.Context(), "other")
	check(t, err)
	t.Cleanup(func() { check(t, users.Close()) })
	check(t, users.Plan(t.Context()))
	name, _ := s.Adapter.Table.Field("name")
	s.Carried = []Carried{{Field: name, From: users}}
	return s, users
}

// names returns the carried values by row, or the classes of their errors.
func (s *stage) names() (names []string) {
	s.t.Helper()
	for row, err := range s.Rows(s.t.Context(), ledger.Selection{}) {
		check(s.t, err)
		if row.Lacks != nil {
			names = append(names, provider.ClassOf(row.Lacks).String())
			continue
		}
		names = append(names, row.Record.Text("name"))
	}
	return names
}

func (s *stage) wantNames(when string, want ...string) {
	s.t.Helper()
	if got := s.names(); !slices.Equal(got, want) {
		s.t.Errorf("%s the values are %q, want %q", when, got, want)
	}
}

// finishAs gives the users results by their ids; a user without one has failed.
func (u *Users) finishAs(t *testing.T, ids ...string) {
	t.Helper()
	check(t, u.Finish(t.Context(), func(yield func(LedgerRow, error) bool) {
		for i, id := range ids {
			state := rowstate.Created
			if id == "" {
				state = rowstate.Failed
			}
			if !yield(LedgerRow{Row: i + 1, Line: report.Line{Line: i + 2, State: string(state), ID: id}}, nil) {
				return
			}
		}
	}))
}

// A row has the id that is known: that of the plan at first, and then that of the run.
func TestCarriedIDs(t *testing.T) {
	t.Parallel()
	s, users := carriedStage(t)
	s.read()
	s.wantNames("before the run", "1", "unsent", "unsent")
	users.finishAs(t, "1", "2", "")
	s.wantNames("after the run", "1", "2", "unsent")
	s.Carried[0].Key = true
	s.wantNames("with the key", "ada@example.com", "grace@example.com", "linus@example.com")
}

// A user who exists gets no value that was not known when the plan was made.
func TestCarriedToExistingUsers(t *testing.T) {
	t.Parallel()
	s, users := carriedStage(t)
	s.earlier(ledger.Outcome{Row: 2, Line: 3, Digest: s.person("grace@example.com"), State: rowstate.Created, UserID: "g"})
	s.read()
	users.finishAs(t, "1", "2", "3")
	s.wantNames("after the run", "1", "unsent", "3")
}

// A value that the field does not accept is an error of the row.
func TestCarriedInvalid(t *testing.T) {
	t.Parallel()
	s, users := carriedStage(t)
	s.Carried[0].Field.Format = schema.UUID
	s.read()
	users.finishAs(t, "1", "e36af326-f82a-4e5c-a597-0c70db765334", "")
	s.wantNames("after the run", "invalid", "e36af326-f82a-4e5c-a597-0c70db765334", "unsent")
}

// A new row without a value has failed, and is not sent. One in doubt is neither recorded nor sent.
func TestCarriedMissing(t *testing.T) {
	t.Parallel()
	s, users := carriedStage(t)
	s.earlier(ledger.Outcome{Row: 3, Line: 4, Digest: s.person("linus@example.com"), State: rowstate.Unknown, Doubt: "lost"})
	s.read()
	users.finishAs(t, "1", "", "")
	var items []string
	for item, err := range s.items(t.Context()) {
		check(t, err)
		items = append(items, fmt.Sprint(item.Row, " ", item.Record.Text("name")))
	}
	if want := []string{"1 1"}; !slices.Equal(items, want) {
		t.Errorf("sends %q, want %q", items, want)
	}
	for row, err := range s.Rows(t.Context(), ledger.Selection{Standings: []ledger.Presence{ledger.New}}) {
		check(t, err)
		if row.Lacks == nil {
			continue
		}
		if outcome := s.known(row, 0); row.Number != 2 || outcome.State != rowstate.Failed || provider.ClassOf(outcome.Err) != provider.Unsent {
			t.Errorf("row %d: %v, %v", row.Number, outcome.State, outcome.Err)
		}
	}
}
