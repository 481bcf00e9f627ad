// Package roster reads files of users into numbered records.
//
// Errors have a line and column. The source is a file or a stream, in one of the [Formats].
//
// [Open] detects what the file is and what its columns mean. [Roster.Rows] can be called repeatedly and reads the
// same bytes each time; the use of memory does not grow with the file. An error in one row is a [Fault] of that
// row and does not affect the others; an error in the whole file is an [Error].
//
// [FailedWriter] writes rows in the roster's format, [Template] writes an empty roster, and [One] reads a single
// user.
//
// A format is one value of type format in a separate file, and a line in the list of formats: names, extensions,
// detection, templates and the files of failed rows follow from it.
//
// The package is independent of providers: the fields are a [schema.Table].
package roster
