package amend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Ask looks up the user of every valid row at the provider. It calls asked for each lookup. If it ends early with
// an error, the answers so far remain valid, and the other rows are unchecked.
func (c *Comparison) Ask(ctx context.Context, client provider.Client, way intake.Asked, options engine.Options, asked func()) error {
	c.askedAt = time.Now()
	if _, err := c.Plan.Resolve(ctx, listedByNobody); err != nil { // what the ledger has, for all rows
		return err
	}
	switch way {
	case intake.ByList:
		err := c.readList(ctx, provider.Must[provider.Lister](client))
		c.listed = err == nil
		return err
	case intake.ByLookUp:
		return c.lookUp(ctx, client, options, asked)
	default:
		return errors.New("the provider documents neither a lookup nor a list")
	}
}

// listedByNobody is the chooser of a plan in which no user is marked.
func listedByNobody(string, []ledger.Listed) (userID string, ok bool) { return "", false }

// ListIsComplete reports whether Ask read a list with every user of the provider.
func (c *Comparison) ListIsComplete() bool { return c.listed && !c.incomplete }

// Unask discards the provider's answers, so that Ask can be called again.
func (c *Comparison) Unask(ctx context.Context) error {
	c.listed = false
	return c.Plan.Unask(ctx)
}

func (c *Comparison) readList(ctx context.Context, lister provider.Lister) error {
	for user, err := range lister.List(ctx, nil) {
		if provider.IsIncomplete(err) {
			c.incomplete = true
			return nil // listed users exist; the list proves no absence
		}
		if err != nil {
			return err
		}
		if c.Found != nil {
			err = c.Found(ctx, user)
		} else {
			_, err = c.Heard(ctx, user)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Comparison) lookUp(ctx context.Context, client provider.Client, options engine.Options, asked func()) error {
	heard := lookupResults{plan: c.Plan, kept: c.keptOf}
	options.Route = &c.route
	items := func(yield func(engine.Item, error) bool) {
		for row, err := range c.valid(ctx) {
			if err == nil {
				err = heard.keep(ctx)
			}
			item := engine.Item{Row: row.Number, Line: row.Line, Key: row.Record.Text(c.Adapter.Key), Record: row.Record}
			if !yield(item, err) || err != nil {
				return
			}
			asked()
		}
	}
	err := engine.Ask(ctx, ops.ByKey(client), items, options, heard.add)
	return errors.Join(err, heard.keep(context.WithoutCancel(ctx)))
}

// valid yields the compared rows without validation errors.
func (c *Comparison) valid(ctx context.Context) iter.Seq2[intake.Row, error] {
	return c.compared(ctx, ledger.Selection{Valid: true})
}

// lookupResults collects answers until they are stored, because other goroutines get the answers while the plan belongs to
// the one that reads the rows.
type lookupResults struct {
	plan ledger.Plan
	kept func(provider.User) (json.RawMessage, error)
	// confirmed reports that an answer that documents absence proves it.
	confirmed bool

	mu      sync.Mutex
	answers []answer
}

type answer struct {
	item engine.Item
	user provider.User
	err  error
}

func (h *lookupResults) add(item engine.Item, user provider.User, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = append(h.answers, answer{item, user, err})
}

// keep stores the answers since the last call.
func (h *lookupResults) keep(ctx context.Context) error {
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
			problem := engine.Result{Item: a.item, Err: a.err}.Message()
			err = h.plan.Keep(ctx, a.item.Row, ledger.Answer{Problem: errors.New(problem)})
		default:
			absent := provider.AbsenceOf(a.err) == provider.AbsenceDocumented && h.confirmed
			err = h.plan.Keep(ctx, a.item.Row, ledger.Answer{NotFound: !absent, Absent: absent})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
