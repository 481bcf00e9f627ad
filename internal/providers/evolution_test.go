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
	"github.com/bring-aboard/usher/pkg/schema"
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
	more        bool   // says that there is one user more than it has shown, for ever
	slide       int    // users that come in before the others with each page
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
	users := p.users
	if p.more {
		users = offset + limit + 1
		p.total = strconv.Itoa(users)
	}
	first := max(offset-p.slide*(p.requests-1), 0)
	for n := first; n < min(first+min(limit, p.size), users); n++ {
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
		end      string // "", "incomplete", or "error"
	}{
		{"nobody", pager{users: 0, size: 100, total: "0"}, 0, 1, ""},
		{"one user", pager{users: 1, size: 100, total: "1"}, 1, 1, ""},
		{"one user and no total", pager{users: 1, size: 100}, 1, 3, ""},
		{"one page", pager{users: 99, size: 100, total: "99"}, 99, 1, ""},
		{"a full page", pager{users: 100, size: 100, total: "100"}, 100, 1, ""},
		{"several pages", pager{users: 250, size: 100, total: "250"}, 250, 3, ""},
		{"pages smaller than asked for", pager{users: 45, size: 20, total: "45"}, 45, 3, ""},
		{"pages of one", pager{users: 3, size: 1, total: "3"}, 3, 4, "incomplete"},
		{"no total", pager{users: 151, size: 100}, 151, 3, ""},
		{"no total, and a round number", pager{users: 150, size: 100}, 150, 3, "incomplete"},
		{"a total that makes no sense", pager{users: 151, size: 100, total: "many"}, 151, 3, ""},
		{"a total that is too large", pager{users: 151, size: 100, total: "900"}, 151, 3, "incomplete"},
		{"a total that is too small", pager{users: 151, size: 100, total: "99"}, 100, 1, "incomplete"},
		{"the first page again and again", pager{users: 150, size: 100, total: "150", deaf: true}, 100, 2, "error"},
		{"the first page for ever", pager{users: 150, size: 100, deaf: true}, 100, 2, "error"},
		{"always one more", pager{more: true, size: 100}, 1288, 14, "error"},
		{"users who come while it is read", pager{users: 250, size: 100, total: "260", slide: 5}, 250, 3, "incomplete"},
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
			if end := map[bool]string{true: "incomplete", false: "error"}[provider.IsIncomplete(failure)]; (failure == nil) != (test.end == "") ||
				failure != nil && (end != test.end || provider.ClassOf(failure) != provider.Unknown) {
				t.Errorf("ended with %v, want %q", failure, test.end)
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

// A page that an earlier one began as is noticed wherever it stands.
func TestEvolutionNoticesPagesByTurns(t *testing.T) {
	requests := 0
	client := connect(t, "evolution", func(w http.ResponseWriter, _ *http.Request) {
		requests++
		answer(w, http.StatusOK, fmt.Sprintf(`[{"identityName":"user-%d"}]`, requests%3))
	})
	users, failure := 0, error(nil)
	for _, err := range client.(provider.Lister).List(t.Context(), nil) {
		if failure = err; err == nil {
			users++
		}
	}
	if users != 3 || requests != 4 || provider.ClassOf(failure) != provider.Unknown || failure == nil || provider.IsIncomplete(failure) {
		t.Errorf("listed %d users with %d requests and %v", users, requests, failure)
	}
}

// entries lists what a directory gives, as "id name", and the error at its end.
func entries(t *testing.T, client provider.Client, kind string) (listed []string, failure error) {
	t.Helper()
	for entry, err := range client.(provider.Directory).Entries(t.Context(), kind) {
		if failure = err; err == nil {
			listed = append(listed, entry.ID+" "+entry.Name)
		}
	}
	return listed, failure
}

// Organizations are gathered from users: each comes once, whatever the case of
// its id, with a name where any user has one.
func TestEvolutionGathersOrganizations(t *testing.T) {
	users := []string{
		`{"identityName":"a"}`,
		`{"identityName":"b","organizations":null}`,
		`{"identityName":"c","organizations":[{"organizationId":"0a","organizationName":""},{"organizationId":"0b","organizationName":"B"}]}`,
		`{"identityName":"d","organizations":[{"organizationId":"0C"},{"organizationId":"0B","organizationName":"B"}]}`,
		`{"identityName":"e","organizations":[{"organizationId":"0A","organizationName":"A"},{"organizationName":"no id"},{"organizationId":"0c"}]}`,
		`{"identityName":"f","organizations":"none"}`,
	}
	client := connect(t, "evolution", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Total-Count", strconv.Itoa(len(users)))
		answer(w, http.StatusOK, "["+strings.Join(users, ",")+"]")
	})
	got, err := entries(t, client, provider.Organization)
	if want := []string{"0b B", "0A A", "0C "}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestEvolutionReadsRoles(t *testing.T) {
	tests := []struct {
		name, body string
		roles      []string
		fails      bool
	}{
		{"none", `[]`, nil, false},
		{"one twice", `[{"id":"0a","name":"A"},{"id":"0A","name":"A"},{"id":"0b","name":"A"}]`, []string{"0a A", "0b A"}, false},
		{"one without a name", `[{"id":"0a"},{"id":"0b","name":null}]`, []string{"0a ", "0b "}, false},
		{"one without an id", `[{"id":"0a","name":"A"},{"name":"B"}]`, nil, true},
		{"an id that is a number", `[{"id":7,"name":"B"}]`, nil, true},
		{"one that is none", `[null]`, nil, true},
		{"no list", `{"roles":[]}`, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, "evolution", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Total-Count", "2")
				answer(w, http.StatusOK, test.body)
			})
			got, err := entries(t, client, provider.Role)
			if !slices.Equal(got, test.roles) || (err != nil) != test.fails || err != nil && provider.ClassOf(err) != provider.Unknown {
				t.Errorf("got %q, %v, want %q", got, err, test.roles)
			}
		})
	}
}

func TestEvolutionFollowsPagesOfRoles(t *testing.T) {
	p := &pager{users: 250, size: 100, total: "250"}
	client := connect(t, "evolution", p.serve)
	if got, err := entries(t, client, provider.Role); err != nil || len(got) != 250 || p.requests != 3 {
		t.Errorf("got %d roles with %d requests, %v", len(got), p.requests, err)
	}
	p = &pager{users: 250, size: 100, total: "250", deaf: true}
	client = connect(t, "evolution", p.serve)
	if got, err := entries(t, client, provider.Role); err == nil || len(got) != 100 || p.requests != 2 {
		t.Errorf("got %d roles with %d requests, %v", len(got), p.requests, err)
	}
}

// A rename answers with the user under its new name, which is also its new id.
// A response under any other name leaves open what happened.
func TestEvolutionRenames(t *testing.T) {
	for name, want := range map[string]string{"new": "new", "NEW": "NEW", "old": "", "other": ""} {
		client := connect(t, "evolution", func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPatch || r.URL.Path != "/users/old" {
				t.Errorf("%s %s was sent", r.Method, r.URL.Path)
			}
			answer(w, http.StatusOK, `{"id":"x","identityName":"`+name+`"}`)
		})
		user, err := provider.Must[provider.Updater](client).Update(t.Context(), "old", schema.Record{"identityName": "new"})
		if user.ID != want || (err != nil) != (want == "") || err != nil && provider.ClassOf(err) != provider.Unknown {
			t.Errorf("answered %q: got %+v, %v", name, user, err)
		}
	}
}

func TestEvolutionTellsTheRequestsOfAList(t *testing.T) {
	for total, want := range map[string]int{"0": 1, "1": 2, "100": 2, "101": 3, "199": 3, "200": 4, "10000": 102} {
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
