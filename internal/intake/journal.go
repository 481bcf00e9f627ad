package intake

import (
	"context"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Journal keeps a run's rows in the ledger, as [bulk.Journal] asks for it.
type Journal struct {
	Run    *ledger.Run
	Digest func(schema.Record) ledger.Digest
}

// Intend is [bulk.Journal].
func (j Journal) Intend(ctx context.Context, item bulk.Item) error { return j.intend(ctx, item) }

// intend makes the intents of all items durable, or of none.
func (j Journal) intend(ctx context.Context, items ...bulk.Item) error {
	intents := make([]ledger.Intent, len(items))
	for n, item := range items {
		intents[n] = ledger.Intent{Row: item.Row, Line: item.Line, Digest: j.Digest(item.Record)}
	}
	return j.Run.Intend(ctx, intents...)
}

// Withdraw is [bulk.Journal].
func (j Journal) Withdraw(ctx context.Context, item bulk.Item) error {
	return j.Run.Withdraw(ctx, item.Row)
}

// Record is [bulk.Journal].
func (j Journal) Record(ctx context.Context, outcome bulk.Outcome) error {
	noted := ledger.Outcome{
		Row: outcome.Row, Line: outcome.Line, Digest: j.Digest(outcome.Record),
		State: ledger.State(outcome.State), UserID: outcome.User.ID, Attempts: outcome.Attempts,
	}
	if outcome.Err != nil {
		noted.Class = provider.ClassOf(outcome.Err).String()
		noted.Message = outcome.Message()
	}
	return j.Run.Record(ctx, noted)
}

// DigestOf gives the function that names a record's person in the ledger.
func DigestOf(book *ledger.Ledger, target string, adapter provider.Adapter) func(schema.Record) ledger.Digest {
	scope, _ := adapter.Table.Field(adapter.Scope)
	return func(record schema.Record) ledger.Digest {
		return book.Digest(target, scope.Text(record[adapter.Scope]), record.Text(adapter.Key))
	}
}
