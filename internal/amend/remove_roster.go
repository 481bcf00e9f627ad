package amend

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/bulk"
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
	r := &Removal{Adapter: c.Adapter, Deactivate: deactivate}
	r.Subjects = func(ctx context.Context) iter.Seq2[Subject, error] {
		return func(yield func(Subject, error) bool) {
			for row, err := range c.Checked(ctx) {
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
func (c *Comparison) subject(ctx context.Context, row intake.Checked, deactivate bool) (Subject, error) {
	s := Subject{
		Item:   bulk.Item{Row: row.Number, Line: row.Line, Key: row.Record.Text(c.Adapter.Key), Record: row.Record},
		Faults: row.Faults,
	}
	if len(row.Faults) > 0 {
		s.Standing = Faulty
		return s, nil
	}
	s.Digest = c.Digest(row.Record)
	answer, ok, err := c.Plan.Kept(ctx, row.Number)
	if err != nil {
		return s, err
	}
	if !ok && c.listed {
		answer, ok = ledger.Answer{Absent: true}, true
	}
	return s, s.judge(answer, ok, deactivate)
}

// judge takes up what the provider said of the user.
func (s *Subject) judge(answer ledger.Answer, ok, deactivate bool) error {
	switch {
	case !ok || answer.Problem != "":
		s.Standing, s.Problem = Unanswered, answer.Problem
		return nil
	case answer.Absent:
		s.Standing = Gone
		return nil
	}
	var kept keptOfRemoved
	if err := json.Unmarshal(answer.User, &kept); err != nil {
		return err
	}
	s.UserID, s.Changed, s.Untold = answer.UserID, kept.Changed, kept.Untold
	if s.Key == "" {
		s.Key = kept.Key
	}
	if deactivate && kept.Inactive {
		s.Standing = Inactive
	}
	return nil
}

// RemovalLines yields what became of each row of the roster in a removal.
func (c *Comparison) RemovalLines(deactivate bool) func(context.Context, *ledger.Ledger, ledger.PastRun) iter.Seq2[intake.Line, error] {
	return func(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) iter.Seq2[intake.Line, error] {
		return func(yield func(intake.Line, error) bool) {
			for noted, err := range c.Noted(ctx, book, run) {
				var line intake.Line
				if err == nil {
					line = intake.Line{Row: noted.Row, Line: removalLine(noted.Line, noted.Record.Text(c.Adapter.Key), noted.Note, deactivate)}
					var faults []string
					for _, fault := range noted.Faults {
						faults = append(faults, fault.Fault.Error())
					}
					if faults != nil {
						line.Error = strings.Join(faults, "; ")
					}
				}
				if !yield(line, err) || err != nil {
					return
				}
			}
		}
	}
}

// removalLine says what became of a row by the ledger's note, nil for none.
func removalLine(place int, key string, note *ledger.Row, deactivate bool) report.Line {
	line := report.Line{Line: place, Key: key, Status: string(bulk.NotTried)}
	if note != nil {
		line.Status, line.ID, line.Class, line.Error = string(note.State), note.UserID, note.Class, note.Message
		switch note.State {
		case ledger.Uncertain:
			line.Status = string(bulk.Unknown)
		case ledger.Changing:
			line.Status, line.Error = string(bulk.Unknown), "the run broke off before the answer came"
		}
	}
	line.Hint = removalHint(line, deactivate)
	return line
}

// removalHint says what an administrator can do about a row.
func removalHint(line report.Line, deactivate bool) string {
	switch line.Status {
	case string(Deleted), string(Absent), string(Deactivated), string(Unchanged):
		return ""
	case string(bulk.Unknown), string(bulk.NotTried):
		return "run the same command again: the user is looked up before anything is sent"
	}
	switch line.Class {
	case provider.Invalid.String():
		return "mend the row and run the command with that file"
	case provider.NotFound.String():
		return "there is nobody to deactivate: is the key right?"
	case provider.Denied.String():
		return "renew the credentials or ask for the permission, then run the same command again"
	default:
		if deactivate {
			return "the user was not deactivated: run the same command again"
		}
		return "the user was not deleted: run the same command again"
	}
}
