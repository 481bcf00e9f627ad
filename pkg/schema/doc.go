// Package schema describes the fields of a user as one provider documents them. It converts a user's values from any
// form (a flag, a cell of a spreadsheet, a JSON or YAML document) into a [Record], validates them, and encodes the JSON
// body that the provider documents.
//
// A [Table] is the one place where a field is declared. Flags, forms, roster headers, validation, request bodies,
// reference pages and completion are all derived from it.
//
// The package depends on no provider, no terminal and no network.
package schema
