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
	// Record contains the values, which are valid.
	Record schema.Record
	// Digest identifies the user in the ledger.
	Digest [16]byte
	// UserID is the provider's id of an existing user, and StoredKey the natural key at the provider. Both are
	// empty for a user to be created.
	UserID, StoredKey string
	// Group is the provider's id of the group of a membership; empty for every other operation.
	Group string
	// Seen is when usher last sent, found or removed the user; zero for never.
	Seen time.Time
	// Changes are the values that an update sends; nil otherwise.
	Changes schema.Record
	// Absent is how this process, or the one that first sent a row in doubt, found that the user was absent before
	// the first request.
	Absent evidence.Absent
	// Doubt is why it is unknown whether an earlier run created the user. The next three fields are those of a row
	// in doubt.
	Doubt evidence.Doubt
	// Sends is how often earlier runs sent the row.
	Sends int
	// First is when the first request was sent; zero if that is unknown.
	First time.Time
	// Word reports that the administrator has settled the user as absent.
	Word bool
}

// Result is the result of one item.
type Result struct {
	Item
	// State is the state of the row.
	State rowstate.State
	// User is the user at the provider, if the row is created or existing and the response contained the user.
	User provider.User
	// Err is why a row failed or is unknown; nil otherwise. It wraps the [*provider.Error] if there was one.
	Err error
	// Attempts is the number of attempts in this run.
	Attempts int
	// Settled reports that the row was in doubt and that lookups have ended the doubt: a created row's user was
	// found, a failed row's was not.
	Settled bool
	// Doubt is why an unknown row is in doubt.
	Doubt evidence.Doubt
	// Sends is how often the create may have reached the provider, in all runs, and Resends how often this run
	// resent it after a doubt.
	Sends, Resends int
	// Gone reports that the user is confirmed absent.
	Gone bool
	// Due reports that the user of a created row must be looked up once more.
	Due bool
	// NotStored contains the fields that the provider did not store as sent.
	NotStored []string
	// Duplicates are the ids of all accounts with the key, if there are several.
	Duplicates []string
}
