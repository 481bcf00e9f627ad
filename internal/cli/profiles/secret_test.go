package profiles

import (
	"errors"
	"maps"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/secret"
)

// entries is a keyring in memory.
type entries map[string]string

func (e entries) Get(_, account string) (string, error) {
	if text, ok := e[account]; ok {
		return text, nil
	}
	return "", keyring.ErrNotFound
}

func (e entries) Set(_, account, text string) error {
	e[account] = text
	return nil
}

func (e entries) Delete(_, account string) error {
	delete(e, account)
	return nil
}

// A profile that is not written leaves the keyring as it was: without a new secret, and with the one that was replaced,
// also if it was replaced twice.
func TestAbandonedProfileRestoresTheKeyring(t *testing.T) {
	for name, before := range map[string]entries{"new": {}, "replaced": {"acme/token": "canary-old", "other/token": "canary-other"}} {
		t.Run(name, func(t *testing.T) {
			kept := maps.Clone(before)
			v := &interview{app: &app.App{Secrets: secret.Resolver{Keyring: kept}}, name: "acme", given: map[string]any{}}
			for _, text := range []string{"canary-1", "canary-2"} {
				if err := v.keep(t.Context(), "token", text); err != nil || kept["acme/token"] != text {
					t.Fatalf("%v, and the keyring holds %q", err, kept)
				}
			}
			err := v.abandon(t.Context(), form.ErrAborted)
			if failed, ok := errors.AsType[*failure.Error](err); !ok || failed.Status != failure.StatusInterrupted {
				t.Errorf("error %v", err)
			}
			if !maps.Equal(kept, before) {
				t.Errorf("the keyring holds %q, want %q", kept, before)
			}
		})
	}
}
