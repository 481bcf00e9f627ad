package scim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestListsOfAllKinds(t *testing.T) {
	for _, test := range []struct {
		name            string
		pager           pager
		users, requests int
		end             string // "", "incomplete", or "error"
	}{
		{"nobody", pager{size: 100}, 0, 1, ""},
		{"one page", pager{users: 99, size: 100}, 99, 1, ""},
		{"a full page", pager{users: 100, size: 100}, 100, 1, ""},
		{"pages of twenty", pager{users: 45, size: 20}, 45, 3, ""},
		{"pages of fifty", pager{users: 120, size: 50}, 120, 3, ""},
		{"everybody at once", pager{users: 450, size: 450, all: true}, 450, 1, ""},
		{"the first page again past the end", pager{users: 39, size: 20, again: true}, 39, 2, ""},
		{"no total, and nothing past the end", pager{users: 39, size: 20, total: -1}, 39, 3, ""},
		{"no total, and a round number", pager{users: 40, size: 20, total: -1}, 40, 4, "incomplete"},
		{"no total, and the first page again past the end", pager{users: 39, size: 20, total: -1, again: true}, 39, 3, ""},
		{"a total that is too large", pager{users: 39, size: 20, total: 41}, 39, 3, "incomplete"},
		{"a total that is too small", pager{users: 39, size: 20, total: 30}, 39, 2, "incomplete"},
		{"a total that is too large, and the first page again", pager{users: 39, size: 20, total: 41, again: true}, 39, 3, "incomplete"},
		{"the first page for ever", pager{users: 45, size: 20, deaf: true}, 20, 2, "error"},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"GET /Users": test.pager.serve}}
		names, err := drain(w.meet(t))
		if end := map[bool]string{true: "incomplete", false: "error"}[provider.IsIncomplete(err)]; (err == nil) != (test.end == "") ||
			err != nil && (end != test.end || provider.ClassOf(err) != provider.Unknown) {
			t.Errorf("%s: ended with %v, want %q", test.name, err, test.end)
		}
		if distinct := len(slices.Compact(slices.Sorted(slices.Values(names)))); len(names) != test.users || distinct != test.users {
			t.Errorf("%s: %d users, %d different ones, want %d", test.name, len(names), distinct, test.users)
		}
		if sent := w.sent("GET /Users"); len(sent) != test.requests {
			t.Errorf("%s: %d requests, want %d: %q", test.name, len(sent), test.requests, sent)
		}
	}
}

func TestListRequests(t *testing.T) {
	for _, test := range []struct {
		pager pager
		want  int
	}{
		{pager{size: 100}, 1}, {pager{users: 100, size: 100}, 1}, {pager{users: 101, size: 100}, 2},
		{pager{users: 101, size: 20}, 6}, {pager{users: 101, size: 1000}, 2},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"GET /Users": test.pager.serve}}
		if got, err := w.meet(t).ListRequests(t.Context()); err != nil || got != test.want || len(w.sent("")) != 1 {
			t.Errorf("%+v: got %d, %v, want %d", test.pager, got, err, test.want)
		}
	}
	w := &wild{on: map[string]http.HandlerFunc{"GET /Users": pager{users: 4, size: 2, total: -1}.serve}}
	_, err := w.meet(t).ListRequests(t.Context())
	judge(t, "without a total", err, provider.Unknown, 200)
}

func TestListsAreNarrowedByAnExpression(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{"GET /Users": answers(200, scimJSON, people(0))}}
	c := w.meet(t)
	for _, err := range c.List(t.Context(), map[string]string{"filter": `title eq "a&b"`}) {
		t.Error(err)
	}
	if want := "GET /Users?count=100&filter=title+eq+%22a%26b%22&startIndex=1"; len(w.requests) != 1 || w.requests[0] != want {
		t.Errorf("sent %q, want %s", w.requests, want)
	}
	for _, err := range c.List(t.Context(), map[string]string{"title": "x"}) {
		judge(t, "another parameter", err, provider.Invalid, 0)
	}
}

// A lookup believes nobody but the user of this name.
func TestFind(t *testing.T) {
	for _, test := range []struct {
		name     string
		pager    pager
		key      string
		id       string // "" for nobody
		requests int
	}{
		{"any case", pager{users: 5, size: 100}, "PERSON.3", "3", 1},
		{"exact case", pager{users: 5, size: 100, exact: true}, "Person.3", "3", 1},
		{"nobody", pager{users: 5, size: 100}, "person.9", "", 1},
		{"nobody, in capitals", pager{users: 5, size: 100}, "Person.9", "", 2},
		{"the filter is ignored, and all fit on a page", pager{users: 5, size: 100, unfiltered: true}, "person.3", "3", 1},
		{"the filter is ignored, and nobody", pager{users: 5, size: 100, unfiltered: true}, "person.9", "", 3},
		{"the filter is ignored, and the user is on a later page", pager{users: 250, size: 50, unfiltered: true}, "person.249", "249", 8},
		{"the filter is ignored, and nobody is on any page", pager{users: 120, size: 50, unfiltered: true}, "person.900", "", 5},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"GET /Users": test.pager.serve}}
		user, err := w.meet(t).Find(t.Context(), test.key)
		switch {
		case test.id == "":
			judge(t, test.name, err, provider.NotFound, 0)
		case err != nil || user.ID != test.id:
			t.Errorf("%s: got %+v, %v", test.name, user, err)
		}
		if sent := w.sent("GET /Users"); len(sent) != test.requests {
			t.Errorf("%s: %d requests, want %d: %q", test.name, len(sent), test.requests, sent)
		}
	}
}

// A user whose name was written in small letters is found by a server that
// regards case.
func TestFindInSmallLetters(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{"GET /Users": func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("filter") == `userName eq "ada"` {
			answers(200, scimJSON, people(1, person("1", "ada")))(out, r)
			return
		}
		answers(200, scimJSON, people(0))(out, r)
	}}}
	if user, err := w.meet(t).Find(t.Context(), "Ada"); err != nil || user.ID != "1" {
		t.Errorf("got %+v, %v", user, err)
	}
}

func TestFindWithoutFilters(t *testing.T) {
	list := pager{users: 120, size: 50, unfiltered: true}
	unsupported := answers(200, scimJSON, `{"filter":{"supported":false}}`)
	refused := func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("filter") {
			answers(400, scimJSON, refusal(400, "invalidFilter"))(out, r)
			return
		}
		list.serve(out, r)
	}
	for name, on := range map[string]map[string]http.HandlerFunc{
		"not supported": {"GET /Users": list.serve, "GET /ServiceProviderConfig": unsupported},
		"refused":       {"GET /Users": refused},
	} {
		w := &wild{on: on}
		c := w.meet(t)
		if user, err := c.Find(t.Context(), "person.119"); err != nil || user.ID != "119" {
			t.Errorf("%s: got %+v, %v", name, user, err)
		}
		_, err := c.Find(t.Context(), "person.120")
		judge(t, name, err, provider.NotFound, 0)
		if sent := strings.Join(w.sent("GET /Users"), "\n"); name == "not supported" && strings.Contains(sent, "filter") {
			t.Errorf("a filter was sent: %s", sent)
		}
	}
}

// The value of a filter is a JSON string in a query.
func TestFilterIsEscaped(t *testing.T) {
	for key, want := range map[string]string{
		`ada`:             `userName eq "ada"`,
		`o"hara\`:         `userName eq "o\"hara\\"`,
		`a" or "1" eq "1`: `userName eq "a\" or \"1\" eq \"1"`,
		"a\nb":            `userName eq "a\nb"`,
		"zoë <&>+%":       `userName eq "zoë <&>+%"`,
	} {
		var got string
		w := &wild{on: map[string]http.HandlerFunc{"GET /Users": func(out http.ResponseWriter, r *http.Request) {
			got = r.URL.Query().Get("filter")
			answers(200, scimJSON, people(1, person("1", key)))(out, r)
		}}}
		if user, err := w.meet(t).Find(t.Context(), key); err != nil || user.Key != key || got != want {
			t.Errorf("%q: sent %s, want %s (%v)", key, got, want, err)
		}
	}
}

// The check is of the token: what is open to everybody is not asked.
func TestCheckReadsUsers(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{
		"GET /ServiceProviderConfig": config(true, 0, 0), "GET /Users": answers(401, scimJSON, refusal(401, "")),
	}}
	judge(t, "check", w.meet(t).Check(t.Context()), provider.Denied, 401)
	if got, want := fmt.Sprint(w.requests), "[GET /Users?count=1]"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}
