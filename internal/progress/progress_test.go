package progress

import (
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/term"
)

func TestPlainLines(t *testing.T) {
	for _, test := range []struct {
		total int
		want  []string // how the lines begin
	}{
		{0, nil},
		{1, nil},
		{3, []string{"30 %: 1 of 3", "60 %: 2 of 3"}},
		{1000, []string{
			"10 %: 100 of 1,000", "20 %: 200 of 1,000", "30 %: 300 of 1,000", "40 %: 400 of 1,000", "50 %: 500 of 1,000",
			"60 %: 600 of 1,000", "70 %: 700 of 1,000", "80 %: 800 of 1,000", "90 %: 900 of 1,000",
		}},
	} {
		streams, _, _, out := term.Test()
		p := New(streams, test.total)
		for range test.total {
			p.Row(Well)
		}
		p.Close()
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if out.String() == "" {
			lines = nil
		}
		if len(lines) != len(test.want) {
			t.Errorf("%d rows: got %q, want %q", test.total, lines, test.want)
			continue
		}
		for i, want := range test.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%d rows, line %d: got %q, want %q", test.total, i, lines[i], want)
			}
		}
	}
}

func TestNoRowsNoBar(t *testing.T) {
	streams, _, _, out := term.Test(term.WithTerminals(true, true, true), term.WithWidth(80))
	p := New(streams, 0)
	p.Say("a line")
	p.Close()
	if got := out.String(); got != "a line\n" {
		t.Errorf("got %q", got)
	}
}

func TestSayStaysWhenTheBarIsGone(t *testing.T) {
	streams, _, _, out := term.Test(term.WithTerminals(true, true, true), term.WithWidth(80))
	p := New(streams, 2)
	p.Row(Well)
	p.Close()
	out.Reset()
	p.Say("afterwards")
	if got := strings.TrimPrefix(out.String(), "\r"); got != "afterwards\n" {
		t.Errorf("got %q", got)
	}
}

func TestCountsText(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later := began.Add(10 * time.Second)
	for _, test := range []struct {
		counts counts
		want   string
	}{
		{counts{total: 1000}, "0 of 1,000"},
		{counts{total: 1000, done: 500}, "500 of 1,000  50/s  10s left"},
		{counts{total: 100, done: 5}, "5 of 100  0.5/s  3m10s left"},
		{counts{total: 100, done: 50, failed: 3, unknown: 2}, "50 of 100  5.0/s  10s left  3 failed  2 unknown"},
		{counts{total: 100, done: 100, throttled: 90 * time.Second}, "100 of 100  10/s  throttled 1m30s"},
	} {
		test.counts.began = began
		if got := test.counts.text(later); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestOverlappingPausesCountOnce(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
	}
	var c counts
	c.throttle(at(0), time.Second)
	c.throttle(at(0.5), time.Second)     // until 1.5
	c.throttle(at(0.6), time.Second/2)   // within what is counted
	c.throttle(at(10), 2*time.Second)    // until 12
	c.throttle(at(11.5), 10*time.Second) // until 21.5
	if want := 13 * time.Second; c.throttled != want {
		t.Errorf("got %v, want %v", c.throttled, want)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                "1s",
		900 * time.Millisecond:           "1s",
		59 * time.Second:                 "59s",
		200 * time.Second:                "3m20s",
		2*time.Hour + 5*time.Minute:      "2h05m",
		76*time.Hour + 30*time.Minute:    "3d04h",
		59*time.Minute + 59*time.Second:  "59m59s",
		time.Hour - 100*time.Millisecond: "59m59s",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", -1: "-1", -999: "-999", -1000: "-1,000", 1234567: "1,234,567"} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
