package amend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The states of a row of a removal beside [Unchanged] and those of package bulk.
const (
	// Deleted: the provider removed the user.
	Deleted bulk.State = "deleted"
	// Absent: there was no such user.
	Absent bulk.State = "absent"
	// Deactivated: the provider took the user's access away.
	Deactivated bulk.State = "deactivated"
)

// Standing says how the user of a row stands before a removal.
type Standing int

// The standings.
const (
	// Present: the user is there, and is to be removed.
	Present Standing = iota
	// Gone: the provider has no such user.
	Gone
	// Inactive: the user is deactivated already.
	Inactive
	// Touched: the user was changed since it was made, and is left out.
	Touched
	// Nameless: the ledger holds no id of the user, who can only be deleted by the key.
	Nameless
	// Faulty: the row has faults.
	Faulty
	// Unanswered: the provider gave no answer.
	Unanswered
)

// Subject is a row with the user whom it is about.
type Subject struct {
	// Item is the row; its Key and Record are those of the user.
	bulk.Item
	Digest   ledger.Digest
	UserID   string
	Standing Standing
	// Certain says of a user who is gone that the provider has none of this id,
	// and not only that a look-up found nobody.
	Certain bool
	// Changed says that the user was changed since it was made, and Untold that
	// the provider does not tell.
	Changed, Untold bool
	// Faults are those of a faulty row, and Problem says why there is no answer.
	Faults  []roster.Fault
	Problem string
}

// Removal deletes or deactivates users. Its methods are called in the order
// RecordKnown, Send; Subjects can be gone through at any time.
type Removal struct {
	Adapter provider.Adapter
	// Deactivate takes the users' access away and keeps the accounts.
	Deactivate bool
	// Subjects yields every row, in the order of its number.
	Subjects func(ctx context.Context) iter.Seq2[Subject, error]

	underWay *underWay[removing] // by the row's number
}

// removing is a subject on its way.
type removing struct {
	Subject
	lost     bool // the answer to a request was
	wasThere bool // the provider said so by removing it
}

// op says what a removal does to one user.
func (r *Removal) op() string {
	if r.Deactivate {
		return "deactivate the user"
	}
	return "delete the user"
}

// RecordKnown notes the rows of which nothing is sent, and reports their
// outcomes. Those whose users are left out are not tried.
func (r *Removal) RecordKnown(ctx context.Context, run *ledger.Run, report func(bulk.Outcome)) error {
	journal := removalJournal{r, run}
	for s, err := range r.Subjects(ctx) {
		if err != nil {
			return err
		}
		if s.Standing == Present || s.Standing == Touched {
			continue
		}
		outcome := r.known(s)
		if err := journal.note(ctx, s, outcome, s.Certain); err != nil {
			return fmt.Errorf("%w: %w", bulk.ErrJournal, err)
		}
		report(outcome)
	}
	return nil
}

// known is the outcome of a row of which nothing is sent.
func (r *Removal) known(s Subject) bulk.Outcome {
	outcome := bulk.Outcome{Item: s.Item, State: bulk.Failed, User: provider.User{ID: s.UserID}}
	switch s.Standing {
	case Gone:
		if !r.Deactivate {
			outcome.State = Absent
			break
		}
		outcome.Err = &provider.Error{Class: provider.NotFound, Op: r.op(), Err: errors.New("there is no such user")}
	case Inactive:
		outcome.State = Unchanged
	case Nameless:
		outcome.Err = &provider.Error{Class: provider.Invalid, Op: r.op(), Err: errors.New("the run holds no id of the user")}
	case Faulty:
		outcome.Err = refusalOf(s.Faults)
	default:
		outcome.Err = &provider.Error{Class: provider.Unsent, Op: r.op(), Err: errors.New("whether there is such a user cannot be told")}
	}
	return outcome
}

// Send has every user who is present removed. It ends as [bulk.Run] does; a row
// whose answer was lost is settled by reading the user again.
func (r *Removal) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, run *ledger.Run, options bulk.Options) error {
	r.underWay = newUnderWay[removing]()
	options.Change = true
	report := options.Report
	options.Report = func(outcome bulk.Outcome) {
		s := r.underWay.get(outcome.Key)
		report(r.told(s, outcome))
		r.underWay.drop(outcome.Key)
	}
	remover, err := r.remover(client)
	if err != nil {
		return err
	}
	return bulk.Run(ctx, drain, remover, removalJournal{r, run}, r.items(ctx), options)
}

// items yields the rows whose users are to be removed. The engine knows them by
// the row's number: an undone row need not have a key.
func (r *Removal) items(ctx context.Context) iter.Seq2[bulk.Item, error] {
	return func(yield func(bulk.Item, error) bool) {
		for s, err := range r.Subjects(ctx) {
			if err == nil && s.Standing != Present {
				continue
			}
			number := strconv.Itoa(s.Row)
			if err == nil {
				r.underWay.put(number, &removing{Subject: s})
			}
			item := bulk.Item{Row: s.Row, Line: s.Line, Key: number, Record: schema.Record{r.Adapter.Key: number}}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// told gives the outcome of a row in the words of the removal.
func (r *Removal) told(s *removing, outcome bulk.Outcome) bulk.Outcome {
	outcome.Item = s.Item
	outcome.User.ID = s.UserID
	switch {
	case outcome.State != bulk.Created:
	case r.Deactivate:
		outcome.State = Deactivated
	case s.wasThere || s.lost:
		outcome.State = Deleted
	default:
		outcome.State = Absent
	}
	return outcome
}
