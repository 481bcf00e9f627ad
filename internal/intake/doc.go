// Package intake implements the import of one roster into one target.
//
// It reads and validates the roster, compares it with the ledger and the provider, sends the remaining rows, and
// reports the result of each row.
//
// A roster is read once. Its rows are stored in the plan's scratch file and queried there, so that the use of
// memory does not grow with the roster.
package intake
