package scim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The id stands in the body, whatever the Location says, and where there is none.
func TestLocationDoesNotMatter(t *testing.T) {
	for _, location := range []string{"", "https://scim.example.com/v2/Users/77", "/Users/77", "Users/77", "::"} {
		w := &wild{on: map[string]http.HandlerFunc{"POST /Users": func(out http.ResponseWriter, r *http.Request) {
			if location != "" {
				out.Header().Set("Location", location)
			}
			answers(201, scimJSON, person("42", "ada"))(out, r)
		}}}
		user, err := w.meet(t).Create(t.Context(), record("ada"))
		if err != nil || user.ID != "42" || user.Key != "ada" {
			t.Errorf("Location %q: got %+v, %v", location, user, err)
		}
	}
}

// An id may be a uuid, a number, or the user's own name, with what a path cannot
// hold as it is.
func TestIDsOfAnyKind(t *testing.T) {
	for _, test := range []struct{ id, path string }{
		{"2819c223-7f76-453a-919d-413861904646", "/Users/2819c223-7f76-453a-919d-413861904646"},
		{"5f0c", "/Users/5f0c"},
		{"ada@example.com", "/Users/ada@example.com"},
		{"EXAMPLE/ada b?c#d%2F", "/Users/EXAMPLE%2Fada%20b%3Fc%23d%252F"},
	} {
		shown := answers(200, scimJSON, person(test.id, "ada"))
		w := &wild{on: map[string]http.HandlerFunc{"GET /Users/": shown, "PATCH /Users/": shown, "DELETE /Users/": answers(204, "", "")}}
		w.on["GET /Users/"+test.id], w.on["PATCH /Users/"+test.id], w.on["DELETE /Users/"+test.id] = shown, shown, answers(204, "", "")
		c := w.meet(t)
		if user, err := c.Get(t.Context(), test.id); err != nil || user.ID != test.id {
			t.Errorf("%q: got %+v, %v", test.id, user, err)
		}
		if _, err := c.Update(t.Context(), test.id, schema.Record{"title": "Dr"}); err != nil {
			t.Errorf("%q: update: %v", test.id, err)
		}
		if err := c.Delete(t.Context(), test.id); err != nil {
			t.Errorf("%q: delete: %v", test.id, err)
		}
		for _, method := range []string{"GET ", "PATCH ", "DELETE "} {
			if sent := w.sent(method + "/Users"); len(sent) != 1 || sent[0] != method+test.path {
				t.Errorf("%q: sent %q, want %s", test.id, sent, method+test.path)
			}
		}
	}
	w := &wild{}
	for _, id := range []string{"", ".", ".."} {
		_, err := w.meet(t).Get(t.Context(), id)
		judge(t, id, err, provider.Invalid, 0)
	}
	numeric := &wild{on: map[string]http.HandlerFunc{"POST /Users": answers(201, scimJSON, `{"id":42,"userName":"ada"}`)}}
	if user, err := numeric.meet(t).Create(t.Context(), record("ada")); err != nil || user.ID != "42" {
		t.Errorf("a number: got %+v, %v", user, err)
	}
}

func TestRefusalsOfACreate(t *testing.T) {
	for _, test := range []struct {
		name, contentType, body string
		status                  int
		class                   provider.Class
		reason                  string
	}{
		{"a duplicate", scimJSON, refusal(409, "uniqueness"), 409, provider.Conflict, "no (uniqueness)"},
		{"a duplicate under another word", scimJSON, refusal(409, "invalidSyntax"), 409, provider.Conflict, "no (invalidSyntax)"},
		{"no user name", scimJSON, refusal(400, "invalidValue"), 400, provider.Invalid, "no (invalidValue)"},
		{"no user name, as a failure", "text/html", "<h1>NullPointerException</h1>", 500, provider.Unknown, ""},
		{"a status that is a number", scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":400,"detail":"bad e-mail"}`, 400, provider.Invalid, "bad e-mail"},
		{"a keyword alone", scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"tooMany"}`, 400, provider.Invalid, "tooMany"},
		{"plain JSON", "application/json", `{"error":"quota exceeded"}`, 400, provider.Invalid, "quota exceeded"},
		{"SCIM 1.1", "application/json", `{"Errors":[{"description":"one","code":"400"},{"description":"two"}]}`, 400, provider.Invalid, "one; two"},
		{"a line of text", "text/plain", "userName is taken\n", 409, provider.Unknown, "userName is taken"},
		{"nothing", "", "", 409, provider.Conflict, ""},
		{"busy", scimJSON, refusal(429, ""), 429, provider.Busy, "no"},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"POST /Users": answers(test.status, test.contentType, test.body)}}
		_, err := w.meet(t).Create(t.Context(), record("ada"))
		if got := judge(t, test.name, err, test.class, test.status).Detail; got != test.reason {
			t.Errorf("%s: the reason is %q, want %q", test.name, got, test.reason)
		}
	}
}

// Wrong credentials are refused in three shapes with 401, and in one with 200.
func TestRefusedCredentials(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"SCIM":       answers(401, scimJSON, refusal(401, "")),
		"plain JSON": answers(401, "application/json", `{"message":"Unauthorized"}`),
		"text":       answers(401, "text/plain", "Unauthorized"),
		"200":        answers(200, scimJSON, refusal(401, "")),
	} {
		w := &wild{on: map[string]http.HandlerFunc{
			"POST /Users": handler, "GET /Users": handler, "GET /Users/": handler, "PATCH /Users/": handler, "DELETE /Users/": handler,
			"GET /ServiceProviderConfig": handler, "GET /Schemas": handler,
		}}
		c := w.meet(t)
		_, create := c.Create(t.Context(), record("ada"))
		_, find := c.Find(t.Context(), "ada")
		_, list := drain(c)
		_, get := c.Get(t.Context(), "1")
		_, update := c.Update(t.Context(), "1", schema.Record{"title": "Dr"})
		_, schemas := c.Schema(t.Context())
		_, batch := c.BatchSize(t.Context())
		for operation, err := range map[string]error{
			"create": create, "find": find, "list": list, "get": get, "update": update, "check": c.Check(t.Context()),
			"delete": c.Delete(t.Context(), "1"), "schemas": schemas, "batch": batch,
		} {
			class := provider.Denied
			if name == "text" && (operation == "create" || operation == "delete") {
				class = provider.Unknown // whoever wrote it, the change may have been made
			}
			judge(t, name+": "+operation, err, class, 401)
		}
	}
}

// A refusal with a good status says by its own status what it means.
func TestRefusalsWithAGoodStatus(t *testing.T) {
	for body, want := range map[string]provider.Class{
		refusal(409, "uniqueness"): provider.Conflict,
		refusal(400, ""):           provider.Invalid,
		refusal(403, ""):           provider.Denied,
		refusal(500, ""):           provider.Unknown,
		refusal(200, ""):           provider.Unknown,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"no"}`: provider.Unknown,
	} {
		w := &wild{on: map[string]http.HandlerFunc{"POST /Users": answers(200, scimJSON, body)}}
		if _, err := w.meet(t).Create(t.Context(), record("ada")); provider.ClassOf(err) != want || err == nil {
			t.Errorf("%s: %v, want class %s", body, err, want)
		}
	}
	w := &wild{on: map[string]http.HandlerFunc{"POST /Users": answers(200, scimJSON, refusal(401, ""))}}
	_, err := w.meet(t).Create(t.Context(), record("ada"))
	want := `could not create the user: the provider returned 401 Unauthorized ("no"): refusal with the status 200 OK`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Whoever is gone already is gone, also where the server fails on it.
func TestDeleteTwice(t *testing.T) {
	gone, there := answers(404, scimJSON, refusal(404, "")), answers(200, scimJSON, person("1", "ada"))
	failure := answers(500, "text/plain", "Internal Server Error")
	for _, test := range []struct {
		name          string
		delete, read  http.HandlerFunc
		class         provider.Class
		status, reads int
		isDone        bool
	}{
		{name: "204", delete: answers(204, "", ""), isDone: true},
		{name: "200", delete: answers(200, scimJSON, "{}"), isDone: true},
		{name: "202", delete: answers(202, scimJSON, "{}"), class: provider.Unknown, status: 202},
		{name: "a sign-in page", delete: answers(200, "text/html", "<html></html>"), class: provider.Unknown, status: 200},
		{name: "404", delete: gone, class: provider.NotFound, status: 404},
		{name: "500 and gone", delete: failure, read: gone, reads: 1, isDone: true},
		{name: "500 and there", delete: failure, read: there, reads: 1, class: provider.Unknown, status: 500},
		{name: "500 and no answer", delete: failure, read: failure, reads: 1, class: provider.Unknown, status: 500},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"DELETE /Users/1": test.delete, "GET /Users/1": test.read}}
		err := w.meet(t).Delete(t.Context(), "1")
		if test.isDone && err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if !test.isDone {
			judge(t, test.name, err, test.class, test.status)
		}
		if reads := len(w.sent("GET /Users/1")); reads != test.reads {
			t.Errorf("%s: %d reads, want %d", test.name, reads, test.reads)
		}
	}
}

// The schemas of a body are those of its fields.
func TestSchemasFollowTheFields(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{"POST /Users": answers(201, scimJSON, person("1", "ada"))}}
	c := w.meet(t)
	for _, test := range []struct {
		record schema.Record
		want   string
	}{
		{record("ada"), `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`},
		{record("ada").With(schema.Record{"department": "R&D", "manager.value": "7"}), `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",` +
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"ada",` +
			`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","manager":{"value":"7"}}}`},
	} {
		if _, err := c.Create(t.Context(), test.record); err != nil {
			t.Error(err)
		}
		if got := w.bodies[len(w.bodies)-1]; got != test.want {
			t.Errorf("sent %s\nwant %s", got, test.want)
		}
	}
	if text := strings.Join(w.sent(""), "\n"); strings.Contains(text, "ServiceProviderConfig") {
		t.Errorf("a create asked for the capabilities: %s", text)
	}
}
