// Package provider is the contract between usher and its adapters.
//
// An adapter is a value, [Adapter]: a table of fields, a few settings, and a
// function that makes a [Client]. Creating a user is the one thing that every
// client does. Everything else is an optional interface ([Finder], [Checker],
// and so on) that a caller finds by assertion; where it is missing, the
// provider documents no such operation.
//
// Clients speak through a [Transport], so that an adapter says only what its
// provider documents (routes, headers, the shape of answers), while
// connections, credentials, time limits and the classes of failure are looked
// after in one place. Every failure is an [*Error] with a [Class].
package provider
