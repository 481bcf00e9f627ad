package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestPreview(t *testing.T) {
	options := Options{
		BaseURL: "https://api.example.com/v1/", UserAgent: "usher/1.2.3", Auth: exchangeAuth(), CAFile: "/no/such/file",
		IsSet:   func(setting string) bool { return setting == "token" },
		Setting: func(string) (string, bool) { return "https://token.example.com", true },
		Secret: func(context.Context, string) (string, error) {
			t.Error("a secret was resolved")
			return "", nil
		},
	}
	preview, err := NewPreview(options)
	must(t, err)
	request := create()
	request.Path = "/organizations/a%2Fb/user"
	request.Body = []byte(`{"password":"hunter22","email":"<ann>","list":[]}`)
	request.Secrets = [][]string{{"password"}}
	answer, err := preview.Do(t.Context(), request)
	if answer != nil || !errors.Is(err, ErrNotSent) {
		t.Errorf("got %v, %v", answer, err)
	}
	wantClass(t, err, provider.Unsent)
	want := Rendering{
		Method: "POST", URL: "https://api.example.com/v1/organizations/a%2Fb/user",
		Headers: [][2]string{
			{"Accept", "application/json"}, {"Authorization", "Bearer [redacted]"}, {"Content-Type", "application/json"},
			{"User-Agent", "usher/1.2.3"}, {"X-API-Key", "[redacted]"},
		},
		Body: []byte("{\n  \"password\": \"[redacted]\",\n  \"email\": \"<ann>\",\n  \"list\": []\n}"),
	}
	if got := preview.Requests(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v\n%s", got, got[0].Body)
	}

	_, err = preview.Do(t.Context(), provider.Request{Method: "GET", Path: "/users", Query: map[string][]string{"email": {"a+b"}}})
	wantClass(t, err, provider.Unsent)
	_, err = preview.Do(t.Context(), provider.Request{Method: "POST", Path: "/users", Body: []byte("hunter22")})
	wantClass(t, err, provider.Unsent)
	_, err = preview.Do(t.Context(), provider.Request{Method: "GET", Path: "users"})
	wantClass(t, err, provider.Invalid)
	got := preview.Requests()
	if len(got) != 3 || got[1].URL != "https://api.example.com/v1/users?email=a%2Bb" || got[1].Body != nil || len(got[1].Headers) != 4 {
		t.Errorf("got %+v", got)
	}
	if string(got[2].Body) != "[body of 8 bytes]" {
		t.Errorf("got %s", got[2].Body)
	}

	if _, err := NewPreview(Options{BaseURL: "api.example.com"}); err == nil {
		t.Error("a base URL without a scheme was taken")
	}
}

// TestPreviewSendsReads: what a change depends on is read, and the change is not made.
func TestPreviewSendsReads(t *testing.T) {
	sent := make(chan string, 2)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent <- r.Method
		_, _ = w.Write([]byte("{}"))
	})
	options := Options{BaseURL: base, UserAgent: "usher"}
	preview, err := NewPreview(options)
	must(t, err)
	preview.SendReads(newClient(t, options))
	answer, err := preview.Do(t.Context(), provider.Request{Method: "GET", Path: "/users/1"})
	must(t, err)
	if string(answer.Body) != "{}" || <-sent != "GET" {
		t.Errorf("got %s", answer.Body)
	}
	_, err = preview.Do(t.Context(), provider.Request{Method: "PATCH", Path: "/users/1", Body: []byte("{}")})
	if !errors.Is(err, ErrNotSent) || len(sent) != 0 {
		t.Errorf("got %v, and %d requests were sent", err, len(sent))
	}
	if got := preview.Requests(); len(got) != 1 || got[0].Method != "PATCH" {
		t.Errorf("got %+v", got)
	}
}

// TestPreviewShowsWhatIsSent compares the headers of both transports.
func TestPreviewShowsWhatIsSent(t *testing.T) {
	tokens := serve(t, (&issuer{expiresIn: 3600}).ServeHTTP)
	sent := make(chan http.Header, 1)
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { sent <- r.Header })
	options := exchangeOptions(base, tokens)
	_, err := newClient(t, options).Do(t.Context(), create())
	must(t, err)
	preview, err := NewPreview(options)
	must(t, err)
	_, err = preview.Do(t.Context(), create())
	wantClass(t, err, provider.Unsent)

	got := <-sent
	got.Del("Accept-Encoding") // net/http's own
	got.Del("Content-Length")
	for _, header := range preview.Requests()[0].Headers {
		value := strings.NewReplacer("issued-1", redacted, "api-key-1", redacted).Replace(got.Get(header[0]))
		if value != header[1] {
			t.Errorf("%s: shown %q, sent %q", header[0], header[1], value)
		}
		got.Del(header[0])
	}
	if len(got) != 0 {
		t.Errorf("sent and not shown: %v", got)
	}
}

// TestHeaderNamesAreSentAsDocumented: a gateway may not know other spellings.
func TestHeaderNamesAreSentAsDocumented(t *testing.T) {
	header := headerOf(create(), "usher", http.Header{"X-API-Key": {"k"}})
	if fmt.Sprint(header["X-API-Key"]) != "[k]" {
		t.Errorf("got %v", header)
	}
}
