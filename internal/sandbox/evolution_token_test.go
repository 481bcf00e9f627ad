package sandbox

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func (b *bench) tokenCall(id, secret string) call {
	return call{
		method: http.MethodPost, url: b.TokenURL(), body: "grant_type=client_credentials",
		header: map[string]string{
			"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret)),
			"Content-Type":  "application/x-www-form-urlencoded",
		},
	}
}

func (b *bench) token() string {
	b.t.Helper()
	return b.send(b.tokenCall("id", "secret")).object(http.StatusOK)["access_token"].(string)
}

func (b *bench) wantCode(c call, code float64) {
	b.t.Helper()
	refusal := b.send(c).object(http.StatusUnauthorized)
	same(b.t, shape(refusal), shape(parsed(b.t, `{"code":0,"message":"","description":""}`)))
	if refusal["code"] != code {
		b.t.Errorf("code %v, want %v", refusal["code"], code)
	}
}

func TestTokenAnswer(t *testing.T) {
	for _, test := range []struct {
		lifetime time.Duration
		want     float64
	}{{0, 3600}, {90 * time.Second, 90}, {1500 * time.Millisecond, 2}} {
		b := newBench(t, Options{TokenLifetime: test.lifetime})
		got := b.send(b.tokenCall("id", "secret")).object(http.StatusOK)
		if got["token_type"] != "Bearer" || got["expires_in"] != test.want || len(got) != 3 {
			t.Errorf("%v: %v", test.lifetime, got)
		}
	}
}

func TestTokenOpensTheAPIUntilItExpires(t *testing.T) {
	b := newBench(t, Options{TokenLifetime: time.Minute})
	list := b.evolutionCreate("").getting(b.BaseURL("evolution")+"/users").with("Authorization", "Bearer "+b.token())
	b.clock.advance(time.Minute - time.Nanosecond)
	b.send(list).want(http.StatusOK)
	b.clock.advance(time.Nanosecond)
	b.wantCode(list, codeExpired)
	b.send(list.with("Authorization", "Bearer "+b.token())).want(http.StatusOK)
}

func TestTokenCodes(t *testing.T) {
	b, other := newBench(t, Options{}), newBench(t, Options{})
	list := b.evolutionCreate("").getting(b.BaseURL("evolution") + "/users")
	token := b.token()
	for _, test := range []struct {
		name, header string
		code         float64
	}{
		{"no header", "", codeMissing},
		{"no scheme", token, codeMissing},
		{"another scheme", "Basic " + token, codeMissing},
		{"no token", "Bearer ", codeMissing},
		{"denied", "Bearer denied", codeInvalid},
		{"another sandbox's", "Bearer " + other.token(), codeInvalid},
		{"changed", "Bearer " + token[:len(token)-4] + "AAAA", codeInvalid},
		{"cut", "Bearer " + token[:30], codeInvalid},
		{"no base64", "Bearer " + tokenPrefix + "!", codeInvalid},
	} {
		t.Run(test.name, func(t *testing.T) { b.wantCode(list.with("Authorization", test.header), test.code) })
	}
	b.wantCode(list.with("X-API-Key", ""), codeMissing)
	b.wantCode(list.with("X-API-Key", "denied"), codeInvalid)
	b.send(list.with("X-API-Key", "forbidden")).want(http.StatusForbidden)
	b.send(list.with("Authorization", "bearer any-other-value")).want(http.StatusOK)
}

func TestTokenRefusals(t *testing.T) {
	b := newBench(t, Options{})
	good := b.tokenCall("id", "secret")
	for _, test := range []struct {
		name   string
		call   call
		status int
		err    string
	}{
		{"denied id", b.tokenCall("denied", "secret"), 401, "invalid_client"},
		{"denied secret", b.tokenCall("id", "denied"), 401, "invalid_client"},
		{"no secret", b.tokenCall("id", ""), 401, "invalid_client"},
		{"no credentials", good.with("Authorization", ""), 401, "invalid_client"},
		{"credentials in the form", good.with("Authorization", "").sending("grant_type=client_credentials&client_id=id&client_secret=s"), 401, "invalid_client"},
		{"JSON", good.with("Content-Type", "application/json"), 415, "invalid_request"},
		{"no grant", good.sending(""), 400, "invalid_request"},
		{"two grants", good.sending("grant_type=client_credentials&grant_type=client_credentials"), 400, "invalid_request"},
		{"no form", good.sending("%zz"), 400, "invalid_request"},
		{"another grant", good.sending("grant_type=password"), 400, "unsupported_grant_type"},
		{"a scope", good.sending("grant_type=client_credentials&scope=x"), 400, "invalid_scope"},
	} {
		t.Run(test.name, func(t *testing.T) {
			refusal := b.send(test.call).object(test.status)
			if refusal["error"] != test.err {
				t.Errorf("error %v, want %v", refusal["error"], test.err)
			}
		})
	}
	if allow := b.send(good.using(http.MethodGet)).header.Get("Allow"); allow != http.MethodPost {
		t.Errorf("Allow %q", allow)
	}
}

func FuzzTokenIsRefusedUnlessIssued(f *testing.F) {
	m := newMint(time.Hour)
	now := time.Unix(1_700_000_000, 0)
	for _, seed := range []string{"", "!", "AAAA", newMint(time.Hour).issue(now.Add(time.Hour), "id")[len(tokenPrefix):], m.issue(now.Add(time.Hour), "id")[len(tokenPrefix):] + "A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		if err := m.verify(tokenPrefix+encoded, now); err == nil {
			t.Errorf("accepted %q", encoded)
		}
		if err := m.verify("x"+tokenPrefix+encoded, now); err != nil {
			t.Errorf("a given token was refused: %v", err)
		}
	})
}

func TestTokenForAStandardClient(t *testing.T) {
	b := newBench(t, Options{})
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, b.client)
	config := clientcredentials.Config{ClientID: "id/1", ClientSecret: "a secret", TokenURL: b.TokenURL()}
	token, err := config.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list := b.evolutionCreate("").getting(b.BaseURL("evolution") + "/users")
	b.send(list.with("Authorization", token.Type()+" "+token.AccessToken)).want(http.StatusOK)

	config.ClientID = "denied"
	var refusal *oauth2.RetrieveError
	if _, err := config.Token(ctx); !errors.As(err, &refusal) || refusal.ErrorCode != "invalid_client" {
		t.Errorf("%v", err)
	}
}
