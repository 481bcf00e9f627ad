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
	runID string // or "last"
	past  ledger.PastRun
}

// isOfGroups reports whether the run is one of memberships.
func (u *Undo) isOfGroups(ctx context.Context, j *Job) (is bool, err error) {
	book, err := j.App.Ledger(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	past, err := findRun(ctx, book, u.RunID, j.Selection.Target)
	if err != nil {
		return false, failure.Refuse(err, "usher runs list")
	}
	return rowstate.CommandOf(past.Command).IsMembership(), nil
}

func (u *undoGroups) check(*run) error { return nil }

func (u *undoGroups) labels() labels {
	words := u.Groups.labels()
	words.line = "usher runs undo"
	return words
}

func (u *undoGroups) read(ctx context.Context, r *run) (err error) {
	if u.past, err = findRun(ctx, r.book, u.runID, r.Selection.Target); err != nil {
		return failure.Refuse(err, "usher runs list")
	}
	r.undoOf, r.Command.Arguments[2], r.source = u.past.ID, u.past.ID, report.Source(u.past.Source)
	if u.Verb, err = u.reverse(ctx, r); err != nil {
		return err
	}
	if err := cmp.Or(r.checkTarget(u.past), u.documented(r.Selection.Adapter)); err != nil {
		return err
	}
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

// reverse returns the verb that reverses the changes of the run. It returns an error if there are none, or of both kinds.
func (u *undoGroups) reverse(ctx context.Context, r *run) (ops.Verb, error) {
	states, err := r.book.CountStates(ctx, u.past)
	switch {
	case err != nil:
		return ops.Verb{}, err
	case states[rowstate.Added] > 0 && states[rowstate.Removed] > 0:
		next := []string{failure.Note("to list these memberships"), "usher runs rows " + u.past.ID + " --state added,removed -o json"}
		if u.past.PartOf != "" {
			next = append(next, failure.Note("to delete the users that were created"), "usher runs undo "+u.past.PartOf+" -p "+r.Selection.Profile.Name)
		}
		return ops.Verb{}, failure.Refuse(fmt.Errorf("run %s cannot be undone: it added users to groups and removed them from others", u.past.ID), next...)
	case states[rowstate.Added]+states[rowstate.Removed] == 0:
		return ops.Verb{}, failure.Refuse(fmt.Errorf("run %s: nothing to undo; it changed no membership", u.past.ID), "usher runs rows "+u.past.ID)
	case states[rowstate.Removed] > 0:
		return ops.AddToGroup(), nil
	default:
		return ops.RemoveFromGroup(), nil
	}
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
