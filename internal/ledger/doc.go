// Package ledger defines the durable record of what was sent to providers.
//
// It consists of types, rules and interfaces. An intent is recorded before a request, and an outcome after it.
//
// A [Store] contains the records. Package file implements it in a file on this machine, for one administrator.
// What a call of a store promises to be durable is present when the store is opened again, however the process
// ended.
//
// # What is recorded
//
// A run is one execution of a command. For each of its rows the ledger contains the place in the roster, a
// [Digest] of the natural key, a [rowstate.State], the provider's id, class and text of the last error, attempts
// and times. A digest is keyed with the store's key (see [Digester]), so that the store does not show who was
// imported. Nothing else about a person is recorded, and nothing secret: callers remove secrets and personal data
// from error texts before they record them.
//
// A run may also update or remove existing users (see [rowstate.Command]). Its rows have separate states, which
// are no evidence.
//
// # The two orders
//
// [Run].Intend returns when the intent to send a row is durable; after an error nothing may be sent. [Run].Record
// records the outcome and does not wait for the disk: a crash in between leaves the row in doubt, which is settled
// later and never resent without evidence.
//
// # What is known of a user
//
// A user is a digest. What is known follows from all rows of that digest in all runs (see [Evidence] and
// [Finding]):
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
// Only a statement about the user removes evidence, and then all of it: [Lock].Settle ends every doubt about the
// user, and [Lock].Forget records that the provider no longer has the user, as the outcome of a delete does in the
// commit that records it (see [Outcome]). After a crash before that commit the user still counts as existing,
// which causes another lookup and no second account. An outcome that shows that the user exists ends the doubts of
// earlier runs as well.
//
// # Locks
//
// [Store].Lock locks a target. Methods of that [Lock] change what is known of the target's users. The lock ends
// with the process, however that ends, at the latest after a time that the store sets. A run with a lost lock
// fails before anything more is sent.
package ledger
