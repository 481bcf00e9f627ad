package sandbox

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// creates are one good create for each provider.
func (b *bench) creates() map[string]call {
	b.t.Helper()
	creates := map[string]call{
		"sulu":      b.suluCreate(suluBody("ann@example.com")),
		"ejento":    b.ejentoCreate(ejentoBody("ann@example.com")),
		"evolution": b.evolutionCreate(evolutionBody("ann")),
		"ory":       b.oryCreate(oryBody("ann@example.com")),
		"scim":      b.scimCreate(scimBodyOf("ann")),
	}
	for _, provider := range Providers() {
		if _, ok := creates[provider]; !ok {
			b.t.Fatalf("there is no good create for %s: add one here", provider)
		}
	}
	return creates
}

// errorShapes are the documented shapes, or the sandbox's own where none is.
func errorShapes(t *testing.T, provider string, status int) any {
	t.Helper()
	switch {
	case provider == "sulu":
		return shape(parsed(t, `{"message":""}`))
	case provider == "ejento":
		return shape(parsed(t, `{"success":false,"message":""}`))
	case provider == "ory":
		return shape(parsed(t, `{"error":{"code":0,"status":"","reason":"","message":""}}`))
	case provider == "scim" && status == http.StatusBadRequest:
		return shape(parsed(t, `{"schemas":[""],"status":"","scimType":"","detail":""}`))
	case provider == "scim":
		return shape(parsed(t, `{"schemas":[""],"status":"","detail":""}`))
	case status == http.StatusBadRequest:
		return shape(parsed(t, `{"code":0,"message":"","status":0,"title":"","violations":""}`))
	}
	return shape(parsed(t, `{"code":0,"message":"","description":""}`))
}

func (b *bench) wantRefused(t *testing.T, provider string, c call, status int) {
	t.Helper()
	refusal := b.send(c).object(status)
	if violations, given := refusal["violations"]; given {
		if _, isArray := violations.([]any); !isArray {
			t.Errorf("violations %v", violations)
		}
		refusal["violations"] = ""
	}
	same(t, shape(refusal), errorShapes(t, provider, status))
	if strings.Contains(pretty(refusal), "hunter2") {
		t.Errorf("the refusal repeats a value: %v", refusal)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t, Options{})
	if got := len(b.creates()); got != len(Providers()) {
		t.Fatalf("%d providers in the test, want %d", got, len(Providers()))
	}
	for provider, good := range b.creates() {
		body := good.body
		field, another := `"email"`, `"Email"`
		if provider == "scim" {
			field, another = `"userName"`, `"user-name"` // names have no case there
		}
		slash := strings.LastIndexByte(good.url, '/')
		twice := strings.Replace(body, "{", "{"+field+`:"x@example.com",`, 1)
		for _, test := range []struct {
			name   string
			call   call
			status int
		}{
			{"path", good.to(good.url + "x"), 404},
			{"trailing slash", good.to(good.url + "/"), 404},
			{"doubled slash", good.to(good.url[:slash] + "/" + good.url[slash:]), 404},
			{"method", good.using(http.MethodDelete), 405},
			{"another method", good.using(http.MethodPut), 405},
			{"query", good.to(good.url + "?dry=1"), 400},
			{"no token", good.with("Authorization", ""), 401},
			{"empty token", good.with("Authorization", "Bearer "), 401},
			{"another scheme", good.with("Authorization", "Token t"), 401},
			{"denied token", good.with("Authorization", "Bearer denied"), 401},
			{"forbidden token", good.with("Authorization", "Bearer forbidden"), 403},
			{"no content type", good.with("Content-Type", ""), 415},
			{"text", good.with("Content-Type", "text/plain"), 415},
			{"form", good.with("Content-Type", "application/x-www-form-urlencoded"), 415},
			{"broken content type", good.with("Content-Type", "application/json; charset"), 415},
			{"charset", good.with("Content-Type", "application/json; charset=latin1"), 415},
			{"compressed", good.with("Content-Encoding", "gzip"), 415},
			{"empty", good.sending(""), 400},
			{"null", good.sending("null"), 400},
			{"array", good.sending("[" + body + "]"), 400},
			{"string", good.sending(`"x"`), 400},
			{"trailing data", good.sending(body + "{}"), 400},
			{"cut", good.sending(body[:len(body)-1]), 400},
			{"BOM", good.sending("\ufeff" + body), 400},
			{"duplicate key", good.sending(twice), 400},
			{"unknown key", good.sending(strings.Replace(body, "{", `{"nick":"x",`, 1)), 400},
			{"another case", good.sending(strings.Replace(body, field, another, 1)), 400},
			{"null field", good.sending(strings.Replace(body, field+":", field+`:null,"x":`, 1)), 400},
			{"number", good.sending(strings.Replace(body, field+":", field+`:7,"x":`, 1)), 400},
			{"not UTF-8", good.sending(strings.Replace(body, "nn", "\xff", 1)), 400},
			{"too large", good.sending(body + strings.Repeat(" ", maxBody)), 413},
			{"deep", good.sending(strings.Repeat(`[`, 100_000)), 400},
		} {
			t.Run(provider+"/"+test.name, func(t *testing.T) { b.wantRefused(t, provider, test.call, test.status) })
		}
		b.send(good.with("Content-Type", "application/json; charset=UTF-8")).want(http.StatusCreated)
	}
	if got := count(t, b.store, ""); got != len(Providers()) {
		t.Errorf("%d users, want one for each provider", got)
	}
}

func TestRequiredFields(t *testing.T) {
	b := newBench(t, Options{})
	required := map[string][]string{
		"sulu":      {"email", "oryId", "organization"},
		"ejento":    {"email", "password", "first_name", "last_name", "role"},
		"evolution": {"identityName", "displayName", "organizations", "email", "firstName", "lastName"},
		"ory":       {"schema_id", "traits"},
		"scim":      {"schemas", "userName"},
	}
	for provider, good := range b.creates() {
		for _, name := range required[provider] {
			for what, value := range map[string]any{"absent": nil, "empty": "", "blank": " \u00a0", "false": false} {
				body := parsed(t, good.body).(map[string]any)
				delete(body, name)
				if what != "absent" {
					body[name] = value
				}
				t.Run(provider+"/"+name+"/"+what, func(t *testing.T) {
					b.wantRefused(t, provider, good.sending(pretty(body)), http.StatusBadRequest)
				})
			}
		}
	}
}

func TestOptionalFieldsKeepTheirTypes(t *testing.T) {
	b := newBench(t, Options{})
	for _, extra := range []string{
		`"roles":"admin"`, `"roles":[1]`, `"firstName":1`, `"lastName":[]`, `"phone":336`, `"phone":null`, `"address":"street"`,
		`"address":{"line1":1}`, `"address":{"street":"x"}`, `"address":[]`, `"id":"mine"`,
	} {
		body := strings.Replace(suluBody("ann@example.com"), "{", "{"+extra+",", 1)
		b.wantRefused(t, "sulu", b.suluCreate(body), http.StatusBadRequest)
	}
	b.send(b.suluCreate(strings.Replace(suluBody("ann@example.com"), "{", `{"roles":[],"address":{},"phone":"",`, 1))).want(http.StatusCreated)
}

func TestAllowNamesTheDocumentedMethods(t *testing.T) {
	b := newBench(t, Options{})
	for _, test := range []struct{ url, want string }{
		{b.BaseURL("sulu") + "/users", "POST, GET"},
		{b.BaseURL("sulu") + "/users/1", "GET, PATCH"},
		{b.BaseURL("sulu") + "/users/1/apikeys", "GET, POST"},
		{b.BaseURL("ejento") + "/v2/api/organization/1/user", "POST"},
		{b.BaseURL("ejento") + ejentoLoginPath, "POST"},
		{b.BaseURL("evolution") + "/users", "POST, GET"},
		{b.BaseURL("evolution") + "/users/ann", "GET, PATCH"},
		{b.BaseURL("evolution") + "/roles", "GET"},
		{b.BaseURL("ory") + "/admin/identities", "POST, GET, PATCH"},
		{b.BaseURL("ory") + "/schemas/default", "GET"},
		{b.BaseURL("scim") + "/Users", "POST, GET"},
		{b.BaseURL("scim") + "/Users/1", "GET, PUT, PATCH, DELETE"},
		{b.BaseURL("scim") + "/Bulk", "POST"},
		{b.BaseURL("scim") + "/Schemas", "GET"},
		{b.TokenURL(), "POST"},
	} {
		for _, method := range []string{http.MethodTrace, http.MethodHead, http.MethodOptions} {
			if got := b.send(call{method: method, url: test.url}); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != test.want {
				t.Errorf("%s %s: %d, Allow %q, want %q", method, test.url, got.status, got.header.Get("Allow"), test.want)
			}
		}
	}
}

func TestKeysAndHeadersOfEachProvider(t *testing.T) {
	b := newBench(t, Options{})
	for _, test := range []struct{ provider, header string }{{"ejento", "Ocp-Apim-Subscription-Key"}, {"evolution", "X-API-Key"}} {
		good := b.creates()[test.provider]
		b.wantRefused(t, test.provider, good.with(test.header, ""), http.StatusUnauthorized)
		b.wantRefused(t, test.provider, good.with(test.header, "denied"), http.StatusUnauthorized)
		b.wantRefused(t, test.provider, good.with(test.header, "forbidden"), http.StatusForbidden)
	}
	good := b.creates()["evolution"]
	b.wantRefused(t, "evolution", good.with("Accept", "text/html, application/xml;q=0.9"), http.StatusNotAcceptable)
	for i, accept := range []string{"", "*/*", "text/html, application/json;q=0.9", "application/*"} {
		b.send(good.sending(evolutionBody("ann"+string(rune('0'+i)))).with("Accept", accept)).want(http.StatusCreated)
	}
}

func TestReadsNeedCredentialsToo(t *testing.T) {
	b := newBench(t, Options{})
	for _, url := range []string{
		b.BaseURL("sulu") + "/users", b.BaseURL("sulu") + "/users/1", b.BaseURL("sulu") + "/users/1/apikeys",
		b.BaseURL("evolution") + "/users", b.BaseURL("evolution") + "/users/ann", b.BaseURL("evolution") + "/roles",
		b.BaseURL("ory") + "/admin/identities", b.BaseURL("ory") + "/admin/identities/1", b.BaseURL("ory") + "/schemas/default",
		b.BaseURL("scim") + "/Users", b.BaseURL("scim") + "/Users/1", b.BaseURL("scim") + "/ServiceProviderConfig", b.BaseURL("scim") + "/Schemas",
	} {
		b.send(call{method: http.MethodGet, url: url}).want(http.StatusUnauthorized)
	}
}

func TestSignpost(t *testing.T) {
	b := newBench(t, Options{})
	for _, test := range []struct {
		path   string
		status int
	}{{"/", 200}, {"/users", 404}, {"/sulu", 404}, {"/suluv0/users", 404}} {
		got := b.send(call{method: http.MethodGet, url: "http://" + b.Addr() + test.path})
		if got.status != test.status {
			t.Errorf("%s: %d, want %d", test.path, got.status, test.status)
		}
		for _, name := range Providers() {
			if !strings.Contains(got.body, b.BaseURL(name)) {
				t.Errorf("%s does not name %s", test.path, b.BaseURL(name))
			}
		}
	}
}

func FuzzJSONIsReadAsItStands(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"a":2}`, `{"a":{"b":[1,"x",null,true,{}]}}`, `[]x`, ``, `"\ud800"`, "\xff", `{"a":1e999}`, `{"a":1}{"b":2}`, "\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := parseJSON(text)
		if err != nil {
			return
		}
		encoded, err := encodeJSON(value)
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		again, err := parseJSON(encoded)
		if err != nil {
			t.Fatalf("%v in %q", err, encoded)
		}
		second, err := encodeJSON(again)
		if err != nil || !bytes.Equal(encoded, second) {
			t.Errorf("%q became %q (%v)", encoded, second, err)
		}
	})
}
