package cli

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/term"
)

// result is the result of a command line.
type result struct {
	status         int
	stdout, stderr string
	home           string // the directory of all written files
}

// usher runs a command line in this process, with a new home directory, these variables, and short waits.
func usher(t *testing.T, variables map[string]string, args ...string) result {
	t.Helper()
	return usherAs(t, variables, args)
}

// usherAs is usher with a differently composed program.
func usherAs(t *testing.T, variables map[string]string, args []string, adjust ...func(*app.App)) result {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_STATE_HOME": filepath.Join(home, "state"), "XDG_CACHE_HOME": filepath.Join(home, "cache"),
		"USHER_STATE_DIR": filepath.Join(home, "state"), "USHER_CONFIG": filepath.Join(home, "config.yaml"),
	} {
		t.Setenv(name, value)
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
	streams, _, stdout, stderr := term.Test()
	status := run(args, streams, app.Build{Version: "test"}, append(adjust, quick)...)
	return result{status, stdout.String(), stderr.String(), home}
}

// quick shortens the waits of the program.
func quick(a *app.App) {
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(min(d, time.Millisecond)):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
