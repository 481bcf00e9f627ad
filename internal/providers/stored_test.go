package providers_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The documented response to a documented create has everything that was sent, as
// far as the provider documents that it is returned.
func TestDocumentedExamplesAreStored(t *testing.T) {
	compared := 0
	for _, example := range wireExamples() {
		t.Run(example.provider+" "+example.request, func(t *testing.T) {
			documented, answer := example.file(t, example.request), example.file(t, example.answer)
			if example.request == "create-full.request.http" {
				t.Skip("the response is composed of the few members that other tests need")
			}
			_, address := documented.request(t)
			user := example.send(t, newCapture(t, map[string]wireFile{address.EscapedPath(): answer}))
			if user.Key == "" {
				t.Fatal("the response does not describe the user, so this shows nothing")
			}
			if names := evidence.NamesOf(evidence.NotStored(example.adapter(t), example.record(t), user)); names != nil {
				t.Errorf("differs: %q", names)
			}
			compared++
		})
	}
	if want := len(wireExamples()) - 1; compared != want {
		t.Errorf("compared %d examples, want %d", compared, want)
	}
}

// The sandbox stores every field of every provider, by itself, in a batch and in an
// update; and what it is told to drop is named, and nothing else.
func TestSandboxStoresWhatIsSent(t *testing.T) {
	dropped := map[string][]string{
		"sulu": {"phone"}, "ejento": {"last_name"}, "evolution": {"displayName"},
		"ory": {"traits.name.first"}, "scim": {"nickName"},
	}
	for _, adapter := range providers.All() {
		for name, profile := range setups(t, adapter) {
			for _, drops := range []bool{false, true} {
				options, want := sandbox.Options{}, []string(nil)
				if drops {
					want = dropped[adapter.Name]
					options.Faults = sandbox.Faults{sandbox.FaultDrop.With(strings.Join(want, ",")): 1}
				}
				t.Run(adapter.Name+" "+name+" dropping "+strings.Join(want, ","), func(t *testing.T) {
					table := profile.adapter.Table
					want = slices.DeleteFunc(slices.Clone(want), func(name string) bool { _, ok := table.Field(name); return !ok })
					if len(want) == 0 {
						want = nil
					}
					client := profile.client(t, serveWith(t, options).BaseURL(adapter.Name))
					record := func(n int) schema.Record { return onePrimary(providertest.Sample(table, n)) }
					check := func(what string, differences []schema.Difference, err error, want []string) {
						t.Helper()
						if err != nil {
							t.Fatalf("%s: %v", what, err)
						}
						if names := evidence.NamesOf(differences); !slices.Equal(names, want) {
							t.Errorf("%s: differs in %q, want %q", what, names, want)
						}
					}
					user, err := client.Create(t.Context(), record(1))
					check("create", evidence.NotStored(profile.adapter, record(1), user), err, want)

					if updater, ok := provider.As[provider.Updater](client); ok {
						changes := schema.Record{}
						for _, field := range table.Mutable() {
							if field.Name != adapter.Key && !field.Secret {
								changes[field.Name] = record(3)[field.Name]
							}
						}
						user, err := updater.Update(t.Context(), user.ID, changes)
						kept := slices.DeleteFunc(slices.Clone(want), func(name string) bool { _, ok := changes[name]; return !ok })
						check("update", evidence.NotChanged(profile.adapter, changes, user), err, kept)
					}
				})
			}
		}
	}
	if names := slices.Sorted(maps.Keys(dropped)); len(names) != len(providers.All()) {
		t.Errorf("a dropped field is known for %q", names)
	}
}
