package rest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// TestFreshReads counts the connections of reads that decide, before and after
// other requests have left one that could be used.
func TestFreshReads(t *testing.T) {
	var opened atomic.Int32
	var mu sync.Mutex
	var asked []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.Header.Get("Cache-Control"))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, Options{BaseURL: server.URL})
	fresh := provider.Fresh(t.Context())
	for _, step := range []struct {
		ctx    context.Context
		method string
		opened int32
		asked  string
	}{
		{t.Context(), http.MethodGet, 1, "GET "},
		{t.Context(), http.MethodGet, 1, "GET "},
		{fresh, http.MethodGet, 2, "GET no-cache"},
		{fresh, http.MethodGet, 3, "GET no-cache"},
		{fresh, http.MethodPost, 3, "POST "}, // it decides nothing
		{t.Context(), http.MethodGet, 3, "GET "},
	} {
		_, err := client.Do(step.ctx, provider.Request{Op: "look the user up", Method: step.method, Path: "/users"})
		must(t, err)
		if got := opened.Load(); got != step.opened || asked[len(asked)-1] != step.asked {
			t.Errorf("%d connections and %q, want %d and %q", got, asked[len(asked)-1], step.opened, step.asked)
		}
	}
}

// TestAbsence compares what 404s say with what they may say.
func TestAbsence(t *testing.T) {
	documented := func(body []byte) bool { return string(body) == `{"gone":true}` }
	const jsonType = "application/json"
	for name, test := range map[string]struct {
		status     int
		media      string
		body       string
		documented func([]byte) bool
		want       provider.Absence
	}{
		"documented":                   {404, jsonType, `{"gone":true}`, documented, provider.AbsenceDocumented},
		"documented, another family":   {404, "application/scim+json; charset=utf-8", `{"gone":true}`, documented, provider.AbsenceDocumented},
		"another body":                 {404, jsonType, `{"message":"no route"}`, documented, provider.AbsencePlain},
		"a page":                       {404, "text/html", `<html>`, documented, provider.AbsenceUnproved},
		"plain text":                   {404, "text/plain", `{"gone":true}`, documented, provider.AbsenceUnproved},
		"an empty body":                {404, jsonType, ``, documented, provider.AbsenceUnproved},
		"a request that does not tell": {404, jsonType, `{"gone":true}`, nil, provider.AbsenceUnproved},
		"another status":               {400, jsonType, `{"gone":true}`, documented, provider.AbsenceUnproved},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.media)
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			})
			_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), provider.Request{Op: "read the user", Method: http.MethodGet, Path: "/users/1", Absence: test.documented})
			if got := failureOf(t, err).Absence; got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
