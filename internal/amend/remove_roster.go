package amend

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
)

// keptOfRemoved is what is kept of a user who is to be removed.
type keptOfRemoved struct {
	Inactive, Changed, Untold bool
	Key                       string
}

// keepRemoved writes what a removal has to know of a user.
func keepRemoved(adapter provider.Adapter, user provider.User) (json.RawMessage, error) {
	changed, known := adapter.Traces.Changed(user)
	return json.Marshal(keptOfRemoved{Inactive: adapter.Traces.Deactivated(user), Changed: changed, Untold: !known, Key: user.Key})
}

// Removal gives the removal of the users of the roster. It is called before Ask.
func (c *Comparison) Removal(deactivate bool) *Removal {
	c.kept = func(user provider.User) (json.RawMessage, error) { return keepRemoved(c.Adapter, user) }
	r := &Removal{Adapter: c.Adapter, Deactivate: deactivate, ReadAt: func() time.Time { return c.askedAt }}
	r.Subjects = func(ctx context.Context) iter.Seq2[Subject, error] {
		return func(yield func(Subject, error) bool) {
			for row, err := range c.Rows(ctx, ledger.Selection{}) {
				var s Subject
				if err == nil {
					s, err = c.subject(ctx, row, deactivate)
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
	return r
}

// subject tells how the user of one row stands.
func (c *Comparison) subject(ctx context.Context, row intake.Row, deactivate bool) (Subject, error) {
	s := Subject{
		Item:   engine.Item{Row: row.Number, Line: row.Line, Key: row.Record.Text(c.Adapter.Key), Record: row.Record, Digest: row.Digest},
		Faults: row.Faults,
	}
	if len(row.Faults) > 0 {
		s.Standing = Faulty
		return s, nil
	}
	answer, ok, err := c.answer(ctx, row)
	if err != nil {
		return s, err
	}
	return s, s.judge(answer, ok, deactivate)
}

// judge takes up what the provider said of the user.
func (s *Subject) judge(answer ledger.Answer, ok, deactivate bool) error {
	switch {
	case !ok || answer.Problem != "":
		s.Standing, s.Problem, s.Conflict = Unanswered, answer.Problem, answer.Conflict
		return nil
	case answer.Absent:
		s.Standing = Gone
		return nil
	case answer.NotFound:
		s.Standing = Unfound
		return nil
	}
	var kept keptOfRemoved
	if err := json.Unmarshal(answer.User, &kept); err != nil {
		return err
	}
	s.UserID, s.StoredKey, s.Changed, s.Untold = answer.UserID, answer.Key, kept.Changed, kept.Untold
	if s.Key == "" {
		s.Key = kept.Key
	}
	if deactivate && kept.Inactive {
		s.Standing = Inactive
	}
	return nil
}

// RemovalLines yields what became of each row of the roster in a removal.
func (c *Comparison) RemovalLines(ctx context.Context, run ledger.PastRun, deactivate bool) iter.Seq2[intake.Line, error] {
	return func(yield func(intake.Line, error) bool) {
		for row, err := range c.Rows(ctx, ledger.Selection{Run: &run}) {
			var line intake.Line
			if err == nil {
				line = intake.Line{Row: row.Number, Line: removalLine(row.Line, row.Record.Text(c.Adapter.Key), row.Entry, deactivate)}
				if len(row.Faults) > 0 {
					line.Error = intake.FaultText(row.Faults)
				}
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// removalLine says what became of a row by the ledger's note, nil for none.
func removalLine(place int, key string, note *ledger.Row, deactivate bool) report.Line {
	line := report.Line{Line: place, Key: key, Status: string(engine.NotTried)}
	if note != nil {
		take(&line, note)
	}
	line.Hint = removalHint(line, deactivate)
	return line
}

// removalHint says what an administrator can do about a row.
func removalHint(line report.Line, deactivate bool) string {
	switch line.Status {
	case string(engine.Deleted), string(engine.Absent), string(engine.Deactivated), string(engine.Unchanged):
		return ""
	case string(engine.Unknown), string(engine.NotTried):
		return "run the same command again: the user is looked up before anything is sent"
	}
	switch line.Class {
	case provider.Invalid.String():
		return "mend the row and run the command with that file"
	case provider.NotFound.String():
		return "check the key; if the user was deleted at the provider, run usher runs forget"
	case provider.Denied.String():
		return "renew the credentials or ask for the permission, then run the same command again"
	default:
		if deactivate {
			return "the user was not deactivated: run the same command again"
		}
		return "the user was not deleted: run the same command again"
	}
}
