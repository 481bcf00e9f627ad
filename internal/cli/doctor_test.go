package cli

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger/file"
)

// finding is one check of a report.
type finding struct{ Name, Status, Detail, Next string }

// findings returns the checks of a printed report.
func (r result) findings(t *testing.T) []finding {
	t.Helper()
	var report struct {
		Schema string
		Checks []finding
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || report.Schema != "usher.doctor/v1" {
		t.Fatalf("standard output is no report (%v):\n%s%s", err, r.stdout, r.stderr)
	}
	for _, name := range []string{"configuration", "profile", "settings", "secrets", "keyring", "state directory", "ledger", "locks",
		"proxy", "name resolution", "connection", "tls", "clock", "credentials"} {
		if !slices.ContainsFunc(report.Checks, func(f finding) bool { return f.Name == name }) {
			t.Errorf("nothing is said of the %s", name)
		}
	}
	return report.Checks
}

// finds fails the test unless a check of this name has this status and contains all these texts.
func finds(t *testing.T, found []finding, name, status string, words ...string) {
	t.Helper()
	fits := func(f finding) bool {
		lacks := func(word string) bool { return !strings.Contains(f.Detail+"\n"+f.Next, word) }
		return f.Name == name && f.Status == status && !slices.ContainsFunc(words, lacks)
	}
	if !slices.ContainsFunc(found, fits) {
		t.Errorf("no %s is %s with the words %q: %+v", name, status, words, found)
	}
}

func TestDoctorOnTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"users":[]}`)) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	variables := map[string]string{"USHER_PROVIDER": "sulu", "USHER_TOKEN": "canary-token", "USHER_BASE_URL": server.URL}
	got := usher(t, variables, "doctor", "-o", "json")
	found := got.findings(t)
	if got.status != failure.StatusFailed {
		t.Errorf("exit status %d", got.status)
	}
	finds(t, found, "connection", "ok")
	finds(t, found, "tls", "failed", "ca-file")
	finds(t, found, "clock", "skipped")
	finds(t, found, "credentials", "skipped")

	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	variables["USHER_CA_FILE"] = path
	got = usher(t, variables, "doctor", "-o", "json")
	found = got.findings(t)
	if got.status != failure.StatusOK {
		t.Errorf("exit status %d:\n%s", got.status, got.stdout)
	}
	finds(t, found, "tls", "ok", "TLS 1.3", server.Certificate().NotAfter.Format(time.DateOnly), path)
	finds(t, found, "clock", "ok")
	finds(t, found, "credentials", "ok", "GET /users")
}

func TestDoctorTellsWhoIsAtWork(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	book, err := file.Open(t.Context(), state)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	lock, err := book.Lock(t.Context(), "sulu sandbox")
	if err != nil {
		t.Fatal(err)
	}
	atState := map[string]string{"USHER_STATE_DIR": state}
	finds(t, usher(t, atState, "doctor", "-p", "sandbox-sulu", "-o", "json").findings(t), "locks", "ok", fmt.Sprint(os.Getpid()))
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	free := usher(t, atState, "doctor", "-p", "sandbox-sulu", "-o", "json").findings(t)
	finds(t, free, "locks", "ok")
	if process := fmt.Sprint(os.Getpid()); slices.ContainsFunc(free, func(f finding) bool { return f.Name == "locks" && strings.Contains(f.Detail, process) }) {
		t.Errorf("the lock was released, and process %s is named: %+v", process, free)
	}
}

// The age of a token from a login is shown, with a warning on its last day.
func TestDoctorTellsTheAgeOfAToken(t *testing.T) {
	ten := newTenant(t, goodLogin)
	ten.keep("keyring", time.Now().AddDate(0, 0, -3))
	found := ten.run("", "doctor", "-p", "acme", "-o", "json").findings(t)
	finds(t, found, "secrets", "ok", "token: keyring:", "config.yaml:", "3 days", "7 days")
	finds(t, found, "keyring", "ok")
	ten.keep("keyring", time.Now().AddDate(0, 0, -6))
	got := ten.run("", "doctor", "-p", "acme", "-o", "json")
	if got.status != failure.StatusOK {
		t.Errorf("a warning ends with exit status %d", got.status)
	}
	finds(t, got.findings(t), "secrets", "warning", "acme", "6 days", "7 days", "usher auth login -p acme")
	finds(t, got.findings(t), "credentials", "skipped")
	delete(ten.kept, "acme/token")
	finds(t, ten.run("", "doctor", "-p", "acme", "-o", "json").findings(t), "secrets", "failed", "keyring", "usher profiles edit acme --token-stdin")
}

// A provider that repeats the request cannot make its secrets appear in the report.
func TestDoctorShowsNoSecret(t *testing.T) {
	for _, s := range subjects() {
		formats := []string{"table", "tsv", "json", "yaml"}
		for turn, status := range []int{200, 302, 400, 401, 403, 404, 500} {
			server, err := startRawServer(func(_ int, request rawRequest) answer { return echo(status, request) })
			if err != nil {
				t.Fatal(err)
			}
			variables := map[string]string{"USHER_PROVIDER": s.provider, "USHER_BASE_URL": server.url()}
			for name, value := range s.variables {
				variables[name] = value
			}
			shown := formats
			if status != 200 && status != 401 { // each format takes its turn
				shown = formats[turn%len(formats):][:1]
			}
			for _, format := range shown {
				got := usher(t, variables, "doctor", "-v", "-o", format)
				got.showsNoSecret(t)
				if got.stdout == "" || !strings.Contains(got.stderr, "#1 > HEAD ") {
					t.Errorf("%s %d: exit status %d:\n%s", s.provider, status, got.status, got.stderr)
				}
			}
			server.close()
		}
	}
}
