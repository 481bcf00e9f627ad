package scim_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// changed is a user after a change.
const changed = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ada","title":"Dr"}`

// A change may be answered with the user, or with nothing.
func TestPatchAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		patch http.HandlerFunc
		reads int
	}{
		"200":            {answers(200, scimJSON, changed), 0},
		"204":            {answers(204, "", ""), 1},
		"200 and nobody": {answers(200, scimJSON, ""), 1},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"PATCH /Users/1": test.patch, "GET /Users/1": answers(200, scimJSON, changed)}}
		user, err := w.meet(t).Update(t.Context(), "1", schema.Record{"title": "Dr"})
		if err != nil || !strings.Contains(string(user.Attributes), `"Dr"`) {
			t.Errorf("%s: got %+v, %v", name, user, err)
		}
		if reads := len(w.sent("GET /Users/1")); reads != test.reads {
			t.Errorf("%s: %d reads, want %d", name, reads, test.reads)
		}
	}
	for name, read := range map[string]http.HandlerFunc{"busy": answers(429, "", ""), "gone": answers(404, "", ""), "another": answers(200, scimJSON, person("2", "bob"))} {
		w := &wild{on: map[string]http.HandlerFunc{"PATCH /Users/1": answers(204, "", ""), "GET /Users/1": read}}
		_, err := w.meet(t).Update(t.Context(), "1", schema.Record{"title": "Dr"})
		judge(t, "the change was made, and the user is "+name, err, provider.Unknown, 204)
	}
	w := &wild{on: map[string]http.HandlerFunc{"PATCH /Users/1": answers(200, scimJSON, person("2", "bob"))}}
	_, err := w.meet(t).Update(t.Context(), "1", schema.Record{"title": "Dr"})
	judge(t, "an answer about another user", err, provider.Unknown, 200)
}

// A server without PATCH gets the user as it is to be.
func TestPut(t *testing.T) {
	before := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"ada","nickName":"Countess","name":{"givenName":"Ada","familyName":"Byron"},
		"title":"Dr","shoeSize":38.50,"meta":{"version":"1"},"urn:example:extra":{"locker":7},
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"9","displayName":"Babbage"},"division":"Maths"}}`
	want := `{"active":false,"id":"1","name":{"familyName":"Lovelace","givenName":"Ada"},` +
		`"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:extra","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],` +
		`"shoeSize":38.50,"urn:example:extra":{"locker":7},` +
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"R&D","division":"Maths","manager":{"displayName":"Babbage"}},"userName":"ada"}`
	changes := schema.Record{"name.familyName": "Lovelace", "nickName": "", "title": "", "active": false, "department": "R&D", "manager.value": ""}
	for name, on := range map[string]map[string]http.HandlerFunc{
		"as it says":        {"GET /ServiceProviderConfig": config(false, 0, 0)},
		"as it turns out":   {"GET /ServiceProviderConfig": config(true, 0, 0), "PATCH /Users/1": answers(501, "", "")},
		"it does not know":  {"PATCH /Users/1": answers(405, "", "")},
		"it shows nothing":  {"GET /ServiceProviderConfig": answers(403, "", ""), "PATCH /Users/1": answers(405, "", "")},
		"it has but a page": {"GET /ServiceProviderConfig": answers(200, "text/html", "<html>"), "PATCH /Users/1": answers(405, "", "")},
	} {
		on["GET /Users/1"], on["PUT /Users/1"] = answers(200, scimJSON, before), answers(200, scimJSON, changed)
		w := &wild{on: on}
		c := w.meet(t)
		for range 2 {
			if user, err := c.Update(t.Context(), "1", changes); err != nil || user.ID != "1" {
				t.Errorf("%s: got %+v, %v", name, user, err)
			}
		}
		if got := w.bodies[len(w.bodies)-1]; got != want {
			t.Errorf("%s: sent %s\nwant %s", name, got, want)
		}
		if asked := len(w.sent("GET /ServiceProviderConfig")); asked != 1 {
			t.Errorf("%s: asked for the capabilities %d times", name, asked)
		}
		if patched := len(w.sent("PATCH ")); patched > 1 {
			t.Errorf("%s: %d times PATCH", name, patched)
		}
	}
}

func TestDeactivate(t *testing.T) {
	for name, patch := range map[string]bool{"PATCH": true, "PUT": false} {
		w := &wild{on: map[string]http.HandlerFunc{
			"GET /ServiceProviderConfig": config(patch, 0, 0), "GET /Users/1": answers(200, scimJSON, person("1", "ada")),
			"PATCH /Users/1": answers(200, scimJSON, changed), "PUT /Users/1": answers(200, scimJSON, changed),
		}}
		if user, err := w.meet(t).Deactivate(t.Context(), "1"); err != nil || user.ID != "1" {
			t.Errorf("%s: got %+v, %v", name, user, err)
		}
		want := `{"active":false,"id":"1","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}`
		if patch {
			want = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`
		}
		if got := w.bodies[len(w.bodies)-1]; got != want || len(w.sent(name)) != 1 {
			t.Errorf("%s: sent %s\nwant %s", name, got, want)
		}
	}
}

// A change of nothing sends no change.
func TestUpdateOfNothing(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{"GET /Users/1": answers(200, scimJSON, changed)}}
	if user, err := w.meet(t).Update(t.Context(), "1", schema.Record{}); err != nil || user.ID != "1" || len(w.requests) != 1 {
		t.Errorf("got %+v, %v after %q", user, err, w.requests)
	}
}

// A failure that passes is asked about again; what a server says once holds.
func TestCapabilitiesAreAskedForOnce(t *testing.T) {
	tries := 0
	w := &wild{on: map[string]http.HandlerFunc{
		"GET /Users": answers(200, scimJSON, people(0)),
		"GET /ServiceProviderConfig": func(out http.ResponseWriter, r *http.Request) {
			if tries++; tries == 1 {
				answers(503, "text/plain", "later")(out, r)
				return
			}
			config(true, 7, 0)(out, r)
		},
	}}
	c := w.meet(t)
	_, err := c.Find(t.Context(), "ada")
	judge(t, "a failure", err, provider.Unknown, 503)
	for range 3 {
		_, err := c.Find(t.Context(), "ada")
		judge(t, "find", err, provider.NotFound, 0)
		if size, err := c.BatchSize(t.Context()); size != 7 || err != nil {
			t.Errorf("batches of %d, %v", size, err)
		}
	}
	if tries != 2 {
		t.Errorf("asked %d times", tries)
	}
}

// A password stands in a request where it is known to be one.
func TestAPasswordIsNotRepeated(t *testing.T) {
	const password = "hunter2-hunter2"
	echo := func(status int) http.HandlerFunc {
		return func(out http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			answers(status, "text/plain", "cannot read "+string(body[len(body)-60:]))(out, r)
		}
	}
	w := &wild{on: map[string]http.HandlerFunc{
		"POST /Users": echo(400), "PATCH /Users/1": echo(400), "POST /Bulk": echo(400), "GET /ServiceProviderConfig": config(true, 9, 0),
	}}
	c := w.meet(t)
	_, create := c.Create(t.Context(), record("ada").With(schema.Record{"password": password}))
	_, update := c.Update(t.Context(), "1", schema.Record{"password": password})
	batch := c.CreateBatch(t.Context(), []schema.Record{record("ada"), record("bob").With(schema.Record{"password": password})})
	for name, err := range map[string]error{"create": create, "update": update, "batch": batch[0].Err} {
		if err == nil || strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "400") {
			t.Errorf("%s: %v", name, err)
		}
	}
	sent := strings.Join(w.bodies, "\n")
	if strings.Count(sent, password) != 3 {
		t.Errorf("the password was sent in\n%s", sent)
	}
}
