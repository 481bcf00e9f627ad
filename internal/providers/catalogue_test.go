package providers_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// fewest is the number of descriptions that the catalogue has at least.
const fewest = 18

// catalogued returns the descriptions of the catalogue, all of them valid.
func catalogued(t testing.TB) []*describe.Provider {
	t.Helper()
	found := &providers.Descriptions{}
	var list []*describe.Provider
	for _, name := range found.Names() {
		one, err := found.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	if len(list) < fewest {
		t.Fatalf("the catalogue has %d descriptions, want at least %d", len(list), fewest)
	}
	return list
}

// serveDescribed starts a sandbox that has one described provider.
func serveDescribed(t testing.TB, d *describe.Description, options sandbox.Options) *sandbox.Running {
	t.Helper()
	options.Described = []string{d.Name}
	options.Describe = func(string) (*describe.Description, error) { return d, nil }
	return serveWith(t, options)
}

// TestCatalogueFollowsItsExamples compares every documented example with what is sent, byte for byte.
func TestCatalogueFollowsItsExamples(t *testing.T) {
	for _, one := range catalogued(t) {
		t.Run(one.Adapter.Name, func(t *testing.T) {
			for _, failure := range referee.Check(t.Context(), one.Adapter, one.Description) {
				t.Error(failure)
			}
		})
	}
}

// TestCatalogueConforms tries every description of the catalogue like an adapter in Go, against a server that is made of
// it. Such a server cannot show that a description is wrong: its examples and a real server do.
func TestCatalogueConforms(t *testing.T) {
	for _, one := range catalogued(t) {
		for name, profile := range setups(t, one.Adapter) {
			if profile.adapter.Auth.Basic != nil { // whose header has another prefix than a token's
				profile.adapter.Auth = profile.adapter.Auth.Uses(func(setting string) bool { return profile.settings[setting] != "" })
			}
			t.Run(one.Adapter.Name+" "+name, func(t *testing.T) {
				t.Parallel()
				providertest.Run(t, providertest.Subject{
					Adapter: profile.adapter,
					Connect: profile.client,
					Serve: func(t testing.TB) string {
						return serveDescribed(t, one.Description, sandbox.Options{}).BaseURL(one.Adapter.Name)
					},
					Record: func(n int) schema.Record { return providertest.Sample(profile.adapter.Table, n) },
				})
			})
		}
	}
}
