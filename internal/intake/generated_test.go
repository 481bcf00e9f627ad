package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// generated begins an import of people without a key, of this file, with the same ledger.
func (s *stage) generated(adapter provider.Adapter, csv string) *Reading {
	s.t.Helper()
	people, err := roster.Open(s.t.Context(), roster.Stream("people.csv", strings.NewReader(csv)), roster.Options{
		Table: adapter.Table, Later: []string{"password"}, Identify: []string{"number"}, Set: map[string]string{"email": "{name|lower}{n}@example.com"},
	})
	check(s.t, err)
	plan, err := s.book.NewPlan(s.t.Context())
	check(s.t, err)
	s.Import = &Import{
		Adapter: adapter, Roster: people, Plan: plan, Digest: DigestOf(s.book, target, adapter), Keys: KeysOf(s.book, target, adapter),
		Generated: &Generated{Columns: []string{"number"}, Digester: s.book.Digester(), Targets: []string{target}},
	}
	s.t.Cleanup(func() { check(s.t, errors.Join(people.Close(), s.Generated.Close(), plan.Close())) })
	reading, err := s.Read(s.t.Context())
	check(s.t, err)
	check(s.t, s.GenerateKeys(s.t.Context(), reading))
	s.resolve()
	return reading
}

// settled asks the provider until no key is another user's, saves the keys, and returns them with the standings of their
// users, and the number of times that the provider was asked.
func (s *stage) settled(client provider.Client, way Asked, reading *Reading) (keys []string, times int) {
	s.t.Helper()
	for taken := 1; taken > 0; times++ {
		check(s.t, s.AskProvider(s.t.Context(), client, way, quick(), func() {}))
		s.resolve()
		var err error
		taken, err = s.TakeNext(s.t.Context(), reading)
		check(s.t, err)
		s.resolve()
	}
	check(s.t, s.lock.Assign(s.t.Context(), s.Assignments(s.t.Context())))
	for row, err := range s.Rows(s.t.Context(), ledger.Selection{}) {
		check(s.t, err)
		standing := map[ledger.Presence]string{ledger.New: "new", ledger.Exists: "exists", ledger.Doubtful: "doubtful"}[row.Finding.Standing]
		keys = append(keys, fmt.Sprintf("%s %s", row.Record.Text("email"), standing))
	}
	return keys, times
}

// A user who has the key is the person's only if an earlier run has sent or found them.
func TestWhoseKeyIsIt(t *testing.T) {
	t.Parallel()
	const csv = "number,name\n1,ada\n2,bob\n3,cy\n4,dee\n"
	for _, way := range []Asked{ByList, ByLookUp} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			adapter := acme(provider.CapabilityFind, provider.CapabilityList)
			s := newStage(t, adapter, "email,name\nx@example.com,x\n")
			s.earlier(ledger.Outcome{Row: 1, Line: 2, Digest: s.person("ada@example.com"), State: rowstate.Created, UserID: "another ada"})
			client := &lister{requests: 1}
			keys, _ := s.settled(client, way, s.generated(adapter, csv))
			if want := []string{"ada2@example.com new", "bob@example.com new", "cy@example.com new", "dee@example.com new"}; !slices.Equal(keys, want) {
				t.Fatalf("got %q", keys)
			}

			s.earlier(
				ledger.Outcome{Row: 1, Line: 2, Digest: s.person("ada2@example.com"), State: rowstate.Failed},
				ledger.Outcome{Row: 2, Line: 3, Digest: s.person("bob@example.com"), State: rowstate.Created, UserID: "listed bob@example.com"},
				ledger.Outcome{Row: 3, Line: 4, Digest: s.person("cy@example.com"), State: rowstate.Unknown, Doubt: ledger.DoubtLost},
			)
			client.users = []string{"ada2@example.com", "ada3@example.com", "bob@example.com", "cy@example.com", "dee@example.com"}
			keys, times := s.settled(client, way, s.generated(adapter, csv))
			if way == ByLookUp { // rows in doubt are looked up when they are sent
				if want := []string{"ada4@example.com new", "bob@example.com exists", "cy@example.com doubtful", "dee2@example.com new"}; !slices.Equal(keys, want) || times != 3 {
					t.Errorf("got %q, asked %d times", keys, times)
				}
			} else if want := []string{"ada4@example.com new", "bob@example.com exists", "cy@example.com exists", "dee2@example.com new"}; !slices.Equal(keys, want) || times != 2 {
				t.Errorf("got %q, asked %d times", keys, times)
			}

			client.users = nil
			again, _ := s.settled(client, way, s.generated(adapter, csv))
			if again[0] != "ada4@example.com new" || again[3] != "dee2@example.com new" {
				t.Errorf("got %q", again)
			}
		})
	}
}

// A user who was forgotten, and is listed with the same id, is still the person's; one with another id is not.
func TestForgottenUserIsTheirs(t *testing.T) {
	t.Parallel()
	adapter := acme(provider.CapabilityFind, provider.CapabilityList)
	s := newStage(t, adapter, "email,name\nx@example.com,x\n")
	const csv = "number,name\n1,ada\n2,bob\n"
	client := &lister{requests: 1}
	s.settled(client, ByList, s.generated(adapter, csv))
	run := s.earlier(
		ledger.Outcome{Row: 1, Line: 2, Digest: s.person("ada@example.com"), State: rowstate.Created, UserID: "listed ada@example.com"},
		ledger.Outcome{Row: 2, Line: 3, Digest: s.person("bob@example.com"), State: rowstate.Created, UserID: "an earlier id"},
	)
	_, err := s.lock.Forget(t.Context(), run)
	check(t, err)
	client.users = []string{"ada@example.com", "bob@example.com"}
	keys, _ := s.settled(client, ByList, s.generated(adapter, csv))
	if want := []string{"ada@example.com exists", "bob2@example.com new"}; !slices.Equal(keys, want) {
		t.Errorf("got %q", keys)
	}
}

// The number is within the limit of the field; where that is not possible, the row is invalid.
func TestNumbersFitTheField(t *testing.T) {
	t.Parallel()
	adapter := acme(provider.CapabilityFind)
	adapter.Table = slices.Clone(adapter.Table)
	adapter.Table[0] = schema.Field{Name: "email", Required: true, MaxLength: 16}
	s := newStage(t, adapter, "email,name\nx@example.com,x\n")
	reading := s.generated(adapter, "number,name\n1,augusta\n2,augustb\n3,augusta\n4,ada\n")
	keys, _ := s.settled(&finder{}, ByLookUp, reading)
	if want := []string{"augu@example.com new", "aug2@example.com new", "aug3@example.com new", "ada@example.com new"}; !slices.Equal(keys, want) || reading.Invalid != 0 {
		t.Errorf("got %q, %d invalid", keys, reading.Invalid)
	}
}

// Only the ledger's keys are those of existing users.
func TestKnownKeys(t *testing.T) {
	t.Parallel()
	adapter := acme(provider.CapabilityFind)
	s := newStage(t, adapter, "email,name\nx@example.com,x\n")
	s.settled(&finder{}, ByLookUp, s.generated(adapter, "number,name\n1,ada\n2,ada\n"))

	people, err := roster.Open(t.Context(), roster.Stream("people.csv", strings.NewReader("number,name\n3,ada\n2,ada\n2,eve\n")), roster.Options{
		Table: adapter.Table, Later: []string{"password"}, Identify: []string{"number"}, Set: map[string]string{"email": "{name|lower}{n}@example.com"},
	})
	check(t, err)
	defer func() { check(t, people.Close()) }()
	s.Import = s.another(adapter, "email,name\nx@example.com,x\n")
	s.Roster, s.Generated = people, &Generated{Columns: []string{"number"}, Digester: s.book.Digester(), Targets: []string{target}}
	reading, err := s.Read(t.Context())
	check(t, err)
	defer func() { check(t, s.Generated.Close()) }()
	check(t, s.KnownKeys(t.Context(), reading))
	var got []string
	for row, err := range s.Rows(t.Context(), ledger.Selection{}) {
		check(t, err)
		text := row.Record.Text("email")
		for _, rowErr := range row.Errors {
			text = string(rowErr.Cause)
		}
		got = append(got, text)
	}
	if want := []string{string(Unassigned), "ada2@example.com", string(Repeated)}; !slices.Equal(got, want) || reading.Invalid != 2 {
		t.Errorf("got %q, %d invalid", got, reading.Invalid)
	}
}
