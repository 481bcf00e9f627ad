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
func keepUser(verb ops.Verb, traces provider.Lifecycle, user provider.User) (json.RawMessage, error) {
	changed, known := traces.Changed(user)
	return json.Marshal(keptOfUser{Done: verb.ShowsDone(traces, user), Changed: changed, Untold: !known, Key: user.Key})
}

// Action returns the action on the users of the roster. It is called before Ask.
func (c *Comparison) Action(verb ops.Verb) *Action {
	c.kept = func(user provider.User) (json.RawMessage, error) { return keepUser(verb, c.Adapter.Lifecycle, user) }
	a := &Action{Adapter: c.Adapter, Verb: verb, ReadAt: func() time.Time { return c.askedAt }}
	a.Subjects = func(ctx context.Context) iter.Seq2[Candidate, error] {
		return func(yield func(Candidate, error) bool) {
			for row, err := range c.Rows(ctx, ledger.Selection{}) {
				var s Candidate
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
func (c *Comparison) subject(ctx context.Context, row intake.Row) (Candidate, error) {
	s := Candidate{
		Item:   engine.Item{Row: row.Number, Line: row.Line, Key: row.Record.Text(c.Adapter.Key), Record: row.Record, Digest: row.Digest},
		Errors: row.Errors,
	}
	if len(row.Errors) > 0 {
		s.Decision = Invalid
		return s, nil
	}
	answer, ok, err := c.answer(ctx, row)
	if err != nil {
		return s, err
	}
	return s, s.decide(answer, ok)
}

// decide applies the provider's answer about the user of a row.
func (s *Candidate) decide(answer ledger.Answer, ok bool) error {
	switch {
	case !ok || answer.Problem != nil:
		s.Decision, s.Problem, s.Conflict = Unchecked, answer.Problem, answer.Conflict
		return nil
	case answer.Absent:
		s.Decision = Absent
		return nil
	case answer.NotFound:
		s.Decision = Unfound
		return nil
	}
	var kept keptOfUser
	if err := json.Unmarshal(answer.User, &kept); err != nil {
		return err
	}
	s.UserID, s.StoredKey, s.Changed, s.ChangedUnknown = answer.UserID, answer.Key, kept.Changed, kept.Untold
	if s.Key == "" {
		s.Key = kept.Key
	}
	if kept.Done {
		s.Decision = Already
	}
	return nil
}

// ActionLines yields the result of each row of the roster in an action.
func (c *Comparison) ActionLines(ctx context.Context, run ledger.PastRun, verb ops.Verb) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		for row, err := range c.Rows(ctx, ledger.Selection{Run: &run}) {
			var line intake.LedgerRow
			if err == nil {
				line = intake.LedgerRow{Row: row.Number, Line: actionLine(row.Line, row.Record.Text(c.Adapter.Key), row.Entry, verb)}
				if len(row.Errors) > 0 {
					line.Error = intake.ErrorText(row.Errors)
				}
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// actionLine returns the result of a row from the ledger's entry, nil for none.
func actionLine(place int, key string, entry *ledger.Entry, verb ops.Verb) report.Line {
	line := report.Line{Line: place, Key: key, State: string(rowstate.NotTried)}
	if entry != nil {
		take(&line, entry)
	}
	line.Hint = actionHints(verb).of(line)
	return line
}
