package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

// Plans, summaries, errors and next steps fit a terminal of every width, have no zeros and break no word.
func TestReportsFitTheTerminal(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const header = "email,oryId,organization,firstName,lastName,phone\n"
	write("people.csv", header+"ada@example.com,ory-1,org-1,Ada,Lovelace,+44 20 7946 0000\nnot-an-email,ory-2,org-1,Grace,Hopper,\nalan@example.com,ory-3,org-1,Alan,Turing,\n")
	write("route.csv", "email,First name,metadata_public\nada@example.com,Ada,\ngrace@example.com,Grace,x\n")
	write("config.yaml", "routes:\n  newcomer:\n    - profile: sandbox-ory\n    - profile: sandbox-sulu\n      set: [ \"oryId=@sandbox-ory.id\", \"organization=org_1\" ]\n")
	t.Setenv("USHER_CONFIG", filepath.Join(dir, "config.yaml"))
	write("changed.csv", header+"ada@example.com,ory-1,org-1,Augusta Ada King Countess of,Lovelace Byron,+44 20 7946 0001\n")
	for _, width := range []int{60, 80, 120} {
		t.Setenv("USHER_STATE_DIR", t.TempDir())
		var all []string
		see := func(status int, args ...string) string {
			got := onTerminalOf(width, args...)
			if got.status != status {
				t.Errorf("at %d: %q: status %d, want %d: %s", width, args, got.status, status, got.stderr)
			}
			all = append(all, got.stdout, got.stderr)
			return got.stdout + "\n" + got.stderr
		}
		const profile = "-p=sandbox-sulu"
		refused := see(2, "users", "import", "people.csv", profile, "--yes")
		imported := see(3, "users", "import", "people.csv", profile, "--yes", "--skip-invalid", "--no-color")
		routed := see(3, "users", "import", "route.csv", "--to", "newcomer", "--yes", "--skip-invalid")
		see(3, "users", "verify", "changed.csv", profile)
		see(0, "users", "update", "--roster", "changed.csv", profile, "--yes")
		see(0, "users", "update", "ada@example.com", "--first-name", "Ada", profile, "--yes")
		see(0, "runs", "list")
		see(0, "runs", "show", "last")
		see(0, "runs", "rows", "last")
		for _, text := range all {
			for line := range strings.SplitSeq(text, "\n") {
				for shown := range strings.SplitSeq(line, "\r") { // the bar draws over itself
					isOneWord := len(strings.Fields(strings.TrimSuffix(shown, ` \`))) == 1 // a path stays one that can be copied
					if term.TextWidth(shown) > width && !isOneWord {
						t.Errorf("at %d: %q is %d wide", width, shown, term.TextWidth(shown))
					}
				}
			}
		}
		for _, want := range []string{`(?m)^ +2  created$`, `(?m)^ +1  failed$`, `(?m)^ +3  rows$`, `not-an-email`, `(?m)^ +2  to create$`, `--failed=people\.failed\.csv`} {
			if !regexp.MustCompile(want).MatchString(imported) {
				t.Errorf("at %d: no %s in\n%s", width, want, imported)
			}
		}
		if words := strings.Join(strings.Fields(routed), " "); !strings.Contains(words, "profile rows cause first") || strings.Count(words, "grace@example.com") < 3 ||
			strings.Count(routed, "no real provider is contacted") != 1 {
			t.Errorf("at %d: the causes of the route are not a table:\n%s", width, routed)
		}
		if zero := regexp.MustCompile(`(?m)^ +0  .*`).FindString(imported); zero != "" || strings.Contains(imported, "--no-color") {
			t.Errorf("at %d: %q in\n%s", width, zero, imported)
		}
		if words := strings.Join(strings.Fields(refused), " "); !strings.Contains(words, "(for example name@example.com)") {
			t.Errorf("at %d: broken words in\n%s", width, refused)
		}
	}
}

// People agree to changes in names; documents have ids.
func TestChangesToConfirmHaveNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	t.Setenv("USHER_STATE_DIR", filepath.Join(dir, "state"))
	const organization, reader, buyer = "0a1b2c3d-0000-4000-8000-000000000001", "8f14e45f-ceea-467f-a6d1-1d2f3c4b5a03", "8f14e45f-ceea-467f-a6d1-1d2f3c4b5a02"
	const profile = "-p=sandbox-evolution"
	atWidth(t, 100, "users", "create", profile, "--identity-name", "ada", "--display-name", "Ada", "--email", "ada@example.com", "--first-name", "Ada", "--last-name", "L",
		"--organization", organization+":"+reader, "--yes")
	if err := os.WriteFile("people.csv", []byte("identityName,organizations\nada,"+organization+":"+buyer+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `Organization 0a1b2c3d:Reader"? → "?Organization 0a1b2c3d:Buyer`
	many := atWidth(t, 100, "users", "update", "--roster", "people.csv", profile, "--dry-run")
	one := atWidth(t, 100, "users", "update", "ada", "--organization", organization+":"+buyer, profile, "--yes")
	for name, text := range map[string]string{"many": many.stderr, "one": one.stderr, "list": atWidth(t, 100, "users", "list", profile).stdout} {
		pattern := want
		if name == "list" {
			pattern = `Organization 0a1b2c3d:Buyer`
		}
		if !regexp.MustCompile(pattern).MatchString(text) || strings.Contains(text, buyer) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	for search, found := range map[string]bool{"buyer": true, buyer: true, "reader": false} { // what the table shows, and what documents have
		for _, format := range []string{"table", "id"} {
			if got := atWidth(t, 100, "users", "list", profile, "--search", search, "-o", format); strings.Contains(got.stdout, "ada") != found {
				t.Errorf("--search %s -o %s:\n%s%s", search, format, got.stdout, got.stderr)
			}
		}
	}
	for _, format := range []string{"json", "csv"} {
		if got := atWidth(t, 100, "users", "list", profile, "-o", format).stdout; !strings.Contains(got, buyer) {
			t.Errorf("%s:\n%s", format, got)
		}
	}
}
