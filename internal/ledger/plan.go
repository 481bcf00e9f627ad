package ledger

// RosterRow is a row of the roster.
type RosterRow struct {
	// Row is the number of the row, from 1, and Line its place in the file.
	Row, Line int
	// Record is what the caller has read, and Faults what is wrong with it; nil if
	// the row is valid.
	Record, Faults []byte
}

// PlanRow is a row of the roster with what is known of it.
type PlanRow struct {
	RosterRow
	// FirstLine is the line of an earlier row of the same person; 0 for none.
	FirstLine int
	// Finding is what the last Resolve found.
	Finding Finding
	// Entry is what the ledger has of the row in the run of the selection; nil for none.
	Entry *Entry
}

// Selection is the rows of a plan that are wanted. The zero value is all of them.
type Selection struct {
	// Standings are those of the rows; none for any.
	Standings []Presence
	// Valid leaves out the rows with faults and those of a person who has an earlier
	// row, and Invalid all others.
	Valid, Invalid bool
	// Run is where the entries of the rows are read; nil for nowhere.
	Run *PastRun
}

// PlanCounts is how many rows of a plan have which standing. All but Words and
// Unlisted add up to Rows.
type PlanCounts struct {
	Rows, New, Existing, InDoubt, Unclear, Gone int
	// Invalid is how many rows have faults, and Repeated how many others are of a person
	// who has an earlier row, if the Duplicates were read.
	Invalid, Repeated int
	// Words is how many of those in doubt the administrator has said to be absent, and
	// Unlisted how many of those who exist are not listed.
	Words, Unlisted int
}

// Listed is a user in the provider's list whose key has the same form as that of a
// row.
type Listed struct {
	UserID string
	// Equal reports whether the keys are equal byte for byte.
	Equal bool
}

// Chooser returns the id of the listed user whom a row is about. Ok is false if that
// is not certain, or if several are. LedgerID is the id that the runs know, or empty.
type Chooser func(ledgerID string, listed []Listed) (userID string, ok bool)

// Answer is what the provider said of the person in a row. It is kept in the
// plan's scratch file alone and goes with it.
type Answer struct {
	// UserID is the provider's id of the user, and Key the natural key as the provider
	// has it.
	UserID, Key string
	// User is what the caller wants to know of the user later.
	User []byte
	// NotFound says that the provider did not return the user, and Absent that it is
	// proved that it has no such user.
	NotFound, Absent bool
	// Problem says why there is no answer; empty where there is one.
	Problem string
	// Conflict says of a problem that the ledger has another account. It is not kept.
	Conflict bool
	// LedgerID is the id that the runs had of the row's user at the last Resolve; empty
	// if they have none, or do not say that the user exists. It is not kept.
	LedgerID string
}

// Duplicate is a row whose person stands in the roster before.
type Duplicate struct {
	// Row and Line are the later place, FirstRow and FirstLine the first one.
	Row, Line           int
	FirstRow, FirstLine int
}
