package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// A list whose length the provider does not return is read as long as it costs less than the lookups, which follow if
// it is longer. Either way finds the same users.
func TestListOfUnknownLength(t *testing.T) {
	const rows, pageSize, existing = 60, 5, 20 // the roster, and how many of it exist
	for name, test := range map[string]struct {
		identities   int
		asked        string
		pages, finds int // requests, at most
	}{
		"shorter than the lookups": {55, "list", 13, 0},
		"one page":                 {20, "list", 6, 0},
		"longer than the lookups":  {200, "look-ups", 16, rows + existing + 5},
	} {
		t.Run(name, func(t *testing.T) {
			store, err := sandbox.MemoryStore()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			kratos, err := sandbox.New(store, sandbox.Options{PageSize: pageSize})
			if err != nil {
				t.Fatal(err)
			}
			var pages, finds atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet && r.URL.Query().Has("credentials_identifier"):
					finds.Add(1)
				case r.Method == http.MethodGet:
					pages.Add(1)
				}
				kratos.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			base := sandbox.BaseURL(server.URL, "ory")
			for i := range test.identities {
				email := fmt.Sprintf("other-%d@example.com", i)
				if i < existing {
					email = fmt.Sprintf("user-%d@example.com", i)
				}
				createIdentity(t, base, email)
			}
			roster := filepath.Join(t.TempDir(), "roster.csv")
			text := "email\n"
			for i := range rows {
				text += fmt.Sprintf("user-%d@example.com\n", i)
			}
			if err := os.WriteFile(roster, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			variables := map[string]string{"USHER_PROVIDER": "ory", "USHER_BASE_URL": base, "USHER_TOKEN": "canary-token"}
			got := usher(t, variables, "users", "import", roster, "--dry-run", "-o", "json")
			var plan struct {
				Asked  string         `json:"asked"`
				Counts map[string]int `json:"counts"`
			}
			if err := json.Unmarshal([]byte(got.stdout), &plan); err != nil || got.status != failure.StatusOK {
				t.Fatalf("exit status %d, %v:\n%s%s", got.status, err, got.stdout, got.stderr)
			}
			if plan.Asked != test.asked || plan.Counts["existing"] != existing || plan.Counts["create"] != rows-existing {
				t.Errorf("planned %+v, want %d existing by %s", plan, existing, test.asked)
			}
			if int(pages.Load()) > test.pages || int(finds.Load()) > test.finds || test.finds == 0 && finds.Load() > 0 {
				t.Errorf("sent %d requests for pages and %d lookups, want at most %d and %d", pages.Load(), finds.Load(), test.pages, test.finds)
			}
			pages.Store(0)
			finds.Store(0)
			got = usher(t, variables, "users", "verify", roster, "-o", "json")
			if same := strings.Count(got.stdout, `"state": "same"`); same != existing || got.status != failure.StatusPartial {
				t.Errorf("exit status %d, and %d users are the same, want %d:\n%s", got.status, same, existing, got.stderr)
			}
			if int(pages.Load()) > test.pages {
				t.Errorf("verify sent %d requests for pages, want at most %d", pages.Load(), test.pages)
			}
		})
	}
}

// createIdentity creates an identity at a server.
func createIdentity(t *testing.T, base, email string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/admin/identities",
		strings.NewReader(`{"schema_id":"default","traits":{"email":"`+email+`"}}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer canary-token")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("status %d", response.StatusCode)
	}
}
