// Package intake is one import of one roster into one target: it reads and
// validates the roster, plans against what the ledger and the provider know,
// has the rest sent, and says what became of each row.
//
// A roster is read several times, always the same bytes, and what must be
// remembered of its rows between two readings stays on the disk: memory does
// not grow with the roster.
package intake
