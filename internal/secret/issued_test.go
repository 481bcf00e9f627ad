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
	if err := r.StoreIssued(t.Context(), "acme/token", token, issued); err != nil {
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

func TestReach(t *testing.T) {
	keyring.MockInit()
	if err := (Resolver{}).Reach(t.Context()); err != nil {
		t.Error(err)
	}
	wantError(t, Resolver{Keyring: fakeKeyring{err: os.ErrPermission}}.Reach(t.Context()), NoKeyring, "no keyring can be reached")
	wantError(t, Resolver{Keyring: fakeKeyring{goOn: make(chan struct{})}, KeyringTimeout: time.Millisecond}.Reach(t.Context()), NoKeyring, "did not respond")
}
