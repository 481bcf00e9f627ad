package intake

import (
	"context"
	"sort"
	"strings"

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
func (j Journal) Intend(ctx context.Context, item bulk.Item) error {
	return j.Run.Intend(ctx, ledger.Intent{Row: item.Row, Line: item.Line, Digest: j.Digest(item.Record)})
}

// Record is [bulk.Journal].
func (j Journal) Record(ctx context.Context, outcome bulk.Outcome) error {
	noted := ledger.Outcome{
		Row: outcome.Row, Line: outcome.Line, Digest: j.Digest(outcome.Record),
		State: ledger.State(outcome.State), UserID: outcome.User.ID, Attempts: outcome.Attempts,
	}
	if outcome.Err != nil {
		noted.Class = provider.ClassOf(outcome.Err).String()
		noted.Message = impersonal(outcome.Err.Error(), outcome.Record)
	}
	return j.Run.Record(ctx, noted)
}

// impersonal takes a person's values out of a text: a provider may repeat them
// in its refusal, and the ledger holds no personal data.
func impersonal(text string, record schema.Record) string {
	type part struct{ name, value string }
	var parts []part
	for name, value := range record {
		switch value := value.(type) {
		case string:
			parts = append(parts, part{name, value})
		case []string:
			for _, item := range value {
				parts = append(parts, part{name, item})
			}
		}
	}
	// Longer values first: one may be part of another.
	sort.Slice(parts, func(i, j int) bool { return len(parts[i].value) > len(parts[j].value) })
	for _, p := range parts {
		if len(p.value) > 2 {
			text = strings.ReplaceAll(text, p.value, "["+p.name+"]")
		}
	}
	return text
}

// DigestOf gives the function that names a record's person in the ledger.
func DigestOf(book *ledger.Ledger, target string, adapter provider.Adapter) func(schema.Record) ledger.Digest {
	scope, _ := adapter.Table.Field(adapter.Scope)
	return func(record schema.Record) ledger.Digest {
		return book.Digest(target, scope.Text(record[adapter.Scope]), record.Text(adapter.Key))
	}
}
