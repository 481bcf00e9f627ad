// Package roster reads any file of people into numbered records, with line and
// column in every error, from a file or from a stream. [Formats] lists what it
// reads.
//
// [Open] says what the file is and what its columns mean. [Roster.Rows] reads
// it as often as needed, always the same bytes, in memory that does not grow
// with it. What is wrong with one row is a [RowError] of that row and costs
// nothing but that row; what is wrong with the file is an [Error].
//
// [FailedWriter] writes rows back in the roster's own dress, [Template] writes
// an empty roster, and [One] reads the single user of "users create -f".
//
// A format is one value of type format in a file of its own, and a line in the
// list of formats: names, endings, recognition, templates and the files of failed
// rows follow from it.
//
// The package knows no provider: the fields come to it as a [schema.Table].
package roster
