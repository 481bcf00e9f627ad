package intake

import (
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Import is one roster on its way into one target. Its methods are called in
// the order Read, Resolve, AskProvider and Resolve again, RecordKnown, Send,
// Lines. It is for one goroutine.
type Import struct {
	// Adapter knows the provider.
	Adapter provider.Adapter
	// Roster is what is imported.
	Roster *roster.Roster
	// Plan compares the rows with each other and with what is known.
	Plan ledger.Plan
	// Digest names a person in the ledger.
	Digest func(schema.Record) ledger.Digest
	// Keys returns the digests of a record's natural key.
	Keys func(schema.Record) ledger.KeyDigests
	// Respellings returns what a user may be recorded by under other spellings of the
	// target; nil for none.
	Respellings func(schema.Record) []ledger.Respelling
	// Passwords derives the passwords of rows that have none; nil where none are generated.
	Passwords *passwords.Source
	// SkipInvalid has rows with faults counted as failed, and the others sent.
	SkipInvalid bool

	storage *storage        // of what was read
	counts  PlanCounts      // as last resolved
	asked   bool            // the provider was asked who exists
	proves  bool            // the list that was read is complete
	absent  evidence.Absent // how the users of new rows were found absent
	due     []engine.Due    // existing users who must be looked up once more
}

// keyOf gives the value of the natural key.
func (i *Import) keyOf(record schema.Record) string { return record.Text(i.Adapter.Key) }
