package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func (b *bench) ejentoCreate(body string) call {
	return call{
		method: http.MethodPost, url: b.BaseURL("ejento") + "/v2/api/organization/0/user", body: body,
		header: map[string]string{
			"Authorization": "Bearer t", "Ocp-Apim-Subscription-Key": "k", "Content-Type": "application/json",
		},
	}
}

func ejentoBody(email string) string {
	return fmt.Sprintf(`{"email":%q,"password":"hunter2-Secret","first_name":"Ann","last_name":"Lee","role":"User"}`, email)
}

func TestEjentoPageSample(t *testing.T) {
	b := newBench(t, Options{})
	created := b.send(b.ejentoCreate(sample(t, "ejento-create-user.request.json"))).object(http.StatusCreated)
	want := parsed(t, sample(t, "ejento-create-user.response.json")).(map[string]any)
	same(t, shape(created), shape(want))

	got, page := created["data"].(map[string]any), want["data"].(map[string]any)
	for _, same := range []string{"email", "is_staff", "is_superuser", "is_active", "first_name", "last_name"} {
		if got[same] != page[same] {
			t.Errorf("%s: %v, want %v", same, got[same], page[same])
		}
	}
	if got["date_joined"] != "2026-03-28T00:28:11.172034Z" {
		t.Errorf("date_joined %v", got["date_joined"])
	}
	if created["success"] != true || created["message"] != want["message"] {
		t.Errorf("envelope %v", created)
	}
}

func TestEjentoBothGenerations(t *testing.T) {
	b := newBench(t, Options{})
	var last float64
	for i, path := range []string{
		"/v2/api/organization/7/user", "/api/v2/organizations/7/users",
		"/v2/api/organization/8/user", "/api/v2/organizations/8/users",
	} {
		create := b.ejentoCreate(ejentoBody(fmt.Sprintf("u%d@example.com", i))).to(b.BaseURL("ejento") + path)
		data := b.send(create).object(http.StatusCreated)["data"].(map[string]any)
		if id := data["id"].(float64); id <= last {
			t.Errorf("id %v follows %v", id, last)
		} else {
			last = id
		}
		if got, want := data["organization"].(map[string]any)["id"], float64(7+i/2); got != want {
			t.Errorf("organization %v, want %v", got, want)
		}
	}
}

func TestEjentoDuplicateInAnyOrganization(t *testing.T) {
	b := newBench(t, Options{})
	b.send(b.ejentoCreate(ejentoBody("ann@example.com"))).want(http.StatusCreated)
	for _, path := range []string{"/v2/api/organization/0/user", "/v2/api/organization/9/user", "/api/v2/organizations/1/users"} {
		refusal := b.send(b.ejentoCreate(ejentoBody("ANN@example.com")).to(b.BaseURL("ejento") + path)).object(http.StatusConflict)
		same(t, refusal, map[string]any{"success": false, "message": "a user with this key already exists"})
	}
}

func TestEjentoRefusesOtherAddresses(t *testing.T) {
	b := newBench(t, Options{})
	for _, email := range []string{"ann", "ann@", "@example.com", "Ann <ann@example.com>", "a b@example.com", "[email\u00a0protected] ", ""} {
		refusal := b.send(b.ejentoCreate(ejentoBody(email))).object(http.StatusBadRequest)
		if message, _ := refusal["message"].(string); !strings.HasPrefix(message, "email must be") || refusal["success"] != false {
			t.Errorf("%q: %v", email, refusal)
		}
	}
}

func TestEjentoHasNoOtherUserRoute(t *testing.T) {
	b := newBench(t, Options{})
	create := b.ejentoCreate(ejentoBody("ann@example.com"))
	for _, path := range []string{
		"/v2/api/organization/0/users", "/v2/api/organization/0/user/1", "/api/v2/organizations/0/user",
		"/api/v2/organizations/0/users/1", "/v2/api/user", "/v2/api/organization//user", "/v2/api/organization/0/user/",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			b.send(create.using(method).to(b.BaseURL("ejento") + path)).want(http.StatusNotFound)
		}
	}
	for _, number := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		b.send(create.to(b.BaseURL("ejento") + "/v2/api/organization/" + number + "/user")).want(http.StatusBadRequest)
	}
}

func TestPasswordsAreNotStored(t *testing.T) {
	b := newBench(t, Options{})
	b.send(b.ejentoCreate(ejentoBody("ann@example.com"))).want(http.StatusCreated)
	for user, err := range b.store.Users(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%s %+v", user.Document, user); strings.Contains(text, "hunter2") || strings.Contains(text, "password") {
			t.Errorf("the store holds the password: %s", text)
		}
	}
}
