// Package schema describes the fields of a user as one provider documents them. It converts a user's values from any
// form (a flag, a cell of a spreadsheet, a JSON or YAML document) into a [Record], validates them, and encodes the JSON
// body that the provider documents.
//
// A [Table] is the one place where a field is declared. Flags, forms, roster headers, validation, request bodies,
// reference pages and completion are all derived from it.
//
// The package depends on no provider, no terminal and no network.
//
// # Stability
//
// Until version 1 of the module, a minor version may change this package incompatibly: fields of
// [Field], further kinds and formats, and the results of validation.
// Such changes are in CHANGELOG.md under "Changed", with what replaces them. A patch version changes nothing that
// compiles. From version 1 on, Semantic Versioning applies. Texts of errors and suggestions may change in
// every version; match a [Cause], not a text.
package schema
