package cli

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/term"
)

// result is what a command line gave.
type result struct {
	status         int
	stdout, stderr string
	home           string // where everything that was written lies
}

// usher runs a command line in this process, with a home of its own, these
// variables, and waits that hardly take time.
func usher(t *testing.T, variables map[string]string, args ...string) result {
	t.Helper()
	return usherAs(t, variables, nil, args...)
}

// usherAs is usher in a program that is put together in another way.
func usherAs(t *testing.T, variables map[string]string, adjust func(*app.App), args ...string) result {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_STATE_HOME": filepath.Join(home, "state"),
		"USHER_STATE_DIR": filepath.Join(home, "state"), "USHER_CONFIG": filepath.Join(home, "config.yaml"),
	} {
		t.Setenv(name, value)
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
	streams, _, stdout, stderr := term.Test()
	a := compose(streams, app.Build{Version: "test"}, preparse(args))
	a.Drain = func() <-chan struct{} { return nil }
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(min(d, time.Millisecond)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if adjust != nil {
		adjust(a)
	}
	status := report(a, execute(t.Context(), a, args), false)
	return result{status, stdout.String(), stderr.String(), home}
}
