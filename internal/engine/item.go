package engine

import (
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Item is one row that waits to be created.
type Item struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Key is the value of the natural key.
	Key string
	// Record holds the values; they are valid.
	Record schema.Record
	// Digest names the person in the ledger.
	Digest [16]byte
	// UserID is the provider's id of the user, if they exist, and StoredKey the natural
	// key as the provider has it; both are empty for a user who is created.
	UserID, StoredKey string
	// Seen is when usher last sent, found or removed the user; zero for never.
	Seen time.Time
	// Changes are the values that an update sends; nil otherwise.
	Changes schema.Record
	// Absent is how this process, or the one that first sent a row in doubt, found
	// that the user was absent before the first request.
	Absent evidence.Absent
	// Doubt is why it is unknown whether an earlier run created the user; the next
	// three fields are those of a row in doubt.
	Doubt evidence.Doubt
	// Sends is how often earlier runs sent the row.
	Sends int
	// First is when the first request left; zero if that is unknown.
	First time.Time
	// Word says that the administrator has said that the user is absent.
	Word bool
}

// Result is what became of one item.
type Result struct {
	Item
	// State says which.
	State rowstate.State
	// User is the user at the provider, where it is created or existing and the provider described it.
	User provider.User
	// Err says why a row failed or is unknown; nil otherwise. It wraps the
	// [*provider.Error] where there was one.
	Err error
	// Attempts is how often the create was tried in this run.
	Attempts int
	// Settled says that the row was in doubt and that lookups have ended the
	// doubt: a created row's user was found, a failed row's was not.
	Settled bool
	// Doubt is why an unknown row is in doubt.
	Doubt evidence.Doubt
	// Sends is how often the create may have reached the provider, in all runs, and
	// Resends how often this run sent it again after a doubt.
	Sends, Resends int
	// Gone says that it is proved that the user does not exist, or does no longer.
	Gone bool
	// Due says that the user of a created row must still be looked up once more.
	Due bool
	// NotStored names the fields that the provider did not store as they were sent.
	NotStored []string
	// Duplicates are the ids of all accounts that have the key, if there are several.
	Duplicates []string
}
