//go:build unix

package cli

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

// An interrupt ends the wait for a provider that does not respond. Earlier checks have been printed.
func TestInterruptedDoctor(t *testing.T) {
	arrived, over := make(chan struct{}), make(chan struct{})
	server, err := startRawServer(func(int, rawRequest) answer {
		return func(*net.TCPConn) {
			close(arrived)
			<-over
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	defer close(over)
	term := start(t, []string{"USHER_PROVIDER=sulu", "USHER_BASE_URL=" + server.url(), "USHER_TOKEN=canary-t"}, nil, "doctor")
	<-arrived
	term.Sees("ok        ledger           ")
	term.Types(termtest.Interrupt)
	term.exits(130)
	term.Sees("error: interrupted; some checks did not run")
	term.Lacks("canary")
}

// A check waits at most --timeout for a provider that does not respond.
func TestDoctorIsBoundedInTime(t *testing.T) {
	over := make(chan struct{})
	server, err := startRawServer(func(int, rawRequest) answer { return func(*net.TCPConn) { <-over } })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	defer close(over)
	variables := map[string]string{"USHER_PROVIDER": "sulu", "USHER_BASE_URL": server.url(), "USHER_TOKEN": "canary-t"}
	got := usher(t, variables, "doctor", "--timeout", "200ms", "-o", "json")
	found := got.findings(t)
	finds(t, found, "connection", "ok")
	finds(t, found, "clock", "failed")
	finds(t, found, "credentials", "skipped", "not reachable")

	config := filepath.Join(t.TempDir(), "config.yaml")
	text := "profiles: {acme: {provider: sulu, base-url: '" + server.url() + "', token: 'exec:sleep 60', timeout: 200ms}}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("USHER_TOKEN", "")
	got = usher(t, nil, "doctor", "-p", "acme", "--config", config, "-o", "json")
	finds(t, got.findings(t), "secrets", "failed", "exec:sleep 60")
}
