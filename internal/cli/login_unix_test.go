//go:build unix

package cli

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

// tenantOf returns the variables of a profile with its token in a file.
func tenantOf(url string) []string {
	return []string{"USHER_PROVIDER=ejento", "USHER_BASE_URL=" + url, "USHER_AUTH_SERVER=" + url}
}

// On a terminal usher prompts for the username and the password, and does not show the password.
func TestLoginAsksOnATerminal(t *testing.T) {
	server, err := startRawServer(inOrder(answerText(goodLogin)))
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	path := filepath.Join(t.TempDir(), "token")
	term := start(t, tenantOf(server.url()), nil, "auth", "login", "--token-file", path)
	term.Sees("Username at " + strings.TrimPrefix(server.url(), "http://") + ":")
	term.Types("ada@example.com", termtest.Enter)
	term.Sees("Password of ada@example.com:")
	term.Types(password, termtest.Enter)
	term.Sees("Stored the token of profile environment in the file " + path + ". It is valid for 7 days.")
	term.exits(0)
	term.Lacks("canary")
	if got := server.requests(); len(got) != 1 || got[0].body != "password="+url.QueryEscape(password)+"&username=ada%40example.com" {
		t.Errorf("the server was sent %q", got)
	}
	if token, err := os.ReadFile(path); err != nil || string(token) != "canary-token\n" {
		t.Errorf("the file holds %q (%v)", token, err)
	}
}

// A cancelled prompt sends nothing.
func TestLeavingTheLogin(t *testing.T) {
	server, err := startRawServer(inOrder(answerText(goodLogin)))
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	for name, leave := range map[string]func(*terminal){
		"at the name": func(term *terminal) { term.Types(termtest.Interrupt) },
		"at the password": func(term *terminal) {
			term.Types("ada@example.com", termtest.Enter)
			term.Sees("Password of ada@example.com:")
			term.Types(password)
			term.Types(termtest.Interrupt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			term := start(t, tenantOf(server.url()), nil, "auth", "login", "--token-file", filepath.Join(t.TempDir(), "token"))
			term.Sees("Username at ")
			leave(term)
			term.exits(130)
			term.Lacks("canary")
		})
	}
	if got := server.requests(); len(got) != 0 {
		t.Errorf("the server was sent %q", got)
	}
}
