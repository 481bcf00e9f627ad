package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

func TestQuotaThatIsUsedUp(t *testing.T) {
	for name, test := range map[string]struct {
		remaining, underWay int
		waits               bool
	}{
		"none left":                      {remaining: 0, underWay: 1, waits: true},
		"as many as are under way":       {remaining: 4, underWay: 5, waits: true},
		"one more":                       {remaining: 5, underWay: 5},
		"plenty":                         {remaining: 1000, underWay: 5},
		"not said":                       {remaining: -1, underWay: 5},
		"said by a request of elsewhere": {remaining: 0, waits: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const reset = time.Minute
				p := newTestPace(8, 0)
				enterAll(t, p, test.underWay)
				said := time.Now()
				p.Limit(test.remaining, reset)
				waited := enterAll(t, p, 1)[0].Sub(said)
				if test.waits && waited != reset || !test.waits && waited != 0 {
					t.Errorf("the next request left after %s", waited)
				}
			})
		})
	}
}

// A pause is never cut short by an answer that left earlier.
func TestQuotaNeverShortensAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 0)
		said := time.Now()
		p.Limit(0, time.Hour)
		p.Limit(0, time.Minute)
		p.Limit(500, time.Minute)
		if waited := enterAll(t, p, 1)[0].Sub(said); waited != time.Hour {
			t.Errorf("the next request left after %s", waited)
		}
	})
}

func TestFewLeftAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 0)
		began := time.Now()
		p.Limit(4, time.Minute)
		for i, at := range enterAll(t, p, 6) {
			// Four in the minute, the others as soon as it is over.
			want := min(time.Duration(i)*15*time.Second, time.Minute)
			if after := at.Sub(began); after != want {
				t.Errorf("request %d left after %s, want %s", i+1, after, want)
			}
		}
	})
}

// What is spread never reaches beyond the reset.
func TestSpreadingEndsWithTheReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 0)
		began := time.Now()
		p.Limit(1, time.Hour)
		time.Sleep(59 * time.Minute)
		if after := enterAll(t, p, 2)[1].Sub(began); after != time.Hour {
			t.Errorf("the second request left after %s", after)
		}
	})
}

// A new allowance ends the spreading for the requests that wait for it, too.
func TestNewAllowanceEndsTheSpreading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 0)
		began := time.Now()
		p.Limit(1, time.Hour)
		enterAll(t, p, 1)
		timer := time.AfterFunc(10*time.Second, func() { p.Limit(5000, time.Hour) })
		defer timer.Stop()
		if after := enterAll(t, p, 1)[0].Sub(began); after > 10*time.Second+recheck {
			t.Errorf("the next request left after %s", after)
		}
	})
}

// Resets are told in whole seconds. A run that keeps its own pace would lose
// half of it by waiting for one that is due at once.
func TestShortWindowsDoNotSlowAPacedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, rows = 20, 400
		s := newServer()
		pace := NewPace()
		began := time.Now()
		s.told = func() { // so many a second, in windows that begin with the second
			n := 0
			for _, e := range s.events {
				if e.at.Truncate(time.Second).Equal(time.Now().Truncate(time.Second)) {
					n++
				}
			}
			if n > rate {
				t.Errorf("%d requests in one window", n)
			}
			pace.Limit(max(0, rate-n), time.Second)
		}
		r := perform(t.Context(), nil, s, true, numbered(rows), Options{Concurrency: 1, Rate: rate, Pace: pace})
		if r.count(rowstate.Created) != rows {
			t.Fatalf("%d created, %v", r.count(rowstate.Created), r.err)
		}
		if got := rows / time.Since(began).Seconds(); got < 0.95*rate {
			t.Errorf("%.1f a second", got)
		}
	})
}

// A run whose provider tells its limit is never turned away.
func TestRunKeepsWithinTheQuota(t *testing.T) {
	for _, workers := range []int{1, 7, 32} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const quota, rows = 60, 400
				const window = time.Minute
				s := newServer()
				pace := NewPace()
				told := 0
				began := time.Now()
				used := func() (n int) {
					s.mu.Lock()
					defer s.mu.Unlock()
					for _, e := range s.events {
						if e.at.Sub(began)/window == time.Since(began)/window {
							n++
						}
					}
					return n
				}
				s.onEvent = func(int) {
					if n := used(); n > quota {
						t.Errorf("request %d in a window of %d", n, quota)
					}
				}
				s.told = func() {
					pace.Limit(max(0, quota-used()), window-time.Since(began)%window)
				}
				r := perform(t.Context(), nil, s, true, numbered(rows), Options{
					Concurrency: workers, Pace: pace, Throttled: func(time.Duration) { told++ },
				})
				if r.count(rowstate.Created) != rows || r.err != nil {
					t.Fatalf("%d created, %v", r.count(rowstate.Created), r.err)
				}
				// What is under way may be counted twice, so that many are left unused in each window.
				windows := rows/(quota-workers) + 1
				if took := time.Since(began); took > time.Duration(windows)*window {
					t.Errorf("it took %s", took)
				}
				if told > 2*windows {
					t.Errorf("told of %d pauses", told)
				}
			})
		})
	}
}

// What was said before the run holds in it.
func TestQuotaBeforeTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		pace := NewPace()
		pace.Limit(0, time.Minute)
		time.Sleep(time.Second)
		began := time.Now()
		var told time.Duration
		perform(t.Context(), nil, s, true, numbered(1), Options{Pace: pace, Throttled: func(d time.Duration) { told += d }})
		if waited := s.events[0].at.Sub(began); waited != 59*time.Second || told != waited {
			t.Errorf("waited %s, told of %s", waited, told)
		}
		told = 0
		pace.Limit(0, time.Minute)
		if told != 0 {
			t.Error("told of a pause after the run")
		}
	})
}
