// Package render prints results to standard output, in the format that the
// reader asked for: a table for people, or JSON, NDJSON, YAML, CSV, TSV and
// bare ids for programs. It is the only user of the table and the jq library.
//
// A format is one value of type format and a line in the list of formats; help,
// completion and checks follow from it. Other packages ask a [Printer] what they
// need to know of it, and never for its name.
//
// On a terminal the default is a table; elsewhere it is plain tab-separated
// values without a header.
//
// Rules that hold for every format:
//
//   - Standard output carries data and nothing else, and only this package
//     decides how data looks there.
//   - Nothing in the data can drive a terminal. JSON and YAML escape such
//     characters, so that no value changes; tables, TSV and ids replace them
//     everywhere, and what else goes to a terminal replaces them there.
//   - A list streams: memory does not grow with its rows. The one exception is
//     a --jq filter over a JSON array, which needs the whole array.
//   - Numbers keep all their digits.
//   - An error of the writer comes back as it is, so that a reader who went
//     away (errors.Is(err, syscall.EPIPE)) can be told from a failure.
//   - Bad options are found by [ParseFormat] and [New], before anything is
//     sent to a provider.
package render
