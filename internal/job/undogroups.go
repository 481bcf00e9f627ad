package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// undoGroups reverses exactly the memberships that a run has changed.
type undoGroups struct {
	Groups
	past ledger.PastRun
}

// undoOfGroups returns the operation that undoes a run of memberships; nil if the run is another one.
func (u *Undo) undoOfGroups(ctx context.Context, j *Job) (_ *undoGroups, err error) {
	book, err := j.App.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	past, err := u.find(ctx, book, j.Selection.Target)
	if err != nil || !rowstate.CommandOf(past.Command).IsMembership() {
		return nil, nil // the undo reports the error
	}
	states, err := book.CountStates(ctx, past)
	switch {
	case err != nil:
		return nil, err
	case states[rowstate.Added] > 0 && states[rowstate.Removed] > 0:
		return nil, failure.Refuse(fmt.Errorf("run %s cannot be undone: it added users to groups and removed them from others", past.ID),
			failure.Note("to list these memberships"), "usher runs rows "+past.ID+" --state added,removed -o json")
	case states[rowstate.Added]+states[rowstate.Removed] == 0:
		return nil, failure.Refuse(fmt.Errorf("run %s: nothing to undo; it changed no membership", past.ID), "usher runs rows "+past.ID)
	case states[rowstate.Removed] > 0:
		return &undoGroups{Groups{Verb: ops.AddToGroup()}, past}, nil
	default:
		return &undoGroups{Groups{Verb: ops.RemoveFromGroup()}, past}, nil
	}
}

func (u *undoGroups) check(r *run) error {
	return cmp.Or(r.checkTarget(u.past), u.documented(r.Selection.Adapter))
}

func (u *undoGroups) read(ctx context.Context, r *run) error {
	r.undoOf, r.Command.Arguments[2], r.source = u.past.ID, u.past.ID, report.Source(u.past.Source)
	plan, err := r.book.NewPlan(ctx)
	if err != nil {
		return failure.Refuse(err)
	}
	r.closing(plan.Close)
	known, err := r.knownMemberships(ctx, plan)
	if err != nil {
		return err
	}
	u.memberships = &amend.Memberships{Verb: u.Verb, Known: known, Adapter: r.Selection.Adapter, Users: func(ctx context.Context) iter.Seq2[amend.User, error] {
		return u.users(ctx, r.book)
	}}
	u.begin()
	return nil
}

// users yields each membership that the run has changed, with its user.
func (u *undoGroups) users(ctx context.Context, book ledger.Store) iter.Seq2[amend.User, error] {
	return func(yield func(amend.User, error) bool) {
		for row, err := range book.Rows(ctx, u.past, rowstate.Added, rowstate.Removed) {
			user := amend.User{Groups: []string{row.Group}, Candidate: amend.Candidate{Item: engine.Item{Row: row.Row, Line: row.Line, Digest: row.Digest, UserID: row.UserID}}}
			if !yield(user, err) || err != nil {
				return
			}
		}
	}
}

func (u *undoGroups) plan(ctx context.Context, r *run) error {
	if err := u.readMembers(ctx, r); err != nil {
		return err
	}
	return u.survey(ctx, r)
}
