package intake

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
)

// ConfirmGone looks up the users who exist according to the ledger but that the provider did not return, by the id
// in the ledger and then by the key, and marks in the plan those who are confirmed absent. Absence counts only
// after a time has passed since usher last sent or found a user; waiting is called before. Call it after
// AskProvider and Resolve, and call Resolve after it.
func (i *Import) ConfirmGone(ctx context.Context, client provider.Client, options engine.Options, waiting func(rows int, wait time.Duration)) error {
	if i.counts.Unlisted == 0 {
		return nil
	}
	settle := options.SettleTime(ctx)
	rows, wait, err := i.confirmGone(ctx, client, options, settle, func(since time.Duration) bool { return since >= settle })
	if rows == 0 || settle < 0 || err != nil {
		return err
	}
	waiting(rows, wait)
	if err := options.Wait(ctx, wait); err != nil {
		return err
	}
	_, _, err = i.confirmGone(ctx, client, options, settle, func(time.Duration) bool { return true })
	return err
}

// confirmGone looks up each of these users once. It returns the number of users who seem absent but were sent or
// found too recently, and how long they have to wait.
func (i *Import) confirmGone(ctx context.Context, client provider.Client, options engine.Options, settle time.Duration, isOver func(since time.Duration) bool) (rows int, wait time.Duration, err error) {
	options.Same = SameUser(i.Adapter)
	_, finds := provider.As[provider.Finder](client)
	var mu sync.Mutex
	var gone []int
	mark := func() error {
		mu.Lock()
		marked := gone
		gone = nil
		mu.Unlock()
		for _, row := range marked {
			if err := i.Plan.Keep(ctx, row, ledger.Answer{Absent: true}); err != nil {
				return err
			}
		}
		return nil
	}
	err = engine.Confirm(ctx, ops.Existence(client), i.notListed(ctx, mark), options, func(item engine.Item, _ provider.User, err error) {
		mu.Lock()
		defer mu.Unlock()
		if provider.AbsenceOf(err) != provider.AbsenceDocumented || !i.proves && !finds || settle < 0 {
			return
		}
		if since := time.Since(item.Seen); !isOver(since) {
			rows++
			wait = max(wait, settle-since)
			return
		}
		gone = append(gone, item.Row)
	})
	return rows, wait, errors.Join(err, mark())
}

// notListed yields the rows whose users exist according to the ledger only.
func (i *Import) notListed(ctx context.Context, mark func() error) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		for m, err := range i.valid(ctx, ledger.Exists) {
			if err == nil && m.Finding.Listed {
				continue
			}
			var item engine.Item
			if err == nil {
				err = mark()
			}
			if err == nil {
				item = i.item(m, m.Record)
				item.UserID = m.Finding.UserID
				var at map[ledger.Digest]time.Time
				at, err = i.Plan.Seen(ctx, m.Digest)
				item.Seen = at[m.Digest]
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}
