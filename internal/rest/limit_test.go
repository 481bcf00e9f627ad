package rest

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestParseLimit(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		header http.Header
		want   Limit
		ok     bool
	}{
		{http.Header{}, Limit{}, false},
		{http.Header{"Retry-After": {"7"}}, Limit{0, 7 * time.Second}, true},
		{http.Header{"Retry-After": {" 7 "}}, Limit{0, 7 * time.Second}, true},
		{http.Header{"Retry-After": {"Fri, 02 Jan 2026 03:04:35 GMT"}}, Limit{0, 30 * time.Second}, true},
		{http.Header{"Retry-After": {"Fri, 02 Jan 2026 03:04:00 GMT"}}, Limit{0, 0}, true},
		{http.Header{"Retry-After": {"Fri, 02 Jan 2027 03:04:00 GMT"}}, Limit{0, 365*24*time.Hour - 5*time.Second}, true},
		{http.Header{"Retry-After": {"0.5"}}, Limit{0, 500 * time.Millisecond}, true},
		{http.Header{"Retry-After": {"1.25"}}, Limit{0, 1250 * time.Millisecond}, true},
		{http.Header{"Retry-After": {"1e3"}}, Limit{}, false},
		{http.Header{"Retry-After": {"."}}, Limit{}, false},
		{http.Header{"Retry-After": {"soon"}, "X-Rate-Limit-Reset": {"1767323055"}}, Limit{-1, 10 * time.Second}, true},
		{http.Header{"X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {"1767323055"}}, Limit{0, 10 * time.Second}, true},
		{http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1767323045.5"}}, Limit{0, 500 * time.Millisecond}, true},
		{http.Header{"X-Ratelimit-Reset": {"0.25"}}, Limit{-1, 250 * time.Millisecond}, true},
		{http.Header{"X-Ratelimit-Reset": {"2026-01-02T03:05:05Z"}}, Limit{-1, time.Minute}, true},
		{http.Header{"X-Ratelimit-Reset": {"Fri, 02 Jan 2026 03:04:35 GMT"}}, Limit{-1, 30 * time.Second}, true},
		{http.Header{"Ratelimit": {`"default";r=0;t=30`}}, Limit{0, 30 * time.Second}, true},
		{http.Header{"Ratelimit": {`"burst";r=0;t=0.5`}}, Limit{0, 500 * time.Millisecond}, true},
		{http.Header{"Retry-After": {"-5"}}, Limit{}, false},
		{http.Header{"Retry-After": {"99999999999999999999"}}, Limit{0, farthest}, true},
		{http.Header{"X-Ratelimit-Remaining": {"3"}, "X-Ratelimit-Reset": {"9"}}, Limit{3, 9 * time.Second}, true},
		{http.Header{"X-Ratelimit-Remaining": {"3"}}, Limit{3, 0}, true},
		{http.Header{"X-Ratelimit-Reset": {"9"}}, Limit{-1, 9 * time.Second}, true},
		{http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1767323055"}}, Limit{0, 10 * time.Second}, true},
		{http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1767323055500"}}, Limit{0, 10500 * time.Millisecond}, true},
		{http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1000000001"}}, Limit{0, 0}, true},
		{http.Header{"X-Ratelimit-Remaining": {"many"}, "X-Ratelimit-Reset": {"-1"}}, Limit{}, false},
		{http.Header{"Ratelimit-Remaining": {"5"}, "Ratelimit-Reset": {"6"}, "X-Ratelimit-Remaining": {"1"}}, Limit{5, 6 * time.Second}, true},
		{http.Header{"Ratelimit": {`"default";r=50;t=30`}}, Limit{50, 30 * time.Second}, true},
		{http.Header{"Ratelimit": {`"day";r=900;t=3600, "minute"; r=2 ;t=8`}}, Limit{2, 8 * time.Second}, true},
		{http.Header{"Ratelimit": {`"day";r=900;t=3600`, `"minute";r=2`}}, Limit{2, 0}, true},
		{http.Header{"Ratelimit": {"limit=100, remaining=50, reset=5"}}, Limit{50, 5 * time.Second}, true},
		{http.Header{"Ratelimit": {`"default";t=30`}}, Limit{}, false},
		{http.Header{"Ratelimit": {";;==,,r"}}, Limit{}, false},
		{http.Header{"Retry-After": {"1"}, "Ratelimit": {`"default";r=50;t=30`}}, Limit{0, time.Second}, true},
	} {
		if got, ok := parseLimit(test.header, now); got != test.want && ok || ok != test.ok {
			t.Errorf("%v: got %+v, %t, want %+v, %t", test.header, got, ok, test.want, test.ok)
		}
	}
}

// A date in a response is read by the clock of whoever wrote the response.
func TestDatesAreReadByTheAnswersClock(t *testing.T) {
	date, later := "Fri, 02 Jan 2015 03:04:05 GMT", "Fri, 02 Jan 2015 03:04:35 GMT"
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", date)
		w.Header().Set("Retry-After", later)
		w.WriteHeader(http.StatusTooManyRequests)
	})
	var told Limit
	client := newClient(t, Options{BaseURL: base, OnLimit: func(limit Limit) { told = limit }})
	_, err := client.Do(t.Context(), provider.Request{Method: http.MethodGet, Path: "/users"})
	failure, ok := errors.AsType[*provider.Error](err)
	if want := 30 * time.Second; !ok || failure.RetryAfter != want || told.Reset != want {
		t.Errorf("got %+v and %+v, want a wait of %s", failure, told, want)
	}
	if now := clockOf(http.Header{"Date": {"yesterday"}}); time.Since(now) > time.Minute {
		t.Errorf("without a date that can be read it is %s", now)
	}
}

func TestLimitsAreHandedOn(t *testing.T) {
	for status, want := range map[int]int{200: 1, 201: 1, 429: 1, 400: 0, 500: 0} {
		var got []Limit
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("RateLimit", `"default";r=5;t=3`)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "{}")
		})
		client := newClient(t, Options{BaseURL: base, OnLimit: func(limit Limit) { got = append(got, limit) }})
		if _, err := client.Do(t.Context(), provider.Request{Method: http.MethodGet, Path: "/users"}); (err != nil) != (status > 299) {
			t.Errorf("%d: got %v", status, err)
		}
		if len(got) != want || want == 1 && got[0] != (Limit{5, 3 * time.Second}) {
			t.Errorf("%d: got %v", status, got)
		}
	}
}

// A quota with names of the provider's own is read like a common one, also in a 429.
func TestQuotaWithOtherNames(t *testing.T) {
	for status, want := range map[int]time.Duration{http.StatusOK: 0, http.StatusTooManyRequests: 7 * time.Second} {
		var got []Limit
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-App-Left", "0")
			w.Header().Set("X-App-Until", "7")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "{}")
		})
		client := newClient(t, Options{
			BaseURL: base, Quota: provider.Quota{Remaining: "X-App-Left", Reset: "X-App-Until"}, OnLimit: func(limit Limit) { got = append(got, limit) },
		})
		_, err := client.Do(t.Context(), provider.Request{Method: http.MethodGet, Path: "/users"})
		if failure, ok := errors.AsType[*provider.Error](err); ok && failure.RetryAfter != want || ok != (want > 0) {
			t.Errorf("%d: got %v", status, err)
		}
		if len(got) != 1 || got[0] != (Limit{0, 7 * time.Second}) {
			t.Errorf("%d: got %v", status, got)
		}
	}
}

// FuzzParseLimit: whatever the headers say, the limit stays within its bounds.
func FuzzParseLimit(f *testing.F) {
	f.Add("7", "", "", "")
	f.Add("Fri, 02 Jan 2026 03:04:35 GMT", `"default";r=50;t=30`, "1", "1767323055")
	f.Add("", "limit=100, remaining=50, reset=5", "-1", "9223372036854775807")
	f.Add("-1", `"a;r=1,b";r=9223372036854775807;t=9223372036854775807`, "0", "1000000000000")
	f.Fuzz(func(t *testing.T, retry, draft, remaining, reset string) {
		header := http.Header{}
		for name, value := range map[string]string{
			"Retry-After": retry, "RateLimit": draft, "X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": reset,
		} {
			if value != "" {
				header.Set(name, value)
			}
		}
		limit, ok := parseLimit(header, time.Unix(1_767_323_045, 0))
		if limit.Reset < 0 || limit.Reset > farthest || ok && limit.Remaining < -1 {
			t.Errorf("%v gave %+v", header, limit)
		}
	})
}
