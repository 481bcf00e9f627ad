package scim_test

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The adapter of a vendor that speaks SCIM with ways of its own. It stands in
// CONTRIBUTING.md too.

// Ledgerly describes Ledgerly, which has no PATCH despite what its
// ServiceProviderConfig declares, and requires an email address.
func Ledgerly() provider.Adapter {
	return scim.Family{
		Name:         "ledgerly",
		Vendor:       "Ledgerly",
		Docs:         "https://docs.ledgerly.example/scim",
		BaseURL:      "https://api.ledgerly.example/scim/v2",
		TokenHelp:    "provisioning token of a Ledgerly workspace",
		Capabilities: &scim.Capabilities{Filter: true},
		Fields: func(standard schema.Table) schema.Table {
			return scim.Requiring(scim.Without(standard, "ims", "x509Certificates", "entitlements"), "emails", "name.familyName")
		},
	}.Adapter()
}

func TestAnAdapterOfTheFamily(t *testing.T) {
	adapter := Ledgerly()
	standard := scim.Adapter()
	if adapter.Name != "ledgerly" || adapter.BaseURL != "https://api.ledgerly.example/scim/v2" || len(adapter.Table) != len(standard.Table)-3 {
		t.Errorf("the adapter is %s at %s with %d fields", adapter.Name, adapter.BaseURL, len(adapter.Table))
	}
	var required []string
	for _, field := range adapter.Table {
		if field.Required {
			required = append(required, field.Name)
		}
	}
	if want := []string{"userName", "name.familyName", "emails"}; !slices.Equal(required, want) {
		t.Errorf("required are %q, want %q", required, want)
	}
	if again := scim.Adapter(); !slices.EqualFunc(again.Table, standard.Table, func(a, b schema.Field) bool { return a.Required == b.Required && a.Name == b.Name }) {
		t.Error("the standard's own table has changed")
	}
	w := &wild{on: map[string]http.HandlerFunc{"GET /Users/1": answers(200, scimJSON, person("1", "ada")), "PUT /Users/1": answers(200, scimJSON, changed)}}
	if _, err := w.meetAs(t, adapter).Update(t.Context(), "1", schema.Record{"title": "Dr"}); err != nil || len(w.requests) != 2 {
		t.Errorf("sent %q, %v", w.requests, err)
	}
}

// The example keeps the contract, at a server that speaks the standard.
func TestTheFamilyConforms(t *testing.T) {
	adapter := Ledgerly()
	providertest.Run(t, providertest.Subject{
		Adapter: adapter,
		Connect: func(t providertest.TB, baseURL string) provider.Client { return connect(t, adapter, baseURL) },
		Serve:   serve,
		Record: func(n int) schema.Record {
			record := providertest.Sample(adapter.Table, n)
			for _, value := range record {
				if objects, ok := value.([]schema.Record); ok {
					objects[1]["primary"] = false // one is at most
				}
			}
			return record
		},
	})
}

// serve starts the sandbox and gives the address of its SCIM server.
func serve(t providertest.TB) string {
	t.Helper()
	store, err := sandbox.MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	server, err := sandbox.New(store, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	running, err := sandbox.Start(context.WithoutCancel(t.Context()), "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	return running.BaseURL("scim")
}

// The example in CONTRIBUTING.md is the one that is compiled here.
func TestTheExampleIsDocumented(t *testing.T) {
	source, err := os.ReadFile("family_test.go")
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(string(source), "// Ledgerly describes")
	end := strings.Index(string(source), "\nfunc TestAnAdapter")
	example := strings.TrimSpace(string(source)[start:end])
	if lines := strings.Count(example, "\n") + 1; lines > 30 {
		t.Errorf("the example has %d lines", lines)
	}
	page, err := os.ReadFile("../../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```go\n"+example+"\n```") {
		t.Errorf("CONTRIBUTING.md does not show\n%s", example)
	}
}
