package interop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ofRoster returns the arguments that name a roster to a command that removes users.
func ofRoster(file string) []string { return []string{"--roster", file, "--yes", "-o", "json"} }

// has reports whether the server has a user, by the id.
func (s server) has(t *testing.T, id string) bool {
	t.Helper()
	switch status, text := s.send(t, http.MethodGet, s.base+"/Users/"+url.PathEscape(id), nil); status {
	case http.StatusOK:
		return true
	case http.StatusNotFound:
		return false
	default:
		t.Fatalf("%s: GET of %s: %d\n%s", s.name, id, status, text)
		return false
	}
}

// create creates a user with the program, which must succeed, and returns the id.
func (s server) create(t *testing.T, folder, userName string, fields ...string) (id string) {
	t.Helper()
	created := s.run(t, folder, append([]string{"users", "create", "--user-name", userName, "--family-name", "L", "-o", "id"}, fields...)...)
	id = strings.TrimSpace(created.stdout)
	if created.status != 0 || !s.has(t, id) {
		t.Fatalf("not created: %v", created)
	}
	return id
}

// counts returns the counts of a report.
func counts(t *testing.T, report ended) map[string]int {
	t.Helper()
	var read struct{ Counts map[string]int }
	if err := json.Unmarshal([]byte(report.stdout), &read); err != nil || len(read.Counts) == 0 {
		t.Fatalf("no counts (%v): %v", err, report)
	}
	return read.Counts
}

// wantCount checks how many users a server has.
func (s server) wantCount(t *testing.T, want int) {
	t.Helper()
	if users, names := s.count(t); users != want || names != want {
		t.Errorf("%s has %d users with %d names, want %d", s.name, users, names, want)
	}
}

// Jackson lists 50 users at most, and 50 as the total. Users that the ledger has
// with their ids are neither missing nor absent for that reason.
func TestCappedList(t *testing.T) {
	const people, leavers = 100, 10
	s, folder := start(t, "jackson"), t.TempDir()
	roster := write(t, folder, "people.csv", numbered(people, "person%d@example.com"))
	if _, report := s.runImport(t, folder, roster, people); report.Counts.Created != people {
		t.Fatalf("counts %+v", report.Counts)
	}
	s.wantCount(t, people)
	var listed struct{ TotalResults int }
	if check(t, json.Unmarshal(s.get(t, "/Users?startIndex=1&count=100"), &listed)); listed.TotalResults != 50 {
		t.Fatalf("the list is not capped: its total is %d", listed.TotalResults)
	}

	if verified := s.run(t, folder, "users", "verify", roster); verified.status != 0 {
		t.Errorf("all are there as the roster has them: %v", verified)
	}
	if _, report := s.runImport(t, folder, roster, people); report.Counts.Existing != people {
		t.Errorf("the roster again: counts %+v", report.Counts)
	}
	s.wantCount(t, people)

	gone := write(t, folder, "leavers.csv", numbered(leavers, "person%d@example.com"))
	deleted := s.run(t, folder, append([]string{"users", "delete"}, ofRoster(gone)...)...)
	if counts := counts(t, deleted); deleted.status != 0 || counts["rows"] != leavers || counts["deleted"] != leavers || counts["absent"] != 0 {
		t.Errorf("want %d deleted and none absent: %v", leavers, deleted)
	}
	s.wantCount(t, people-leavers)
	for n := 1; n <= leavers; n++ {
		var found struct{ TotalResults int }
		filter := url.QueryEscape(fmt.Sprintf(`userName eq "person%d@example.com"`, n))
		if check(t, json.Unmarshal(s.get(t, "/Users?filter="+filter), &found)); found.TotalResults != 0 {
			t.Errorf("person%d is still there", n)
		}
	}
}

// blindNames lists userNames that a server's filter does not find, with the
// further fields that this takes.
func blindNames() map[string]map[string][]string {
	return map[string]map[string][]string{
		"scimmy":  {`CORP\ada`: nil},
		"elimity": {`CORP\ada`: nil, `"ada"`: nil},
		"jackson": {`CORP\ada`: nil, "o'hara": nil, "ada": {"--email", "ada.lovelace@example.com"}},
	}
}

// A user that a filter does not find is deleted if the ledger has the id, and not
// created a second time. Without the ledger a delete does not end well while the
// user is there.
func TestBlindFilter(t *testing.T) {
	for _, name := range serverNames() {
		names := blindNames()[name]
		if len(names) == 0 {
			continue // it finds every userName that it accepts
		}
		s := start(t, name)
		for userName, fields := range names {
			t.Run(name+" "+userName, func(t *testing.T) {
				s.clear(t)
				folder := t.TempDir()
				id := s.create(t, folder, userName, fields...)
				if again := s.run(t, folder, append([]string{"users", "create", "--user-name", userName, "--on-exists", "skip"}, fields...)...); again.status != 0 {
					t.Errorf("the user exists: %v", again)
				}
				s.wantCount(t, 1)
				roster := write(t, folder, "people.ndjson", ndjson(t, userName))
				if verified := s.run(t, folder, "users", "verify", roster); verified.status != 0 {
					t.Errorf("the user is there as the roster has it: %v", verified)
				}

				forgetful := s.run(t, t.TempDir(), "users", "delete", userName, "--yes")
				if forgetful.status == 0 && s.has(t, id) {
					t.Errorf("without a ledger: the user is still there: %v", forgetful)
				}
				if !s.has(t, id) {
					return // found in the complete list
				}
				deleted := s.run(t, folder, "users", "delete", userName, "--yes")
				if deleted.status != 0 || s.has(t, id) {
					t.Errorf("want the user deleted: %v", deleted)
				}
			})
		}
	}
}

// ndjson returns a roster of one user, whatever characters the key has.
func ndjson(t *testing.T, userName string) string {
	t.Helper()
	line, err := json.Marshal(map[string]string{"userName": userName})
	check(t, err)
	return string(line) + "\n"
}

// A user renamed by usher is deleted under the new name, though Jackson's filter
// knows the email alone.
func TestRenamedAtBlindFilter(t *testing.T) {
	s, folder := start(t, "jackson"), t.TempDir()
	id := s.create(t, folder, "smith@example.com")
	if renamed := s.run(t, folder, "users", "update", "smith@example.com", "--user-name", "smith-jones@example.com", "--yes"); renamed.status != 0 {
		t.Fatalf("%v", renamed)
	}
	deleted := s.run(t, folder, "users", "delete", "smith-jones@example.com", "--yes")
	if deleted.status != 0 || s.has(t, id) {
		t.Errorf("want the user deleted: %v", deleted)
	}
}

// Better Auth accepts a nickName and does not store it.
func TestDroppedFieldIsNamed(t *testing.T) {
	s := start(t, "betterauth")
	t.Run("one user", func(t *testing.T) {
		created := s.run(t, t.TempDir(), "users", "create", "--user-name", "ada@example.com", "--nick-name", "Countess", "-o", "json")
		if created.status != 0 || !strings.Contains(created.stdout+created.stderr, "nickName") {
			t.Errorf("want status 0 and nickName named: %v", created)
		}
	})
	t.Run("one user, strict", func(t *testing.T) {
		created := s.run(t, t.TempDir(), "users", "create", "--user-name", "bob@example.com", "--nick-name", "Bobby", "--strict", "-o", "json")
		if created.status != 1 || !strings.Contains(created.stdout+created.stderr, "nickName") {
			t.Errorf("want status 1 and nickName named: %v", created)
		}
	})
	t.Run("a roster", func(t *testing.T) {
		folder := t.TempDir()
		roster := write(t, folder, "people.csv", "userName,nickName\ncarol@example.com,Caz\ndan@example.com,\n")
		imported := s.run(t, folder, "users", "import", roster, "--yes", "-o", "json", "--results", "results.ndjson")
		if counts := counts(t, imported); imported.status != 0 || counts["created"] != 2 || !strings.Contains(imported.stdout, "nickName") {
			t.Errorf("want 2 created, and nickName in the report: %v", imported)
		}
		results, err := os.ReadFile(filepath.Join(folder, "results.ndjson"))
		check(t, err)
		for line := range strings.Lines(string(results)) {
			if named, dropped := strings.Contains(line, "nickName"), strings.Contains(line, "carol@example.com"); named != dropped {
				t.Errorf("nickName was dropped of carol alone, and is named: %t\n%s", named, line)
			}
		}
	})
	s.wantCount(t, 4)
}

// Jackson answers the change of an attribute of an extension with 200, and keeps
// the attribute as it was.
func TestUnchangedFieldIsNamed(t *testing.T) {
	s, folder := start(t, "jackson"), t.TempDir()
	before := write(t, folder, "before.csv", "userName,department\nada@example.com,Sales\nbob@example.com,Sales\n")
	if _, report := s.runImport(t, folder, before, 2); report.Counts.Created != 2 {
		t.Fatalf("counts %+v", report.Counts)
	}
	after := write(t, folder, "after.csv", "userName,department\nada@example.com,Legal\nbob@example.com,Legal\n")
	updated := s.run(t, folder, "users", "update", "--roster", after, "--yes", "-o", "json")
	if updated.status != 0 || !strings.Contains(updated.stdout, "department") {
		t.Errorf("want status 0 and department in the report: %v", updated)
	}
	strict := s.run(t, folder, "users", "update", "--roster", after, "--yes", "--strict", "--before", "again.csv", "-o", "json")
	if strict.status != 3 || counts(t, strict)["updated"] != 0 {
		t.Errorf("want both rows failed: %v", strict)
	}
	if verified := s.run(t, folder, "users", "verify", after); verified.status != 3 {
		t.Errorf("the departments are as they were: %v", verified)
	}
}

// Better Auth declares that it accepts no passwords: none are generated for it.
func TestNoPasswordsAreGenerated(t *testing.T) {
	s, folder := start(t, "betterauth"), t.TempDir()
	var config struct{ ChangePassword struct{ Supported *bool } }
	if check(t, json.Unmarshal(s.get(t, "/ServiceProviderConfig"), &config)); config.ChangePassword.Supported == nil || *config.ChangePassword.Supported {
		t.Fatal("the server does not declare that it takes no passwords")
	}
	roster := write(t, folder, "people.csv", numbered(2, "person%d@example.com"))
	imported := s.run(t, folder, "users", "import", roster, "--yes", "--generate-passwords", "--credentials", "passwords.csv")
	if imported.status != 2 {
		t.Errorf("want it refused with status 2: %v", imported)
	}
	if _, err := os.Stat(filepath.Join(folder, "passwords.csv")); err == nil {
		t.Error("there is a file of passwords that nobody can use")
	}
	s.wantCount(t, 0)
}
