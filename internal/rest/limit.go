package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWait is the longest wait that an answer can ask for; what goes beyond is a
// mistake or must not block a run.
const maxWait = time.Hour

// Limit is what an answer said about the provider's rate limit.
type Limit struct {
	// Remaining is the number of requests left, -1 where the answer did not say.
	Remaining int
	// Reset is the time until more are allowed, from 0 to one hour; 0 where the answer did not say.
	Reset time.Duration
}

// parseLimit reads the headers of an answer that came at this time:
// Retry-After, RateLimit of the IETF draft, and the pairs RateLimit-* and
// X-RateLimit-*, in that order. ok is false where there is none.
func parseLimit(header http.Header, now time.Time) (limit Limit, ok bool) {
	if wait, ok := parseRetryAfter(header.Get("Retry-After"), now); ok {
		return Limit{Remaining: 0, Reset: wait}, true
	}
	if limit, ok := parseDraft(header.Values("RateLimit")); ok {
		return limit, true
	}
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-"} {
		remaining, said := parseCount(header.Get(prefix + "Remaining"))
		reset, timed := parseReset(header.Get(prefix+"Reset"), now)
		if !said {
			remaining = -1
		}
		if said || timed {
			return Limit{Remaining: remaining, Reset: reset}, true
		}
	}
	return Limit{}, false
}

// speaksOfLimit tells whether one of those headers is there: most answers have
// none, and to look for each of them costs more. Names are as net/http gives them.
func speaksOfLimit(header http.Header) bool {
	for name := range header {
		if name == "Retry-After" || strings.Contains(name, "Ratelimit") {
			return true
		}
	}
	return false
}

// clockOf gives the time of an answer by the provider's own clock, which its Date
// header names, so that dates in the answer are read right where this machine's
// clock is not. Where the header is missing it is the time now.
func clockOf(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// parseRetryAfter reads a Retry-After header: seconds, or a date.
func parseRetryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if seconds, ok := parseCount(value); ok {
		return waitOf(seconds), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), maxWait), true
}

// parseDraft reads the RateLimit header of the drafts: the policies
// `"default";r=50;t=30, "daily";r=900;t=3600`, of which the one with the fewest
// requests left counts, or the older `limit=100, remaining=50, reset=30`.
func parseDraft(values []string) (Limit, bool) {
	tightest, found := Limit{}, false
	older := Limit{Remaining: -1}
	for policy := range strings.SplitSeq(strings.Join(values, ","), ",") {
		limit := Limit{Remaining: -1}
		for parameter := range strings.SplitSeq(policy, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			count, ok := parseCount(value)
			switch {
			case !ok:
			case name == "r":
				limit.Remaining = count
			case name == "t":
				limit.Reset = waitOf(count)
			case name == "remaining":
				older.Remaining = count
			case name == "reset":
				older.Reset = waitOf(count)
			}
		}
		if limit.Remaining >= 0 && (!found || limit.Remaining < tightest.Remaining) {
			tightest, found = limit, true
		}
	}
	if !found {
		return older, older.Remaining >= 0
	}
	return tightest, true
}

// parseReset reads the time of a reset: seconds from now, or, from a number
// that can only be a date, seconds or milliseconds since 1970.
func parseReset(value string, now time.Time) (time.Duration, bool) {
	const aDate, aDateInMilliseconds = 1_000_000_000, 1_000_000_000_000
	number, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	switch {
	case err != nil || number < 0:
		return 0, false
	case number >= aDateInMilliseconds:
		return min(max(time.UnixMilli(number).Sub(now), 0), maxWait), true
	case number >= aDate:
		return min(max(time.Unix(number, 0).Sub(now), 0), maxWait), true
	default:
		return waitOf(int(number)), true
	}
}

// parseCount reads a whole number that is not negative.
func parseCount(value string) (int, bool) {
	count, err := strconv.Atoi(strings.TrimSpace(value))
	return count, err == nil && count >= 0
}

// waitOf gives a number of seconds as a duration of at most maxWait.
func waitOf(seconds int) time.Duration {
	return time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second
}
