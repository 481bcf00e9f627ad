package amend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Update updates the users who differ from a roster. After the comparison has been made, its methods are called in
// the order RecordKnown, Send.
type Update struct {
	*Comparison
	// Before stores the previous values of the users; nil if no user differs.
	Before *BeforeFile
}

// RecordKnown records the outcomes of rows for which nothing is sent, and reports them: rows whose users are up to
// date, and rows that cannot be updated.
func (u *Update) RecordKnown(ctx context.Context, rows engine.Recorder, report func(engine.Result)) error {
	for v, err := range u.RowDiffs(ctx) {
		if err != nil {
			return err
		}
		outcome := engine.Result{Item: u.item(v), State: rowstate.Failed, User: provider.User{ID: v.UserID}}
		switch v.State {
		case StateDiffers:
			continue
		case StateSame:
			outcome.State = rowstate.Unchanged
		case StateMissing, StateNotFound:
			outcome.Err = &provider.Error{Class: provider.NotFound, Op: opUpdate, Err: errors.New("user not found")}
		case StateInvalid:
			outcome.Err = intake.Refusal(v.Errors)
		default:
			outcome.Err = unanswered(opUpdate, v.Problem, v.Conflict)
		}
		if err := rows.Record(ctx, outcome); err != nil {
			return fmt.Errorf("%w: %w", engine.ErrRecorder, err)
		}
		report(outcome)
	}
	return nil
}

const opUpdate = "update the user"

// item returns the row as an item of the engine.
func (u *Update) item(v RowDiff) engine.Item {
	return engine.Item{
		Row: v.Number, Line: v.Line, Key: v.Key, Record: v.Record, Digest: v.Digest,
		UserID: v.UserID, StoredKey: v.ProviderKey, Changes: v.Changes(),
	}
}

// Send updates every user who differs. It ends as [engine.Run] does. A row whose response was lost is settled by
// reading the user again.
func (u *Update) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, rows recorder.Recorder, options engine.Options) error {
	op, err := ops.Update(client, u.Adapter.Table, u.Adapter.Key, func() time.Time { return u.askedAt })
	if err != nil {
		return err
	}
	options.NotStored = func(item engine.Item, user provider.User) []string {
		return evidence.NamesOf(evidence.NotChanged(u.Adapter, item.Changes, user))
	}
	before := &images{file: u.Before, byRow: map[int]schema.Record{}}
	rows.Before = before.write
	return recorder.Send(ctx, drain, op, rows, u.items(ctx, before), options)
}

// items yields the rows whose users are to be updated, and stores their previous values in images.
func (u *Update) items(ctx context.Context, before *images) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		for v, err := range u.RowDiffs(ctx) {
			if err == nil && v.State != StateDiffers {
				continue
			}
			if err == nil {
				before.put(v.Number, u.image(v))
			}
			if !yield(u.item(v), err) || err != nil {
				return
			}
		}
	}
}

// images are the previous values of users without a recorded intent, by row. It is safe for concurrent use.
type images struct {
	file *BeforeFile

	mu    sync.Mutex
	byRow map[int]schema.Record
}

func (i *images) put(row int, image schema.Record) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.byRow[row] = image
}

// take removes and returns the images of the items that have one.
func (i *images) take(items []engine.Item) []schema.Record {
	i.mu.Lock()
	defer i.mu.Unlock()
	taken := make([]schema.Record, 0, len(items))
	for _, item := range items {
		if image, ok := i.byRow[item.Row]; ok {
			taken = append(taken, image)
			delete(i.byRow, item.Row)
		}
	}
	return taken
}

// write returns when the images of the items are durable. It is the Before of [journal.Recorder]. After an error
// the run ends.
func (i *images) write(items ...engine.Item) error { return i.file.Add(i.take(items)...) }
