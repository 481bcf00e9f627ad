package providers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The id is the identity name in the spelling of Content-Location, and that of
// the body where the header is absent or names anything else.
func TestEvolutionReadsContentLocation(t *testing.T) {
	record := sample(t, "evolution")
	name := record.Text("identityName")
	for location, want := range map[string]string{
		strings.ToUpper(name):              strings.ToUpper(name),
		"":                                 name,
		"somebody":                         name,
		"/users/" + url.PathEscape(name):   name,
		url.PathEscape(name):               name,
		"https://api.example.com/v1/users": name,
	} {
		client := connect(t, "evolution", func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Content-Location", location)
			}
			answer(w, http.StatusCreated, `{"identityName":`+quoted(name)+`}`)
		})
		user, err := client.Create(t.Context(), record)
		if err != nil || user.ID != want {
			t.Errorf("Content-Location %q: got %+v, %v, want the id %q", location, user, err, want)
		}
	}
}

// pager answers get-users from a number of users, with pages of at most a size.
type pager struct {
	users, size int
	total       string // X-Total-Count
	deaf        bool   // to offset
	requests    int
}

func (p *pager) serve(w http.ResponseWriter, r *http.Request) {
	p.requests++
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	if p.deaf {
		offset = 0
	}
	var objects []string
	for n := offset; n < min(offset+min(limit, p.size), p.users); n++ {
		objects = append(objects, fmt.Sprintf(`{"id":"u%d","identityName":"user-%d"}`, n, n))
	}
	if p.total != "" {
		w.Header().Set("X-Total-Count", p.total)
	}
	answer(w, http.StatusOK, "["+strings.Join(objects, ",")+"]")
}

func TestEvolutionFollowsPages(t *testing.T) {
	tests := []struct {
		name     string
		pager    pager
		users    int
		requests int
		fails    bool
	}{
		{"nobody", pager{users: 0, size: 100, total: "0"}, 0, 1, false},
		{"one page", pager{users: 99, size: 100, total: "99"}, 99, 1, false},
		{"a full page", pager{users: 100, size: 100, total: "100"}, 100, 1, false},
		{"several pages", pager{users: 250, size: 100, total: "250"}, 250, 3, false},
		{"pages smaller than asked for", pager{users: 45, size: 20, total: "45"}, 45, 3, false},
		{"no total", pager{users: 150, size: 100}, 150, 3, false},
		{"a total that makes no sense", pager{users: 150, size: 100, total: "many"}, 150, 3, false},
		{"a total that is too large", pager{users: 150, size: 100, total: "900"}, 150, 3, false},
		{"the first page again and again", pager{users: 150, size: 100, total: "150", deaf: true}, 100, 2, true},
		{"the first page for ever", pager{users: 150, size: 100, deaf: true}, 100, 2, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, "evolution", test.pager.serve)
			var keys []string
			var failure error
			for user, err := range client.(provider.Lister).List(t.Context(), nil) {
				if err != nil {
					failure = err
					continue
				}
				keys = append(keys, user.Key)
			}
			if (failure != nil) != test.fails || test.fails && provider.ClassOf(failure) != provider.Unknown {
				t.Errorf("ended with %v", failure)
			}
			if len(keys) != test.users || len(slices.Compact(slices.Sorted(slices.Values(keys)))) != test.users {
				t.Errorf("listed %d users, want %d", len(keys), test.users)
			}
			if test.pager.requests != test.requests {
				t.Errorf("took %d requests, want %d", test.pager.requests, test.requests)
			}
		})
	}
}

func TestEvolutionTellsTheRequestsOfAList(t *testing.T) {
	for total, want := range map[string]int{"0": 1, "1": 2, "100": 2, "101": 3, "10000": 101} {
		p := pager{users: 1, size: 100, total: total}
		got, err := connect(t, "evolution", p.serve).(provider.Lister).ListRequests(t.Context())
		if err != nil || got != want || p.requests != 1 {
			t.Errorf("%s users: got %d, %v with %d requests, want %d", total, got, err, p.requests, want)
		}
	}
	p := pager{users: 1, size: 100}
	if got, err := connect(t, "evolution", p.serve).(provider.Lister).ListRequests(t.Context()); provider.ClassOf(err) != provider.Unknown || err == nil {
		t.Errorf("without a total: got %d, %v", got, err)
	}
}
