package rest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

const mark = "\xef\xbb\xbf"

// A byte order mark before JSON is ignored, once, in every body.
func TestByteOrderMark(t *testing.T) {
	for sent, want := range map[string]string{
		mark + `{"id":1}`: `{"id":1}`, `{"id":1}`: `{"id":1}`, mark: "", "": "", mark[:2]: mark[:2],
		mark + mark + "{}": mark + "{}", "{}" + mark: "{}" + mark,
	} {
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, sent) })
		client := newClient(t, Options{BaseURL: base})
		response, err := client.Do(t.Context(), create())
		must(t, err)
		if got := string(response.Body); got != want {
			t.Errorf("%q: got %q, want %q", sent, got, want)
		}
		var streamed []byte
		_, err = client.Do(t.Context(), provider.Request{Method: http.MethodGet, Path: "/users", Read: func(body io.Reader) error {
			streamed, err = io.ReadAll(body)
			return err
		}})
		if got := string(streamed); err != nil || got != want {
			t.Errorf("streamed %q: got %q, want %q, %v", sent, got, want, err)
		}
	}
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, mark+`{"message":"taken"}`)
	})
	_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), create())
	if got := failureOf(t, err).Detail; got != "taken" {
		t.Errorf("got the reason %q", got)
	}
}

// A response to a read that ends with its connection before its JSON does was
// cut off, and is worth another read. One to a create is never judged by that.
func TestCutResponses(t *testing.T) {
	for body, cut := range map[string]bool{
		`{"users":[{"id"`: true, "[": true, " \n{": true, `{"a":"`: true,
		`{"users":[]}`: false, `{"users"]`: false, "": false, "<html>": false, `"tex`: false, "[] []": false,
	} {
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush() // so without a length
			_, _ = io.WriteString(w, body)
		})
		client := newClient(t, Options{BaseURL: base})
		_, err := client.Do(t.Context(), provider.Request{Op: "list", Method: http.MethodGet, Path: "/users"})
		if got := provider.IsWorthReading(err); got != cut || (err != nil) != cut || errors.Is(err, io.ErrUnexpectedEOF) != cut {
			t.Errorf("%q: got %v, want cut %t", body, err, cut)
		}
		if _, err := client.Do(t.Context(), create()); err != nil {
			t.Errorf("%q to a create: %v", body, err)
		}
	}
}

// A body that is a form has the properties in their order, in the request as in the preview; a trace has no secret of it.
func TestFormBodies(t *testing.T) {
	const secret = "S&cret=canary +1"
	request := provider.Request{
		Op: "create the user", Method: http.MethodPost, Path: "/users", Form: true, Secrets: [][]string{{"password"}},
		Body: []byte(`{"login":"a&b","password":"S&cret=canary +1","age":5,"active":false,"groups[]":["x","y z"],"none":[]}`),
	}
	const want = "login=a%26b&password=S%26cret%3Dcanary+%2B1&age=5&active=false&groups%5B%5D=x&groups%5B%5D=y+z"
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != want || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Accept") != contentJSON {
			t.Errorf("got %s with %v, %v", body, r.Header, err)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"message":"no `+secret+`"}`)
	})
	var traced []string
	_, err := newClient(t, Options{BaseURL: base, Trace: func(line string) { traced = append(traced, line) }}).Do(t.Context(), request)
	if detail := failureOf(t, err).Detail; strings.Contains(detail, "canary") {
		t.Errorf("the reason has the secret: %s", detail)
	}
	if trace := strings.Join(traced, "\n"); len(traced) != 2 || strings.Contains(trace, "canary") || !strings.Contains(trace, "age=5") {
		t.Errorf("traced %s", trace)
	}
	preview, err := NewPreview(Options{BaseURL: base})
	must(t, err)
	_, err = preview.Do(t.Context(), request)
	wantClass(t, err, provider.Unsent)
	if shown := string(preview.Requests()[0].Body); strings.Contains(shown, "canary") || !strings.HasPrefix(shown, "login=a%26b&password=") || !strings.HasSuffix(shown, "&groups%5B%5D=y+z") {
		t.Errorf("shown %s", shown)
	}
}
