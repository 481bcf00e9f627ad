package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// RecordKnown records the outcomes of the rows that are not sent: those whose user exists, unless an update records
// them, those with validation errors, and new ones without a carried value. It reports them.
func (i *Import) RecordKnown(ctx context.Context, rows engine.Recorder, exists engine.Exists, report func(engine.Result)) error {
	selections := []ledger.Selection{
		{Invalid: true},
		{Valid: true, Standings: []ledger.Presence{ledger.Exists, ledger.Unclear, ledger.ProvedGone}},
	}
	if i.counts.Existing+i.counts.Unclear+i.counts.Gone+i.counts.Faulty == 0 {
		selections = nil
	}
	if len(i.Carried) > 0 {
		selections = append(selections, ledger.Selection{Valid: true, Standings: []ledger.Presence{ledger.New}})
	}
	for _, selection := range selections {
		for row, err := range i.Rows(ctx, selection) {
			if err != nil {
				return err
			}
			if i.IsUpdated(row) || row.Finding.Standing == ledger.New && !row.isInvalid() && row.Lacks == nil {
				continue
			}
			outcome := i.known(row, exists)
			if outcome.Due {
				i.due = append(i.due, engine.Due{Item: outcome.Item, UserID: row.Finding.UserID, Earlier: true})
			}
			if err := rows.Record(ctx, outcome); err != nil {
				return fmt.Errorf("%w: %w", engine.ErrRecorder, err)
			}
			report(outcome)
		}
	}
	return nil
}

// IsUpdated reports whether the operation that updates users records the row: its user exists, and does not have to be
// looked up once more.
func (i *Import) IsUpdated(row Row) bool {
	return i.Updates && !row.isInvalid() && row.Finding.Standing == ledger.Exists && !row.Finding.Due
}

// Due returns the number of recorded rows whose users exist, but are looked up once more instead of compared.
func (i *Import) Due() int { return len(i.due) }

// known returns the outcome of a row that is not sent.
func (i *Import) known(row Row, exists engine.Exists) engine.Result {
	outcome := engine.Result{Item: i.item(row, row.Record), State: rowstate.Failed}
	switch {
	case row.isInvalid():
		outcome.Err = Refusal(row.Errors)
		return outcome
	case row.Finding.Standing == ledger.New:
		outcome.Err = row.Lacks
		return outcome
	case row.Finding.Standing == ledger.Unclear:
		outcome.State = rowstate.Unknown
		outcome.Err = &provider.Error{Class: provider.Unknown, Op: "create the user", Err: errUnclear}
		return outcome
	case row.Finding.Standing == ledger.ProvedGone:
		outcome.State, outcome.Err = rowstate.Gone, errGone
	case exists == engine.FailExisting:
		outcome.Err = &provider.Error{Class: provider.Conflict, Op: "create the user", Err: errors.New("user already exists")}
	default:
		outcome.State = rowstate.Existing
	}
	outcome.User.ID = row.Finding.UserID
	outcome.Due = row.Finding.Due && row.Finding.Standing == ledger.Exists
	return outcome
}

// Refusal returns the error of a row with validation errors. It contains the names of the fields but not their
// values, because the ledger stores it; rows with the same cause have the same error.
func Refusal(rowErrs roster.RowErrors) error {
	var texts []string
	for _, rowErr := range rowErrs {
		texts = append(texts, strings.TrimPrefix(rowErr.Field+" "+string(rowErr.Cause), " "))
	}
	return &provider.Error{Class: provider.Invalid, Err: errors.New(strings.Join(texts, ", "))}
}

// Send creates the users of every row that is in doubt or new, those in doubt first. It ends as [engine.Run] does.
func (i *Import) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, rows recorder.Recorder, options engine.Options) error {
	options.Due = i.due
	options.Same, options.NotStored = SameUser(i.Adapter), NotStored(i.Adapter)
	return recorder.Send(ctx, drain, ops.Create(client), rows, i.items(ctx), options)
}

// items yields the rows to send, with their passwords. A row in doubt without a carried value is not tried.
func (i *Import) items(ctx context.Context) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		for _, standing := range []ledger.Presence{ledger.Doubtful, ledger.New} {
			for m, err := range i.valid(ctx, standing) {
				if err == nil && m.Lacks != nil {
					continue
				}
				var record schema.Record
				if err == nil {
					record, err = i.Sent(m)
				}
				if !yield(i.item(m, record), err) || err != nil {
					return
				}
			}
		}
	}
}

func (i *Import) item(row Row, record schema.Record) engine.Item {
	item := engine.Item{Row: row.Number, Line: row.Line, Key: i.keyOf(record), Record: record, Digest: row.Digest, Absent: i.absent}
	return withDoubt(item, row.Finding)
}

// withDoubt returns the item with what the ledger has of a user in doubt.
func withDoubt(item engine.Item, finding ledger.Finding) engine.Item {
	if finding.Standing != ledger.Doubtful {
		return item
	}
	item.Absent, item.Doubt = evidence.Absent(finding.Proof), evidence.Doubt(finding.Doubt)
	item.Sends, item.First, item.Word = finding.Sends, finding.First, finding.Word
	return item
}

// ItemOf returns the item of a single record, as row 1.
func ItemOf(key string, record schema.Record, digest ledger.Digest, finding ledger.Finding) engine.Item {
	return withDoubt(engine.Item{Row: 1, Line: 1, Key: key, Record: record, Digest: digest}, finding)
}
