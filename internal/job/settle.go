package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/pkg/provider"
)

// SettleAfter is the time after which a doubt is settled, in the format of the flag: "60s", "never", or empty for
// the profile's.
type SettleAfter string

// Check returns an error for an invalid time.
func (s SettleAfter) Check() error {
	if s == "" {
		return nil
	}
	if _, err := config.ParseWait(string(s)); err != nil {
		return failure.Refuse(fmt.Errorf("--settle-after %q: %w", string(s), err))
	}
	return nil
}

// With returns the engine's options with the time, and with what the provider documents about its users.
func (s SettleAfter) With(profile *config.Profile, options engine.Options, adapter provider.Adapter, client provider.Client) engine.Options {
	return withFacts(s.with(profile, options), adapter, client)
}

// with adds the time. The flag overrides the profile.
func (s SettleAfter) with(profile *config.Profile, options engine.Options) engine.Options {
	options.SettleAfter, _ = profile.Wait("settle-after")
	if wait, err := config.ParseWait(string(s)); err == nil {
		options.SettleAfter = wait
	}
	return options
}

// withFacts adds what the provider documents about its users.
func withFacts(options engine.Options, adapter provider.Adapter, client provider.Client) engine.Options {
	options.OnlyKey = len(adapter.UniqueFields) == 1 && adapter.UniqueFields[0] == adapter.Key
	options.Made = adapter.Lifecycle.CreatedAt
	options.Unique = func(ctx context.Context) provider.Uniqueness {
		if uniquer, ok := provider.As[provider.Uniquer](client); ok {
			if unique, err := uniquer.Unique(ctx); err == nil {
				return unique
			}
			return provider.UniqueUnknown // only if the server declares the same
		}
		return adapter.Unique
	}
	if options.Route == nil {
		options.Route = &engine.Route{}
	}
	return options
}

// waitText returns why a run waits.
func waitText(rows int, wait time.Duration) string {
	return fmt.Sprintf("Waiting %s before %s in doubt %s settled. Press Ctrl-C to leave %s unknown.",
		wait.Round(100*time.Millisecond), progress.Count(rows, "row"), plural(rows, "is", "are"), plural(rows, "it", "them"))
}

// absenceText returns why a delete or a comparison waits.
func absenceText(rows int, wait time.Duration) string {
	return fmt.Sprintf("Waiting %s before the absence of %s counts, because usher sent or found them recently.",
		wait.Round(100*time.Millisecond), progress.Count(rows, "user"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
