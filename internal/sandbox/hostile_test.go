package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// A world is what a provider documents beside creating users: how a body is made,
// and where users are read. What is not documented is empty.
type world struct {
	create func(b *bench, key string) call // with the field that is dropped by default
	lookup string                          // below the base URL, before the escaped key
	item   string                          // the same, before the id or, at Evolution, the key
	list   string
	page   string // the second page of one user
}

func worlds() map[string]world {
	return map[string]world{
		"sulu": {
			create: func(b *bench, key string) call {
				return b.suluCreate(strings.Replace(suluBody(key), "{", `{"phone":"1",`, 1))
			},
			lookup: "/users?email=", item: "/users/", list: "/users",
		},
		"ejento": {create: func(b *bench, key string) call { return b.ejentoCreate(ejentoBody(key)) }},
		"evolution": {
			create: func(b *bench, key string) call { return b.evolutionCreate(evolutionBody(key)) },
			item:   "/users/", list: "/users", page: "/users?limit=1&offset=1",
		},
		"ory": {
			create: func(b *bench, key string) call { return b.oryCreate(oryBody(key)) },
			lookup: "/admin/identities?credentials_identifier=", item: "/admin/identities/", list: "/admin/identities",
			page: "/admin/identities?page_size=1&page_token=MQ",
		},
		"scim": {
			create: func(b *bench, key string) call {
				return b.scimCreate(strings.Replace(scimBodyOf(key), "{", `{"nickName":"A",`, 1))
			},
			lookup: "/Users?filter=userName+eq+", item: "/Users/", list: "/Users", page: "/Users?startIndex=2&count=1",
		},
	}
}

// read sends a GET below the provider's base URL.
func (b *bench) read(provider, path string) result {
	b.t.Helper()
	return b.send(b.creates()[provider].getting(b.BaseURL(provider) + path))
}

// found returns how often a lookup or a list finds a text.
func (b *bench) found(provider, path, text string) int {
	b.t.Helper()
	return strings.Count(b.read(provider, path).body, text)
}

// lookup is the path that looks a key up, "" if none is documented.
func (w world) lookupOf(provider, key string) string {
	switch {
	case w.lookup == "" && w.item == "":
		return ""
	case w.lookup == "":
		return w.item + url.PathEscape(key)
	case provider == "scim":
		return w.lookup + url.QueryEscape(`"`+key+`"`)
	}
	return w.lookup + url.QueryEscape(key)
}

// TestEachFaultHappensWhereItExists runs one scenario with each fault at each
// provider: the fault is counted exactly if the table says that the provider has it.
func TestEachFaultHappensWhereItExists(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(worlds())), slices.Sorted(slices.Values(Providers())); !slices.Equal(got, want) {
		t.Fatalf("there is a world for %v, want %v", got, want)
	}
	cells := 0
	for _, fault := range KnownFaults() {
		injected := fault
		if fault == FaultCapped {
			injected = fault.With("1")
		}
		if fault == FaultLate {
			injected = fault.With("0s")
		}
		for provider, w := range worlds() {
			t.Run(fmt.Sprintf("%s at %s", fault, provider), func(t *testing.T) {
				b := newBench(t, Options{Faults: Faults{injected: 1}}, func(s *Server) { s.pause = func(time.Duration) bool { return true } })
				for _, key := range []string{"Ann@Example.com", "Bob@Example.com"} {
					_, _ = b.exchange(w.create(b, key)) // a connection that breaks is what some faults are
				}
				for _, path := range []string{w.lookupOf(provider, "ann@example.com"), w.list, w.page} {
					if path != "" {
						b.read(provider, path)
					}
				}
				if w.item != "" {
					b.read(provider, w.item+"nobody")
				}
				b.server.Settle()
				met, reason := b.server.Stats(provider).Faults[fault], fault.Missing(provider)
				if (met > 0) != (reason == "") {
					t.Errorf("injected %d times; the table says %q", met, reason)
				}
			})
			if fault.Missing(provider) == "" {
				cells++
			}
		}
	}
	if least := 140; cells < least {
		t.Errorf("%d cells exist, want %d or more", cells, least)
	}
}

func TestLateRequestsAreCarriedOutLater(t *testing.T) {
	for provider, w := range worlds() {
		t.Run(provider, func(t *testing.T) {
			arrived, release := make(chan time.Duration, 1), make(chan struct{})
			b := newBench(t, Options{Faults: Faults{FaultLate.With("7s"): 1}}, func(s *Server) {
				s.pause = func(d time.Duration) bool {
					if d > 0 {
						arrived <- d
						<-release
					}
					return true
				}
			})
			if raw, _ := b.exchange(w.create(b, "ann@example.com")); raw != "" {
				t.Errorf("a response: %q", raw)
			}
			if d := <-arrived; d != 7*time.Second {
				t.Errorf("held back for %s", d)
			}
			if got := count(t, b.store, provider); got != 0 {
				t.Errorf("%d users before the time has passed", got)
			}
			close(release)
			b.server.Settle()
			if got := count(t, b.store, provider); got != 1 {
				t.Errorf("%d users after it", got)
			}
		})
	}
}

func TestLateRequestsEndWithTheServer(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{FaultLate.With("1h"): 1}})
	if raw, _ := b.exchange(b.suluCreate(suluBody("ann@example.com"))); raw != "" {
		t.Errorf("a response: %q", raw)
	}
	mustClose(t, b.Running)
	if got := count(t, b.store, "sulu"); got != 0 {
		t.Errorf("%d users", got)
	}
}

func TestLagHidesNewUsersFromReads(t *testing.T) {
	for provider, w := range worlds() {
		if FaultLag.Missing(provider) != "" {
			continue
		}
		t.Run(provider, func(t *testing.T) {
			b := newBench(t, Options{Faults: Faults{FaultLag.With("5s"): 1}})
			b.send(w.create(b, "ann@example.com")).want(http.StatusCreated)
			paths := []string{w.lookupOf(provider, "ann@example.com"), w.list}
			for _, path := range paths {
				if got := b.found(provider, path, "ann@example.com"); got != 0 {
					t.Errorf("%s finds the user at once", path)
				}
			}
			b.send(w.create(b, "ann@example.com")).want(http.StatusConflict) // the constraint does not lag
			b.clock.advance(5 * time.Second)
			for _, path := range paths {
				if got := b.found(provider, path, "ann@example.com"); got == 0 {
					t.Errorf("%s does not find the user later", path)
				}
			}
		})
	}
}

func TestLagOfReplicas(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{FaultLag.With("0s,5s"): 1}})
	b.send(b.suluCreate(suluBody("ann@example.com"))).want(http.StatusCreated)
	var seen []int
	for range 4 {
		seen = append(seen, min(1, b.found("sulu", "/users?email=ann@example.com", "ann@example.com")))
	}
	if !slices.Equal(seen, []int{1, 0, 1, 0}) {
		t.Errorf("the replicas find %v", seen)
	}
}

// Each user lags for good, or not at all.
func TestLagOfSomeUsers(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{FaultLag: 0.5}, Seed: 3})
	for i := range 40 {
		b.send(b.suluCreate(suluBody(fmt.Sprintf("u%d@example.com", i)))).want(http.StatusCreated)
	}
	first := b.read("sulu", "/users").body
	if got := strings.Count(first, "@example.com"); got < 8 || got > 32 || first != b.read("sulu", "/users").body {
		t.Errorf("%d of 40 are seen", got)
	}
}

func TestCappedLists(t *testing.T) {
	for provider, w := range worlds() {
		if FaultCapped.Missing(provider) != "" {
			continue
		}
		t.Run(provider, func(t *testing.T) {
			b := newBench(t, Options{Faults: Faults{FaultCapped.With("2"): 1}})
			for i := range 3 {
				b.send(w.create(b, fmt.Sprintf("u%d@example.com", i))).want(http.StatusCreated)
			}
			list := b.read(provider, w.list)
			if strings.Contains(list.body, "u2@example.com") || !strings.Contains(list.body, "u1@example.com") {
				t.Errorf("the list is %s", list.body)
			}
			if total := list.header.Get("X-Total-Count"); provider == "evolution" && total != "2" {
				t.Errorf("total %s", total)
			}
			if provider == "scim" && !strings.Contains(list.body, `"totalResults":2`) {
				t.Errorf("the list is %s", list.body)
			}
			if got := b.found(provider, w.lookupOf(provider, "u2@example.com"), "u2@example.com"); got == 0 {
				t.Error("the lookup does not find the user")
			}
		})
	}
}

func TestTotalsThatDoNotAgree(t *testing.T) {
	for fault, want := range map[Fault]string{FaultTotalMore.With("3"): "5", FaultTotalFewer: "1"} {
		b := newBench(t, Options{Faults: Faults{fault: 1}})
		for _, provider := range []string{"evolution", "scim"} {
			w := worlds()[provider]
			for i := range 2 {
				b.send(w.create(b, fmt.Sprintf("u%d@example.com", i))).want(http.StatusCreated)
			}
			list := b.read(provider, w.list)
			if provider == "evolution" && list.header.Get("X-Total-Count") != want || provider == "scim" && !strings.Contains(list.body, `"totalResults":`+want) {
				t.Errorf("%s at %s: %v %s", fault, provider, list.header, list.body)
			}
			if !strings.Contains(list.body, "u1@example.com") {
				t.Errorf("%s at %s: the list is %s", fault, provider, list.body)
			}
		}
	}
}

// A page by number or offset misses the user who moves up; a page after a token does
// not.
func TestSomebodyLeavesBetweenPages(t *testing.T) {
	for provider, misses := range map[string]bool{"evolution": true, "scim": true, "ory": false} {
		t.Run(provider, func(t *testing.T) {
			w := worlds()[provider]
			b := newBench(t, Options{Faults: Faults{FaultLeave: 1}, PageSize: 1})
			for i := range 3 {
				b.send(w.create(b, fmt.Sprintf("u%d@example.com", i))).want(http.StatusCreated)
			}
			if got := b.found(provider, w.list, "u0@example.com"); got == 0 {
				t.Error("the first page lacks the first user")
			}
			second := b.read(provider, w.page)
			if got := !strings.Contains(second.body, "u1@example.com"); got != misses {
				t.Errorf("the second page is %s", second.body)
			}
			b.read(provider, w.page)
			if got := count(t, b.store, provider); got != 2 {
				t.Errorf("%d users are left, want 2", got)
			}
		})
	}
}

func TestEmptyResponses(t *testing.T) {
	for provider, w := range worlds() {
		for _, headers := range []string{"documented", "bare", "location", "content-location"} {
			t.Run(provider+" "+headers, func(t *testing.T) {
				b := newBench(t, Options{Faults: Faults{FaultEmpty.With(headers): 1}})
				got := b.send(w.create(b, "ann@example.com"))
				if got.status != http.StatusCreated || got.body != "" || got.header.Get("Content-Type") != "" || count(t, b.store, provider) != 1 {
					t.Errorf("status %d, %v, %q", got.status, got.header, got.body)
				}
				location, content := got.header.Get("Location"), got.header.Get("Content-Location")
				named := ""
				switch headers {
				case "documented":
					if (location != "") != (provider == "ory" || provider == "scim") || (content != "") != (provider == "evolution") {
						t.Errorf("headers %v", got.header)
					}
				case "location":
					named, location = location, ""
				case "content-location":
					named, content = content, ""
				}
				if headers != "documented" && location+content != "" || (named != "") != (w.item != "" && (headers == "location" || headers == "content-location")) {
					t.Errorf("headers %v", got.header)
				}
				if named != "" && !strings.Contains(b.send(b.creates()[provider].getting(named)).body, "ann@example.com") {
					t.Errorf("%s does not lead to the user", named)
				}
			})
		}
	}
}

func TestOneIDForAll(t *testing.T) {
	for provider, place := range map[string]string{"sulu": "id", "ejento": "data.id", "ory": "id", "scim": "id"} {
		w := worlds()[provider]
		b := newBench(t, Options{Faults: Faults{FaultOneID: 1}})
		first := b.send(w.create(b, "ann@example.com")).object(http.StatusCreated)
		second := b.send(w.create(b, "bob@example.com"))
		path := strings.Split(place, ".")
		if got, want := valueAt(second.object(http.StatusCreated), path), valueAt(first, path); got != want || got == nil {
			t.Errorf("%s: id %v, want %v", provider, got, want)
		}
		if location := second.header.Get("Location"); location != "" && !strings.HasSuffix(location, "/"+fmt.Sprint(first["id"])) {
			t.Errorf("%s: Location %q", provider, location)
		}
		ids := map[string]bool{}
		for _, user := range users(t, b.store, provider) {
			ids[user.ID] = true
		}
		if len(ids) != 2 || !strings.Contains(second.body, "bob@example.com") {
			t.Errorf("%s: ids %v, response %s", provider, ids, second.body)
		}
	}
}

func TestKeysInAnotherForm(t *testing.T) {
	for provider, w := range worlds() {
		for form, want := range map[string]struct {
			stored string
			found  bool // under the spelling that was sent
		}{"lower": {"ann.b+hr@example.com", true}, "upper": {"ANN.B+HR@EXAMPLE.COM", true}, "gmail": {"AnnB@Example.com", false}} {
			t.Run(provider+" "+form, func(t *testing.T) {
				b := newBench(t, Options{Faults: Faults{FaultRewrite.With(form): 1}})
				const sent = "Ann.B+hr@Example.com"
				created := b.send(w.create(b, sent))
				if created.want(http.StatusCreated); !strings.Contains(created.body, `"`+want.stored+`"`) || strings.Contains(created.body, sent) {
					t.Errorf("the response is %s", created.body)
				}
				if got := created.header.Get("Content-Location"); provider == "evolution" && got != want.stored {
					t.Errorf("Content-Location %q", got)
				}
				stored := users(t, b.store, provider)[0]
				if stored.Key != want.stored || !strings.Contains(string(stored.Document), `"`+want.stored+`"`) {
					t.Errorf("stored as %q: %s", stored.Key, stored.Document)
				}
				if path := w.lookupOf(provider, sent); path != "" {
					if got := b.found(provider, path, `"`+want.stored+`"`) > 0; got != want.found {
						t.Errorf("found %v", got)
					}
				}
			})
		}
	}
}

func TestFormsOfKeys(t *testing.T) {
	for _, test := range []struct{ form, key, want string }{
		{"phone", "+49 176 13 987654", "+4917613987654"},
		{"phone", "+1 (555) 010-99.9", "+1555010999"},
		{"phone", "+49x", "+49x"},
		{"phone", "ann b@example.com", "ann b@example.com"},
		{"gmail", "a.b.c+x+y@example.com", "abc@example.com"},
		{"gmail", "a.b", "a.b"},
		{"lower", "Ä", "ä"},
		{"upper", "ä", "Ä"},
	} {
		if got := keyForm(test.form)(test.key); got != test.want {
			t.Errorf("%s of %q is %q, want %q", test.form, test.key, got, test.want)
		}
	}
}

func TestDroppedFields(t *testing.T) {
	for provider, test := range map[string]struct{ fields, gone, kept string }{
		"sulu":      {"phone,oryId", `"phone"`, `"organization"`},
		"ejento":    {"first_name", `"first_name"`, `"last_name"`},
		"evolution": {"displayName", `"displayName"`, `"firstName"`},
		"ory":       {"traits.name.first", `"first"`, `"email"`},
		"scim":      {"nickName", `"nickName"`, `"userName"`},
	} {
		w := worlds()[provider]
		b := newBench(t, Options{Faults: Faults{FaultDrop.With(test.fields): 1}})
		created := b.send(w.create(b, "ann@example.com"))
		created.want(http.StatusCreated)
		for _, text := range []string{created.body, string(users(t, b.store, provider)[0].Document)} {
			if strings.Contains(text, test.gone) || !strings.Contains(text, test.kept) {
				t.Errorf("%s: %s", provider, text)
			}
		}
		if got, want := b.server.Stats(provider).Faults[FaultDrop], len(strings.Split(test.fields, ",")); got != want {
			t.Errorf("%s: dropped %d, want %d", provider, got, want)
		}
	}
}

// A field that is dropped keeps its value when it is changed, or removed.
func TestDroppedFieldsKeepTheirValues(t *testing.T) {
	for _, test := range []struct{ provider, field, method, body string }{
		{"sulu", "phone", http.MethodPatch, `{"phone":"2","firstName":"New"}`},
		{"evolution", "displayName", http.MethodPatch, `{"displayName":"B","firstName":"New"}`},
		{"ory", "traits.name.first", http.MethodPatch, `[{"op":"replace","path":"/traits/name/first","value":"B"},{"op":"add","path":"/traits/name/last","value":"New"}]`},
		{"ory", "traits.name.first", http.MethodPatch, `[{"op":"remove","path":"/traits/name/first"},{"op":"add","path":"/traits/name/last","value":"New"}]`},
		{"scim", "nickName", http.MethodPut, `{"schemas":["` + scimUserURN + `"],"userName":"ann@example.com","title":"New"}`},
		{"scim", "nickName", http.MethodPatch, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"nickName":"B","title":"New"}}]}`},
	} {
		w, store := worlds()[test.provider], memoryStore(t)
		calm := benchOn(t, store, Options{})
		calm.send(w.create(calm, "ann@example.com")).want(http.StatusCreated)
		before := users(t, store, test.provider)[0]
		id := before.ID
		if test.provider == "evolution" {
			id = before.Key
		}
		b := benchOn(t, store, Options{Faults: Faults{FaultDrop.With(test.field): 1}})
		changed := b.send(w.create(b, "").to(b.BaseURL(test.provider) + w.item + id).using(test.method).sending(test.body))
		changed.want(http.StatusOK)
		path := strings.Split(test.field, ".")
		want := valueAt(parsed(t, string(before.Document)).(map[string]any), path)
		for _, text := range []string{changed.body, string(users(t, store, test.provider)[0].Document)} {
			if got := valueAt(parsed(t, text).(map[string]any), path); got != want || got == nil || !strings.Contains(text, "New") {
				t.Errorf("%s %s: %v, want %v: %s", test.provider, test.method, got, want, text)
			}
		}
	}
}

func TestLookupsThatAreMissing(t *testing.T) {
	for provider, w := range worlds() {
		if w.list == "" {
			continue
		}
		for _, form := range []string{"text", "json"} {
			lookup, item := FaultLookup404.With(form), FaultItem404.With(form)
			b := newBench(t, Options{Faults: Faults{lookup: 1, item: 0}})
			b.send(w.create(b, "ann@example.com")).want(http.StatusCreated)
			one := users(t, b.store, provider)[0]
			id := one.ID
			if provider == "evolution" {
				id = one.Key
			}
			for _, path := range []string{w.list, w.page, w.lookup + "x"} {
				if path == "" || w.lookup == "" && path == "x" {
					continue
				}
				got := b.read(provider, path)
				if got.status != http.StatusNotFound || strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") != (form == "text") || got.body == "" {
					t.Errorf("%s %s: status %d, %v, %s", provider, path, got.status, got.header, got.body)
				}
			}
			b.read(provider, w.item+id).want(http.StatusOK)

			b = benchOn(t, b.store, Options{Faults: Faults{item: 1}})
			if got := b.read(provider, w.item+id); got.status != http.StatusNotFound || strings.Contains(got.body, "no such user") {
				t.Errorf("%s: status %d, %s", provider, got.status, got.body)
			}
			b.read(provider, w.list).want(http.StatusOK)
		}
	}
}

func TestSignInPages(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{FaultSignIn: 1, FaultLookupSignIn: 1}})
	for provider, w := range worlds() {
		results := []result{b.send(w.create(b, "ann@example.com"))}
		if w.list != "" {
			results = append(results, b.read(provider, w.list), b.read(provider, w.item+"x"))
		}
		for _, got := range results {
			if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(got.body, "Sign in") {
				t.Errorf("%s: status %d, %v", provider, got.status, got.header)
			}
		}
	}
}

func TestTenantsShareAnAddress(t *testing.T) {
	for provider, w := range worlds() {
		t.Run(provider, func(t *testing.T) {
			b := newBench(t, Options{Tenants: true})
			other := "Bearer other"
			for range 2 {
				create := w.create(b, "ann@example.com")
				b.send(create).want(http.StatusCreated)
				b.send(create).want(http.StatusConflict)
				b.send(create.with("Authorization", other)).want(http.StatusCreated)
				if _, err := b.store.Reset(t.Context(), provider); err != nil {
					t.Fatal(err)
				}
			}
			b.send(w.create(b, "ann@example.com")).want(http.StatusCreated)
			b.send(w.create(b, "bob@example.com").with("Authorization", other)).want(http.StatusCreated)
			if w.list == "" {
				return
			}
			for _, path := range []string{w.list, w.lookupOf(provider, "bob@example.com")} {
				if got := b.found(provider, path, "bob@example.com"); got != 0 {
					t.Errorf("%s finds the other tenant's user", path)
				}
			}
			if got := b.send(w.create(b, "").getting(b.BaseURL(provider)+w.list).with("Authorization", other)).body; strings.Contains(got, "ann@") || !strings.Contains(got, "bob@") {
				t.Errorf("the other tenant has %s", got)
			}
			all := users(t, b.store, provider)
			if len(all) != 2 || all[0].Provider != provider || all[0].Tenant == all[1].Tenant || count(t, b.store, provider) != 2 {
				t.Errorf("the store has %+v", all)
			}
		})
	}
}

// A tenant keeps its users when its token is renewed.
func TestTenantOfAnIssuedToken(t *testing.T) {
	b := newBench(t, Options{Tenants: true})
	create := b.evolutionCreate(evolutionBody("ann"))
	b.send(create.with("Authorization", "Bearer "+b.token())).want(http.StatusCreated)
	b.send(create.with("Authorization", "Bearer "+b.token())).want(http.StatusConflict)
}

func TestDuplicatesAreFoundInTheirTenant(t *testing.T) {
	b := newBench(t, Options{Tenants: true, AllowDuplicates: true})
	create := b.suluCreate(suluBody("ann@example.com"))
	b.send(create.with("Authorization", "Bearer other")).want(http.StatusCreated)
	for range 2 {
		b.send(create).want(http.StatusCreated)
	}
	twice, err := b.store.Duplicates(t.Context(), "sulu")
	if err != nil || len(twice) != 1 || twice[0].Users != 2 || twice[0].Provider != "sulu" {
		t.Errorf("%+v, %v", twice, err)
	}
}

func TestPageSize(t *testing.T) {
	b := newBench(t, Options{PageSize: 2})
	for provider, path := range map[string]string{"evolution": "/users?limit=100", "ory": "/admin/identities?page_size=100", "scim": "/Users?count=100"} {
		for i := range 3 {
			b.send(worlds()[provider].create(b, fmt.Sprintf("u%d@example.com", i))).want(http.StatusCreated)
		}
		if got := b.read(provider, path); !strings.Contains(got.body, "u1@example.com") || strings.Contains(got.body, "u2@example.com") {
			t.Errorf("%s: %s", provider, got.body)
		}
	}
	if got := b.read("scim", "/ServiceProviderConfig").body; !strings.Contains(got, `"maxResults":2`) {
		t.Errorf("the configuration is %s", got)
	}
}

func TestSCIMDeclaresUniquenessAsItIs(t *testing.T) {
	for allowed, want := range map[bool]string{false: "server", true: "none"} {
		b := newBench(t, Options{AllowDuplicates: allowed})
		list := b.read("scim", "/Schemas").object(http.StatusOK)
		schema := list["Resources"].([]any)[0].(map[string]any)
		name := schema["attributes"].([]any)[0].(map[string]any)
		if name["name"] != "userName" || name["uniqueness"] != want {
			t.Errorf("%v", name)
		}
	}
}

func TestFaultsStrikeDeletes(t *testing.T) {
	for provider, w := range map[string]world{"ory": worlds()["ory"], "scim": worlds()["scim"]} {
		for fault, gone := range map[Fault]bool{FaultLostReply: true, Fault500: false, Fault503After: true, FaultLate.With("0s"): true, Fault202: false} {
			store := memoryStore(t)
			calm := benchOn(t, store, Options{})
			calm.send(w.create(calm, "ann@example.com")).want(http.StatusCreated)
			id := users(t, store, provider)[0].ID
			b := benchOn(t, store, Options{Faults: Faults{fault: 1}})
			if _, err := b.exchange(w.create(b, "").using(http.MethodDelete).sending("").to(b.BaseURL(provider) + w.item + id)); err != nil {
				t.Errorf("%s at %s: %v", fault, provider, err)
			}
			b.server.Settle()
			if got := count(t, store, provider) == 0; got != gone || b.server.Stats(provider).Faults[fault.Name()] != 1 {
				t.Errorf("%s at %s: deleted %v, want %v", fault, provider, got, gone)
			}
		}
	}
}

func TestOnlyAcceptedTokens(t *testing.T) {
	const token = "the-token-of-the-sandbox"
	b := newBench(t, Options{Tokens: []string{"another-token", token}})
	for provider, w := range worlds() {
		create := w.create(b, "ann@example.com")
		b.wantRefused(t, provider, create, http.StatusUnauthorized)
		b.wantRefused(t, provider, create.with("Authorization", "Bearer "+token+"x"), http.StatusUnauthorized)
		b.wantRefused(t, provider, create.with("Authorization", ""), http.StatusUnauthorized)
		b.send(create.with("Authorization", "Bearer "+token)).want(http.StatusCreated)
	}
	b.send(b.tokenCall("id", "wrong")).want(http.StatusUnauthorized)
	b.send(b.ejentoLogin("username=ann&password=wrong-password")).want(http.StatusUnauthorized)
	_, ejento := b.send(b.ejentoLogin("username=ann&password=" + token)).tokens()
	for provider, issued := range map[string]any{
		"evolution": b.send(b.tokenCall("id", token)).object(http.StatusOK)["access_token"],
		"ejento":    ejento,
	} {
		bearer := fmt.Sprint("Bearer ", issued)
		b.send(worlds()[provider].create(b, "bob@example.com").with("Authorization", bearer)).want(http.StatusCreated)
		b.wantRefused(t, provider, worlds()[provider].create(b, "eve@example.com").with("Authorization", bearer+"x"), http.StatusUnauthorized)
	}
}

func TestIssuedTokensExpireAtAServerWithTokens(t *testing.T) {
	const token = "the-token-of-the-sandbox"
	b := newBench(t, Options{Tokens: []string{token}, TokenLifetime: time.Minute})
	issued := b.send(b.tokenCall("id", token)).object(http.StatusOK)["access_token"]
	list := b.evolutionCreate("").getting(b.BaseURL("evolution")+"/users").with("Authorization", fmt.Sprint("Bearer ", issued))
	b.send(list).want(http.StatusOK)
	b.clock.advance(time.Minute)
	b.wantCode(list, codeExpired)
}
