package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (b *bench) suluCreate(body string) call {
	return call{
		method: http.MethodPost, url: b.BaseURL("sulu") + "/users", body: body,
		header: map[string]string{"Authorization": "Bearer sk_live_1", "Content-Type": "application/json"},
	}
}

func suluBody(email string) string {
	return fmt.Sprintf(`{"email":%q,"oryId":"ory-1","organization":"org-1"}`, email)
}

func TestSuluPageSample(t *testing.T) {
	b := newBench(t, Options{})
	created := b.send(b.suluCreate(sample(t, "sulu-create-user.request.json"))).object(http.StatusCreated)

	want := parsed(t, sample(t, "sulu-create-user.response.json")).(map[string]any)
	same(t, shape(created), shape(want))
	for _, own := range []string{"id", "createdAt", "updatedAt"} {
		if created[own] == "" {
			t.Errorf("%s is empty", own)
		}
		delete(created, own)
		delete(want, own)
	}
	same(t, created, want)
}

func TestSuluCreateWithRequiredFieldsOnly(t *testing.T) {
	b := newBench(t, Options{})
	created := b.send(b.suluCreate(suluBody("a@example.com"))).object(http.StatusCreated)
	if id, _ := created["id"].(string); len(id) < 10 {
		t.Errorf("id %q", id)
	}
	delete(created, "id")
	same(t, created, map[string]any{
		"object": "user", "email": "a@example.com", "oryId": "ory-1", "organization": "org-1",
		"createdAt": "2026-03-28T00:28:11.172Z", "updatedAt": "2026-03-28T00:28:11.172Z",
	})
}

func TestSuluListAndFilters(t *testing.T) {
	b := newBench(t, Options{})
	users := b.BaseURL("sulu") + "/users"
	create := b.suluCreate("")
	if got := b.send(create.getting(users)).body; got != `{"users":[]}` {
		t.Errorf("an empty list is %s", got)
	}
	for _, u := range []struct{ email, ory, organization string }{
		{"ann@example.com", "ory-a", "org-1"},
		{"bob@example.com", "ory-b", "org-1"},
		{"cyd@example.com", "ory-c", "org-2"},
	} {
		b.send(create.sending(fmt.Sprintf(`{"email":%q,"oryId":%q,"organization":%q}`, u.email, u.ory, u.organization))).want(http.StatusCreated)
	}
	for _, test := range []struct{ query, want string }{
		{"", "ann bob cyd"},
		{"?email=bob@example.com", "bob"},
		{"?email=BOB%40Example.com", "bob"},
		{"?email=nobody@example.com", ""},
		{"?oryId=ory-c", "cyd"},
		{"?organization=org-1", "ann bob"},
		{"?organization=org-1&oryId=ory-b", "bob"},
		{"?email=ann@example.com&organization=org-2", ""},
		{"?organization=org-9", ""},
	} {
		list := b.send(create.getting(users + test.query)).object(http.StatusOK)
		var names []string
		for _, user := range list["users"].([]any) {
			name, _, _ := strings.Cut(user.(map[string]any)["email"].(string), "@")
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%q: got %q, want %q", test.query, got, test.want)
		}
	}
}

func TestSuluListIsWholeBeyondOnePortion(t *testing.T) {
	b := newBench(t, Options{})
	const many = 1201
	fill(t, b.store, "sulu", many)
	list := b.send(b.suluCreate("").getting(b.BaseURL("sulu") + "/users")).object(http.StatusOK)
	if got := len(list["users"].([]any)); got != many {
		t.Errorf("%d users, want %d", got, many)
	}
}

func TestSuluGetAndUpdate(t *testing.T) {
	b := newBench(t, Options{})
	create := b.suluCreate(sample(t, "sulu-create-user.request.json"))
	user := b.send(create).object(http.StatusCreated)
	one := b.BaseURL("sulu") + "/users/" + user["id"].(string)
	same(t, b.send(create.getting(one)).want(http.StatusOK), user)

	b.clock.advance(time.Hour)
	patched := b.send(create.to(one).patching(`{"firstName":"Ann","phone":"","address":{"city":"Lyon"}}`)).object(http.StatusOK)
	user["firstName"], user["phone"], user["address"] = "Ann", "", map[string]any{"city": "Lyon"}
	user["updatedAt"] = "2026-03-28T01:28:11.172Z"
	same(t, patched, user)
	same(t, b.send(create.getting(one)).want(http.StatusOK), user)

	b.send(create.getting(one + "x")).want(http.StatusNotFound)
	b.send(create.to(one + "x").patching(`{}`)).want(http.StatusNotFound)
}

func TestSuluUpdateTakesFourFields(t *testing.T) {
	b := newBench(t, Options{})
	create := b.suluCreate(suluBody("a@example.com"))
	user := b.send(create).object(http.StatusCreated)
	one := create.to(b.BaseURL("sulu") + "/users/" + user["id"].(string))
	for _, field := range []string{"email", "oryId", "organization", "roles", "id", "object", "createdAt"} {
		body := fmt.Sprintf(`{"firstName":"x",%q:"y"}`, field)
		refusal := b.send(one.patching(body)).object(http.StatusBadRequest)
		if want := field + " is not a documented field"; refusal["message"] != want {
			t.Errorf("message %q, want %q", refusal["message"], want)
		}
	}
	same(t, b.send(one.getting(one.url)).want(http.StatusOK), user)
}

func TestSuluAPIKeys(t *testing.T) {
	b := newBench(t, Options{})
	create := b.suluCreate(suluBody("a@example.com"))
	user := b.send(create).object(http.StatusCreated)
	keys := create.to(b.BaseURL("sulu") + "/users/" + user["id"].(string) + "/apikeys")

	if got := b.send(keys.getting(keys.url)).body; got != `{"apiKeys":[]}` {
		t.Errorf("no keys are %s", got)
	}
	plain := b.send(keys.sending("").with("Content-Type", "")).object(http.StatusCreated)
	same(t, plain["principals"], []any{map[string]any{"id": user["id"], "organizationId": "org-1"}})
	if key, _ := plain["key"].(string); !strings.HasPrefix(key, "sk_live_") || plain["expiresAt"] != nil {
		t.Errorf("key %v", plain)
	}
	full := b.send(keys.sending(`{"expiresAt":"2027-01-01T00:00:00Z","mode":"test","organizationIds":["o1","o2"]}`)).object(http.StatusCreated)
	same(t, full["principals"], []any{
		map[string]any{"id": user["id"], "organizationId": "o1"}, map[string]any{"id": user["id"], "organizationId": "o2"},
	})
	if key, _ := full["key"].(string); !strings.HasPrefix(key, "sk_test_") || full["expiresAt"] != "2027-01-01T00:00:00Z" {
		t.Errorf("key %v", full)
	}
	same(t, b.send(keys.getting(keys.url)).want(http.StatusOK), map[string]any{"apiKeys": []any{plain, full}})

	for _, body := range []string{
		`{"mode":"both"}`, `{"expiresAt":"tomorrow"}`, `{"organizationIds":"o1"}`, `{"organizationIds":[""]}`, `{"name":"x"}`, `[]`,
	} {
		b.send(keys.sending(body)).want(http.StatusBadRequest)
	}
	stranger := keys.to(b.BaseURL("sulu") + "/users/nobody/apikeys")
	b.send(stranger.sending("{}")).want(http.StatusNotFound)
	b.send(stranger.getting(stranger.url)).want(http.StatusNotFound)
}

func TestSuluDuplicate(t *testing.T) {
	b := newBench(t, Options{})
	b.send(b.suluCreate(suluBody("Ann@Example.com"))).want(http.StatusCreated)
	refusal := b.send(b.suluCreate(suluBody("ann@example.COM"))).object(http.StatusConflict)
	same(t, refusal, map[string]any{"message": "a user with this key already exists"})
	if got := count(t, b.store, "sulu"); got != 1 {
		t.Errorf("%d users", got)
	}
}
