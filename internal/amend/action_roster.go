package amend

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// keptOfUser is what an action stores of a user who was read.
type keptOfUser struct {
	Done, Changed, Untold bool
	Key                   string
}

// keepUser returns the stored form of a user for an action.
func keepUser(verb ops.Verb, traces provider.Traces, user provider.User) (json.RawMessage, error) {
	changed, known := traces.Changed(user)
	return json.Marshal(keptOfUser{Done: verb.ShowsDone(traces, user), Changed: changed, Untold: !known, Key: user.Key})
}

// Action returns the action on the users of the roster. It is called before Ask.
func (c *Comparison) Action(verb ops.Verb) *Action {
	c.kept = func(user provider.User) (json.RawMessage, error) { return keepUser(verb, c.Adapter.Traces, user) }
	a := &Action{Adapter: c.Adapter, Verb: verb, ReadAt: func() time.Time { return c.askedAt }}
	a.Subjects = func(ctx context.Context) iter.Seq2[Subject, error] {
		return func(yield func(Subject, error) bool) {
			for row, err := range c.Rows(ctx, ledger.Selection{}) {
				var s Subject
				if err == nil {
					s, err = c.subject(ctx, row)
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
	return a
}

// subject returns the row with its user and the decision.
func (c *Comparison) subject(ctx context.Context, row intake.Row) (Subject, error) {
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
	return s, s.judge(answer, ok)
}

// judge applies the provider's answer about the user of a row.
func (s *Subject) judge(answer ledger.Answer, ok bool) error {
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
	var kept keptOfUser
	if err := json.Unmarshal(answer.User, &kept); err != nil {
		return err
	}
	s.UserID, s.StoredKey, s.Changed, s.Untold = answer.UserID, answer.Key, kept.Changed, kept.Untold
	if s.Key == "" {
		s.Key = kept.Key
	}
	if kept.Done {
		s.Standing = Already
	}
	return nil
}

// ActionLines yields the result of each row of the roster in an action.
func (c *Comparison) ActionLines(ctx context.Context, run ledger.PastRun, verb ops.Verb) iter.Seq2[intake.Line, error] {
	return func(yield func(intake.Line, error) bool) {
		for row, err := range c.Rows(ctx, ledger.Selection{Run: &run}) {
			var line intake.Line
			if err == nil {
				line = intake.Line{Row: row.Number, Line: actionLine(row.Line, row.Record.Text(c.Adapter.Key), row.Entry, verb)}
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

// actionLine returns the result of a row from the ledger's entry, nil for none.
func actionLine(place int, key string, entry *ledger.Row, verb ops.Verb) report.Line {
	line := report.Line{Line: place, Key: key, Status: string(rowstate.NotTried)}
	if entry != nil {
		take(&line, entry)
	}
	line.Hint = actionHints(verb).of(line)
	return line
}
