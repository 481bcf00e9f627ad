package sandbox

import (
	"net/http"
	"strings"
	"testing"
)

func (b *bench) ejentoLogin(form string) call {
	return call{
		method: http.MethodPost, url: b.BaseURL("ejento") + "/api/login/access-token", body: form,
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	}
}

// tokens returns the two tokens in a response.
func (r result) tokens() (app, ejento string) {
	r.t.Helper()
	data, _ := r.object(http.StatusOK)["data"].(map[string]any)
	app, _ = data["access_token"].(string)
	ejento, _ = data["ejento_access_token"].(string)
	if len(app) < 20 || len(ejento) < 20 || len(data) != 2 || r.header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("granted %v with %v", data, r.header)
	}
	return app, ejento
}

// Of the two tokens of a login, the API accepts one and the authorization server the other.
func TestEjentoLogin(t *testing.T) {
	b := newBench(t, Options{})
	app, ejento := b.send(b.ejentoLogin("username=ann%40example.com&password=hunter2-Secret")).tokens()
	if appAgain, again := b.send(b.ejentoLogin("username=ann&password=12345678")).tokens(); again == ejento || appAgain == app {
		t.Error("two logins returned the same token")
	}
	create := b.ejentoCreate(ejentoBody("bob@example.com"))
	b.wantRefused(t, "ejento", create.with("Authorization", "Bearer "+app), http.StatusUnauthorized)
	b.send(create.with("Authorization", "Bearer "+ejento)).want(http.StatusCreated)

	refresh := call{method: http.MethodPost, url: b.BaseURL("ejento") + "/api/users/refresh-access-token", header: map[string]string{}}
	newApp, newEjento := b.send(refresh.with("Authorization", "Bearer "+app)).tokens()
	if newApp == app || newEjento == ejento {
		t.Error("a refresh returned an old token")
	}
	b.send(b.ejentoCreate(ejentoBody("eve@example.com")).with("Authorization", "Bearer "+newEjento)).want(http.StatusCreated)
	b.send(refresh.with("Authorization", "Bearer "+newApp)).tokens()
	b.wantRefused(t, "ejento", refresh, http.StatusUnauthorized)
	b.wantRefused(t, "ejento", refresh.with("Authorization", "Bearer "+ejento), http.StatusUnauthorized)
	b.wantRefused(t, "ejento", refresh.with("Authorization", "Bearer "+app).sending("{}"), http.StatusBadRequest)
}

func TestEjentoLoginRefuses(t *testing.T) {
	b := newBench(t, Options{})
	good := b.ejentoLogin("username=ann&password=hunter2-Secret")
	for _, test := range []struct {
		name   string
		call   call
		status int
	}{
		{"short password", good.sending("username=ann&password=hunter2"), 401},
		{"seven characters of two bytes", good.sending("username=ann&password=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"), 401},
		{"no password", good.sending("username=ann"), 400},
		{"empty password", good.sending("username=ann&password="), 401},
		{"no name", good.sending("password=hunter2-Secret"), 400},
		{"empty name", good.sending("username=&password=hunter2-Secret"), 400},
		{"denied name", good.sending("username=denied&password=hunter2-Secret"), 401},
		{"two passwords", good.sending("username=ann&password=hunter2-Secret&password=hunter2-Other"), 400},
		{"broken form", good.sending("username=ann&password=%zz"), 400},
		{"JSON", good.with("Content-Type", "application/json").sending(`{"username":"ann","password":"hunter2-Secret"}`), 415},
		{"query", good.to(good.url + "?username=ann"), 400},
		{"reading", good.using(http.MethodGet), 405},
	} {
		t.Run(test.name, func(t *testing.T) { b.wantRefused(t, "ejento", test.call, test.status) })
	}
	if refusal := b.send(good.sending("username=ann&password=hunter2")); strings.Contains(refusal.body, "hunter2") {
		t.Errorf("the refusal repeats the password: %s", refusal.body)
	}
}
