package secret

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	r := Resolver{}
	_, err := resolve(t, r, "keyring:")
	wantError(t, err, Missing, "acme/token", "usher profiles edit acme --token-stdin")
	_, err = resolve(t, r, "keyring:shared")
	wantError(t, err, Missing, "keyring:shared", "usher profiles edit acme --token-stdin")
	_, err = r.Resolve(t.Context(), FromKeyring("lonely"), "")
	wantError(t, err, Missing, `"lonely"`)

	if err := r.Store(t.Context(), "acme/token", secretOf(t, canary)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"keyring:", "keyring:acme/token"} {
		if got, err := resolve(t, r, text); err != nil || got != canary {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	if got, err := keyring.Get("usher", "acme/token"); err != nil || got != canary {
		t.Errorf("the keyring holds %q, %v", got, err)
	}
	for range 2 { // the second time there is nothing left
		if err := r.Delete(t.Context(), "acme/token"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	_, err = resolve(t, r, "keyring:")
	wantError(t, err, Missing)
	wantError(t, r.Store(t.Context(), "acme/token", Value{}), Empty)
}

// fakeKeyring answers every call with the same secret and error, after it was
// told to go on.
type fakeKeyring struct {
	secret string
	err    error
	goOn   chan struct{}
}

func (f fakeKeyring) answer() error {
	if f.goOn != nil {
		<-f.goOn
	}
	return f.err
}

func (f fakeKeyring) Get(string, string) (string, error) { return f.secret, f.answer() }
func (f fakeKeyring) Set(string, string, string) error   { return f.answer() }
func (f fakeKeyring) Delete(string, string) error        { return f.answer() }

func TestKeyringThatFails(t *testing.T) {
	none := Resolver{Keyring: fakeKeyring{err: errors.New("no bus\x1b[2J at /run/user")}}
	_, err := resolve(t, none, "keyring:")
	wantError(t, err, NoKeyring, "no keyring can be reached", "(no bus[2J at /run/user)", "env:NAME", "file:PATH", "exec:COMMAND")
	wantError(t, none.Store(t.Context(), "acme/token", secretOf(t, canary)), NoKeyring)
	wantError(t, none.Delete(t.Context(), "acme/token"), NoKeyring)

	small := Resolver{Keyring: fakeKeyring{err: keyring.ErrSetDataTooBig}}
	wantError(t, small.Store(t.Context(), "acme/token", secretOf(t, canary)), TooLong, "file:PATH")

	chatty := Resolver{Keyring: fakeKeyring{err: errors.New("cannot store " + canary)}}
	wantError(t, chatty.Store(t.Context(), "acme/token", secretOf(t, canary)), NoKeyring)

	_, err = resolve(t, Resolver{Keyring: fakeKeyring{secret: ""}}, "keyring:")
	wantError(t, err, Empty, "the keyring entry is empty")
}

func TestKeyringThatHangs(t *testing.T) {
	goOn := make(chan struct{})
	defer close(goOn)
	r := Resolver{Keyring: fakeKeyring{goOn: goOn}, KeyringTimeout: time.Nanosecond}
	_, err := resolve(t, r, "keyring:")
	wantError(t, err, NoKeyring, "did not respond within 1ns", "env:NAME")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, Resolver{Keyring: fakeKeyring{goOn: goOn}}.Store(ctx, "acme/token", secretOf(t, canary)), Interrupted)
}

// The reference to the profile's own entry ends with the colon.
func TestErrorsHaveOneColon(t *testing.T) {
	err := Resolver{Keyring: fakeKeyring{err: os.ErrPermission}}.Reach(t.Context())
	if err == nil || strings.Contains(err.Error(), "::") {
		t.Errorf("error %v", err)
	}
}
