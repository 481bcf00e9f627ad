package intake

import (
	"context"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Import is the import of one roster into one target. Its methods are called in the order Read, Resolve,
// AskProvider and Resolve again, RecordKnown, Send, Lines. It is not safe for concurrent use.
type Import struct {
	// Adapter is the provider's.
	Adapter provider.Adapter
	// Roster is the file to import.
	Roster *roster.Roster
	// Plan compares the rows with each other, the ledger and the provider.
	Plan ledger.Plan
	// Digest returns the digest of a record's user in the ledger.
	Digest func(schema.Record) ledger.Digest
	// Keys returns the digests of a record's natural key.
	Keys func(schema.Record) ledger.KeyDigests
	// Respellings returns the digests of a user under other spellings of the target; nil for none.
	Respellings func(schema.Record) []ledger.Respelling
	// Generated is how the keys of people who have none are generated; nil if the rows have keys. [Import.GenerateKeys] and
	// [Import.TakeNext] are then called before Resolve, and after each AskProvider.
	Generated *Generated
	// Groups is the column with the groups of a row's user, which is no field of the user; nil for none.
	Groups *schema.Field
	// Passwords generates the passwords of rows without one; nil if none are generated.
	Passwords *passwords.Source
	// SkipInvalid counts rows with validation errors as failed, and sends the others.
	SkipInvalid bool
	// Defaults are the values that a new user has in the fields that the row leaves empty.
	Defaults schema.Record
	// Carried are fields whose values come from other imports of the same roster.
	Carried []Carried
	// Updates reports that another operation records the rows whose users exist.
	Updates bool
	// Found is called for each user that the provider returns to AskProvider; nil for none.
	Found func(ctx context.Context, user provider.User) error

	storage *storage        // of the rows that were read
	counts  PlanCounts      // as last resolved
	asked   bool            // existing users were checked at the provider
	proves  bool            // the list that was read is complete
	absent  evidence.Absent // how the users of new rows were found absent
	due     []engine.Due    // existing users to look up once more
}

// keyOf returns the value of the natural key.
func (i *Import) keyOf(record schema.Record) string { return record.Text(i.Adapter.Key) }
