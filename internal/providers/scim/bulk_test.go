package scim_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// bulkServer answers each operation of a bulk request by its user's name.
func bulkServer(most int, outcome func(bulkID, userName string) string) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		var request struct {
			Operations []struct {
				BulkID string `json:"bulkId"`
				Data   struct {
					UserName string `json:"userName"`
				} `json:"data"`
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			answers(400, "text/plain", "no JSON")(out, r)
			return
		}
		if len(request.Operations) > most {
			answers(413, scimJSON, refusal(413, ""))(out, r)
			return
		}
		var outcomes []string
		for _, operation := range request.Operations {
			if text := outcome(operation.BulkID, operation.Data.UserName); text != "" {
				outcomes = append(outcomes, text)
			}
		}
		answers(200, scimJSON, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],"Operations":[`+strings.Join(outcomes, ",")+`]}`)(out, r)
	}
}

func records(n int) []schema.Record {
	var made []schema.Record
	for i := range n {
		made = append(made, record(fmt.Sprintf("u%d", i)))
	}
	return made
}

func TestOutcomesOfABatch(t *testing.T) {
	outcomes := map[string]string{
		"text":      `"status":"201","location":"https://scim.example.com/v2/Users/a%2Fb"`,
		"number":    `"status":201,"location":"/Users/2"`,
		"object":    `"status":{"code":"201"},"location":"Users/3?x=1"`,
		"counted":   `"status":{"code":201},"location":"Users/4"`,
		"whole":     `"status":"201","response":{"id":"5","userName":"whole","password":"hunter2"}`,
		"created":   `"status":"200","response":null,"location":"Users/6"`,
		"nowhere":   `"status":"201"`,
		"other":     `"status":"201","response":{"id":"7","userName":"somebody"}`,
		"taken":     `"status":"409","response":{"scimType":"uniqueness","detail":"taken"}`,
		"bare":      `"status":"409"`,
		"invalid":   `"status":{"code":"400"},"response":{"detail":"no such role"}`,
		"busy":      `"status":"429"`,
		"failed":    `"status":"500"`,
		"senseless": `"status":"soon"`,
		"moved":     `"status":"302"`,
		"accepted":  `"status":"202","location":"Users/9"`,
	}
	w := &wild{on: map[string]http.HandlerFunc{
		"GET /ServiceProviderConfig": config(true, 50, 0),
		"POST /Bulk": bulkServer(50, func(bulkID, userName string) string {
			switch userName {
			case "silent":
				return ""
			case "twice":
				one := fmt.Sprintf(`{"bulkId":%q,"status":"201","location":"Users/8"}`, bulkID)
				return one + "," + one
			}
			return fmt.Sprintf(`{"bulkId":%q,"method":"POST",%s}`, bulkID, outcomes[userName])
		}),
	}}
	wants := map[string]struct {
		id, key  string
		affirmed bool // without an id
		class    provider.Class
	}{
		"text": {id: "a/b"}, "number": {id: "2"}, "object": {id: "3"}, "counted": {id: "4"}, "whole": {id: "5", key: "whole"}, "created": {id: "6"},
		"nowhere": {affirmed: true}, "other": {id: "7", key: "somebody"}, "accepted": {class: provider.Unknown}, "taken": {class: provider.Conflict},
		"bare": {class: provider.Conflict}, "invalid": {class: provider.Invalid}, "busy": {class: provider.Busy},
		"failed": {class: provider.Unknown}, "senseless": {class: provider.Unknown}, "moved": {class: provider.Unknown},
		"silent": {class: provider.Unknown}, "twice": {class: provider.Unknown},
	}
	var names []string
	var batch []schema.Record
	for name := range wants {
		names, batch = append(names, name), append(batch, record(name))
	}
	for i, result := range w.meet(t).CreateBatch(t.Context(), batch) {
		name, want := names[i], wants[names[i]]
		if want.affirmed {
			if result.Err != nil || result.User.ID != "" {
				t.Errorf("%s: %+v, want a user without an id", name, result)
			}
			continue
		}
		if want.id == "" {
			if result.Err == nil || provider.ClassOf(result.Err) != want.class {
				t.Errorf("%s: %+v, want class %s", name, result, want.class)
			}
			continue
		}
		if result.Err != nil || result.User.ID != want.id || result.User.Key != want.key || strings.Contains(string(result.User.Attributes), "hunter2") {
			t.Errorf("%s: %+v, want the id %s", name, result, want.id)
		}
		if members, err := provider.Properties(result.User.Attributes); err != nil || members["userName"] != cmp.Or(want.key, name) {
			t.Errorf("%s: attributes %s", name, result.User.Attributes)
		}
	}
	if sent := w.sent("POST"); len(sent) != 1 {
		t.Errorf("sent %q", sent)
	}
}

// made answers that a user was made.
func made(bulkID, userName string) string {
	return fmt.Sprintf(`{"bulkId":%q,"method":"POST","location":"Users/%s","status":"201"}`, bulkID, userName)
}

// oneByOne creates the user of a request.
func oneByOne(out http.ResponseWriter, r *http.Request) {
	var user struct {
		UserName string `json:"userName"`
	}
	_ = json.NewDecoder(r.Body).Decode(&user) // without a name nobody is answered
	answers(201, scimJSON, person(user.UserName, user.UserName))(out, r)
}

// Who does not fit goes into the next request, and nobody is sent twice.
func TestBatchesAreSplit(t *testing.T) {
	for _, test := range []struct {
		name           string
		claimed, bytes int
		bulk           http.HandlerFunc
		users          int
		bulks, singles int
		after          int // what BatchSize says in the end
	}{
		{"all in one", 50, 0, bulkServer(50, made), 50, 1, 0, 50},
		{"the documented number", 10, 0, bulkServer(10, made), 25, 3, 0, 10},
		{"a limit that only shows", 1000, 0, bulkServer(10, made), 25, 6, 0, 7}, // 25, 13 and then 7, 7, 7, 4
		{"the documented bytes", 1000, 1000, bulkServer(1000, made), 9, 4, 1, 100},
		{"bytes for one", 1000, 400, bulkServer(1000, made), 3, 0, 3, 100},
		{"a limit of one", 1000, 0, bulkServer(1, made), 4, 2, 4, 1},
		{"no bulk after all", 1000, 0, answers(404, "text/html", "<html>"), 3, 1, 3, 0},
		{"not implemented", 1000, 0, answers(501, "", ""), 3, 1, 3, 0},
		{"not supported", 0, 0, answers(404, "", ""), 3, 0, 3, 0},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"GET /ServiceProviderConfig": config(true, test.claimed, test.bytes), "POST /Bulk": test.bulk, "POST /Users": oneByOne}}
		c := w.meet(t)
		if _, err := c.BatchSize(t.Context()); err != nil {
			t.Error(err)
		}
		results := c.CreateBatch(t.Context(), records(test.users))
		for i, result := range results {
			if want := fmt.Sprintf("u%d", i); result.Err != nil || result.User.ID != want {
				t.Errorf("%s: %+v, want the id %s", test.name, result, want)
			}
		}
		if bulks, singles := len(w.sent("POST /Bulk")), len(w.sent("POST /Users")); bulks != test.bulks || singles != test.singles || len(results) != test.users {
			t.Errorf("%s: %d bulk requests and %d single ones, want %d and %d", test.name, bulks, singles, test.bulks, test.singles)
		}
		if size, err := c.BatchSize(t.Context()); err != nil || size != test.after {
			t.Errorf("%s: in the end batches of %d (%v), want of %d", test.name, size, err, test.after)
		}
	}
}

// A batch whose fate is unknown, or that was refused for another reason, is not
// sent again.
func TestBatchesAreNotRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		bulk  http.HandlerFunc
		class provider.Class
	}{
		"failed":    {answers(500, "", ""), provider.Unknown},
		"lost":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, provider.Unknown},
		"garbled":   {answers(200, "text/html", "<html>"), provider.Unknown},
		"empty":     {answers(200, scimJSON, "{}"), provider.Unknown},
		"no answer": {answers(204, "", ""), provider.Unknown},
		"denied":    {answers(403, "", ""), provider.Denied},
		"busy":      {answers(429, "", ""), provider.Busy},
		"invalid":   {answers(400, "", ""), provider.Invalid},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"GET /ServiceProviderConfig": config(true, 50, 0), "POST /Bulk": test.bulk, "POST /Users": oneByOne}}
		for _, result := range w.meet(t).CreateBatch(t.Context(), records(3)) {
			if result.Err == nil || provider.ClassOf(result.Err) != test.class {
				t.Errorf("%s: %+v, want class %s", name, result, test.class)
			}
		}
		if sent := w.sent("POST"); len(sent) != 1 {
			t.Errorf("%s: sent %q", name, sent)
		}
	}
	w := &wild{on: map[string]http.HandlerFunc{"GET /ServiceProviderConfig": config(true, 50, 0), "POST /Bulk": bulkServer(50, made)}}
	results := w.meet(t).CreateBatch(t.Context(), []schema.Record{record("ada"), {"userName": 7}, record("bob")})
	if results[0].Err != nil || provider.ClassOf(results[1].Err) != provider.Invalid || results[2].User.ID != "bob" {
		t.Errorf("a record that cannot be written: %+v", results)
	}
}
