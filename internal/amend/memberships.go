package amend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Memberships are users and groups. Each user in each group is a row of the run, with the line of the user. The methods are
// called in the order Read, Actions. It is not safe for concurrent use.
type Memberships struct {
	// Verb adds the users to the groups, or removes them.
	Verb ops.Verb
	// Users yields the users, each with the ids of the groups, in the order of their rows. Groups are those of every user;
	// nil for those of each.
	Users  func(ctx context.Context) iter.Seq2[User, error]
	Groups []string
	// Known has the memberships that Read found, as pairs of user and group.
	Known *scratch.Pairs
	// Exact also removes the users with a list of groups from all other groups.
	Exact bool
	// Adapter is the provider's, and ReadAt returns when the users were read.
	Adapter provider.Adapter
	ReadAt  func() time.Time
}

// User is a user with the ids of groups; nil for a user without a list of groups.
type User struct {
	Candidate
	Groups []string
}

// Memberships returns the users of the roster with the groups of each row. It is called before Ask.
func (c *Comparison) Memberships(verb ops.Verb, known *scratch.Pairs) *Memberships {
	c.kept = func(user provider.User) (json.RawMessage, error) { return keepUser(verb, c.Adapter.Lifecycle, user) }
	return &Memberships{Verb: verb, Known: known, Adapter: c.Adapter, ReadAt: func() time.Time { return c.askedAt }, Users: func(ctx context.Context) iter.Seq2[User, error] {
		return func(yield func(User, error) bool) {
			for row, err := range c.Rows(ctx, ledger.Selection{}) {
				user := User{Groups: row.Groups}
				if err == nil {
					user.Candidate, err = c.subject(ctx, row)
				}
				if !yield(user, err) || err != nil {
					return
				}
			}
		}
	}}
}

// users yields the users with their groups.
func (m *Memberships) users(ctx context.Context) iter.Seq2[User, error] {
	return func(yield func(User, error) bool) {
		for user, err := range m.Users(ctx) {
			if m.Groups != nil {
				user.Groups = m.Groups
			}
			if !yield(user, err) {
				return
			}
		}
	}
}

// ErrIncompleteGroup is the error of an exact change if the provider did not return all members of a group.
var ErrIncompleteGroup = errors.New("the provider did not return all members of a group")

// Read reads the members of every group of the users, and if the change is exact those of all groups. If the provider
// documents no list of members, each membership is looked up.
func (m *Memberships) Read(ctx context.Context, client provider.Client) error {
	if err := m.Known.Clear(ctx); err != nil {
		return err
	}
	manager := provider.Must[provider.MembershipManager](client)
	if _, lists := m.Adapter.Endpoint(provider.CapabilityMembers); !lists {
		return m.lookUp(ctx, manager)
	}
	groups, err := m.groups(ctx, client)
	if err != nil {
		return err
	}
	for _, group := range groups {
		for member, err := range manager.Members(ctx, group) {
			if provider.IsIncomplete(err) && !m.Exact {
				break // the others are added or removed again, which has no effect
			}
			if provider.IsIncomplete(err) {
				return ErrIncompleteGroup
			}
			if err == nil {
				err = m.Known.Put(ctx, member.ID, group)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lookUp looks up each membership of the users.
func (m *Memberships) lookUp(ctx context.Context, manager provider.MembershipManager) error {
	if m.Exact {
		return ErrIncompleteGroup
	}
	for user, err := range m.users(ctx) {
		if err != nil {
			return err
		}
		if user.Decision != Present {
			continue
		}
		for _, group := range user.Groups {
			isMember, err := manager.IsMember(ctx, group, user.UserID)
			if err == nil && isMember {
				err = m.Known.Put(ctx, user.UserID, group)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// groups returns the ids of the groups whose members matter, each once.
func (m *Memberships) groups(ctx context.Context, client provider.Client) (ids []string, err error) {
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for user, err := range m.users(ctx) {
		if err != nil {
			return nil, err
		}
		for _, group := range user.Groups {
			add(group)
		}
	}
	if !m.Exact {
		return ids, nil
	}
	for group, err := range provider.Must[provider.Directory](client).Entries(ctx, provider.Group) {
		if err != nil {
			return nil, err
		}
		add(group.ID)
	}
	return ids, nil
}

// Actions returns the changes: the verb, and if the change is exact the removal from other groups. Their rows are numbered
// together.
func (m *Memberships) Actions() []*Action {
	actions := []*Action{m.action(m.Verb)}
	if m.Exact {
		actions = append(actions, m.action(ops.RemoveFromGroup()))
	}
	return actions
}

func (m *Memberships) action(verb ops.Verb) *Action {
	return &Action{Adapter: m.Adapter, Verb: verb, ReadAt: m.ReadAt, Subjects: func(ctx context.Context) iter.Seq2[Candidate, error] {
		return func(yield func(Candidate, error) bool) {
			for row, err := range m.rows(ctx) {
				if err == nil && row.command != verb.Command {
					continue
				}
				if !yield(row.Candidate, err) || err != nil {
					return
				}
			}
		}
	}}
}

// membership is a row of the run.
type membership struct {
	Candidate
	command string // that is performed
	of      int    // the number of the user's row
}

// rows yields the rows of the run, numbered from 1. A user whose row cannot be sent has one row without a group.
func (m *Memberships) rows(ctx context.Context) iter.Seq2[membership, error] {
	return func(yield func(membership, error) bool) {
		number := 0
		for user, err := range m.users(ctx) {
			var rows []membership
			if err == nil {
				rows, err = m.rowsOf(ctx, user)
			}
			for _, row := range rows {
				number++
				row.Row = number
				if !yield(row, nil) {
					return
				}
			}
			if err != nil {
				yield(membership{}, err)
				return
			}
		}
	}
}

// rowsOf returns the rows of one user, without their numbers.
func (m *Memberships) rowsOf(ctx context.Context, user User) ([]membership, error) {
	rowIn := func(group, command string) membership {
		row := membership{Candidate: user.Candidate, command: command, of: user.Row}
		row.Group = group
		return row
	}
	if user.Decision == Invalid {
		return []membership{rowIn("", m.Verb.Command)}, nil
	}
	var rows []membership
	for _, group := range user.Groups {
		row := rowIn(group, m.Verb.Command)
		if row.Decision == Present {
			isMember, err := m.Known.Has(ctx, user.UserID, group)
			if err != nil {
				return nil, err
			}
			if isMember == (m.Verb.Command == rowstate.CommandJoin) {
				row.Decision = Already
			}
		}
		rows = append(rows, row)
	}
	if !m.Exact || user.Groups == nil || user.Decision != Present {
		return rows, nil
	}
	memberOf, err := m.Known.Of(ctx, user.UserID)
	for _, group := range memberOf {
		if !slices.Contains(user.Groups, group) {
			rows = append(rows, rowIn(group, rowstate.CommandLeave))
		}
	}
	return rows, err
}

// Lines yields the result of each row of the run, from the ledger's entries of the run. The number of a line is that of the
// user's row.
func (m *Memberships) Lines(ctx context.Context, entries iter.Seq2[ledger.Entry, error]) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		var row membership
		numbers := func(yield func(ledger.Entry, error) bool) {
			for next, err := range m.rows(ctx) {
				row = next
				if !yield(ledger.Entry{Outcome: ledger.Outcome{Row: row.Row}}, err) || err != nil {
					return
				}
			}
		}
		for pair, err := range ledger.Pairs(numbers, entries) {
			line := intake.LedgerRow{Row: row.of, Line: actionLine(row.Line, row.Key, pair.Other, m.Verb)}
			line.Group = row.Group
			if len(row.Errors) > 0 {
				line.Error = intake.ErrorText(row.Errors)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}
