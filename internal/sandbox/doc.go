// Package sandbox is an embedded server that speaks the documented APIs of the
// providers on the loopback address, so that an import can be rehearsed and a
// client can be tested without a real tenant.
//
// Its rules:
//
//   - Each dialect is written from the vendor's documentation alone. The package
//     imports no adapter, and none of the vocabulary that adapters share, so that
//     the two cannot agree on the same mistake.
//   - What the documentation says is checked: method, path, query, headers,
//     content type and every field. What it leaves open is answered in the way
//     that reveals most, and the dialect says so where it does.
//   - Whether a user exists is decided by a unique constraint in the store, never
//     by a look beforehand.
//   - Passwords are checked and forgotten: the store never sees one.
//   - On request it misbehaves, by the names of [KnownFaults]. Counts of what was
//     received and committed are kept beside, so that a test can tell a lost answer
//     from a user sent twice.
//
// All dialects share one port, each below its own prefix: see [BaseURL].
package sandbox
