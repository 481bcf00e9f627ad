//go:build unix

package cli

import (
	"context"
	"testing"

	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/termtest"
)

// On a terminal the question states that a delete cannot be undone, and no sends nothing.
func TestDeleteAsks(t *testing.T) {
	store, err := sandbox.MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(store, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	running, err := sandbox.Start(context.Background(), "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
		_ = store.Close()
	})
	users := func() (n int) {
		for _, err := range store.Users(t.Context(), "scim") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	variables := []string{"USHER_PROVIDER=scim", "USHER_BASE_URL=" + running.BaseURL("scim"), "USHER_TOKEN=canary", "USHER_STATE_DIR=" + t.TempDir()}
	start(t, variables, nil, "users", "create", "--user-name", "ada@example.com", "--no-input").exits(0)
	for _, test := range []struct {
		keys         string
		status, left int
	}{{"n\r", 2, 1}, {termtest.Interrupt, 130, 1}, {"y\r", 0, 0}} {
		term := start(t, variables, nil, "users", "delete", "ada@example.com")
		term.Sees("Delete ada@example.com in environment? This cannot be undone.")
		term.Types(test.keys)
		term.exits(test.status)
		if n := users(); n != test.left {
			t.Errorf("%q leaves %d users, want %d", test.keys, n, test.left)
		}
	}
}
