// Package file implements the ledger in an SQLite file in the state directory.
//
// One [Ledger] contains all runs on this machine. The file survives kill -9 and power loss. Its directory must be
// on a local disk: the locks are those of the operating system, on a file for each target.
//
// Intents that are recorded together are one entry, a list. Each becomes a row with its outcome, with the end of
// the run, or with the next [Ledger.Lock] after a crash. This is not visible to readers.
//
// In addition to the interfaces of package ledger it has functions for the file: [StateDir], [EnvStateDir],
// [FileName] and [Ledger.Check].
package file
