package providers_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// twin is a description of a built-in provider, written from the vendor's pages.
type twin struct {
	adapter provider.Adapter
	d       *describe.Description
	// create is the documented create that the description has.
	create string
}

// twins returns the descriptions of testdata/described. Their names are those of the built-in providers, so they are
// not part of the catalogue. Ejento's second generation differs by its path alone.
func twins(t *testing.T) []twin {
	t.Helper()
	parse := func(name, create string, changes ...string) twin {
		text, err := os.ReadFile("testdata/described/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		d, err := describe.Parse([]byte(strings.NewReplacer(changes...).Replace(string(text))))
		if err != nil {
			t.Fatal(err)
		}
		return twin{described.Adapter(d), d, create}
	}
	return []twin{
		parse("sulu", "create.request.http"),
		parse("ejento", "create.request.http"),
		parse("ejento", "create-v2.request.http",
			"/v2/api/organization/{org_id}/user", "/api/v2/organizations/{org_id}/users", "/v2/api/organization/0/user", "/api/v2/organizations/0/users"),
	}
}

// TestDescriptionsSendWhatAdaptersSend compares the requests of a description with every documented example that the
// adapter in Go follows, byte for byte, and the results with those of the adapter. API keys are not part of the format.
func TestDescriptionsSendWhatAdaptersSend(t *testing.T) {
	compared := 0
	for _, twin := range twins(t) {
		for _, failure := range referee.Check(t.Context(), twin.adapter, twin.d) {
			t.Errorf("%s: %v", twin.d.Name, failure)
		}
		for _, example := range wireExamples() {
			if example.provider == twin.d.Name && example.request == twin.create {
				example.described = &twin.adapter
				t.Run(example.provider+" "+example.request, example.compare)
				compared++
			}
		}
		for _, call := range wireCalls() {
			if _, has := twin.adapter.Endpoint(call.capability); has && call.provider == twin.d.Name {
				t.Run(call.provider+" "+string(call.capability), func(t *testing.T) { call.compare(t, twin.adapter) })
				compared++
			}
		}
	}
	if want := 3 + 4; compared != want { // three creates; Sulu's list, find, get and update
		t.Errorf("compared %d examples, want %d", compared, want)
	}
}

// TestDescriptionsConformLikeAdapters runs the checks of the adapters in Go, against the same servers, which are written
// from the vendors' pages, and against servers that are made of the descriptions.
func TestDescriptionsConformLikeAdapters(t *testing.T) {
	for _, twin := range twins(t) {
		for name, profile := range setups(t, twin.adapter) {
			made := *twin.d
			made.Name = "described-" + made.Name // the server's own have the other one
			for server, base := range map[string]func(testing.TB) string{
				"from the pages":       func(t testing.TB) string { return serve(t).BaseURL(twin.d.Name) },
				"from the description": func(t testing.TB) string { return serveDescribed(t, &made, sandbox.Options{}).BaseURL(made.Name) },
			} {
				t.Run(twin.d.Name+" "+twin.create+" "+name+" "+server, func(t *testing.T) {
					t.Parallel()
					providertest.Run(t, providertest.Subject{
						Adapter: profile.adapter,
						Connect: profile.client,
						Serve:   base,
						Record:  func(n int) schema.Record { return providertest.Sample(profile.adapter.Table, n) },
					})
				})
			}
		}
	}
}
