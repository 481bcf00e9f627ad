// Package providertest is the conformance suite that every adapter passes: the
// contract of package provider, put to the test.
//
// An adapter's own test names the adapter, makes a client with the transport
// that the program uses, and starts a server that speaks the provider's API:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Subject{
//			Adapter: acme.Adapter(),
//			Connect: func(t testing.TB, baseURL string) provider.Client { ... },
//			Serve:   func(t testing.TB) string { ... },
//		})
//	}
//
// The suite knows no provider. It puts a stage between client and server, which
// records what is sent, and learns from the server's genuine answers what a bad
// one would look like: cut off, without its id, about somebody else.
//
// A [Check] gives its verdict as an error, so that the suite itself can be
// tested with clients that are wrong in one way each.
package providertest
