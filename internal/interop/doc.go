// Package interop tests the SCIM adapter, and the whole program with it, against
// servers that others wrote: scimmy (JavaScript), github.com/elimity-com/scim
// (Go), Ory Polis, formerly BoxyHQ Jackson, and Better Auth (both JavaScript).
// Between them and the program stands toxiproxy, which loses responses. PocketBase
// and Miniflux, and in the long form Gitea and Keystone, are tried by their descriptions.
//
// The servers come from the package registries. A script installs them, in the
// versions of their lock files and without scripts of their packages; the tests
// start and end them:
//
//	bash .ci/interop
//
// `go test` alone skips these tests, and says so. It runs those against small
// hostile servers, which are part of the package: each does one thing that a real
// server was seen to do. The package has no code other than tests.
package interop
