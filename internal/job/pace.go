package job

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
)

// Pace says how fast requests are sent.
type Pace struct {
	// Concurrency is the number of requests at once, and Given that the flag was
	// specified, so that the profile does not count.
	Concurrency int
	Given       bool
	// Rate is a number of requests in a time, like 5/s; empty for the profile's.
	Rate string
}

// Check refuses what is no pace.
func (p Pace) Check() error {
	if p.Concurrency < 1 {
		return failure.Refuse(fmt.Errorf("--concurrency %d is not a number of requests", p.Concurrency))
	}
	return nil
}

// Options returns the pace as the engine needs it: flags win over the profile.
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
