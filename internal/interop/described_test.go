package interop

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// describedServer is a real server that usher knows by a description.
type describedServer struct {
	name string
	// header is that of a roster, with the key first, and row its n-th row.
	header string
	row    func(n int) string
	// key is that of the n-th row, and changed the field that updates set.
	key     func(n int) string
	changed string
	// more is the key of one more user, and create are the arguments that create a user, without a password.
	more   string
	create func(key string) []string
	// login is a request that succeeds with the user's password alone; nil for a server that first demands another password.
	login func(t *testing.T, base, key, password string) *http.Request
	// authorize sets the credentials of a request that goes past usher.
	authorize func(request *http.Request, token string)
	// page is the path of a page of the users, from 1; place is the property with the list, "" for the whole response, and
	// keyName that of the key. A list of one page has no second one.
	page           func(number int) string
	place, keyName string
	// stops is set if users can be deactivated, and isLong if the server is part of the long form alone.
	stops, isLong bool
}

func describedServers() []describedServer {
	return []describedServer{
		{
			name: "pocketbase", header: "email,name,password",
			row: func(n int) string { return fmt.Sprintf("person%d@example.com,Person %d,Secret-%06d", n, n, n) },
			key: func(n int) string { return fmt.Sprintf("person%d@example.com", n) }, changed: "name",
			more: "o'hara@example.com", create: func(key string) []string { return []string{"--email", key, "--field", "name=O'Hara"} },
			login: func(t *testing.T, base, key, password string) *http.Request {
				t.Helper()
				body, err := json.Marshal(map[string]string{"identity": key, "password": password})
				check(t, err)
				request, err := http.NewRequest(http.MethodPost, base+"/api/collections/users/auth-with-password", bytes.NewReader(body))
				check(t, err)
				request.Header.Set("Content-Type", "application/json")
				return request
			},
			authorize: func(request *http.Request, token string) { request.Header.Set("Authorization", "Bearer "+token) },
			page: func(number int) string {
				return fmt.Sprintf("/api/collections/users/records?perPage=500&page=%d", number)
			},
			place: "items", keyName: "email",
		},
		{
			name: "miniflux", header: "username,password,google_id",
			row: func(n int) string { return fmt.Sprintf("person%d,Secret-%06d,g-%d", n, n, n) },
			key: func(n int) string { return fmt.Sprintf("person%d", n) }, changed: "google_id",
			more: "ada@example.com", create: func(key string) []string { return []string{"--username", key} },
			login:     basicLogin("/v1/me"),
			authorize: func(request *http.Request, token string) { request.Header.Set("X-Auth-Token", token) },
			page:      func(int) string { return "/v1/users" }, keyName: "username",
		},
		{
			name: "gitea", header: "username,email,password",
			row: func(n int) string { return fmt.Sprintf("person%d,person%d@example.com,Secret-%06d", n, n, n) },
			key: func(n int) string { return fmt.Sprintf("person%d", n) }, changed: "full_name",
			more: "o-hara.s_1", create: func(key string) []string { return []string{"--username", key, "--email", "more@example.com"} },
			authorize: func(request *http.Request, token string) { request.Header.Set("Authorization", "token "+token) },
			page:      func(number int) string { return fmt.Sprintf("/api/v1/admin/users?limit=50&page=%d", number) }, keyName: "login",
			stops: true, isLong: true,
		},
		{
			name: "keystone", header: "name,password,email",
			row: func(n int) string { return fmt.Sprintf("person%d,Secret-%06d,person%d@example.com", n, n, n) },
			key: func(n int) string { return fmt.Sprintf("person%d", n) }, changed: "description",
			more: "O'Hara & Söhne", create: func(key string) []string { return []string{"--name", key} },
			authorize: func(request *http.Request, token string) { request.Header.Set("X-Auth-Token", token) },
			page:      func(int) string { return "/v3/users" }, place: "users", keyName: "name",
			stops: true, isLong: true,
		},
	}
}

// basicLogin returns a login that reads the user's own page with HTTP Basic.
func basicLogin(path string) func(*testing.T, string, string, string) *http.Request {
	return func(t *testing.T, base, key, password string) *http.Request {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, base+path, nil)
		check(t, err)
		request.SetBasicAuth(key, password)
		return request
	}
}

// TestDescribed imports people into real servers by their descriptions, while answers are lost and requests do not arrive,
// and again until every row is done: everybody exists, nobody twice. Then it gives some new passwords, verifies them all,
// updates and deactivates some, updates and deletes one, and takes the imports back.
func TestDescribed(t *testing.T) {
	for _, described := range describedServers() {
		t.Run(described.name, described.test)
	}
}

func (d describedServer) test(t *testing.T) {
	const people, tries = 500, 20
	built := needServers(t)
	if d.isLong && os.Getenv("USHER_LONG") == "" {
		t.Skip("part of the long form: USHER_LONG=1 bash .ci/interop -run TestDescribed runs it")
	}
	s := startCommand(t, d.name, exec.Command(filepath.Join(built, d.name)))
	before, _ := d.count(t, s) // such as an administrator
	proxied := s.proxy(t)
	s.proxied = proxied
	s.lose(t, 0.05, "downstream")
	s.lose(t, 0.05, "upstream")
	folder := t.TempDir()
	var roster strings.Builder
	roster.WriteString(d.header + "\n")
	for n := range people {
		roster.WriteString(d.row(n) + "\n")
	}
	path := write(t, folder, "people.csv", roster.String())
	var runs []string
	for try := 1; ; try++ {
		status, report := s.runImport(t, folder, path, people)
		runs = append(runs, report.Run)
		users, keys := d.count(t, s)
		t.Logf("run %d: status %d, %+v; the server has %d users with %d keys", try, status, report.Counts, users, keys)
		if users != keys {
			t.Fatalf("%d users have %d keys: somebody exists twice", users, keys)
		}
		if status == 0 {
			if done := report.Counts.Created + report.Counts.Existing; done != people || users != before+people {
				t.Fatalf("all of it worked, with %d rows done and %d users for %d people", done, users-before, people)
			}
			break
		}
		t.Log(s.run(t, folder, "runs", "rows", "last", "--state", "unknown", "-o", "json").stdout)
		if try == tries {
			t.Fatalf("after %d runs the status is %d", try, status)
		}
	}
	if d.login != nil {
		s.loseMore(t, 0.3, "downstream")
		d.renew(t, s, folder, 50)
		s.loseMore(t, 0.05, "downstream")
	}
	s.proxied = "" // what follows is about the API
	password := []string{"--generate-password", "--credentials"}
	some, changes := d.some(t, folder)
	steps := [][]string{
		{"users", "verify", path, "--ignore-other-columns"},
		{"users", "update", "--roster", changes, "--yes"},
		{"users", "verify", changes},
		append(append([]string{"users", "create"}, d.create(d.more)...), append(password, filepath.Join(folder, "password.csv"))...),
		{"users", "get", d.more},
		{"users", "update", d.more, "--yes", "--field", d.changed + "=other"},
		{"users", "delete", d.more, "--yes"},
		{"providers", "check", d.name, "--live", "--yes"},
	}
	if d.stops {
		steps = append(steps, []string{"users", "deactivate", "--roster", some, "--yes"})
	}
	for _, args := range steps {
		if ended := s.run(t, folder, args...); ended.status != 0 {
			t.Fatal(ended)
		}
	}
	second := append(append([]string{"users", "create"}, d.create(d.key(1))...), append(password, filepath.Join(folder, "second.csv"))...)
	if ended := s.run(t, folder, second...); ended.status == 0 {
		t.Fatalf("a second account: %s", ended)
	}
	if users, keys := d.count(t, s); users != before+people || keys != users {
		t.Fatalf("the server has %d users with %d keys, want %d", users, keys, before+people)
	}
	s.proxied = proxied // which is the target of the runs
	for _, run := range runs {
		s.undo(t, folder, run)
	}
	// Whoever was found after a lost response is not certainly this run's, and is left.
	users, _ := d.count(t, s)
	t.Logf("after the undo the server has %d of %d users", users-before, people)
	if users < before || users-before > people/10 {
		t.Fatalf("the server has %d users, of which %d were there before", users, before)
	}
}

// some writes two rosters of the first users: their keys, and with each of them a change.
func (d describedServer) some(t *testing.T, folder string) (keys, changes string) {
	t.Helper()
	const count = 20
	key, _, _ := strings.Cut(d.header, ",")
	var kept, changed strings.Builder
	kept.WriteString(key + "\n")
	changed.WriteString(key + "," + d.changed + "\n")
	for n := range count {
		kept.WriteString(d.key(n) + "\n")
		fmt.Fprintf(&changed, "%s,changed%d\n", d.key(n), n)
	}
	return write(t, folder, "some.csv", kept.String()), write(t, folder, "changes.csv", changed.String())
}

// renew gives so many users generated passwords, and resumes until every row is done. Each logs in with the password of
// the latest file, and not with the one before.
func (d describedServer) renew(t *testing.T, s server, folder string, people int) {
	t.Helper()
	keyName, _, _ := strings.Cut(d.header, ",")
	var roster strings.Builder
	roster.WriteString(keyName + "\n")
	for n := range people {
		roster.WriteString(d.key(n) + "\n")
	}
	path := write(t, folder, "renewed.csv", roster.String())
	const tries = 20
	args := []string{"users", "password", "--roster", path, "--generate", "--credentials", filepath.Join(folder, "new.csv"), "--max-failures", "0"}
	for try := 1; ; try++ {
		ended := s.run(t, folder, append(args, "--yes", "-o", "json")...)
		var report struct{ Counts map[string]int }
		if err := json.Unmarshal([]byte(ended.stdout), &report); err != nil {
			t.Fatalf("%v\n%s", err, ended)
		}
		t.Logf("passwords, run %d: status %d, %v", try, ended.status, report.Counts)
		if ended.status == 0 {
			break
		}
		if try == tries {
			t.Fatal(ended)
		}
		args = []string{"runs", "resume", "last"}
	}
	now := map[string]string{}
	for n := 1; ; n++ {
		name := "new.csv"
		if n > 1 {
			name = fmt.Sprintf("new-%d.csv", n)
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		check(t, err)
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		check(t, err)
		for _, row := range rows[1:] {
			now[row[1]] = row[2]
		}
	}
	logsIn := func(key, password string) bool {
		response, err := http.DefaultClient.Do(d.login(t, s.base, key, password))
		check(t, err)
		check(t, response.Body.Close())
		return response.StatusCode == http.StatusOK
	}
	for n := range people {
		if key := d.key(n); now[key] == "" || !logsIn(key, now[key]) || logsIn(key, d.password(n)) {
			t.Fatalf("%s does not log in with the new password alone", key)
		}
	}
	if n := people; !logsIn(d.key(n), d.password(n)) {
		t.Fatalf("%s has lost the password", d.key(n))
	}
}

// password is that of the n-th row.
func (describedServer) password(n int) string { return fmt.Sprintf("Secret-%06d", n) }

// undo takes an import back, again until nothing is unknown.
func (s server) undo(t *testing.T, folder, run string) {
	t.Helper()
	const tries = 20
	for try := 1; ; try++ {
		ended := s.run(t, folder, "runs", "undo", run, "--yes", "-o", "json")
		var undone struct{ Counts map[string]int }
		if err := json.Unmarshal([]byte(ended.stdout), &undone); err != nil {
			t.Fatalf("%v\n%s", err, ended)
		}
		t.Logf("undo %d of %s: status %d, %v", try, run, ended.status, undone.Counts)
		if ended.status == 0 {
			return
		}
		if try == tries {
			t.Fatal(ended)
		}
	}
}

// count counts the users of the server and their keys, by the server's own API and not by usher.
func (d describedServer) count(t *testing.T, s server) (users, keys int) {
	t.Helper()
	seen := map[string]bool{}
	path := ""
	for number := 1; d.page(number) != path; number++ {
		path = d.page(number)
		found := d.keysAt(t, s, path)
		for _, key := range found {
			users++
			seen[key] = true
		}
		if len(found) == 0 {
			break
		}
	}
	return users, len(seen)
}

// keysAt returns the keys of the users at a path.
func (d describedServer) keysAt(t *testing.T, s server, path string) []string {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	check(t, err)
	d.authorize(request, s.token)
	response, err := http.DefaultClient.Do(request)
	check(t, err)
	defer response.Body.Close()
	var document json.RawMessage
	check(t, json.NewDecoder(response.Body).Decode(&document))
	if d.place != "" {
		var members map[string]json.RawMessage
		check(t, json.Unmarshal(document, &members))
		document = members[d.place]
	}
	var list []map[string]any
	check(t, json.Unmarshal(document, &list))
	keys := make([]string, len(list))
	for i, user := range list {
		keys[i], _ = user[d.keyName].(string)
	}
	return keys
}
