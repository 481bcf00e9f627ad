package amend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Undo is the users that a run created, on their way out. Its methods are called
// in the order Ask, Removal. It is for one goroutine.
type Undo struct {
	Adapter provider.Adapter
	Book    *ledger.Ledger
	// Run is the run that is undone, as it was before.
	Run ledger.PastRun
	// Plan keeps what the provider said.
	Plan *ledger.Plan
	// Changed has the users deleted who were changed since they were made.
	Changed bool

	unread bool // the provider documents no way to read a user by the id
}

// Ask reads every user. It ends as [Comparison] Ask does.
func (u *Undo) Ask(ctx context.Context, client provider.Client, options bulk.Options, asked func()) error {
	getter, ok := client.(provider.Getter)
	if u.unread = !ok; u.unread {
		return nil
	}
	heard := heard{plan: u.Plan, kept: func(user provider.User) (json.RawMessage, error) { return keepRemoved(u.Adapter, user) }}
	items := func(yield func(bulk.Item, error) bool) {
		for row, err := range u.created(ctx) {
			if err == nil && row.UserID == "" {
				continue
			}
			if err == nil {
				err = heard.keep(ctx)
			}
			if !yield(bulk.Item{Row: row.Row, Line: row.Line, Key: row.UserID}, err) || err != nil {
				return
			}
			asked()
		}
	}
	err := bulk.Ask(ctx, byID{client, getter}, items, options, heard.add)
	return errors.Join(err, heard.keep(context.WithoutCancel(ctx)))
}

// byID looks a user up by the id.
type byID struct {
	provider.Client
	getter provider.Getter
}

// Find is [provider.Finder].
func (b byID) Find(ctx context.Context, id string) (provider.User, error) {
	return b.getter.Get(ctx, id)
}

// created yields the rows whose users the run created. To forget a row while
// they are gone through takes nothing away from those that follow it.
func (u *Undo) created(ctx context.Context) iter.Seq2[ledger.Row, error] {
	return u.Book.Rows(ctx, u.Run, ledger.Created)
}

// Removal gives the removal of the users.
func (u *Undo) Removal() *Removal {
	return &Removal{Adapter: u.Adapter, Subjects: func(ctx context.Context) iter.Seq2[Subject, error] {
		return func(yield func(Subject, error) bool) {
			for row, err := range u.created(ctx) {
				var s Subject
				if err == nil {
					s, err = u.subject(ctx, row)
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}}
}

func (u *Undo) subject(ctx context.Context, row ledger.Row) (Subject, error) {
	s := Subject{Item: bulk.Item{Row: row.Row, Line: row.Line}, Digest: row.Digest, UserID: row.UserID}
	switch {
	case row.UserID == "":
		s.Standing = Nameless
		return s, nil
	case u.unread:
		s.Untold = true
		return s, nil
	}
	answer, ok, err := u.Plan.Kept(ctx, row.Row)
	if err == nil {
		err = s.judge(answer, ok, false)
	}
	s.UserID = row.UserID
	s.Record = schema.Record{u.Adapter.Key: s.Key}
	s.Certain = s.Standing == Gone // it was asked for by the id
	if s.Standing == Present && s.Changed && !u.Changed {
		s.Standing = Touched
	}
	return s, err
}

// Lines yields what became of each of the users in a run that undoes.
func (u *Undo) Lines(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) iter.Seq2[intake.Line, error] {
	return func(yield func(intake.Line, error) bool) {
		notes := intake.NotesOf(ctx, book, run)
		defer notes.Stop()
		for row, err := range book.Rows(ctx, u.Run, ledger.Created, ledger.Forgotten) {
			note, noteErr := notes.At(row.Row)
			if err = errors.Join(err, noteErr); err == nil && note == nil && row.State == ledger.Forgotten {
				continue // by an earlier command
			}
			var line intake.Line
			if err == nil {
				line.Line, err = u.line(ctx, row, note)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (u *Undo) line(ctx context.Context, row ledger.Row, note *ledger.Row) (report.Line, error) {
	s, err := u.subject(ctx, row)
	line := removalLine(s.Line, s.Key, note, false)
	line.ID = s.UserID
	if s.Standing == Touched {
		line.Error, line.Hint = "the user was changed since it was made", "to delete it all the same: --changed"
	}
	return line, err
}
