package rest

import (
	"errors"
	"io"
	"net/http"
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
