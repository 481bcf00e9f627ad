package rest_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Requests to providers leave from here and nowhere else: what resty does
// wrong by default is put right in one place.
func TestOnlyRestImportsResty(t *testing.T) {
	archtest.Only(t, "github.com/go-resty/resty", "internal/rest")
	archtest.Only(t, "golang.org/x/oauth2", "internal/rest")
}

// No other package makes requests, clients or transports. The conformance suite
// has a proxy of its own.
func TestOnlyRestMakesRequests(t *testing.T) {
	archtest.OnlyNames(t, "http", []string{
		"Client", "DefaultClient", "Transport", "DefaultTransport", "NewRequest", "NewRequestWithContext", "Get", "Head", "Post", "PostForm",
	}, "internal/rest", "pkg/provider/providertest")
}

// The transport knows the contract and what a secret may look like: no provider
// and no profile.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/rest", 1, "internal/address", "internal/leak", "pkg")
}
