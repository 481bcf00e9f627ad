package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// TestSyncSparesTheUserOfTheCredentials deletes whoever is not in the roster, but for the user whom the server names as
// that of the credentials. A server that does not tell changes nothing.
func TestSyncSparesTheUserOfTheCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		status             int // of /Me
		treated, protected int
	}{
		"the server tells":         {http.StatusOK, 1, 1},
		"the server does not tell": {http.StatusNotImplemented, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			store, err := sandbox.MemoryStore()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			api, err := sandbox.New(store, sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			id := ""
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/Me") {
					api.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/scim+json")
				w.WriteHeader(test.status)
				_ = json.NewEncoder(w).Encode(map[string]string{"id": id, "userName": "root@example.com"})
			}))
			t.Cleanup(server.Close)
			variables := map[string]string{"USHER_PROVIDER": "scim", "USHER_BASE_URL": sandbox.BaseURL(server.URL, "scim"), "USHER_TOKEN": "canary-token"}
			for _, key := range []string{"root@example.com", "left@example.com"} {
				made := usher(t, variables, "users", "create", "--user-name", key, "-o", "id")
				if id == "" {
					id = strings.TrimSpace(made.stdout)
				}
				if made.status != failure.StatusOK {
					t.Fatalf("%s", made.stderr)
				}
			}
			roster := filepath.Join(t.TempDir(), "roster.csv")
			if err := os.WriteFile(roster, []byte("userName\nada@example.com\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			got := usher(t, variables, "users", "sync", roster, "--leavers", "delete", "--scope", "all", "--max-leavers", "2", "--yes", "-o", "json")
			var doc struct {
				Leavers struct{ Treated, Protected int }
			}
			if err := json.Unmarshal([]byte(got.stdout), &doc); err != nil || got.status != failure.StatusOK {
				t.Fatalf("exit status %d, %v:\n%s%s", got.status, err, got.stdout, got.stderr)
			}
			if doc.Leavers.Treated != test.treated || doc.Leavers.Protected != test.protected {
				t.Errorf("%+v, want %d treated and %d protected", doc.Leavers, test.treated, test.protected)
			}
		})
	}
}
