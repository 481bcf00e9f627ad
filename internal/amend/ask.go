package amend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"sync"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Ask asks the provider for the user of every valid row. Asked is told of each
// look-up that is made. Where it ends early, with an error, what was answered
// until then stands, and the other rows are unasked.
func (c *Comparison) Ask(ctx context.Context, client provider.Client, way intake.Asked, options bulk.Options, asked func()) error {
	switch way {
	case intake.ByList:
		err := c.readList(ctx, client.(provider.Lister))
		c.listed = err == nil
		return err
	case intake.ByLookUp:
		return c.lookUp(ctx, client, options, asked)
	default:
		return errors.New("the provider documents no way to ask who exists")
	}
}

func (c *Comparison) readList(ctx context.Context, lister provider.Lister) error {
	for user, err := range lister.List(ctx, nil) {
		if err != nil {
			return err
		}
		row, ok, err := c.Plan.RowOf(ctx, c.Digest(schema.Record{c.Adapter.Key: user.Key}))
		if ok && err == nil {
			err = keep(ctx, c.Plan, c.keptOf, row, user)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Comparison) lookUp(ctx context.Context, client provider.Client, options bulk.Options, asked func()) error {
	heard := heard{plan: c.Plan, kept: c.keptOf}
	items := func(yield func(bulk.Item, error) bool) {
		for row, err := range c.valid(ctx) {
			if err == nil {
				err = heard.keep(ctx)
			}
			item := bulk.Item{Row: row.Number, Line: row.Line, Key: row.Record.Text(c.Adapter.Key), Record: row.Record}
			if !yield(item, err) || err != nil {
				return
			}
			asked()
		}
	}
	err := bulk.Ask(ctx, client, items, options, heard.add)
	return errors.Join(err, heard.keep(context.WithoutCancel(ctx)))
}

// valid yields the rows without faults.
func (c *Comparison) valid(ctx context.Context) iter.Seq2[intake.Checked, error] {
	return func(yield func(intake.Checked, error) bool) {
		for row, err := range c.Checked(ctx) {
			if err == nil && len(row.Faults) > 0 {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// heard holds answers until they are kept: the plan is for the goroutine that
// reads the next row, and the answers come to others.
type heard struct {
	plan *ledger.Plan
	kept func(provider.User) (json.RawMessage, error)

	mu      sync.Mutex
	answers []answer
}

type answer struct {
	item bulk.Item
	user provider.User
	err  error
}

func (h *heard) add(item bulk.Item, user provider.User, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = append(h.answers, answer{item, user, err})
}

// keep keeps what was heard since the last time.
func (h *heard) keep(ctx context.Context) error {
	h.mu.Lock()
	answers := h.answers
	h.answers = nil
	h.mu.Unlock()
	for _, a := range answers {
		var err error
		switch {
		case a.err == nil:
			err = keep(ctx, h.plan, h.kept, a.item.Row, a.user)
		case provider.ClassOf(a.err) != provider.NotFound:
			problem := bulk.Outcome{Item: a.item, Err: a.err}.Message()
			err = h.plan.Keep(ctx, a.item.Row, ledger.Answer{Problem: problem})
		default:
			err = h.plan.Keep(ctx, a.item.Row, ledger.Answer{Absent: true})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
