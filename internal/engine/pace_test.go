package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

func busyFor(d time.Duration) error {
	return &provider.Error{Class: provider.Busy, Op: "create the user", Status: 429, RetryAfter: d}
}

// newTestPace makes a pace for so many workers.
func newTestPace(workers int, rate float64) *Pace {
	p := NewPace()
	p.begin(Options{Concurrency: workers, Rate: rate, MaxWait: time.Hour}.withDefaults(), func(time.Duration) {})
	return p
}

// enterAll takes n turns, one after the other, and gives the times at which they leave.
func enterAll(t *testing.T, p *Pace, n int) []time.Time {
	t.Helper()
	times := make([]time.Time, n)
	for i := range times {
		var err error
		if times[i], err = p.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return times
}

func TestLimitIsHalvedAndGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 32
		p := newTestPace(workers, 0)
		left := enterAll(t, p, workers)
		time.Sleep(time.Millisecond)
		for _, at := range left { // one busy answer for each: the limit is halved once
			p.observe(at, busyFor(time.Second))
		}
		if p.limit != workers/2 {
			t.Fatalf("the limit is %v after one round of busy answers", p.limit)
		}
		rounds := 0
		for ; p.limit < workers && rounds < workers; rounds++ { // a round of answers adds about one
			before := p.limit
			for _, at := range enterAll(t, p, int(p.limit)) {
				p.observe(at, nil)
			}
			if p.limit > before+1 {
				t.Fatalf("the limit grew from %v to %v in one round", before, p.limit)
			}
		}
		if rounds < workers/2 || rounds > workers/2+4 {
			t.Errorf("%d rounds from %d to %v", rounds, workers/2, p.limit)
		}
		for range 10 * workers {
			p.observe(enterAll(t, p, 1)[0], nil)
		}
		if p.limit != workers {
			t.Errorf("the limit grew to %v", p.limit)
		}
		for range 10 {
			at := enterAll(t, p, 1)[0]
			time.Sleep(time.Millisecond)
			p.observe(at, busyFor(time.Second))
		}
		if p.limit != 1 {
			t.Errorf("the limit is %v after many busy answers", p.limit)
		}
	})
}

// A request that left before the pause and is turned away after it says nothing new.
func TestLateBusyAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 0)
		left := enterAll(t, p, 2)
		time.Sleep(time.Millisecond)
		p.observe(left[0], busyFor(time.Second))
		time.Sleep(time.Minute)
		p.observe(left[1], busyFor(time.Second))
		if p.limit != 4 {
			t.Errorf("the limit is %v", p.limit)
		}
	})
}

func TestLimitBoundsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(3, 0)
		left := enterAll(t, p, 3)
		ctx, cancel := timeLimit(t, time.Hour)
		defer cancel()
		if _, err := p.acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		p.release()
		p.observe(left[1], &provider.Error{})
		enterAll(t, p, 2)
	})
}

func TestPausesWithoutATimeGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pauses []time.Duration
		p := NewPace()
		p.begin(Options{Concurrency: 1}.withDefaults(), func(d time.Duration) { pauses = append(pauses, d) })
		turn := func(err error) {
			at := enterAll(t, p, 1)[0]
			time.Sleep(time.Millisecond)
			p.observe(at, err)
		}
		for range 12 {
			turn(busyFor(0))
		}
		turn(nil) // starts the count anew
		turn(busyFor(0))
		if len(pauses) != 13 {
			t.Fatalf("%d pauses", len(pauses))
		}
		for i, pause := range pauses {
			full := min(30*time.Second, 500*time.Millisecond<<min(i%12, 6))
			if pause < full/2 || pause > full {
				t.Errorf("pause %d lasts %s, want %s to %s", i+1, pause, full/2, full)
			}
		}
	})
}

// In a pause nothing leaves, neither what waited for its turn nor what was
// being recorded. Afterwards the requests leave one by one.
func TestPause(t *testing.T) {
	for name, delay := range map[string]time.Duration{"at once": 0, "slow journal": 35 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const workers, pause = 16, 5 * time.Second
				s := newServer()
				s.journal.delay = delay
				for _, n := range []int{40, 41, 43, 300} {
					s.fates[fmt.Sprintf("user%d@example.com", n)] = []fate{{kind: turnedAway, after: pause}}
				}
				var pauses []time.Duration
				r := perform(t.Context(), nil, s, true, numbered(500), Options{
					Concurrency: workers,
					Throttled:   func(d time.Duration) { pauses = append(pauses, d) },
				})
				if r.err != nil || r.count(rowstate.Created) != 500 {
					t.Fatalf("%d created, %v", r.count(rowstate.Created), r.err)
				}
				if len(pauses) == 0 || pauses[0] != pause {
					t.Errorf("told of the pauses %v", pauses)
				}
				expectNone(t, s.violations, s.journal.violations)
				checkEasing(t, s.events, pause, workers/2, delay)
			})
		})
	}
}

// checkEasing fails where more requests than the limit left in the tenth of a
// pause that follows it, or two at once.
func checkEasing(t *testing.T, events []event, pause time.Duration, limit int, jitter time.Duration) {
	t.Helper()
	pauses := 0
	for i := 1; i < len(events); i++ {
		if events[i].at.Sub(events[i-1].at) < pause-time.Second {
			continue
		}
		pauses++
		resumed, first := events[i].at, 0
		for _, e := range events[i:] {
			if e.at.Sub(resumed) >= pause/10-time.Millisecond {
				break
			}
			first++
		}
		if first > limit {
			t.Errorf("%d requests left right after the pause, want at most %d", first, limit)
		}
		if apart := events[i+1].at.Sub(resumed); apart+jitter < pause/10/time.Duration(limit) {
			t.Errorf("the second request left %s after the first one", apart)
		}
	}
	if pauses == 0 {
		t.Error("there was no pause")
	}
}

func TestRate(t *testing.T) {
	for _, rate := range []float64{0.5, 1, 5, 33.3, 100, 1000} {
		for _, workers := range []int{4, 32} {
			t.Run(fmt.Sprintf("%v/s by %d", rate, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newServer()
					s.latency = 2 * time.Millisecond
					rows := max(20, int(10*rate))
					s.fates["user3@example.com"] = []fate{{kind: lostBefore}} // look-ups are requests as well
					began := time.Now()
					r := perform(t.Context(), nil, s, true, numbered(rows), Options{Concurrency: workers, Rate: rate})
					if r.count(rowstate.Created) != rows {
						t.Fatalf("%d created, %v", r.count(rowstate.Created), r.err)
					}
					took := s.lastFresh(rows).Sub(began)
					if got := float64(rows) / took.Seconds(); got < 0.95*rate {
						t.Errorf("%.2f a second", got)
					}
					if most := s.mostInASecond(); float64(most) > rate+1 {
						t.Errorf("%d in one second", most)
					}
				})
			})
		}
	}
}

// lastFresh gives the time at which the last of the rows was first sent.
func (s *server) lastFresh(rows int) (at time.Time) {
	seen := map[string]bool{}
	for _, e := range s.events {
		if !e.find && !seen[e.key] {
			seen[e.key], at = true, e.at
		}
	}
	if len(seen) != rows {
		panic("not all rows were sent")
	}
	return at
}

// mostInASecond gives the most requests that left in any window of one second.
func (s *server) mostInASecond() (most int) {
	first := 0
	for i, e := range s.events {
		for e.at.Sub(s.events[first].at) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// Requests that wait for the pace leave in the order in which they came.
func TestTurnsAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 1)
		enterAll(t, p, 1)
		var (
			mu    sync.Mutex
			order []int
			all   sync.WaitGroup
		)
		for i := range 7 {
			all.Go(func() {
				if _, err := p.acquire(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait()
		}
		all.Wait()
		for i, n := range order {
			if i != n {
				t.Fatalf("order %v", order)
			}
		}
	})
}

// A worker that wakes up late does not slow the pace down.
func TestLatenessDoesNotAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace()
		late := func(ctx context.Context, d time.Duration) error { return sleep(ctx, d+3*time.Millisecond) }
		p.begin(Options{Concurrency: 1, Rate: 200, Sleep: late}.withDefaults(), func(time.Duration) {})
		began := time.Now()
		for range 1000 {
			p.observe(enterAll(t, p, 1)[0], nil)
		}
		if rate := 1000 / time.Since(began).Seconds(); rate < 0.95*200 {
			t.Errorf("%.1f a second", rate)
		}
	})
}

// After idle time nothing is made up for.
func TestNoBurstAfterIdleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTestPace(8, 1)
		enterAll(t, p, 1)
		time.Sleep(time.Hour)
		left := enterAll(t, p, 2)
		if apart := left[1].Sub(left[0]); apart < time.Second {
			t.Errorf("two requests left %s apart", apart)
		}
	})
}
