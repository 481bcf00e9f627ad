package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxLength is the most that is read of a file or a command, in bytes. Keys and tokens are far shorter; more is a
// mistake such as file:/dev/zero.
const maxLength = 64 << 10

// Resolver fetches secrets. The zero Resolver uses this process's environment
// and the system keyring. It is safe for concurrent use.
type Resolver struct {
	// LookupEnv reads an environment variable; nil means os.LookupEnv.
	LookupEnv func(name string) (string, bool)
	// Keyring is where keyring: references lead; nil means the system's.
	Keyring Keyring
	// KeyringTimeout bounds one call of the keyring, which may hang; 0 means 5 seconds.
	KeyringTimeout time.Duration
	// CommandTimeout bounds a command; 0 means 30 seconds.
	CommandTimeout time.Duration
}

// Resolve fetches the secret that a reference leads to. account is the keyring account of a reference without one, as
// [Account] returns it. Every error is an [*Error].
func (r Resolver) Resolve(ctx context.Context, ref Reference, account string) (Value, error) {
	text, err := r.read(ctx, ref, account)
	if err != nil {
		return Value{}, err
	}
	if strings.TrimSpace(text) == "" {
		return Value{}, &Error{Reference: ref, Kind: Empty, Problem: ref.emptiness()}
	}
	return Value{text: &text}, nil
}

func (r Resolver) read(ctx context.Context, ref Reference, account string) (string, error) {
	switch ref.scheme {
	case schemeEnv:
		return r.readVariable(ref)
	case schemeFile:
		return r.readFile(ctx, ref)
	case schemeKeyring:
		return r.readKeyring(ctx, ref, account)
	case schemeExec:
		return r.readCommand(ctx, ref)
	default:
		return "", &Error{Reference: ref, Kind: Missing, Problem: "the reference is empty"}
	}
}

func (r Resolver) readVariable(ref Reference) (string, error) {
	text, ok := r.lookupEnv(ref.rest)
	if !ok {
		return "", &Error{Reference: ref, Kind: Missing, Problem: "the environment variable " + ref.rest + " is not set",
			Hint: "set it in the shell or job that runs usher"}
	}
	return text, nil
}

// emptiness returns the message for an empty secret.
func (r Reference) emptiness() string {
	switch r.scheme {
	case schemeEnv:
		return "the environment variable " + r.rest + " is empty"
	case schemeFile:
		return "the file is empty"
	case schemeExec:
		return "the command printed nothing"
	default:
		return "the keyring entry is empty"
	}
}

func (r Resolver) lookupEnv(name string) (string, bool) {
	if r.LookupEnv != nil {
		return r.LookupEnv(name)
	}
	return os.LookupEnv(name)
}

// expand replaces a leading ~ by the home directory.
func (r Resolver) expand(path string) (string, error) {
	if path != "~" && !strings.HasPrefix(path, "~/") && !strings.HasPrefix(path, "~"+string(filepath.Separator)) {
		return path, nil
	}
	home, ok := r.lookupEnv("HOME")
	if !ok || home == "" {
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			return "", errors.New("home directory unknown")
		}
	}
	return filepath.Join(home, path[1:]), nil
}

// await runs a function that cannot be cancelled, and stops waiting for it when the context ends. The function then
// continues alone.
func await[T any](ctx context.Context, run func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := run()
		done <- outcome{value, err}
	}()
	select {
	case result := <-done:
		return result.value, result.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// interrupted returns the error for a context that was cancelled.
func interrupted(ref Reference, cause error) *Error {
	return &Error{Reference: ref, Kind: Interrupted, Problem: fmt.Sprintf("interrupted (%v)", cause), Err: cause}
}
