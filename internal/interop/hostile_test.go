package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// hostile is a small SCIM server with users in memory that does what real servers
// were seen to do. The zero value of each behaviour is that of a plain server. A
// user is found by the id at once, and nothing keeps a second user from having
// the same userName.
type hostile struct {
	// bare answers a create with 201 and Location, and no body (RFC 7644, 3.3: the
	// body is a SHOULD).
	bare bool
	// nameless answers a create without an id in the body.
	nameless bool
	// location returns the Location of a new user; nil means that of the id.
	location func(id string) string
	// blind has lists and filters lack every user, as replicas do that lag.
	blind bool
	// stored returns the form in which a userName is stored; nil means as it is.
	stored func(userName string) string
	// sought returns the form in which a filter's value is compared; nil means as it is.
	sought func(value string) string

	mu      sync.Mutex
	users   []map[string]any
	creates map[string]int // requests by the userName that they sent
}

// serve starts the server. It ends with the test.
func (h *hostile) serve(t *testing.T) server {
	t.Helper()
	h.creates = map[string]int{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /Users", h.create)
	mux.HandleFunc("GET /Users", h.list)
	mux.HandleFunc("GET /Users/{id}", h.one)
	mux.HandleFunc("DELETE /Users/{id}", h.remove)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusNotFound, problem("404")) })
	live := httptest.NewServer(mux)
	t.Cleanup(live.Close)
	return server{name: "hostile", base: live.URL, token: "hostile-token"}
}

func (h *hostile) create(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var user map[string]any
	if err := json.NewDecoder(r.Body).Decode(&user); err != nil {
		reply(w, http.StatusBadRequest, problem("400"))
		return
	}
	sent, _ := user["userName"].(string)
	h.creates[sent]++
	id := "u" + strconv.Itoa(len(h.users)+1)
	user["id"], user["userName"] = id, formed(h.stored, sent)
	h.users = append(h.users, user)
	location := formed(h.location, id)
	w.Header().Set("Location", fmt.Sprintf("http://%s/Users/%s", r.Host, location))
	if h.bare {
		w.WriteHeader(http.StatusCreated)
		return
	}
	shown := map[string]any{}
	for name, value := range user {
		if name != "id" || !h.nameless {
			shown[name] = value
		}
	}
	reply(w, http.StatusCreated, shown)
}

var filterOfName = regexp.MustCompile(`^userName eq (".*")$`)

func (h *hostile) list(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := []map[string]any{}
	if !h.blind {
		found = slices.Clone(h.users)
	}
	if match := filterOfName.FindStringSubmatch(r.FormValue("filter")); match != nil {
		var value string
		if json.Unmarshal([]byte(match[1]), &value) != nil {
			reply(w, http.StatusBadRequest, problem("400"))
			return
		}
		value = formed(h.sought, value)
		found = slices.DeleteFunc(found, func(user map[string]any) bool { return !strings.EqualFold(user["userName"].(string), value) })
	}
	total, start := len(found), 1
	if asked, err := strconv.Atoi(r.FormValue("startIndex")); err == nil {
		start = max(asked, 1)
	}
	found = found[min(start-1, total):]
	if count, err := strconv.Atoi(r.FormValue("count")); err == nil {
		found = found[:min(count, len(found))]
	}
	reply(w, http.StatusOK, map[string]any{
		"schemas":      []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"},
		"totalResults": total, "startIndex": start, "itemsPerPage": len(found), "Resources": found,
	})
}

func (h *hostile) one(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := h.at(r.PathValue("id")); at >= 0 {
		reply(w, http.StatusOK, h.users[at])
		return
	}
	reply(w, http.StatusNotFound, problem("404"))
}

func (h *hostile) remove(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.at(r.PathValue("id"))
	if at < 0 {
		reply(w, http.StatusNotFound, problem("404"))
		return
	}
	h.users = slices.Delete(h.users, at, at+1)
	w.WriteHeader(http.StatusNoContent)
}

// at returns the place of a user, -1 without one.
func (h *hostile) at(id string) int {
	return slices.IndexFunc(h.users, func(user map[string]any) bool { return user["id"] == id })
}

// count returns how many users the server has, and how many creates it received.
func (h *hostile) count() (users, creates int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.creates {
		creates += n
	}
	return len(h.users), creates
}

// formed returns a text in another form, if there is one.
func formed(form func(string) string, text string) string {
	if form == nil {
		return text
	}
	return form(text)
}

// problem is the body of an error (RFC 7644, 3.12).
func problem(status string) map[string]any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": status}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// strange lists servers that answer a create with 201, by what else they answer,
// with lookups that find the user late or under another userName.
func strange() map[string]func() *hostile {
	spaced := func(text string) string { return strings.ReplaceAll(text, "+", " ") }
	tagless := func(text string) string { return regexp.MustCompile(`\+[^@]*`).ReplaceAllString(text, "") }
	return map[string]func() *hostile{
		"a Location and no body":                               func() *hostile { return &hostile{bare: true} },
		"a Location and no body, lists that lag":               func() *hostile { return &hostile{bare: true, blind: true} },
		"the user, lists that lag":                             func() *hostile { return &hostile{blind: true} },
		"the user without an id, filters that lose a +":        func() *hostile { return &hostile{nameless: true, sought: spaced} },
		"the user in another form, the only one that is found": func() *hostile { return &hostile{stored: tagless} },
	}
}

// A create that was answered 201 is created, once, whatever a lookup finds, and
// its id is known.
func TestAffirmedCreateIsNeverRepeated(t *testing.T) {
	for answer, server := range strange() {
		t.Run(answer, func(t *testing.T) {
			h := server()
			s, folder := h.serve(t), t.TempDir()
			created := s.run(t, folder, "users", "create", "--user-name", "ada+hr.t@example.com", "-o", "id")
			if created.status != 0 || strings.TrimSpace(created.stdout) != "u1" {
				t.Errorf("want the id u1 and status 0: %v", created)
			}
			again := s.run(t, folder, "users", "create", "--user-name", "ada+hr.t@example.com", "--on-exists", "skip")
			if again.status != 0 {
				t.Errorf("the same user again: %v", again)
			}
			h.holds(t, 1, 1)
			deleted := s.run(t, folder, "users", "delete", "ada+hr.t@example.com", "--yes")
			if deleted.status != 0 {
				t.Errorf("the ledger has the id: %v", deleted)
			}
			h.holds(t, 0, 1)
		})
	}
}

// A roster of such creates is created, once, is existing afterwards, and can be
// undone.
func TestAffirmedImportIsNeverRepeated(t *testing.T) {
	const people = 30
	for answer, server := range strange() {
		t.Run(answer, func(t *testing.T) {
			h := server()
			s, folder := h.serve(t), t.TempDir()
			roster := write(t, folder, "people.csv", numbered(people, "u%d+hr.t%[1]d@example.com"))
			_, report := s.runImport(t, folder, roster, people)
			if report.Counts.Created != people {
				t.Errorf("counts %+v, want %d created", report.Counts, people)
			}
			h.holds(t, people, people)
			_, report = s.runImport(t, folder, roster, people)
			if report.Counts.Existing != people {
				t.Errorf("counts %+v, want %d existing", report.Counts, people)
			}
			h.holds(t, people, people)
			first := s.run(t, folder, "runs", "list", "-o", "json", "--jq", "map(select(.counts.created > 0)) | .[0].run")
			undone := s.run(t, folder, "runs", "undo", strings.Trim(first.stdout, "\"\n"), "--yes")
			if undone.status != 0 {
				t.Errorf("%v", undone)
			}
			h.holds(t, 0, people)
		})
	}
}

// A server that gives every user the same Location has created them all: their
// ids are unknown, and no other user is taken for them.
func TestOneLocationForAll(t *testing.T) {
	const people = 30
	h := &hostile{nameless: true, blind: true, location: func(string) string { return "undefined" }}
	s, folder := h.serve(t), t.TempDir()
	_, report := s.runImport(t, folder, write(t, folder, "people.csv", numbered(people, "u%d+hr@example.com")), people)
	if report.Counts.Created != people {
		t.Errorf("counts %+v, want %d created", report.Counts, people)
	}
	h.holds(t, people, people)
	if undone := s.run(t, folder, "runs", "undo", "last", "--yes"); undone.status == 0 {
		t.Errorf("all are still there: %v", undone)
	}
	h.holds(t, people, people)
}

// numbered returns a roster of userNames in a form.
func numbered(people int, form string) string {
	var b strings.Builder
	b.WriteString("userName\n")
	for n := 1; n <= people; n++ {
		fmt.Fprintf(&b, form+"\n", n)
	}
	return b.String()
}

// holds checks how many users the server has, and how many creates it received.
func (h *hostile) holds(t *testing.T, users, creates int) {
	t.Helper()
	if haveUsers, haveCreates := h.count(); haveUsers != users || haveCreates != creates {
		t.Errorf("%d users after %d creates, want %d after %d", haveUsers, haveCreates, users, creates)
	}
}
