// Package provider defines the contract between usher and its adapters.
//
// An adapter is a value, [Adapter]: a table of fields, a few settings, and a function that returns a [Client]. Every
// client can create a user. Everything else is an optional interface ([Finder], [Checker], and so on) that a caller
// finds by assertion; if it is missing, the provider documents no such operation.
//
// Clients send requests through a [Transport], so that an adapter contains only what its provider documents (routes,
// headers, the shape of responses), while connections, credentials, time limits and the classes of failure are handled
// in one place. Every failure is an [*Error] with a [Class].
//
// # Stability
//
// Until version 1 of the module, a minor version may change this package incompatibly: fields of
// [Adapter], methods of a [Client], and further optional interfaces.
// Such changes are in CHANGELOG.md under "Changed", with what replaces them. A patch version changes nothing that
// compiles. From version 1 on, Semantic Versioning applies. The program's own transport is
// internal: a [Transport] of your own must keep the promises of that interface.
package provider
