package amend

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Extras are the users of a provider's list who are in a scope and not in the roster. They are stored in the plan of the
// comparison, whose Unask discards them.
type Extras struct {
	*Comparison
	// InScope reports whether a user counts. IsProtected reports whether an extra user must not be changed; nil for
	// none.
	InScope, IsProtected func(provider.User) bool
	// Verb is performed on them; its Command is empty for none.
	Verb ops.Verb

	seen int
}

// Reset makes Seen count from 0.
func (e *Extras) Reset() { e.seen = 0 }

// Add adds a user of the provider's list, whether they are extra or not.
func (e *Extras) Add(ctx context.Context, user provider.User) error {
	isInRoster, err := e.Heard(ctx, user)
	if err != nil || !e.InScope(user) {
		return err
	}
	e.seen++
	if isInRoster {
		return nil
	}
	object, err := e.object(user)
	if err != nil {
		return err
	}
	return e.Plan.AddExtra(ctx, ledger.Extra{
		UserID: user.ID, Key: user.Key, User: object, Done: e.Verb.ShowsDone(e.Adapter.Lifecycle, user),
		Protected: e.IsProtected != nil && e.IsProtected(user),
	})
}

// Seen returns the number of listed users in the scope, whether they are in the roster or not.
func (e *Extras) Seen() int { return e.seen }

// All yields the users who are not in the roster. A user with the id of a row is, whatever the key at the provider is.
func (e *Extras) All(ctx context.Context) iter.Seq2[ledger.Extra, error] { return e.Plan.Extras(ctx) }

// Record returns the documented values of a user.
func (e *Extras) Record(extra ledger.Extra) schema.Record {
	return provider.User{Attributes: extra.User}.Record(e.Adapter.Table)
}

// Diffs yields the users who are not in the roster as results of a comparison.
func (e *Extras) Diffs(ctx context.Context) iter.Seq2[RowDiff, error] {
	return func(yield func(RowDiff, error) bool) {
		for extra, err := range e.All(ctx) {
			if !yield(RowDiff{Key: extra.Key, State: StateExtra, UserID: extra.UserID, ProviderKey: extra.Key}, err) || err != nil {
				return
			}
		}
	}
}

// Action returns the action on the users who are not in the roster. Their rows follow those of the roster, and have no
// line.
func (e *Extras) Action(rows int) *Action {
	a := &Action{Adapter: e.Adapter, Verb: e.Verb, ReadAt: func() time.Time { return e.askedAt }}
	a.Subjects = func(ctx context.Context) iter.Seq2[Candidate, error] {
		return func(yield func(Candidate, error) bool) {
			for extra, err := range e.All(ctx) {
				if err == nil && extra.Protected {
					continue
				}
				if !yield(e.candidate(rows, extra), err) || err != nil {
					return
				}
			}
		}
	}
	return a
}

func (e *Extras) candidate(rows int, extra ledger.Extra) Candidate {
	record := schema.Record{e.Adapter.Key: extra.Key}
	s := Candidate{Item: engine.Item{
		Row: rows + extra.Number, Key: cmp.Or(extra.Key, extra.UserID), Record: record, Digest: e.Digest(record), UserID: extra.UserID, StoredKey: extra.Key,
	}}
	if extra.Done {
		s.Decision = Already
	}
	return s
}

// Lines yields the result of each user in a run, after so many rows of the roster.
func (e *Extras) Lines(ctx context.Context, rows int, entries iter.Seq2[ledger.Entry, error]) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		users := map[int]ledger.Extra{}
		numbers := func(yield func(ledger.Entry, error) bool) {
			for extra, err := range e.All(ctx) {
				if err == nil && extra.Protected {
					continue
				}
				users[rows+extra.Number] = extra
				if !yield(ledger.Entry{Outcome: ledger.Outcome{Row: rows + extra.Number}}, err) || err != nil {
					return
				}
			}
		}
		for pair, err := range ledger.Pairs(numbers, entries) {
			extra := users[pair.Row]
			delete(users, pair.Row)
			line := intake.LedgerRow{Row: pair.Row, Line: actionLine(0, cmp.Or(extra.Key, extra.UserID), pair.Other, e.Verb)}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}
