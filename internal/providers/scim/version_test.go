package scim_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// A change depends on a version only if the server states that it supports that,
// if it gave one, and if the caller read this user. A PUT reads the user itself.
func TestConditionalChanges(t *testing.T) {
	const versioned = `{"id":"1","userName":"ada","meta":{"version":"W/\"7\""}}`
	read := provider.User{ID: "1", Key: "ada", Attributes: json.RawMessage(versioned)}
	for name, test := range map[string]struct {
		etag, patch bool
		read        provider.User
		change      string // what is sent
		want        string // If-Match
	}{
		"PATCH":                       {true, true, read, "PATCH", `W/"7"`},
		"PATCH, no support":           {false, true, read, "PATCH", ""},
		"PATCH, no version":           {true, true, provider.User{ID: "1", Attributes: json.RawMessage(`{"id":"1"}`)}, "PATCH", ""},
		"PATCH, another user":         {true, true, provider.User{ID: "2", Attributes: json.RawMessage(versioned)}, "PATCH", ""},
		"PATCH, nobody read":          {true, true, provider.User{}, "PATCH", ""},
		"PUT":                         {true, false, provider.User{}, "PUT", `W/"7"`},
		"PUT, an older version":       {true, false, provider.User{ID: "1", Attributes: json.RawMessage(`{"meta":{"version":"6"}}`)}, "PUT", "6"},
		"PUT, no support":             {false, false, read, "PUT", ""},
		"DELETE":                      {true, true, read, "DELETE", `W/"7"`},
		"DELETE, nobody read":         {true, true, provider.User{}, "DELETE", ""},
		"DELETE, no support":          {false, true, read, "DELETE", ""},
		"DELETE, of a user not found": {true, true, provider.User{Key: "ada"}, "DELETE", ""},
	} {
		for _, status := range []int{http.StatusOK, http.StatusPreconditionFailed} {
			w := &wild{on: map[string]http.HandlerFunc{
				"GET /ServiceProviderConfig": answers(200, scimJSON, supports(test.etag, test.patch)),
				"GET /Users/1":               answers(200, scimJSON, versioned),
			}}
			asked := ""
			w.on[test.change+" /Users/1"] = func(out http.ResponseWriter, r *http.Request) {
				asked = r.Header.Get("If-Match")
				answers(status, scimJSON, versioned)(out, r)
			}
			client := w.meet(t)
			ctx := provider.IfUnchanged(t.Context(), test.read)
			var err error
			if test.change == "DELETE" {
				err = client.Delete(ctx, "1")
			} else {
				_, err = client.Update(ctx, "1", schema.Record{"title": "Dr"})
			}
			if asked != test.want {
				t.Errorf("%s: If-Match is %q, want %q", name, asked, test.want)
			}
			switch {
			case status == http.StatusOK && err != nil:
				t.Errorf("%s: %v", name, err)
			case status != http.StatusOK && test.want != "":
				judge(t, name, err, provider.Conflict, status)
			}
		}
	}
}

func supports(etag, patch bool) string {
	text, _ := json.Marshal(map[string]any{ // booleans always encode
		"etag": map[string]bool{"supported": etag}, "patch": map[string]bool{"supported": patch}, "filter": map[string]bool{"supported": true},
	})
	return string(text)
}
