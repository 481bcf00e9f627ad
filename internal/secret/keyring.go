package secret

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

// service is the service of usher's entries in the keyring.
const service = "usher"

// Keyring stores secrets by service and account. Get and Delete return keyring.ErrNotFound if there is no such entry,
// and Set keyring.ErrSetDataTooBig for a long secret.
type Keyring interface {
	Get(service, account string) (string, error)
	Set(service, account, secret string) error
	Delete(service, account string) error
}

// systemKeyring is the keyring of the desktop or the operating system.
type systemKeyring struct{}

func (systemKeyring) Get(service, account string) (string, error) {
	return keyring.Get(service, account)
}
func (systemKeyring) Set(service, account, secret string) error {
	return keyring.Set(service, account, secret)
}
func (systemKeyring) Delete(service, account string) error { return keyring.Delete(service, account) }

// Store writes a secret to the keyring and replaces one of the same account. Every error is an [*Error]; of kind
// NoKeyring if none can be reached.
func (r Resolver) Store(ctx context.Context, account string, value Value) error {
	ref := FromKeyring(account)
	if value.IsZero() {
		return &Error{Reference: ref, Kind: Empty, Problem: "the secret is empty"}
	}
	_, err := r.useKeyring(ctx, ref, account, func(store Keyring) (string, error) {
		err := store.Set(service, account, value.Reveal())
		if err != nil && strings.Contains(err.Error(), value.Reveal()) {
			err = errors.New("the keyring refused the secret")
		}
		return "", err
	})
	return err
}

// Delete removes a secret from the keyring. A missing one is not an error. Every error is an [*Error].
func (r Resolver) Delete(ctx context.Context, account string) error {
	_, err := r.useKeyring(ctx, FromKeyring(account), account, func(store Keyring) (string, error) {
		return "", store.Delete(service, account)
	})
	if failure, ok := errors.AsType[*Error](err); ok && failure.Kind == Missing {
		return nil
	}
	return err
}

func (r Resolver) readKeyring(ctx context.Context, ref Reference, account string) (string, error) {
	name, _ := ref.KeyringAccount(account)
	text, err := r.useKeyring(ctx, ref, name, func(store Keyring) (string, error) {
		return store.Get(service, name)
	})
	if failure, ok := errors.AsType[*Error](err); ok && failure.Kind == Missing {
		failure.Hint = "store it"
		if command := storeCommand(account); command != "" {
			failure.Hint += " with: " + command
		}
	}
	return text, err
}

// useKeyring calls the keyring within the time limit and classifies its errors. The library has no type for "there is
// no keyring here", so every error without a type means that.
func (r Resolver) useKeyring(ctx context.Context, ref Reference, account string, use func(Keyring) (string, error)) (string, error) {
	store := r.Keyring
	if store == nil {
		store = systemKeyring{}
	}
	limit := orDefault(r.KeyringTimeout, 5*time.Second)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	text, err := await(limited, func() (string, error) { return use(store) })
	switch {
	case err == nil:
		return text, nil
	case ctx.Err() != nil:
		return "", interrupted(ref, ctx.Err())
	case errors.Is(err, keyring.ErrNotFound):
		return "", &Error{Reference: ref, Kind: Missing, Problem: fmt.Sprintf("the keyring has no entry of the service %q for %q", service, account), Err: err}
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return "", &Error{Reference: ref, Kind: TooLong, Problem: "the secret is too long for this keyring", Hint: "store it elsewhere: " + otherPlaces, Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return "", &Error{Reference: ref, Kind: NoKeyring, Problem: fmt.Sprintf("the keyring did not respond within %v", limit), Hint: "unlock it and try again, or store the secret elsewhere: " + otherPlaces, Err: err}
	default:
		return "", &Error{Reference: ref, Kind: NoKeyring, Problem: "no keyring can be reached on this machine" + inBrackets(err.Error()), Hint: "store the secret elsewhere: " + otherPlaces, Err: err}
	}
}

// otherPlaces lists the references that work without a keyring.
const otherPlaces = "env:NAME, file:PATH or exec:COMMAND"

func orDefault(given, otherwise time.Duration) time.Duration {
	if given > 0 {
		return given
	}
	return otherwise
}
