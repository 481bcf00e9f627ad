//go:build unix

package cli

import (
	"strings"
	"testing"
)

// On a terminal a new key is shown once, only on standard output.
func TestAPIKeyIsShownOnceOnATerminal(t *testing.T) {
	const key = "sk_live_0123456789abcdef0123"
	server := serve(t,
		answerText("HTTP/1.1 200 OK\n\n"+`{"users":[{"id":"usr_1","email":"ada@example.com"}]}`),
		answerText("HTTP/1.1 201 Created\n\n"+`{"key":"`+key+`","createdAt":"2023-11-07T05:31:56Z","note":"`+key+`"}`))
	variables := []string{"USHER_PROVIDER=sulu", "USHER_BASE_URL=" + server.url(), "USHER_TOKEN=t"}
	term := start(t, variables, nil, "users", "keys", "create", "ada@example.com", "-v")
	term.exits(0)
	term.Sees("This key is shown only once.", "createdAt   2023-11-07T05:31:56Z")
	if shown := strings.Count(term.Raw(), key); shown != 1 {
		t.Errorf("the key is shown %d times:\n%s", shown, term.Raw())
	}

	term = start(t, variables, nil, "users", "keys", "create", "ada@example.com", "-o", "json")
	term.exits(2)
	term.Sees("-o and --jq mask keys; the new key would not be shown")
	if requests := server.requests(); len(requests) != 2 {
		t.Errorf("the server had %q", requests)
	}
}
