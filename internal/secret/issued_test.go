package secret

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

func TestIssued(t *testing.T) {
	keyring.MockInit()
	r := Resolver{}
	issued := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	token := secretOf(t, canary)
	if err := r.StoreIssued(t.Context(), FromKeyring(""), "acme/token", Issued{Value: token, At: issued}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "token")
	if err := r.Write(t.Context(), FromFile(path), token); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, issued, issued); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		reference Reference
		account   string
		value     Value
		known     bool
	}{
		"keyring":                {FromKeyring(""), "acme/token", token, true},
		"keyring by name":        {FromKeyring("acme/token"), "", token, true},
		"another token":          {FromKeyring(""), "acme/token", secretOf(t, "another"), false},
		"keyring without a note": {FromKeyring(""), "acme/key", token, false},
		"file":                   {FromFile(path), "", token, true},
		"no file":                {FromFile(path + "x"), "", token, false},
		"folder":                 {FromFile(filepath.Dir(path)), "", token, false},
		"variable":               {FromEnv("TOKEN"), "", token, false},
		"nothing":                {Reference{}, "", token, false},
	} {
		got, known := r.Issued(t.Context(), test.reference, test.account, test.value)
		if known != test.known || known && !got.Equal(issued) {
			t.Errorf("%s: got %v, %v", name, got, known)
		}
	}
	if note, err := keyring.Get("usher", "acme/token/issued"); err != nil || note == "" || len(note) > 60 {
		t.Errorf("the note is %q, %v", note, err)
	}
}

// What renews a secret is found for that secret alone, and goes with it.
func TestRefresh(t *testing.T) {
	keyring.MockInit()
	r, token, renewal := Resolver{}, secretOf(t, canary), secretOf(t, "renewal "+canary)
	path := filepath.Join(t.TempDir(), "token")
	for name, ref := range map[string]Reference{"keyring": FromKeyring(""), "keyring by name": FromKeyring("shared"), "file": FromFile(path)} {
		t.Run(name, func(t *testing.T) {
			store := func(issued Issued) {
				t.Helper()
				if err := r.StoreIssued(t.Context(), ref, "acme/token", issued); err != nil {
					t.Fatal(err)
				}
			}
			store(Issued{Value: token, Refresh: renewal})
			if got, ok := r.Refresh(t.Context(), ref, "acme/token", token); !ok || got.Reveal() != renewal.Reveal() {
				t.Errorf("got %q, %v", got.Reveal(), ok)
			}
			if _, ok := r.Refresh(t.Context(), ref, "acme/token", secretOf(t, "another")); ok {
				t.Error("found for another secret")
			}
			store(Issued{Value: token})
			if _, ok := r.Refresh(t.Context(), ref, "acme/token", token); ok {
				t.Error("found for a login that issued none")
			}
		})
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("left %q, %v", left, err)
	}
	for _, ref := range []Reference{FromEnv("TOKEN"), {}} {
		if _, ok := r.Refresh(t.Context(), ref, "acme/token", token); ok {
			t.Errorf("found next to %q", ref)
		}
	}
}

func TestReach(t *testing.T) {
	keyring.MockInit()
	if err := (Resolver{}).Reach(t.Context()); err != nil {
		t.Error(err)
	}
	wantError(t, Resolver{Keyring: fakeKeyring{err: os.ErrPermission}}.Reach(t.Context()), NoKeyring, "no keyring can be reached")
	wantError(t, Resolver{Keyring: fakeKeyring{goOn: make(chan struct{})}, KeyringTimeout: time.Millisecond}.Reach(t.Context()), NoKeyring, "did not respond")
}
