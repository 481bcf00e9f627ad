// Package intake is one import of one roster into one target: it reads and
// validates the roster, plans against what the ledger and the provider know,
// has the rest sent, and says what became of each row.
//
// A roster is read once. What was read of its rows is in the plan's scratch file,
// where it is queried: memory does not grow with the roster.
package intake
