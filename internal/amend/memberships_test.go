package amend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// club is a provider with groups. The list of the last group ends early if cut is true.
type club struct {
	order   []string
	members map[string][]string
	cut     bool
}

func (c club) Create(context.Context, schema.Record) (provider.User, error) {
	panic("no user is created")
}

func (c club) Entries(context.Context, string) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		for _, id := range c.order {
			if !yield(provider.Entry{ID: id}, nil) {
				return
			}
		}
	}
}

func (c club) Members(_ context.Context, group string) iter.Seq2[provider.Member, error] {
	return func(yield func(provider.Member, error) bool) {
		if !slices.Contains(c.order, group) {
			yield(provider.Member{}, &provider.Error{Class: provider.NotFound, Op: "list the members"})
			return
		}
		for _, id := range c.members[group] {
			if !yield(provider.Member{ID: id}, nil) {
				return
			}
		}
		if c.cut && group == c.order[len(c.order)-1] {
			yield(provider.Member{}, provider.Incomplete("list the members", errors.New("the list ends early")))
		}
	}
}

func (c club) IsMember(context.Context, string, string) (bool, error) { panic("nothing is in doubt") }

func (c club) AddMember(context.Context, string, string) error { panic("nothing is sent") }

func (c club) RemoveMember(context.Context, string, string) error { panic("nothing is sent") }

// memberships returns users with groups.
func memberships(t *testing.T, verb ops.Verb, exact bool, users ...User) *Memberships {
	t.Helper()
	file, err := scratch.New(t.Context(), t.TempDir())
	check(t, err)
	known, err := file.NewPairs(t.Context(), "memberships")
	check(t, err)
	t.Cleanup(func() { check(t, errors.Join(known.Close(), file.Close())) })
	adapter := provider.Adapter{Endpoints: []provider.Endpoint{{Capability: provider.CapabilityMembers}}}
	return &Memberships{Verb: verb, Exact: exact, Known: known, Adapter: adapter, Users: func(context.Context) iter.Seq2[User, error] {
		return func(yield func(User, error) bool) {
			for n, user := range users {
				user.Row, user.Line = n+1, n+2
				if !yield(user, nil) {
					return
				}
			}
		}
	}}
}

func userIn(id string, groups ...string) User {
	return User{Candidate: Candidate{Item: engine.Item{UserID: id, Key: id}}, Groups: groups}
}

// decisions returns the rows of all actions, in the order of their numbers.
func (m *Memberships) decisions(t *testing.T) []string {
	t.Helper()
	texts := map[int]string{}
	for _, action := range m.Actions() {
		for s, err := range action.Subjects(t.Context()) {
			check(t, err)
			texts[s.Row] = fmt.Sprintf("%d %s %s %s %v", s.Line, action.Verb.Command, s.Key, s.Group, s.Decision == Present)
		}
	}
	var all []string
	for n := 1; n <= len(texts); n++ {
		all = append(all, texts[n])
	}
	return all
}

// Each user in each group is a row with a number of its own; members are left alone, and an exact change removes users
// with a list of groups from all others.
func TestMembershipsAreRows(t *testing.T) {
	t.Parallel()
	at := club{order: []string{"a", "b", "c"}, members: map[string][]string{"a": {"ada"}, "c": {"ada", "lin", "eve"}}}
	unfound := userIn("", "a", "b")
	unfound.Decision, unfound.Key = Unfound, "nobody"
	users := []User{userIn("ada", "a", "b"), unfound, userIn("lin"), {Candidate: userIn("eve").Candidate, Groups: []string{}}}
	for _, test := range []struct {
		verb  ops.Verb
		exact bool
		want  []string
	}{
		{ops.AddToGroup(), false, []string{"2 groups-add ada a false", "2 groups-add ada b true", "3 groups-add nobody a false", "3 groups-add nobody b false"}},
		{ops.AddToGroup(), true, []string{
			"2 groups-add ada a false", "2 groups-add ada b true", "2 groups-remove ada c true", "3 groups-add nobody a false", "3 groups-add nobody b false",
			"5 groups-remove eve c true",
		}},
		{ops.RemoveFromGroup(), false, []string{"2 groups-remove ada a true", "2 groups-remove ada b false", "3 groups-remove nobody a false", "3 groups-remove nobody b false"}},
	} {
		m := memberships(t, test.verb, test.exact, users...)
		check(t, m.Read(t.Context(), at))
		if got := m.decisions(t); !slices.Equal(got, test.want) {
			t.Errorf("%s, exact %v:\n got %q\nwant %q", test.verb.Command, test.exact, got, test.want)
		}
	}
}

// A list that may lack members proves no absence: the user is added again, and nobody is removed from other groups.
func TestIncompleteGroup(t *testing.T) {
	t.Parallel()
	at := club{order: []string{"a", "b"}, members: map[string][]string{"b": {"ada"}}, cut: true}
	m := memberships(t, ops.AddToGroup(), false, userIn("ada", "b"), userIn("lin", "b"))
	check(t, m.Read(t.Context(), at))
	if got, want := m.decisions(t), []string{"2 groups-add ada b false", "3 groups-add lin b true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := memberships(t, ops.AddToGroup(), true, userIn("ada", "a")).Read(t.Context(), at); !errors.Is(err, ErrIncompleteGroup) {
		t.Errorf("an exact change: got %v", err)
	}
	if err := memberships(t, ops.AddToGroup(), false, userIn("ada", "x")).Read(t.Context(), at); provider.ClassOf(err) != provider.NotFound {
		t.Errorf("a group that does not exist: got %v", err)
	}
}

// Each line has the number of its user's row, and the entry of its own.
func TestLinesOfMemberships(t *testing.T) {
	t.Parallel()
	m := memberships(t, ops.AddToGroup(), false, userIn("ada", "a", "b"), userIn("lin", "a"))
	entries := func(yield func(ledger.Entry, error) bool) {
		yield(ledger.Entry{Outcome: ledger.Outcome{Row: 2, State: rowstate.Added}}, nil)
	}
	var got []string
	for line, err := range m.Lines(t.Context(), entries) {
		check(t, err)
		got = append(got, fmt.Sprintf("%d %d %s %s %s", line.Row, line.Line.Line, line.Key, line.Group, line.State))
	}
	if want := []string{"1 2 ada a not_tried", "1 2 ada b added", "2 3 lin a not_tried"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
