package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// defaultColumns are the columns of each provider that documents a list: key, name, state and email address, as far as it
// has them and they are not the key itself, and what a user is a member of.
func defaultColumns() map[string]string {
	return map[string]string{
		"sulu": "email name", "evolution": "identityName name email organizations", "ory": "traits.email name state", "scim": "userName name state email",
		"auth0": "email name state", "directus": "email name state", "entra": "userPrincipalName name account-state", "fusionauth": "email name state",
		"gitea": "username name state email", "gitlab": "username name state email", "google": "primaryEmail name state", "grafana": "login name state email",
		"keycloak": "username name state email", "keystone": "name state email", "mattermost": "email name", "miniflux": "username is_admin google_id openid_connect_id",
		"okta": "login name state email", "pocketbase": "email name", "redmine": "login name email", "supabase": "email role", "workos": "email name", "zammad": "email name state",
	}
}

// A table shows who each user is at every provider, and fits a terminal of every width.
func TestListsFitTheTerminal(t *testing.T) {
	t.Setenv("USHER_STATE_DIR", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	want := defaultColumns()
	listing := 0
	for name, table := range listers(t) {
		listing++
		columns, ok := want[name]
		if !ok {
			t.Errorf("%s: no expected columns", name)
			continue
		}
		profile := "sandbox-" + name
		const users = 3
		roster := filepath.Join(t.TempDir(), "people.ndjson")
		writeSamples(t, roster, table, users)
		if made := onTerminal(t, "users", "import", roster, "-p", profile, "--yes", "-o", "json"); made.status != 0 {
			t.Errorf("%s: import: status %d, %s", name, made.status, made.stderr)
			continue
		}
		for _, width := range []int{60, 80, 120} {
			got := atWidth(t, width, "users", "list", "-p", profile)
			lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
			if header := strings.Join(strings.Fields(lines[0]), " "); header != columns && width == 120 {
				t.Errorf("%s: columns %q, want %q", name, header, columns)
			}
			for _, line := range lines {
				if term.TextWidth(line) > width || strings.Contains(line, "…") {
					t.Errorf("%s: at %d: %q", name, width, line)
				}
			}
			if len(lines) < 1+users || !strings.HasSuffix(got.stderr, fmt.Sprintf("\n%d users\n", users)) {
				t.Errorf("%s: at %d: printed\n%s%s", name, width, got.stdout, got.stderr)
			}
		}
	}
	if listing != len(want) {
		t.Errorf("found %d providers with a list, want %d", listing, len(want))
	}
}

// Other tables are complete on narrow terminals too: a state, a name and an address are not cut.
func TestNarrowTablesAreComplete(t *testing.T) {
	t.Setenv("USHER_STATE_DIR", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	roster := filepath.Join(t.TempDir(), "people.csv")
	long := strings.Repeat("a long name ", 5)
	for _, name := range []string{long, long + "of another"} {
		if err := os.WriteFile(roster, []byte("userName,displayName\nada.lovelace@example.com,"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		onTerminal(t, "users", "import", roster, "-p", "sandbox-scim", "--yes")
	}
	for want, args := range map[string][]string{
		"differs":     {"users", "verify", roster, "-p", "sandbox-scim"},
		"Contractors": {"groups", "list", "-p", "sandbox-scim"},
		"embedded":    {"profiles", "list"},
		"deactivate":  {"providers", "list"},
		"(required)":  {"providers", "show", "sulu"},
	} {
		got := onTerminalOf(60, args...)
		text := strings.Join(strings.Fields(got.stdout), " ")
		if !strings.Contains(text, want) || strings.Contains(text, "…") {
			t.Errorf("%v: printed\n%s%s", args, got.stdout, got.stderr)
		}
		for _, line := range strings.Split(got.stdout, "\n") {
			if term.TextWidth(line) > 60 && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "https://") {
				t.Errorf("%v: %q", args, line)
			}
		}
	}
}

// listers returns the tables of all built-in providers that document a list.
func listers(t *testing.T) map[string]schema.Table {
	t.Helper()
	tables := map[string]schema.Table{}
	all := providers.All()
	described := &providers.Descriptions{}
	for _, name := range described.Names() {
		found, err := described.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found.Adapter)
	}
	for _, adapter := range all {
		if _, lists := adapter.Endpoint(provider.CapabilityList); lists {
			tables[adapter.Name] = adapter.Table
		}
	}
	return tables
}

// writeSamples writes a roster of valid users.
func writeSamples(t *testing.T, path string, table schema.Table, users int) {
	t.Helper()
	var text strings.Builder
	for n := range users {
		record := providertest.Sample(table, n)
		for name, value := range record {
			if objects, ok := value.([]schema.Record); ok {
				record[name] = objects[:1] // several are not all the preferred one
			}
		}
		body, err := table.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(body)
		text.WriteByte('\n')
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// atWidth runs a command line on a terminal of a width.
func atWidth(t *testing.T, width int, args ...string) result {
	t.Helper()
	got := onTerminalOf(width, args...)
	if got.status != 0 {
		t.Errorf("%q: status %d: %s", args, got.status, got.stderr)
	}
	return got
}

// onTerminalOf runs a command line with its output and errors on a terminal of a width.
func onTerminalOf(width int, args ...string) result {
	streams, _, stdout, stderr := term.Test(term.WithTerminals(false, true, true), term.WithWidth(width))
	status := run(args, streams, app.Build{Version: "test"}, quick)
	return result{status: status, stdout: stdout.String(), stderr: stderr.String()}
}
