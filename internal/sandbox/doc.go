// Package sandbox implements the documented APIs of the providers in an embedded server on the loopback address, so
// that imports and clients can be tested without a real tenant.
//
// Its rules:
//
//   - Each dialect is written from the vendor's documentation alone. The package imports no adapter, and none of the
//     vocabulary that adapters share, so that the two cannot agree on the same mistake.
//   - What the documentation requires is checked: method, path, query, headers, content type and every field. What it
//     leaves open is implemented in the way that reveals most, and the dialect documents it.
//   - Whether a user exists is decided by a unique constraint in the store, never by a read beforehand.
//   - Passwords are checked and discarded: the store never contains one.
//   - On request it fails, as [KnownFaults] lists. It counts what it received and committed, so that a test can
//     distinguish a lost response from a user sent twice.
//
// All dialects share one port, each below its own prefix: see [BaseURL].
package sandbox
