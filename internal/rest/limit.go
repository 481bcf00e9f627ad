package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// farthest is the longest wait that is read from a response. A longer one is shortened to it.
const farthest = 366 * 24 * time.Hour

// Limit is what a response reported about the provider's rate limit.
type Limit struct {
	// Remaining is the number of requests left, -1 if the response did not report it.
	Remaining int
	// Reset is the time until more are allowed, from 0 to [farthest]; 0 if the response did not report it.
	Reset time.Duration
}

// parseLimit reads the headers of a response that came at this time:
// Retry-After, RateLimit of the IETF draft, and the pairs RateLimit-*,
// X-RateLimit-* and X-Rate-Limit-*, in that order. ok is false if there is none.
func parseLimit(header http.Header, now time.Time) (limit Limit, ok bool) {
	if wait, ok := parseRetryAfter(header.Get("Retry-After"), now); ok {
		return Limit{Remaining: 0, Reset: wait}, true
	}
	if limit, ok := parseDraft(header.Values("RateLimit")); ok {
		return limit, true
	}
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
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

// withCommonQuota returns a header in which the quota also has a common name, if the provider documents other ones.
func withCommonQuota(header http.Header, quota provider.Quota) http.Header {
	if quota.Remaining == "" || header.Get(quota.Remaining) == "" && header.Get(quota.Reset) == "" {
		return header
	}
	header = header.Clone()
	header["X-Ratelimit-Remaining"], header["X-Ratelimit-Reset"] = header.Values(quota.Remaining), header.Values(quota.Reset)
	return header
}

// speaksOfLimit reports whether one of those headers is present: most responses have none, and to look for each of them
// costs more. Names are as net/http returns them.
func speaksOfLimit(header http.Header) bool {
	for name := range header {
		if name == "Retry-After" || strings.Contains(name, "Ratelimit") || strings.Contains(name, "Rate-Limit") {
			return true
		}
	}
	return false
}

// clockOf returns the time of a response by the provider's own clock, which is in its Date header, so that dates in the
// response are read right if this machine's clock is wrong. Without the header it is the time now.
func clockOf(header http.Header) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// waitAfter returns the wait before the next request that a refusal demands, 0 if it does not. asked reports whether it
// has a valid Retry-After header, which precedes the quota of a 429.
func waitAfter(answer *http.Response) (wait time.Duration, asked bool) {
	now := clockOf(answer.Header)
	if wait, asked = parseRetryAfter(answer.Header.Get("Retry-After"), now); asked || answer.StatusCode != http.StatusTooManyRequests {
		return wait, asked
	}
	limit, _ := parseLimit(answer.Header, now)
	if limit.Remaining > 0 { // it is another limit that was reached
		return 0, false
	}
	return limit.Reset, false
}

// parseRetryAfter reads a Retry-After header: seconds, which may have a fraction, or a date.
func parseRetryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if wait, ok := parseSeconds(value); ok {
		return wait, true
	}
	return parseDate(value, now)
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
			count, counted := parseCount(value)
			wait, timed := parseSeconds(strings.TrimSpace(value))
			switch {
			case name == "r" && counted:
				limit.Remaining = count
			case name == "t" && timed:
				limit.Reset = wait
			case name == "remaining" && counted:
				older.Remaining = count
			case name == "reset" && timed:
				older.Reset = wait
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
// that can only be a date, seconds or milliseconds since 1970, or a date.
func parseReset(value string, now time.Time) (time.Duration, bool) {
	const aDate, aDateInMilliseconds = 1_000_000_000, 1_000_000_000_000
	value = strings.TrimSpace(value)
	number, ok := parseNumber(value)
	switch {
	case !ok:
		return parseDate(value, now)
	case number >= aDateInMilliseconds:
		return until(time.UnixMilli(int64(min(number, 1e17))), now), true
	case number >= aDate:
		return until(time.UnixMilli(int64(number*1000)), now), true
	default:
		return waitOf(number), true
	}
}

// parseDate reads the time until a date, of the form of HTTP (RFC 9110, 5.6.7) or of RFC 3339.
func parseDate(value string, now time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(value)
	if err != nil {
		date, err = time.Parse(time.RFC3339, value)
	}
	if err != nil {
		return 0, false
	}
	return until(date, now), true
}

// parseCount reads a whole number that is not negative.
func parseCount(value string) (int, bool) {
	count, err := strconv.Atoi(strings.TrimSpace(value))
	return count, err == nil && count >= 0
}

// parseNumber reads a decimal number that is not negative, without an exponent.
func parseNumber(value string) (float64, bool) {
	if strings.Trim(value, "0123456789.") != "" {
		return 0, false
	}
	number, err := strconv.ParseFloat(value, 64)
	return number, err == nil
}

// parseSeconds reads a number of seconds.
func parseSeconds(value string) (time.Duration, bool) {
	seconds, ok := parseNumber(value)
	return waitOf(seconds), ok
}

// waitOf returns a number of seconds as a duration of at most [farthest].
func waitOf(seconds float64) time.Duration {
	return time.Duration(min(seconds, farthest.Seconds()) * float64(time.Second))
}

// until returns the time from now to a date, from 0 to [farthest].
func until(date, now time.Time) time.Duration { return min(max(date.Sub(now), 0), farthest) }
