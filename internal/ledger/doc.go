// Package ledger defines the durable memory of what was sent to providers: its
// language, its rules and its interfaces. An intent is recorded before a request, and
// an outcome after it.
//
// A [Store] is the memory. Package file implements it in a file of this machine, for
// one administrator. What a call of a store promises to be durable is there when the
// store is opened again, whatever ended the process.
//
// # What is recorded
//
// A run is one import, or one user created by hand. For each of its rows the ledger has
// the place in the roster, a [Digest] of the natural key, a [rowstate.State], the provider's id,
// class and text of the last error, attempts and times. A digest is keyed with the
// store's own key (see [Digester]), so that the store does not show who was imported.
// Nothing else about a person is recorded, and nothing secret: callers remove secrets
// and personal data from error texts before they record them.
//
// A run may also change users who exist, or remove them (see
// [rowstate.Command]). Its rows have states of their own, which are evidence of
// nothing.
//
// # The two orders
//
// [Run].Intend returns when it is durable that a row is about to be sent; after an
// error nothing may be sent. [Run].Record records the outcome and does not wait for the
// disk: a crash in between leaves the row in doubt, which is settled later and never
// sent again blindly.
//
// # What is known of a person
//
// A person is a digest; what is known follows from all rows of that digest in
// all runs (see [Evidence] and [Finding]):
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
// [Lock].Settle ends every doubt about the person, and [Lock].Forget records that the
// provider no longer has them, as the outcome of a delete does in the commit that
// records it (see [Outcome]). A crash before that commit leaves the person known as
// existing: a second look, and no second account. An outcome that shows that the
// person exists ends the doubts of earlier runs as well.
//
// # Locks
//
// [Store].Lock holds a target against everybody else, and what changes the knowledge of
// a target's people is a method of that [Lock]. It ends with the process, however that
// ends, at the latest after a time that the store sets. A run of a lock that is lost
// fails before anything more is sent.
package ledger
