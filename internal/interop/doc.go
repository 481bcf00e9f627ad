// Package interop holds the SCIM adapter, and the whole program with it,
// against servers that others wrote: one on scimmy (JavaScript), one on
// github.com/elimity-com/scim (Go). Between them and the program stands
// toxiproxy, which loses answers. It has no code of its own.
//
// The servers come from the package registries, so these tests are run by a
// script of their own, which installs, starts and stops them:
//
//	bash .ci/interop
//
// `go test` alone skips them, and says so.
package interop
