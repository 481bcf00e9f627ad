package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// RecordKnown notes the rows that need not or must not be sent: those whose
// user exists, and those with faults. It reports their outcomes.
func (i *Import) RecordKnown(ctx context.Context, journal Journal, exists bulk.Exists, report func(bulk.Outcome)) error {
	if i.counts.Existing+i.counts.Faulty == 0 {
		return nil
	}
	for m, err := range i.members(ctx) {
		if err != nil {
			return err
		}
		outcome := bulk.Outcome{Item: i.item(m, m.Record), State: bulk.Failed}
		switch {
		case m.isFaulty():
			outcome.Err = i.refusal(m)
		case m.finding.Standing != ledger.Exists:
			continue
		case exists == bulk.FailExisting:
			outcome.User.ID = m.finding.UserID
			outcome.Err = &provider.Error{Class: provider.Conflict, Op: "create the user", Err: errors.New("the user exists already")}
		default:
			outcome.State, outcome.User.ID = bulk.Existing, m.finding.UserID
		}
		if err := journal.Record(ctx, outcome); err != nil {
			return fmt.Errorf("%w: %w", bulk.ErrJournal, err)
		}
		report(outcome)
	}
	return nil
}

// refusal is the error of a row that our own validation refused. It names the
// fields and not their values: the ledger keeps it, and rows that are refused
// for one reason share it.
func (i *Import) refusal(m member) error {
	var texts []string
	for _, fault := range i.faultsOf(m) {
		texts = append(texts, strings.TrimPrefix(fault.Field+" "+string(fault.Cause), " "))
	}
	return &provider.Error{Class: provider.Invalid, Op: "send the row", Err: errors.New(strings.Join(texts, ", "))}
}

// Send has every row that is in doubt or new created, those in doubt first. It
// ends as [bulk.Run] does.
func (i *Import) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, journal Journal, options bulk.Options) error {
	return Send(ctx, drain, client, journal, i.items(ctx), options)
}

// Send is [bulk.Run] with the ledger as its journal. Where the provider can be
// asked, and no pace is set, intents are written a few batches ahead.
func Send(ctx context.Context, drain <-chan struct{}, client provider.Client, journal Journal, items iter.Seq2[bulk.Item, error], options bulk.Options) error {
	if _, asks := client.(provider.Finder); !asks || options.Rate > 0 {
		return bulk.Run(ctx, drain, client, journal, items, options)
	}
	ahead := newAhead(journal, options.Concurrency)
	stopped := bulk.Run(ctx, drain, client, ahead, ahead.items(ctx, items), options)
	if err := ahead.release(ctx); err != nil {
		return cmp.Or(stopped, fmt.Errorf("%w: %w", bulk.ErrJournal, err))
	}
	return stopped
}

// items yields the rows that are to be sent, passwords included.
func (i *Import) items(ctx context.Context) iter.Seq2[bulk.Item, error] {
	return func(yield func(bulk.Item, error) bool) {
		for _, standing := range []ledger.Standing{ledger.Doubtful, ledger.New} {
			for m, err := range i.toSend(ctx, standing) {
				var record schema.Record
				if err == nil {
					record, err = i.withPassword(m)
				}
				if !yield(i.item(m, record), err) || err != nil {
					return
				}
			}
		}
	}
}

func (i *Import) item(m member, record schema.Record) bulk.Item {
	return bulk.Item{Row: m.Number, Line: m.Line, Key: i.keyOf(record), Record: record, Doubt: m.finding.Standing == ledger.Doubtful}
}
