package job

import (
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
)

// Pace is the rate and concurrency of requests, as flags specify them.
type Pace struct {
	// Concurrency is the maximum number of concurrent requests. Given reports that the flag was specified, so that
	// it overrides the profile.
	Concurrency int
	Given       bool
	// Rate is a maximum request rate, for example 5/s; empty for the profile's.
	Rate string
}

// Check returns an error for invalid values.
func (p Pace) Check() error {
	if p.Concurrency < 1 {
		return failure.Refuse(errors.New("--concurrency must be 1 or more"))
	}
	return nil
}

// Options returns the engine's options. Flags override the profile.
func (p Pace) Options(a *app.App, profile *config.Profile) (engine.Options, error) {
	options := engine.Options{Concurrency: p.Concurrency, Pace: engine.NewPace(), Sleep: a.Sleep, MaxWait: app.MaxWait(profile)}
	if number, ok := profile.Int("concurrency"); ok && !p.Given && number > 0 {
		options.Concurrency = number
	}
	options.Rate, _ = profile.Rate("rate")
	if p.Rate != "" {
		rate, err := config.ParseRate(p.Rate)
		if err != nil {
			return options, failure.Refuse(fmt.Errorf("--rate %q: %w", p.Rate, err))
		}
		options.Rate = rate
	}
	return options, nil
}
