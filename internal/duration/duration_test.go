package duration_test

import (
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/duration"
)

func TestParse(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond, "1.5h": 90 * time.Minute,
		"30d": 30 * day, "2w": 14 * day, "1w2d3h": 9*day + 3*time.Hour, "1d12h": 36 * time.Hour, "0d": 0,
	} {
		if got, err := duration.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "-5s", "-1d", "d", "1d-1s", "1d5", "12h1d", "1.5d", "1d2w", "5 s", "never", "106752d", "15251w", "106751d24h", "99999999999999999999d"} {
		if got, err := duration.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, got)
		}
	}
}

func TestVar(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	var got time.Duration
	duration.Var(flags, &got, "ttl", time.Hour, "how long")
	if flag := flags.Lookup("ttl"); got != time.Hour || flag.DefValue != "1h0m0s" || flag.Value.Type() != "duration" {
		t.Errorf("before: %v, %+v", got, flag)
	}
	if err := flags.Parse([]string{"--ttl", "3d"}); err != nil || got != 72*time.Hour {
		t.Errorf("got %v, %v", got, err)
	}
	if err := flags.Parse([]string{"--ttl", "3"}); err == nil || got != 72*time.Hour {
		t.Errorf("a number without a unit: %v, %v", got, err)
	}
}
