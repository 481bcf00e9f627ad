package cli

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// keeper is a provider with a write-only password and a write-only note.
type keeper struct {
	lost    bool
	updates []schema.Record
}

func (k *keeper) user() provider.User {
	return provider.User{ID: "1", Key: "ada@example.com", Attributes: []byte(`{"email":"ada@example.com","age":36}`)}
}

func (k *keeper) Create(context.Context, schema.Record) (provider.User, error) { return k.user(), nil }

func (k *keeper) Find(context.Context, string) (provider.User, error) { return k.user(), nil }

func (k *keeper) Update(_ context.Context, _ string, changes schema.Record) (provider.User, error) {
	k.updates = append(k.updates, changes)
	if k.lost {
		return provider.User{}, &provider.Error{Class: provider.Unknown, Op: "update the user", Err: errors.New("no answer")}
	}
	return k.user(), nil
}

// adapters replaces the first provider with the keeper.
func (k *keeper) adapters(a *app.App) {
	adapter := a.Adapters[0]
	adapter.Table = schema.Table{
		{Name: "email", Format: schema.Email, Required: true, Immutable: true, Help: "address"},
		{Name: "password", Required: true, Secret: true, WriteOnly: true, Help: "password"},
		{Name: "note", WriteOnly: true, Help: "note"},
		{Name: "age", Kind: schema.Integer, Help: "age"},
	}
	adapter.New = func(provider.Connection) (provider.Client, error) { return k, nil }
	a.Adapters = []provider.Adapter{adapter}
}

// A write-only value is sent whenever it is specified, and a secret is never shown.
func TestUpdateOfWhatCannotBeReadBack(t *testing.T) {
	variables := map[string]string{"USHER_PROVIDER": "sulu", "USHER_BASE_URL": "http://127.0.0.1:1", "USHER_TOKEN": "t"}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"users", "update", "ada@example.com", "--password-file", secret, "--note", "x", "--age", "36"}

	t.Run("made", func(t *testing.T) {
		k := &keeper{}
		got := usherAs(t, variables, append(args, "--yes", "-o", "json"), k.adapters)
		if got.status != 0 || !strings.Contains(got.stdout, `"state": "updated"`) {
			t.Errorf("status %d\n%s%s", got.status, got.stdout, got.stderr)
		}
		want := regexp.MustCompile(`:\n  password +[^\n]+ → [^\n]+\n  note +[^\n]+ → x\n$`)
		if !want.MatchString(got.stderr) || strings.Contains(got.stderr+got.stdout, "canary") {
			t.Errorf("got\n%s", got.stderr)
		}
		if len(k.updates) != 1 || !maps.Equal(k.updates[0], schema.Record{"password": "canary", "note": "x"}) {
			t.Errorf("sent %v", k.updates)
		}
	})
	t.Run("without consent", func(t *testing.T) {
		k := &keeper{}
		got := usherAs(t, variables, args, k.adapters)
		if got.status != 2 || len(k.updates) != 0 {
			t.Errorf("status %d, sent %v", got.status, k.updates)
		}
		if want := "next: usher users update ada@example.com -p environment --note x --age 36 --password-file " + secret + " --yes\n"; !strings.HasSuffix(got.stderr, want) {
			t.Errorf("got\n%s", got.stderr)
		}
	})
	t.Run("lost", func(t *testing.T) {
		k := &keeper{lost: true}
		got := usherAs(t, variables, append(args, "--yes"), k.adapters)
		if got.status != 5 || len(k.updates) != 1 || strings.Contains(got.stderr+got.stdout, "canary") {
			t.Errorf("status %d, sent %d times\n%s", got.status, len(k.updates), got.stderr)
		}
	})
}
