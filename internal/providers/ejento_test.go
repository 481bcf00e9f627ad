package providers_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// A good status does not make a success: the envelope has the last word.
func TestEjentoReadsItsEnvelope(t *testing.T) {
	record := sample(t, "ejento")
	email := quoted(record.Text("email"))
	tests := []struct {
		name, body string
		class      provider.Class
		reason     string
	}{
		{"denied", `{"success":false,"message":"Email already exists.","data":null}`, provider.Invalid, "Email already exists."},
		{"denied beside a user", `{"success":false,"message":"no","data":{"id":1,"email":` + email + `}}`, provider.Invalid, "no"},
		{"denied without a word", `{"success":false}`, provider.Invalid, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, "ejento", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusCreated, test.body) })
			_, err := client.Create(t.Context(), record)
			failure, ok := errors.AsType[*provider.Error](err)
			if !ok || failure.Class != test.class || failure.Detail != test.reason || failure.Status != http.StatusCreated {
				t.Errorf("got %#v, want class %s and reason %q", err, test.class, test.reason)
			}
		})
	}
}

// The documented status affirms a create whose envelope cannot be read; any other good
// status does not.
func TestEjentoAffirmsByStatus(t *testing.T) {
	record := sample(t, "ejento")
	email := quoted(record.Text("email"))
	for body, id := range map[string]string{
		`{"message":"ok","data":{"id":1,"email":` + email + `}}`: "1",
		`{"success":null,"data":{"id":1,"email":` + email + `}}`: "1",
		`{"success":"true","data":{"id":1}}`:                     "",
		`{"success":true,"message":"ok"}`:                        "",
		`{"success":true,"data":null}`:                           "",
		`{"success":true,"data":[]}`:                             "",
	} {
		for _, status := range []int{http.StatusCreated, http.StatusOK} {
			client := connect(t, "ejento", func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) })
			user, err := client.Create(t.Context(), record)
			if affirmed := status == http.StatusCreated; (err == nil) != affirmed || !affirmed && !provider.IsAnswered(err) || affirmed && user.ID != id {
				t.Errorf("%d %s: got %+v, %v", status, body, user, err)
			}
		}
	}
}

func TestEjentoKeepsEveryDigitOfAnID(t *testing.T) {
	const id = "12345678901234567890"
	record := sample(t, "ejento")
	client := connect(t, "ejento", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusCreated, fmt.Sprintf(`{"success":true,"data":{"id":%s,"email":%s}}`, id, quoted(record.Text("email"))))
	})
	user, err := client.Create(t.Context(), record)
	if err != nil || user.ID != id || !strings.Contains(string(user.Attributes), id) {
		t.Errorf("got %+v, %v, want the id %s", user, err, id)
	}
}

func TestEjentoRefusesAnotherGeneration(t *testing.T) {
	adapter := profileOf(t, "ejento").adapter
	_, err := adapter.New(provider.Connection{Setting: func(string) string { return "v3" }})
	if err == nil || !strings.Contains(err.Error(), `"v3"`) || !strings.Contains(err.Error(), "v2-legacy") {
		t.Errorf("got %v, want an error that names what there is", err)
	}
}

func TestEjentoNeedsTheOrganization(t *testing.T) {
	client := connect(t, "ejento", func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, wrong := range []any{nil, "7", 7} {
		record := sample(t, "ejento")
		record["org_id"] = wrong
		if _, err := client.Create(t.Context(), record); provider.ClassOf(err) != provider.Invalid {
			t.Errorf("org_id %v of type %T: got %v", wrong, wrong, err)
		}
	}
}

// A login issues two tokens. The API's is never taken from the property of the authentication app's, nor from one with
// another name.
func TestEjentoReadsTheTokensOfALogin(t *testing.T) {
	login := profileOf(t, "ejento").adapter.Login
	for body, want := range map[string]provider.Tokens{
		`{"success":true,"message":"","data":{"access_token":"a","ejento_access_token":"e"}}`: {Access: "e", Refresh: "a"},
		`{"ejento_access_token":"e","access_token":"a"}`:                                      {Access: "e", Refresh: "a"},
		`{"access_token":"other","data":{"access_token":"a","ejento_access_token":"e"}}`:      {Access: "e", Refresh: "a"},
		`{"data":{"ejento_access_token":"e"}}`:                                                {Access: "e"},
		`{"ejento_access_token":"e","data":["something else"]}`:                               {Access: "e"},
		`{"access_token":"canary","token_type":"bearer"}`:                                     {},
		`{"success":true,"data":{"access_token":"canary"}}`:                                   {},
		`{"token":"canary"}`:                                                                             {},
		`{"ejento_access_token":{"value":"canary"}}`:                                                     {},
		`{"success":false,"message":"no","ejento_access_token":"canary"}`:                                {},
		`{"ejento_access_token":"","data":{"access_token":"canary","ejento_access_token":1}}`:            {},
		`{"ejento_access_token":null,"data":{"access_token":"canary","ejento_access_token":["canary"]}}`: {},
		`canary`: {},
		``:       {},
	} {
		tokens, err := login.Tokens([]byte(body))
		if tokens != want || (err == nil) != (want != provider.Tokens{}) {
			t.Errorf("%s: got %q, %v, want %q", body, tokens, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error repeats the answer: %v", body, err)
		}
	}
}
