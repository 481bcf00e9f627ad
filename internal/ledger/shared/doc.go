// Package shared implements the ledger's store in a PostgreSQL database, for a team and its CI runners.
//
// # What holds across machines
//
// One machine at a time uses a target: it has the lease of the target, a row with an epoch and an end by the database's
// clock. It renews the lease while it works. Every intent and every outcome that is not a created or existing user is
// recorded only with the present epoch. Nothing is sent later than two thirds of the lease after the last renewal began,
// by this machine's monotonic clock (see [Run.MaySend]). A machine whose lease was taken over records nothing more except
// that users exist, which is always accepted.
//
// A machine that was paused can still send one request after its lease was taken over. So whoever finds a create in doubt that
// another machine left never resends it ([ledger.DoubtForeign]), unless the provider documents that it refuses a second user with
// the key.
//
// A machine is a state directory with its host's name. While one process of it has a lease, it also has a lock of the operating
// system in that directory: if that lock is free, the earlier process has ended, and its doubts are those of this machine.
//
// # Connections
//
// Nothing is bound to a database session: there are no prepared statements, advisory locks or temporary tables, so that a
// pooler in transaction mode can be in between. A batch of changes is one transaction in one round trip. It has a number, which
// the run's row keeps, so that a batch whose answer was lost is not applied twice.
//
// The digests are keyed by a secret that is not in the database. There is only an id of the key, by which a wrong key is noticed.
package shared
