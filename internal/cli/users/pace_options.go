package users

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/config"
)

// paceOptions are the flags that say how fast requests are sent.
type paceOptions struct {
	concurrency      int
	concurrencyGiven bool
	rate             string
}

func (o *paceOptions) addPaceFlags(cmd *cobra.Command) {
	cmd.Flags().IntVar(&o.concurrency, "concurrency", 8, "requests under way at once, at most")
	cmd.Flags().StringVar(&o.rate, "rate", "", "requests in a time, like 5/s or 300/m")
	for _, name := range []string{"concurrency", "rate"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// check refuses what is no pace.
func (o *paceOptions) check() error {
	if o.concurrency < 1 {
		return app.Refuse(fmt.Errorf("--concurrency %d is not a number of requests", o.concurrency))
	}
	return nil
}

// read gives the pace: flags win over the profile.
func (o *paceOptions) read(a *app.App, profile *config.Profile) (bulk.Options, error) {
	options := bulk.Options{Concurrency: o.concurrency, Pace: bulk.NewPace(), Sleep: a.Sleep}
	if number, ok := profile.Int("concurrency"); ok && !o.concurrencyGiven && number > 0 {
		options.Concurrency = number
	}
	options.Rate, _ = profile.Rate("rate")
	if o.rate != "" {
		rate, err := config.ParseRate(o.rate)
		if err != nil {
			return options, app.Refuse(fmt.Errorf("--rate %q: %w", o.rate, err))
		}
		options.Rate = rate
	}
	return options, nil
}
