// Package file implements the ledger in an SQLite file in the state folder.
//
// One [Ledger] serves all runs on this machine. The file survives kill -9 and power
// loss. Its directory must be on a local disk: the locks are those of the operating
// system, on a file for each target.
//
// Intents that are recorded together are one entry, a list; each becomes a row with its
// outcome, with the end of the run, or with the next [Ledger.Lock] after a crash.
// Readers see no difference.
//
// Beside the interfaces of package ledger there is what is about the file itself:
// [StateDir], [EnvStateDir], [FileName] and [Ledger.Check].
package file
