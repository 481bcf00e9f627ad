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

func TestEjentoLogin(t *testing.T) {
	b := newBench(t, Options{})
	first := b.send(b.ejentoLogin("username=ann%40example.com&password=hunter2-Secret"))
	granted := first.object(http.StatusOK)
	token, _ := granted["access_token"].(string)
	if len(token) < 20 || granted["token_type"] != "bearer" || len(granted) != 2 {
		t.Errorf("granted %v", granted)
	}
	if got := first.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	if again := b.send(b.ejentoLogin("username=ann&password=12345678")).object(http.StatusOK); again["access_token"] == token {
		t.Error("two logins gave one token")
	}
	b.send(b.ejentoCreate(ejentoBody("bob@example.com")).with("Authorization", "Bearer "+token)).want(http.StatusCreated)
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
