package providers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// identity is a response about somebody.
func identity(id, email, more string) string {
	return fmt.Sprintf(`{"id":%q,"schema_id":"default","state":"active","traits":{"email":%q}%s}`, id, email, more)
}

// A self-hosted Kratos has no credentials of its own.
func TestOryNeedsNoToken(t *testing.T) {
	adapter := profileOf(t, "ory").adapter
	server := newCapture(t, map[string]wireFile{"/admin/identities": {first: "200", body: []byte(`[]`)}})
	client := profile{adapter, nil}.client(t, server.URL)
	if err := client.(provider.Checker).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sent := server.requests(); len(sent) != 1 || sent[0].header.Get("Authorization") != "" {
		t.Errorf("sent %+v", sent)
	}
}

func TestOryFollowsPageTokensAndNoLink(t *testing.T) {
	next := func(token string) string {
		return `<https://elsewhere.example/admin/identities?page_token=` + token + `>; rel="next"`
	}
	tests := []struct {
		name  string
		links map[string]string // by page token
		users int
		fails bool
	}{
		{"one page", nil, 1, false},
		{"three pages", map[string]string{"": next("a"), "a": next("b")}, 3, false},
		{"the same page for ever", map[string]string{"": next("a"), "a": next("a")}, 1, true},
		{"two pages in turn", map[string]string{"": next("a"), "a": next("b"), "b": next("a")}, 2, true},
		{"a link without a token", map[string]string{"": next("")}, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, "ory", func(w http.ResponseWriter, r *http.Request) {
				token := r.URL.Query().Get("page_token")
				w.Header().Set("Link", test.links[token])
				answer(w, http.StatusOK, "["+identity("id-"+token, "p"+token+"@example.com", "")+"]")
			})
			users := 0
			var failure error
			for _, err := range client.(provider.Lister).List(t.Context(), nil) {
				if failure = err; err == nil {
					users++
				}
			}
			if users != test.users || (failure != nil) != test.fails || test.fails && provider.ClassOf(failure) != provider.Unknown {
				t.Errorf("got %d users and %v", users, failure)
			}
		})
	}
}

// Ory tells no total: what is more than a page may be any number of pages.
func TestOryTellsTheRequestsOfAList(t *testing.T) {
	for link, want := range map[string]int{"": 2, `<?page_token=a>; rel="next"`: math.MaxInt32} {
		client := connect(t, "ory", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", link)
			answer(w, http.StatusOK, `[]`)
		})
		if got, err := provider.Must[provider.Lister](client).ListRequests(t.Context()); err != nil || got != want {
			t.Errorf("link %q: got %d, %v, want %d", link, got, err, want)
		}
	}
}

// A tenant may have other schemas, whose identities need not have the trait.
func TestOryListsIdentitiesOfOtherSchemas(t *testing.T) {
	const other = `{"id":"o","schema_id":"other","traits":{"phone":"+1"}}`
	client := connect(t, "ory", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "["+other+","+identity("a", "Ann@example.com", "")+"]")
	})
	var listed []string
	for user, err := range client.(provider.Lister).List(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, user.ID+" "+user.Key)
	}
	if want := []string{"o ", "a Ann@example.com"}; !slices.Equal(listed, want) {
		t.Errorf("listed %q, want %q", listed, want)
	}
	user, err := provider.Must[provider.Finder](client).Find(t.Context(), "ann@example.com")
	if err != nil || user.ID != "a" {
		t.Errorf("found %+v, %v", user, err)
	}
	if _, err := provider.Must[provider.Finder](client).Find(t.Context(), ""); err == nil {
		t.Errorf("an empty key: %v", err)
	}
}

func TestOryTakesCredentialsOutOfAnswers(t *testing.T) {
	const credentials = `,"credentials":{"password":{"type":"password","config":{"hashed_password":"$2a$hash"}},"oidc":{"config":{"providers":[{"initial_id_token":"tok"}]}},"x":null}`
	client := connect(t, "ory", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, identity("a", "ann@example.com", credentials))
	})
	user, err := provider.Must[provider.Getter](client).Get(t.Context(), "a")
	if err != nil || strings.Contains(string(user.Attributes), "config") || !strings.Contains(string(user.Attributes), `"type":"password"`) {
		t.Errorf("got %s, %v", user.Attributes, err)
	}
}

func TestOryUpdates(t *testing.T) {
	tests := []struct {
		name    string
		have    string // members beside id, state and the address
		changes schema.Record
		want    string // the patch; "" for none
	}{
		{"a member that is there", `,"external_id":"e"`, schema.Record{"external_id": "f"}, `[{"op":"replace","path":"/external_id","value":"f"}]`},
		{"a member that is missing", ``, schema.Record{"external_id": "f"}, `[{"op":"add","path":"/external_id","value":"f"}]`},
		{"a member that is null", `,"external_id":null`, schema.Record{"external_id": "f"}, `[{"op":"add","path":"/external_id","value":"f"}]`},
		{"two members of an object that is missing", ``, schema.Record{"traits.name.first": "A<b>", "traits.name.last": "L"},
			`[{"op":"add","path":"/traits/name","value":{}},{"op":"add","path":"/traits/name/first","value":"A<b>"},{"op":"add","path":"/traits/name/last","value":"L"}]`},
		{"the key", ``, schema.Record{"traits.email": "b@example.com"}, `[{"op":"replace","path":"/traits/email","value":"b@example.com"}]`},
		{"a member that goes", `,"external_id":"e"`, schema.Record{"external_id": "", "state": "inactive"},
			`[{"op":"replace","path":"/state","value":"inactive"},{"op":"remove","path":"/external_id"}]`},
		{"what is gone already", `,"organization_id":null`, schema.Record{"external_id": "", "organization_id": "", "traits.name.first": ""}, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var sent []string
			client := connect(t, "ory", func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = append(sent, r.Method+" "+r.URL.Path)
				if r.Method == http.MethodPatch && !sameJSON(t, string(body), test.want) {
					t.Errorf("sent %s\nwant %s", body, test.want)
				}
				answer(w, http.StatusOK, identity("a", "ann@example.com", test.have))
			})
			want := []string{"GET /admin/identities/a", "PATCH /admin/identities/a"}
			if test.want == "" {
				want = want[:1]
			}
			user, err := provider.Must[provider.Updater](client).Update(t.Context(), "a", test.changes)
			if err != nil || user.ID != "a" || !slices.Equal(sent, want) {
				t.Errorf("got %+v, %v with %q", user, err, sent)
			}
		})
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var first, second any
	if err := errors.Join(json.Unmarshal([]byte(a), &first), json.Unmarshal([]byte(b), &second)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(first, second)
}

func TestOryDeactivatesAndDeletes(t *testing.T) {
	status, body := http.StatusOK, ""
	client := connect(t, "ory", func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) })
	body = identity("a", "ann@example.com", "")
	if _, err := provider.Must[provider.Deactivator](client).Deactivate(t.Context(), "a"); provider.ClassOf(err) != provider.Unknown || err == nil {
		t.Errorf("a user who is active still: %v", err)
	}
	body = strings.Replace(body, `"active"`, `"inactive"`, 1)
	if user, err := provider.Must[provider.Deactivator](client).Deactivate(t.Context(), "a"); err != nil || user.ID != "a" {
		t.Errorf("got %+v, %v", user, err)
	}
	if _, err := provider.Must[provider.Activator](client).Activate(t.Context(), "a"); provider.ClassOf(err) != provider.Unknown || err == nil {
		t.Errorf("a user who is inactive still: %v", err)
	}
	body = strings.Replace(body, `"inactive"`, `"active"`, 1)
	if user, err := provider.Must[provider.Activator](client).Activate(t.Context(), "a"); err != nil || user.ID != "a" {
		t.Errorf("got %+v, %v", user, err)
	}
	if err := client.(provider.Deleter).Delete(t.Context(), "a"); provider.ClassOf(err) != provider.Unknown || err == nil {
		t.Errorf("a delete that is answered with a page: %v", err)
	}
	status, body = http.StatusNoContent, ""
	if err := client.(provider.Deleter).Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if err := client.(provider.Deleter).Delete(t.Context(), ".."); provider.ClassOf(err) != provider.Invalid {
		t.Errorf("an id that no path can name: %v", err)
	}
}

func TestOryCreatesBatches(t *testing.T) {
	const id = "00000000-0000-4000-8000-00000000000"
	tests := []struct {
		name, body string
		status     int
		want       []string // id or class of each of three records
	}{
		{"all made, out of order", `{"identities":[{"action":"create","identity":"c","patch_id":"` + id + `2"},{"action":"create","identity":"a","patch_id":"` + id + `0"},` +
			`{"action":"create","identity":"b","patch_id":"` + id + `1"}]}`, 200, []string{"a", "b", "c"}},
		{"two refused", `{"identities":[{"action":"error","patch_id":"` + id + `0","error":{"code":409,"reason":"taken by hunter22-0"}},` +
			`{"action":"error","patch_id":"` + id + `1"},{"action":"create","identity":"c","patch_id":"` + id + `2"}]}`, 200, []string{"conflict", "invalid", "c"}},
		{"not a word of some", `{"identities":[{"action":"create","identity":"a","patch_id":"` + id + `0"},{"action":"create","patch_id":"` + id + `1"}]}`, 200, []string{"a", "", "unknown"}},
		{"twice of one", `{"identities":[{"action":"create","identity":"a","patch_id":"` + id + `0"},{"action":"error","patch_id":"` + id + `0"}]}`, 200, []string{"unknown", "unknown", "unknown"}},
		{"another document", `[]`, 200, []string{"unknown", "unknown", "unknown"}},
		{"all refused", `{"error":{"code":409,"message":"conflict"}}`, 409, []string{"conflict", "conflict", "conflict"}},
		{"a gateway's time-out", ``, 504, []string{"unknown", "unknown", "unknown"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			client := connect(t, "ory", func(w http.ResponseWriter, _ *http.Request) {
				requests++
				answer(w, test.status, test.body)
			})
			var records []schema.Record
			for i := range 3 {
				records = append(records, schema.Record{
					"traits.email": fmt.Sprintf("p%d@example.com", i), "credentials.password.config.password": fmt.Sprintf("hunter22-%d", i),
				})
			}
			for i, result := range client.(provider.Batcher).CreateBatch(t.Context(), records) {
				got := result.User.ID
				if result.Err != nil {
					got = provider.ClassOf(result.Err).String()
				}
				if result.User.Key != "" {
					t.Errorf("record %d has the key %q, which is not in the answer", i, result.User.Key)
				}
				if told := fmt.Sprintf("%v %s", result.Err, result.User.Attributes); got != test.want[i] || strings.Contains(told, "hunter22") {
					t.Errorf("record %d: got %s (%s), want %s", i, got, told, test.want[i])
				}
			}
			if requests != 1 {
				t.Errorf("%d requests were sent", requests)
			}
		})
	}
}

// A server that does not take the batch gets its identities one by one.
func TestOryRefusesABatch(t *testing.T) {
	for status, after := range map[int]int{404: 0, 405: 0, 501: 0, 413: 200} {
		var sent []string
		client := connect(t, "ory", func(w http.ResponseWriter, r *http.Request) {
			sent = append(sent, r.Method)
			if r.Method == http.MethodPatch {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(status)
				fmt.Fprint(w, "<html>")
				return
			}
			answer(w, http.StatusCreated, fmt.Sprintf(`{"id":"id-%d"}`, len(sent)))
		})
		batcher := client.(provider.Batcher)
		for i, result := range batcher.CreateBatch(t.Context(), []schema.Record{{"traits.email": "a@example.com"}, {"traits.email": "b@example.com"}}) {
			if want := fmt.Sprintf("id-%d", i+2); result.Err != nil || result.User.ID != want {
				t.Errorf("%d: got %+v, want the id %s", status, result, want)
			}
		}
		if size, _ := batcher.BatchSize(t.Context()); size != after || !slices.Equal(sent, []string{"PATCH", "POST", "POST"}) {
			t.Errorf("%d: sent %q, and batches of %d afterwards, want %d", status, sent, size, after)
		}
	}
}

func TestOryBatchOfNobody(t *testing.T) {
	client := connect(t, "ory", func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	if got := client.(provider.Batcher).CreateBatch(t.Context(), nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	got := client.(provider.Batcher).CreateBatch(t.Context(), []schema.Record{{"traits.email": 7}})
	if len(got) != 1 || provider.ClassOf(got[0].Err) != provider.Invalid {
		t.Errorf("got %v", got)
	}
}

// The sandbox gives the schema that the adapter was tailored by.
func TestOryFetchesItsSchema(t *testing.T) {
	adapter := profileOf(t, "ory").adapter
	const file = "ory/testdata/schema/customer.schema.json"
	made := tailored(t, adapter, map[string]string{"token": "some-token", "schema-id": "customer", "schema-file": file})
	got, err := made.client(t, serve(t).BaseURL("ory")).(provider.SchemaSource).Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil || !sameJSON(t, string(got), string(want)) {
		t.Errorf("got %s, %v", got, err)
	}
}

// An id that is no segment of a path stands there in base64.
func TestOrySchemaPath(t *testing.T) {
	for id, want := range map[string]string{"default": "/schemas/default", "preset://email": "/schemas/cHJlc2V0Oi8vZW1haWw"} {
		server := newCapture(t, map[string]wireFile{want: {first: "200", body: []byte(`{}`)}})
		made := tailored(t, profileOf(t, "ory").adapter, map[string]string{"token": "some-token", "schema-id": id})
		if _, err := made.client(t, server.URL).(provider.SchemaSource).Schema(t.Context()); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}
