// Package duration reads durations as administrators write them: in days and weeks too.
package duration

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/pflag"
)

// Forms lists the accepted forms, for errors and help.
const Forms = "for example 30s, 5m, 2h, 1d12h, 30d or 2w"

// Parse returns a duration of 0 or more: what [time.ParseDuration] reads, and days (24 hours) and weeks before it.
func Parse(text string) (time.Duration, error) {
	bad := errors.New("must be a duration, " + Forms)
	parts := regexp.MustCompile(`^(?:(\d+)w)?(?:(\d+)d)?(.*)$`).FindStringSubmatch(text)
	if text == "" || parts == nil {
		return 0, bad
	}
	const day = 24 * time.Hour
	var total time.Duration
	for i, unit := range []time.Duration{7 * day, day} {
		if parts[i+1] == "" {
			continue
		}
		count, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || count > int64((math.MaxInt64-total)/unit) {
			return 0, bad
		}
		total += time.Duration(count) * unit
	}
	if parts[3] == "" {
		return total, nil
	}
	rest, err := time.ParseDuration(parts[3])
	if err != nil || rest < 0 || rest > math.MaxInt64-total {
		return 0, bad
	}
	return total + rest, nil
}

// Var adds a flag for a duration. The flag accepts what [Parse] accepts. A preset of 0 is not shown in help.
func Var(flags *pflag.FlagSet, to *time.Duration, name string, preset time.Duration, help string) {
	*to = preset
	flags.Var((*value)(to), name, help)
	if preset == 0 {
		flags.Lookup(name).DefValue = ""
	}
}

// value is a duration as the value of a flag.
type value time.Duration

// Set implements [pflag.Value].
func (v *value) Set(text string) error {
	read, err := Parse(text)
	if err == nil {
		*v = value(read)
	}
	return err
}

// String implements [pflag.Value].
func (v *value) String() string { return time.Duration(*v).String() }

// Type implements [pflag.Value].
func (v *value) Type() string { return "duration" }
