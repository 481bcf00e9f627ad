package amend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The states of a row of an update beside those of package bulk.
const (
	// Updated: the provider changed the user.
	Updated bulk.State = "updated"
	// Unchanged: the user was as the row says already.
	Unchanged bulk.State = "unchanged"
)

// Update changes the users that differ from a roster. Its methods are called
// when the comparison has asked the provider, in the order RecordKnown, Send.
type Update struct {
	*Comparison
	// Before takes what the users were like; nil where nobody differs.
	Before *BeforeFile

	underWay *underWay[change] // by key
}

// change is what shall become of one user.
type change struct {
	id     string
	values schema.Record
	// image is what the user is like now, until it is durable.
	image schema.Record
}

// RecordKnown notes the rows of which nothing is sent: those whose users are as
// they should be, and those whose users cannot be changed. It reports their outcomes.
func (u *Update) RecordKnown(ctx context.Context, journal bulk.Journal, report func(bulk.Outcome)) error {
	for v, err := range u.Verdicts(ctx) {
		if err != nil {
			return err
		}
		outcome := bulk.Outcome{Item: v.item(), State: bulk.Failed, User: provider.User{ID: v.UserID}}
		switch v.Status {
		case Differs:
			continue
		case Same:
			outcome.State = Unchanged
		case Missing:
			outcome.Err = &provider.Error{Class: provider.NotFound, Op: opUpdate, Err: errors.New("there is no such user")}
		case Invalid:
			outcome.Err = refusalOf(v.Faults)
		default:
			outcome.Err = &provider.Error{Class: provider.Unsent, Op: opUpdate, Err: errors.New("whether there is such a user cannot be told")}
		}
		if err := journal.Record(ctx, outcome); err != nil {
			return fmt.Errorf("%w: %w", bulk.ErrJournal, err)
		}
		report(outcome)
	}
	return nil
}

const opUpdate = "update the user"

// item gives the row as the engine takes it.
func (v Verdict) item() bulk.Item {
	return bulk.Item{Row: v.Number, Line: v.Line, Key: v.Key, Record: v.Record}
}

// refusalOf is the error of a row with faults. It names the fields and not their
// values, as the ledger keeps it.
func refusalOf(faults []roster.Fault) error {
	var texts []string
	for _, fault := range faults {
		texts = append(texts, strings.TrimPrefix(fault.Field+" "+string(fault.Cause), " "))
	}
	return &provider.Error{Class: provider.Invalid, Op: "send the row", Err: errors.New(strings.Join(texts, ", "))}
}

// Send has every user who differs changed. It ends as [bulk.Run] does; a row
// whose answer was lost is settled by reading the user again.
func (u *Update) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, journal bulk.Journal, options bulk.Options) error {
	u.underWay = newUnderWay[change]()
	options.Change = true
	report := options.Report
	options.Report = func(outcome bulk.Outcome) {
		u.underWay.drop(outcome.Key)
		if outcome.State == bulk.Created {
			outcome.State = Updated
		}
		report(outcome)
	}
	return bulk.Run(ctx, drain, u.changer(client), imaging{Journal: journal, u: u}, u.items(ctx), options)
}

// items yields the rows whose users are to be changed.
func (u *Update) items(ctx context.Context) iter.Seq2[bulk.Item, error] {
	return func(yield func(bulk.Item, error) bool) {
		for v, err := range u.Verdicts(ctx) {
			if err == nil && v.Status != Differs {
				continue
			}
			if err == nil {
				u.underWay.put(v.Key, &change{id: v.UserID, values: v.Changes(), image: u.image(v)})
			}
			if !yield(v.item(), err) || err != nil {
				return
			}
		}
	}
}

// imaging has what a user is like be durable before the intent of the change is.
type imaging struct {
	bulk.Journal
	u *Update
}

// Intend is [bulk.Journal]. A row is intended by one goroutine at a time.
func (j imaging) Intend(ctx context.Context, item bulk.Item) error {
	if change := j.u.underWay.get(item.Key); change.image != nil {
		if err := j.u.Before.Add(change.image); err != nil {
			return err
		}
		change.image = nil
	}
	return j.Journal.Intend(ctx, item)
}
