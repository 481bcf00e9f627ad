package progress

import (
	"fmt"
	"strconv"
	"time"
)

// counts are the counts of rows at a time.
type counts struct {
	total, done, failed, unknown int

	began     time.Time
	throttled time.Duration
	resumes   time.Time // the end of the pause that is counted already
	settles   time.Time // until then rows in doubt wait
}

func (c *counts) add(end End) {
	c.done++
	switch end {
	case Failed:
		c.failed++
	case Unknown:
		c.unknown++
	}
}

// tenths returns how many tenths of the rows have ended.
func (c *counts) tenths() int { return c.done * 10 / max(1, c.total) }

// throttle counts a pause from now on. Pauses that overlap count once.
func (c *counts) throttle(now time.Time, wait time.Duration) {
	until := now.Add(wait)
	if c.resumes.After(now) {
		now = c.resumes
	}
	if until.After(now) {
		c.throttled += until.Sub(now)
		c.resumes = until
	}
}

// text returns the counts as one short line: 233 of 1,000  78/s  9s left  3 failed  throttled 5s.
func (c *counts) text(now time.Time) string {
	text := fmt.Sprintf("%s of %s", Number(c.done), Number(c.total))
	if elapsed := now.Sub(c.began); c.done > 0 && elapsed > 0 {
		pace := float64(c.done) / elapsed.Seconds()
		text += "  " + short(pace) + "/s"
		if left := float64(c.total-c.done) / pace; left > 0 {
			text += "  " + Span(time.Duration(left*float64(time.Second))) + " left"
		}
	}
	if left := c.settles.Sub(now); left > 0 {
		text = fmt.Sprintf("%s of %s  settling doubts in %s", Number(c.done), Number(c.total), Span(left))
	}
	if c.failed > 0 {
		text += fmt.Sprintf("  %s failed", Number(c.failed))
	}
	if c.unknown > 0 {
		text += fmt.Sprintf("  %s unknown", Number(c.unknown))
	}
	if c.throttled > 0 {
		text += "  throttled " + Span(c.throttled)
	}
	return text
}

func short(pace float64) string {
	if pace < 10 {
		return strconv.FormatFloat(pace, 'f', 1, 64)
	}
	return Number(int(pace))
}

// Count returns a number with its noun: "1 row", "10,000 rows".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}

// Number returns a number with commas between the thousands.
func Number(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// Span returns a duration in short form: 4s, 3m20s, 2h05m, 3d04h. It is at least a second.
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "1s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
	}
}
