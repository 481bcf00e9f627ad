package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPocketBase imports people into a real PocketBase by its description, while answers are lost and requests do not
// arrive, and again until every row is done: everybody exists, nobody twice. Then it verifies them, updates one, and
// deletes them.
func TestPocketBase(t *testing.T) {
	const people, tries = 500, 20
	built := needServers(t)
	s := startCommand(t, "pocketbase", exec.Command(filepath.Join(built, "pocketbase")))
	s.proxied = s.proxy(t)
	s.lose(t, 0.05, "downstream")
	s.lose(t, 0.05, "upstream")
	folder := t.TempDir()
	var roster strings.Builder
	roster.WriteString("email,name,password\n")
	for n := range people {
		fmt.Fprintf(&roster, "person%d@example.com,Person %d,Secret-%06d\n", n, n, n)
	}
	path := write(t, folder, "people.csv", roster.String())
	for try := 1; ; try++ {
		status, report := s.runImport(t, folder, path, people)
		users, names := s.pocketBaseUsers(t)
		t.Logf("run %d: status %d, %+v; the server has %d users with %d addresses", try, status, report.Counts, users, names)
		if users != names {
			t.Fatalf("%d users have %d addresses: somebody exists twice", users, names)
		}
		if status == 0 {
			if done := report.Counts.Created + report.Counts.Existing; done != people || users != people {
				t.Fatalf("all of it worked, with %d rows done and %d users for %d people", done, users, people)
			}
			break
		}
		if try == tries {
			t.Fatalf("after %d runs the status is %d", try, status)
		}
	}
	s.proxied = "" // what follows is about the API
	for _, args := range [][]string{
		{"users", "verify", path, "--ignore-other-columns"},
		{"users", "create", "--email", "o'hara@example.com", "--field", "name=O'Hara", "--generate-password", "--credentials", filepath.Join(folder, "password.csv")},
		{"users", "get", "o'hara@example.com"},
		{"users", "update", "o'hara@example.com", "--name", "Ada", "--yes"},
		{"users", "delete", "o'hara@example.com", "--yes"},
		{"providers", "check", "pocketbase", "--live", "--yes"},
	} {
		if ended := s.run(t, folder, args...); ended.status != 0 {
			t.Fatal(ended)
		}
	}
	if ended := s.run(t, folder, "users", "create", "--email", "person1@example.com", "--generate-password", "--credentials", filepath.Join(folder, "second.csv")); ended.status == 0 {
		t.Fatalf("a second account: %s", ended)
	}
	if users, names := s.pocketBaseUsers(t); users != people || names != people {
		t.Fatalf("the server has %d users with %d addresses, want %d", users, names, people)
	}
}

// pocketBaseUsers counts the users of the server and their addresses, by the server's own API and not by usher.
func (s server) pocketBaseUsers(t *testing.T) (users, addresses int) {
	t.Helper()
	seen := map[string]bool{}
	for page := 1; ; page++ {
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/collections/users/records?perPage=500&page=%d", s.base, page), nil)
		check(t, err)
		request.Header.Set("Authorization", "Bearer "+s.token)
		response, err := http.DefaultClient.Do(request)
		check(t, err)
		var list struct {
			Items []struct {
				Email string `json:"email"`
			} `json:"items"`
		}
		check(t, json.NewDecoder(response.Body).Decode(&list))
		check(t, response.Body.Close())
		for _, item := range list.Items {
			users++
			seen[item.Email] = true
		}
		if len(list.Items) == 0 {
			return users, len(seen)
		}
	}
}
