package providers_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
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
func serveDescribed(t providertest.TB, d *describe.Description, options sandbox.Options) *sandbox.Running {
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
		ways, err := referee.Setups(one.Adapter, one.Description)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range ways {
			t.Run(one.Adapter.Name+" "+way.Name, func(t *testing.T) {
				t.Parallel()
				for _, check := range providertest.Checks() {
					if err := way.Conform(t.Context(), check); err != nil {
						t.Errorf("%s: %v", check.Name, err)
					}
				}
			})
		}
	}
}

// A user whom the lookup does not find is created only if the response proves that nobody has the key: so a route that
// answers with a 404 needs the documented body of that 404.
func TestCatalogueLookupsProveAbsence(t *testing.T) {
	for _, one := range catalogued(t) {
		if find := one.Description.Find; find != nil && find.IsItem && one.Description.Absent == nil {
			t.Errorf("%s: find returns one user or a 404, and error.absent is not described", one.Adapter.Name)
		}
	}
}
