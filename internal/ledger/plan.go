package ledger

// RosterRow is a row of the roster.
type RosterRow struct {
	// Row is the number of the row, from 1, and Line its place in the file.
	Row, Line int
	// Record is the encoded record, and Faults the encoded validation errors; nil if the row is valid.
	Record, Faults []byte
}

// Assignment is the key that was generated for a person who had none.
type Assignment struct{ Person, Key Digest }

// PlanRow is a row of the roster with what is known of it.
type PlanRow struct {
	RosterRow
	// FirstLine is the line of an earlier row of the same user; 0 for none.
	FirstLine int
	// Finding is the result of the last Resolve.
	Finding Finding
	// Entry is the ledger's entry of the row in the run of the selection; nil for none.
	Entry *Entry
}

// Selection selects rows of a plan. The zero value selects all.
type Selection struct {
	// Standings are the selected standings; none for any.
	Standings []Presence
	// Valid excludes the rows with validation errors and those of a user with an earlier row, and Invalid all
	// others.
	Valid, Invalid bool
	// Run is the run from which the entries of the rows are read; nil for none.
	Run *PastRun
}

// PlanCounts is the number of rows of a plan by standing. All except Words and Unlisted add up to Rows.
type PlanCounts struct {
	Rows, New, Existing, InDoubt, Unclear, Gone int
	// Invalid is the number of rows with validation errors, and Repeated the number of others with a user who has
	// an earlier row, if the Duplicates were read.
	Invalid, Repeated int
	// Words is the number of those in doubt that the administrator has settled as absent, and Unlisted the number
	// of those existing that are not listed.
	Words, Unlisted int
}

// Extra is a user of the provider who is in no row.
type Extra struct {
	// Number is set by the plan, from 1. It does not change if the plan is resolved again.
	Number int
	// UserID and Key are those at the provider, and User is the stored form of the user.
	UserID, Key string
	User        []byte
	// Protected reports that the user must not be changed, and Done that there is nothing to do.
	Protected, Done bool
}

// Listed is a user in the provider's list whose key has the same form as that of a row.
type Listed struct {
	UserID string
	// Equal reports whether the keys are equal byte for byte.
	Equal bool
}

// Chooser returns the id of the listed user of a row. Ok is false if that is not certain, or if there are several.
// LedgerID is the id in the ledger, or empty.
type Chooser func(ledgerID string, listed []Listed) (userID string, ok bool)

// Answer is the provider's answer about the user of a row. It is stored only in the plan's scratch file, and is
// removed with it.
type Answer struct {
	// UserID is the provider's id of the user, and Key the natural key at the provider.
	UserID, Key string
	// User is the caller's data about the user.
	User []byte
	// NotFound reports that the provider did not return the user, and Absent that the user is confirmed absent.
	NotFound, Absent bool
	// Problem is why there is no answer; nil if there is one. Only its text is stored.
	Problem error
	// Conflict reports, for a problem, that the ledger has another account. It is not stored.
	Conflict bool
	// LedgerID is the id of the row's user in the ledger at the last Resolve; empty if there is none, or if the
	// user does not exist according to the ledger. It is not stored.
	LedgerID string
}

// Duplicate is a row whose user has an earlier row in the roster.
type Duplicate struct {
	// Row and Line are the later place, FirstRow and FirstLine the first one.
	Row, Line           int
	FirstRow, FirstLine int
}
