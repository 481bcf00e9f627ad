package providers_test

import (
	"os"
	"slices"
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
		d := parsed(t, name, changes...)
		return twin{described.Adapter(d), d, create}
	}
	return []twin{
		parse("sulu", "create.request.http"),
		parse("ejento", "create.request.http"),
		parse("ejento", "create-v2.request.http",
			"/v2/api/organization/{org_id}/user", "/api/v2/organizations/{org_id}/users", "/v2/api/organization/0/user", "/api/v2/organizations/0/users"),
	}
}

// parsed returns the description of testdata/described with this name, after the changes.
func parsed(t *testing.T, name string, changes ...string) *describe.Description {
	t.Helper()
	text, err := os.ReadFile("testdata/described/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe.Parse([]byte(strings.NewReplacer(changes...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	return d
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
			for server, base := range map[string]func(providertest.TB) string{
				"from the pages":       func(t providertest.TB) string { return serve(t).BaseURL(twin.d.Name) },
				"from the description": func(t providertest.TB) string { return serveDescribed(t, &made, sandbox.Options{}).BaseURL(made.Name) },
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

// TestLogInOfADescription creates and finds a user with the token that a log-in has returned in a header.
func TestLogInOfADescription(t *testing.T) {
	d := parsed(t, "replace")
	adapter := described.Adapter(d)
	base := serveDescribed(t, d, sandbox.Options{}).BaseURL(d.Name)
	var traced []string
	client := profile{adapter, map[string]string{"account": "canary-account-1f3a", "secret-word": "canary-word-9e107d9d"}}.traced(t, base, func(line string) { traced = append(traced, line) })
	record := providertest.Sample(adapter.Table, 1)
	user, err := client.Create(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	found, err := provider.Must[provider.Finder](client).Find(t.Context(), record.Text("name"))
	if err != nil || found.ID != user.ID || user.ID == "" {
		t.Errorf("created %+v, found %+v, %v", user, found, err)
	}
	if trace := strings.Join(traced, "\n"); strings.Count(trace, "> POST "+base+"/session") != 1 || strings.Contains(trace, "canary") {
		t.Errorf("the trace is\n%s", trace)
	}
}

// TestWordsOfDescriptions tries what no description of the catalogue needs, or not all of it: forms, refusals and conflicts
// inside a good status, busy, names of the quota headers, a create without a user in its response, a lookup that returns one
// user, lists of objects, a log-in with its token in a header, and updates that send the whole user.
func TestWordsOfDescriptions(t *testing.T) {
	for _, name := range []string{"form", "replace"} {
		d := parsed(t, name)
		adapter := described.Adapter(d)
		for _, failure := range referee.Check(t.Context(), adapter, d) {
			t.Errorf("%s: %v", name, failure)
		}
		if name == "form" && adapter.Quota != (provider.Quota{Remaining: "X-App-Left", Reset: "X-App-Until"}) {
			t.Errorf("the quota is in %+v", adapter.Quota)
		}
		settings := map[string]string{"username": "canary-username-8d7f", "password": "canary-password-0cc175b9", "session": "canary-session-1f3a870b"}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, providertest.Subject{
				Adapter: adapter,
				Connect: profile{adapter, settings}.client,
				Serve:   func(t providertest.TB) string { return serveDescribed(t, d, sandbox.Options{}).BaseURL(name) },
				Record:  func(n int) schema.Record { return providertest.Sample(adapter.Table, n) },
			})
		})
	}
}

// TestGroupsOfSeveralPages reads groups and members in pages of three, in each way of paging. Keycloak's lists end with a
// page that is smaller than the documented one.
func TestGroupsOfSeveralPages(t *testing.T) {
	tried := 0
	for _, one := range catalogued(t) {
		if one.Description.Groups == nil {
			continue
		}
		tried++
		t.Run(one.Adapter.Name, func(t *testing.T) {
			t.Parallel()
			for name, profile := range setups(t, one.Adapter) {
				options := sandbox.Options{PageSize: 3}
				if one.Adapter.Name == "keycloak" {
					options.PageSize = 0
				}
				base := serveDescribed(t, one.Description, options).BaseURL(one.Adapter.Name)
				client := profile.client(t, base)
				manager := client.(provider.MembershipManager)
				var groups, members, want []string
				for entry, err := range client.(provider.Directory).Entries(t.Context(), provider.Group) {
					if err != nil {
						t.Fatal(err)
					}
					groups = append(groups, entry.ID)
				}
				if len(groups) != 5 {
					t.Fatalf("%s: %d groups: %q", name, len(groups), groups)
				}
				for n := range 5 {
					user, err := client.Create(t.Context(), providertest.Sample(profile.adapter.Table, n+1))
					if err == nil {
						err = manager.AddMember(t.Context(), groups[1], user.ID)
					}
					if err != nil {
						t.Fatal(err)
					}
					want = append(want, user.ID)
				}
				for member, err := range manager.Members(t.Context(), groups[1]) {
					if err != nil {
						t.Fatal(err)
					}
					members = append(members, member.ID)
				}
				if !slices.Equal(members, want) {
					t.Errorf("%s: the members are %q, want %q", name, members, want)
				}
			}
		})
	}
	if tried != 6 {
		t.Errorf("%d descriptions have groups", tried)
	}
}
