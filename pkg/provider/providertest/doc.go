// Package providertest is the conformance suite that every adapter passes: the
// contract of package provider, as tests.
//
// An adapter's own test contains the adapter, a client with the transport that the
// program uses, and a server that implements the provider's API:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Subject{
//			Adapter: acme.Adapter(),
//			Connect: func(t TB, baseURL string) provider.Client { ... },
//			Serve:   func(t TB) string { ... },
//		})
//	}
//
// The suite depends on no provider. It puts a stage between client and server, which
// records what is sent, and derives bad responses from the server's genuine ones:
// cut off, without the id, about another user.
//
// The stability is that of package provider; a new version may have further checks.
//
// A [Check] returns an error, so that the suite itself can be tested with clients
// that are wrong in one way each.
package providertest
