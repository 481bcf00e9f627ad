package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func (b *bench) oryCreate(body string) call {
	return call{
		method: http.MethodPost, url: b.BaseURL("ory") + "/admin/identities", body: body,
		header: map[string]string{"Authorization": "Bearer ory_pat_x", "Content-Type": "application/json"},
	}
}

func oryBody(email string) string {
	return fmt.Sprintf(`{"schema_id":"default","traits":{"email":%q,"name":{"first":"Ann"}}}`, email)
}

// oryMade creates an identity and gives the calls that are about it.
func (b *bench) oryMade(body string) (about call, identity map[string]any) {
	b.t.Helper()
	create := b.oryCreate(body)
	identity = b.send(create).object(http.StatusCreated)
	return create.to(create.url + "/" + identity["id"].(string)), identity
}

func TestOryCreate(t *testing.T) {
	b := newBench(t, Options{})
	created := b.send(b.oryCreate(strings.Replace(oryBody("Ann@Example.com"), "{", `{"state":"inactive","external_id":"e-1",
		"organization_id":"0f8fad5b-d9cb-469f-a165-70867728950e","credentials":{"password":{"config":{"password":"hunter2"}}},
		"verifiable_addresses":[{"value":"ann@example.com","verified":true,"via":"email","status":"completed"}],`, 1)))
	identity := created.object(http.StatusCreated)
	id, _ := identity["id"].(string)
	if err := uuid.Validate(id); err != nil {
		t.Errorf("id %q: %v", id, err)
	}
	if location := created.header.Get("Location"); !strings.HasSuffix(location, "/identities/"+id) || strings.Contains(location, "admin") {
		t.Errorf("Location %q", location)
	}
	if strings.Contains(created.body, "hunter2") || strings.Contains(created.body, "config") {
		t.Errorf("the answer holds credentials: %s", created.body)
	}
	same(t, identity["credentials"], map[string]any{"password": map[string]any{"type": "password", "identifiers": []any{"ann@example.com"}, "version": 0.0}})
	for name, want := range map[string]any{"state": "inactive", "external_id": "e-1", "schema_id": "default", "metadata_public": nil} {
		if identity[name] != want {
			t.Errorf("%s is %v, want %v", name, identity[name], want)
		}
	}
	same(t, identity["traits"], map[string]any{"email": "Ann@Example.com", "name": map[string]any{"first": "Ann"}})
	same(t, b.send(b.oryCreate("").getting(b.BaseURL("ory")+"/admin/identities/"+id)).object(http.StatusOK), identity)
	b.wantRefused(t, "ory", b.oryCreate(oryBody("ann@example.COM")), http.StatusConflict)
}

func TestOryHoldsTraitsAgainstTheirSchema(t *testing.T) {
	b := newBench(t, Options{})
	for _, traits := range []string{
		`{}`, `{"email":"ann"}`, `{"email":"a@example.com","phone":"1"}`, `{"email":"a@example.com","name":"Ann"}`, `{"email":"a@example.com","name":{"first":1}}`,
	} {
		b.wantRefused(t, "ory", b.oryCreate(`{"schema_id":"default","traits":`+traits+`}`), http.StatusBadRequest)
	}
	customer := func(more string) string {
		return `{"schema_id":"customer","traits":{"contact":{"email":"a@example.com"` + more + `}}`
	}
	for _, more := range []string{
		`}`, `},"plan":"silver"`, `},"plan":"gold","seats":1.5`, `},"plan":"gold","seats":"1"`, `},"plan":"gold","newsletter":"yes"`,
		`},"plan":"gold","born":"1.1.2000"`, `},"plan":"gold","customer_since":"2000-01-01"`, `},"plan":"gold","device":"x"`, `},"plan":"gold","code":"ab-1"`,
		`},"plan":"gold","code":"A-1"`, `},"plan":"gold","code":"AB-1234567890"`, `},"plan":"gold","tags":"x"`, `,"homepage":"x"},"plan":"gold"`,
		`},"plan":"gold","tags":["` + strings.Repeat("x", 41) + `"]`,
	} {
		b.wantRefused(t, "ory", b.oryCreate(customer(more)), http.StatusBadRequest)
	}
	b.send(b.oryCreate(customer(`,"homepage":"https://example.com"},"plan":"gold","seats":2,"newsletter":true,"born":"2000-01-01",` +
		`"customer_since":"2000-01-01T00:00:00Z","device":"0f8fad5b-d9cb-469f-a165-70867728950e","code":"AB-12","tags":["x"]`))).want(http.StatusCreated)
	b.wantRefused(t, "ory", b.oryCreate(strings.Replace(oryBody("b@example.com"), "default", "other", 1)), http.StatusBadRequest)
	b.wantRefused(t, "ory", b.oryCreate(strings.Replace(oryBody("b@example.com"), "{", `{"credentials":{"password":{"config":{"hashed_password":"plain"}}},`, 1)), http.StatusBadRequest)
}

func TestOryLists(t *testing.T) {
	b := newBench(t, Options{})
	all := b.oryCreate("").getting(b.BaseURL("ory") + "/admin/identities")
	if got := b.send(all); got.body != "[]" || strings.Contains(got.header.Get("Link"), "next") {
		t.Errorf("an empty list is %s with %q", got.body, got.header.Get("Link"))
	}
	for i := range 5 {
		b.send(b.oryCreate(oryBody(fmt.Sprintf("p%d@example.com", i)))).want(http.StatusCreated)
	}
	var sizes []int
	for at := "?page_size=2"; at != ""; {
		page := b.send(all.to(all.url + at))
		sizes = append(sizes, len(page.array(http.StatusOK)))
		at = nextOf(t, page.header.Get("Link"))
	}
	if fmt.Sprint(sizes) != "[2 2 1]" {
		t.Errorf("pages of %v", sizes)
	}
	if got := b.send(all.to(all.url + "?credentials_identifier=P3%40example.com")).array(http.StatusOK); len(got) != 1 {
		t.Errorf("found %d with the identifier", len(got))
	}
	for _, query := range []string{"?page_size=0", "?page_size=501", "?page_size=x", "?page_token=x", "?page_token=LTE", "?page=1"} {
		b.wantRefused(t, "ory", all.to(all.url+query), http.StatusBadRequest)
	}
}

// nextOf returns the query of the next page, "" where there is none.
func nextOf(t *testing.T, header string) string {
	t.Helper()
	for link := range strings.SplitSeq(header, ",") {
		if address, found := strings.CutSuffix(link, `>; rel="next"`); found {
			parsed, err := url.Parse(strings.TrimPrefix(address, "<"))
			if err != nil || parsed.Path != "/admin/identities" {
				t.Fatalf("link %q: %v", link, err)
			}
			return "?" + parsed.RawQuery
		}
	}
	return ""
}

func TestOryPatch(t *testing.T) {
	b := newBench(t, Options{})
	ann, before := b.oryMade(oryBody("ann@example.com"))
	b.send(b.oryCreate(oryBody("bob@example.com"))).want(http.StatusCreated)
	b.clock.advance(1)
	after := b.send(ann.patching(`[{"op":"replace","path":"/state","value":"inactive"},{"op":"remove","path":"/traits/name"},` +
		`{"op":"add","path":"/traits/name","value":{}},{"op":"add","path":"/traits/name/last","value":"Lee"}]`)).object(http.StatusOK)
	before["state"], before["traits"] = "inactive", map[string]any{"email": "ann@example.com", "name": map[string]any{"last": "Lee"}}
	before["updated_at"] = after["updated_at"]
	same(t, after, before)
	for _, body := range []string{
		`{}`, `[]`, `[{"op":"test","path":"/state","value":"active"}]`, `[{"op":"add","value":1}]`, `[{"op":"replace","path":"/id","value":"x"}]`,
		`[{"op":"replace","path":"/credentials/password","value":{}}]`, `[{"op":"replace","path":"/traits/nick","value":"x"}]`, `[{"op":"remove","path":"/traits/nick"}]`,
		`[{"op":"add","path":"/traits/nick","value":"x"}]`, `[{"op":"add","path":"/traits/a/b","value":"x"}]`, `[{"op":"replace","path":"/state","value":"gone"}]`,
		`[{"op":"remove","path":"/traits/email"}]`, `[{"op":"remove","path":"/traits"}]`,
	} {
		b.wantRefused(t, "ory", ann.patching(body), http.StatusBadRequest)
	}
	same(t, b.send(ann.getting(ann.url)).object(http.StatusOK), after)
	b.wantRefused(t, "ory", ann.patching(`[{"op":"replace","path":"/traits/email","value":"BOB@example.com"}]`), http.StatusConflict)
	b.wantRefused(t, "ory", ann.to(ann.url+"x").patching(`[{"op":"remove","path":"/traits/name"}]`), http.StatusNotFound)
}

func TestOryDelete(t *testing.T) {
	b := newBench(t, Options{})
	ann, _ := b.oryMade(oryBody("ann@example.com"))
	if got := b.send(ann.using(http.MethodDelete)); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("%d %q", got.status, got.body)
	}
	b.wantRefused(t, "ory", ann.using(http.MethodDelete), http.StatusNotFound)
	b.oryMade(oryBody("ann@example.com"))
}

func TestOryBatch(t *testing.T) {
	b := newBench(t, Options{})
	batch := func(bodies ...string) call {
		var identities []string
		for i, body := range bodies {
			identities = append(identities, fmt.Sprintf(`{"create":%s,"patch_id":"00000000-0000-4000-8000-%012d"}`, body, i))
		}
		return b.oryCreate("").patching(`{"identities":[` + strings.Join(identities, ",") + `]}`)
	}
	got := b.send(batch(oryBody("a@example.com"), oryBody("A@example.com"), `{"schema_id":"default","traits":{}}`)).object(http.StatusOK)
	var outcomes []string
	for i, one := range got["identities"].([]any) {
		one := one.(map[string]any)
		code := "-"
		if failure, ok := one["error"].(map[string]any); ok {
			code = fmt.Sprint(failure["code"])
		}
		outcomes = append(outcomes, fmt.Sprint(one["action"], " ", code, " ", one["identity"] != nil, " ", strings.HasSuffix(one["patch_id"].(string), fmt.Sprint(i))))
	}
	if want := "[create - true true error 409 false true error 400 false true]"; fmt.Sprint(outcomes) != want {
		t.Errorf("got  %v\nwant %s", outcomes, want)
	}
	b.wantRefused(t, "ory", batch(oryBody("a@example.com")), http.StatusConflict)
	for _, body := range []string{`{}`, `{"identities":[]}`, `{"identities":[{}]}`, `{"identities":[{"create":{},"patch_id":"1"}]}`, `{"identities":[{"create":[]}]}`} {
		b.wantRefused(t, "ory", b.oryCreate("").patching(body), http.StatusBadRequest)
	}
	if got := count(t, b.store, "ory"); got != 1 {
		t.Errorf("%d identities, want one", got)
	}
}

func TestOryBatchLimits(t *testing.T) {
	b := newBench(t, Options{})
	for _, test := range []struct {
		more   string
		size   int
		status int
	}{
		{``, 1000, 200}, {``, 1001, 400},
		{`"credentials":{"password":{"config":{"password":"p"}}},`, 200, 200}, {`"credentials":{"password":{"config":{"password":"p"}}},`, 201, 400},
	} {
		var identities []json.RawMessage
		for i := range test.size {
			body := strings.Replace(oryBody(fmt.Sprintf("p%d-%d@example.com", test.size, i)), "{", "{"+test.more, 1)
			identities = append(identities, json.RawMessage(`{"create":`+body+`}`))
		}
		body, err := json.Marshal(map[string]any{"identities": identities})
		if err != nil {
			t.Fatal(err)
		}
		b.send(b.oryCreate("").patching(string(body))).want(test.status)
	}
}

func TestOrySchemas(t *testing.T) {
	b := newBench(t, Options{})
	for id, text := range orySchemas() {
		for _, segment := range []string{id, "ZGVmYXVsdA"} {
			if segment == "ZGVmYXVsdA" {
				text = orySchemaDefault
			}
			same(t, b.send(b.oryCreate("").getting(b.BaseURL("ory")+"/schemas/"+segment)).want(http.StatusOK), parsed(t, text))
		}
	}
	b.wantRefused(t, "ory", b.oryCreate("").getting(b.BaseURL("ory")+"/schemas/other"), http.StatusNotFound)
}
