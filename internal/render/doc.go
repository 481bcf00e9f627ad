// Package render prints results to standard output: as a table for people, or in a format for programs.
//
// The formats for programs are JSON, NDJSON, YAML, CSV, TSV and bare ids. On a terminal the default is a table;
// elsewhere it is TSV. The package is the only user of the table and the jq library.
//
// A format is one value of type format in the list of formats. Help, completion and checks are derived from it. Other
// packages use the methods of a [Printer] instead of the name of its format.
//
// Rules for every format:
//
//   - Standard output contains only data, and only this package formats it.
//   - No data can control a terminal. JSON and YAML escape control characters, so that no value changes; tables, TSV
//     and ids replace them always, other output replaces them on a terminal.
//   - A list streams: memory does not grow with its rows. The exception is a --jq filter on a JSON array, which
//     requires the whole array.
//   - Numbers keep all their digits.
//   - An error of the writer is returned unchanged, so that a closed pipe (errors.Is(err, syscall.EPIPE)) can be
//     distinguished from a failure.
//   - [ParseFormat] and [New] report invalid options, before the first request to a provider.
package render
