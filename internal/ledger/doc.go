// Package ledger is the durable memory of what was asked of providers: intent
// before a send, outcome after it.
//
// One [Ledger] serves all runs on this machine. It is an SQLite file in the
// state folder ([StateDir]) that survives kill -9 and power loss: what a call
// has promised to be durable is there when the store is opened again.
//
// # What is kept
//
// A run is one import, or one user made by hand. For each of its rows the
// ledger holds the place in the roster, a [Digest] of the natural key, a
// [State], the provider's id, class and text of the last error, attempts and
// times. A digest is keyed with a random key that never leaves the store, so
// that the file does not tell who was imported. Nothing else about a person
// is kept, and nothing secret ever passes in: callers remove secrets and
// personal data from error texts before they hand them over.
//
// A run may also change users who exist, or remove them (see [CommandUpdate] and
// [CommandDelete]). Its rows have states of their own, which are evidence of
// nothing.
//
// # The two orders
//
// [Run.Intend] returns when it is durable that a row is about to be sent;
// after an error nothing may be sent. [Run.Record] notes what came of it and
// does not wait for the disk: a crash in between leaves the row in doubt,
// which is settled later and never sent again blindly.
//
// Intents that are made together are one entry, a list; each becomes a row with
// its outcome, with the end of the run, or with the next [Ledger.Lock] after a
// crash. Readers see no difference.
//
// # What is known of a person
//
// A person is a digest; what is known follows from all rows of that digest in
// all runs (see [Finding]):
//
//  1. A created or existing row says that the person exists. No later row
//     takes that back: a later failure, for a conflict perhaps, says nothing
//     against it.
//  2. Without such a row, a sent or unknown row says that the person may exist.
//     A later failure does not end that doubt, for it may never have reached
//     the provider.
//  3. Otherwise nothing is known against trying: failed, absent and forgotten
//     rows say that no account is there.
//
// Only a statement about the person takes evidence back, and then all of it:
// [Ledger.Settle] ends every doubt about the person, and [Ledger.Forget]
// says that the provider no longer has them, as the outcome of a delete does in
// the commit that notes it (see [Outcome]). A crash before that commit leaves the
// person known as existing: a second look, and no second account. An outcome that shows that the
// person exists ends the doubts of earlier runs as well.
//
// # Locks
//
// [Ledger.Lock] holds a target against every other process, and what changes
// the knowledge of a target's people takes that [Lock]. It ends with the
// process, however that ends.
package ledger
