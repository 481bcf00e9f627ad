package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

func TestDeniedStopsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 4
		s := newServer()
		s.fates["user10@example.com"] = []fate{{kind: denied}}
		s.fates["user11@example.com"] = []fate{{kind: slowly}} // under way when it happens
		r := perform(t.Context(), nil, s, true, numbered(1000), Options{Concurrency: workers})
		failure, ok := errors.AsType[*provider.Error](r.err)
		if !errors.Is(r.err, ErrDenied) || !ok || failure.Status != 401 {
			t.Fatalf("got %v", r.err)
		}
		for _, part := range []string{"line 11", "rows created"} {
			if !strings.Contains(r.err.Error(), part) {
				t.Errorf("%q does not say %q", r.err, part)
			}
		}
		if got, _ := r.byKey("user11@example.com"); got.State != rowstate.Created {
			t.Errorf("the request under way ended as %q", got.State)
		}
		if n := len(r.all); n > 10+workers || r.count(rowstate.Failed) != 1 {
			t.Errorf("%d rows reported, %d failed", n, r.count(rowstate.Failed))
		}
		expectNone(t, s.violations, s.journal.violations)
	})
}

func TestForbidden(t *testing.T) {
	for name, test := range map[string]struct {
		row     int
		stops   bool
		created int
	}{
		"before a success": {row: 1, stops: true},
		"after a success":  {row: 2, created: 9},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				s.fates[fmt.Sprintf("user%d@example.com", test.row)] = []fate{{kind: forbidden}}
				r := perform(t.Context(), nil, s, true, numbered(10), Options{Concurrency: 1})
				if errors.Is(r.err, ErrDenied) != test.stops || r.count(rowstate.Created) != test.created || r.count(rowstate.Failed) != 1 {
					t.Errorf("%d created, %d failed, %v", r.count(rowstate.Created), r.count(rowstate.Failed), r.err)
				}
			})
		})
	}
}

// A user that exists already proves no permission to create one.
func TestForbiddenAfterExisting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.before["user1@example.com"] = true
		for i := 2; i <= 10; i++ {
			s.fates[fmt.Sprintf("user%d@example.com", i)] = []fate{{kind: forbidden}}
		}
		r := perform(t.Context(), nil, s, true, numbered(10), Options{Concurrency: 1, LookFirst: true})
		if !errors.Is(r.err, ErrDenied) || len(r.all) != 2 {
			t.Errorf("%d reported, %v", len(r.all), r.err)
		}
	})
}

func TestTooManyFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		for i := range 1000 {
			if i != 5 { // one that works starts the count anew
				s.fates[fmt.Sprintf("user%d@example.com", i)] = []fate{{kind: invalid}}
			}
		}
		r := perform(t.Context(), nil, s, true, numbered(1000), Options{Concurrency: 1, MaxFailures: 20})
		if !errors.Is(r.err, ErrFailing) || r.count(rowstate.Failed) != 24 || r.count(rowstate.Created) != 1 {
			t.Fatalf("%d failed, %d created, %v", r.count(rowstate.Failed), r.count(rowstate.Created), r.err)
		}
		if text := r.err.Error(); !strings.Contains(text, "20 rows, last on line") || !strings.Contains(text, "400 Bad Request") {
			t.Errorf("got %q", text)
		}
		if provider.ClassOf(r.err) != provider.Invalid {
			t.Errorf("class %s", provider.ClassOf(r.err))
		}
	})
}

// Failures of two classes in turn are no row of one class.
func TestFailuresOfDifferentClasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		for i := 1; i <= 100; i++ {
			kind := invalid
			if i%10 == 0 {
				kind = otherExists
			}
			s.fates[fmt.Sprintf("user%d@example.com", i)] = []fate{{kind: kind}}
		}
		r := perform(t.Context(), nil, s, true, numbered(100), Options{Concurrency: 1, MaxFailures: 20})
		if r.err != nil || r.count(rowstate.Failed) != 100 {
			t.Errorf("%d failed, %v", r.count(rowstate.Failed), r.err)
		}
	})
}

func TestTooManyLost(t *testing.T) {
	for name, kind := range map[string]fateKind{"unsent": unsent, "lost": lostBefore} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				for i := range 1000 {
					s.fates[fmt.Sprintf("user%d@example.com", i)] = repeat(fate{kind: kind}, 10)
				}
				r := perform(t.Context(), nil, s, true, numbered(1000), Options{Concurrency: 2, MaxLost: 10})
				if !errors.Is(r.err, ErrFailing) || !strings.Contains(r.err.Error(), "no response for 10 rows") {
					t.Fatalf("got %v", r.err)
				}
				// The doubts are settled all the same: nobody is there, and nothing more is sent.
				if n := len(r.all); n < 10 || n > 11 || r.count(rowstate.Failed) != n {
					t.Errorf("%d reported, %d failed", n, r.count(rowstate.Failed))
				}
			})
		})
	}
}

// Where the sending stops because too much was lost, what was made is found.
func TestLostRowsAreSettledAfterTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		for i := range 100 {
			s.fates[fmt.Sprintf("user%d@example.com", i)] = []fate{{kind: lostAfter}}
		}
		r := perform(t.Context(), nil, s, true, numbered(100), Options{Concurrency: 1, MaxLost: 10})
		if !errors.Is(r.err, ErrFailing) || r.count(rowstate.Created) != 10 || len(r.all) != 10 {
			t.Errorf("%d created of %d, %v", r.count(rowstate.Created), len(r.all), r.err)
		}
	})
}

func TestJournalFailures(t *testing.T) {
	const rows = 50
	// Each row is intended and recorded: the failure falls on both, and on every worker.
	for failAt := 1; failAt <= 2*rows; failAt += 3 {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.journal.failAt, s.journal.delay = failAt, time.Millisecond
			s.journal.onFailed = s.stop
			r := perform(t.Context(), nil, s, true, numbered(rows), Options{Concurrency: 3})
			if !errors.Is(r.err, ErrRecorder) || !errors.Is(r.err, errDiskFull) {
				t.Fatalf("failing at %d: got %v", failAt, r.err)
			}
			if sent, reported := s.creates(""), len(r.all); sent != reported {
				t.Errorf("failing at %d: %d sent, %d reported", failAt, sent, reported)
			}
			expectNone(t, s.violations, s.journal.violations)
		})
	}
}

func TestWithdrawFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.fates["user1@example.com"] = []fate{{kind: turnedAway, after: time.Second}}
		s.journal.failAt = 2 // after the intent
		r := perform(t.Context(), nil, s, true, numbered(10), Options{Concurrency: 1})
		if !errors.Is(r.err, ErrRecorder) || len(r.all) != 0 || s.creates("") != 1 {
			t.Errorf("%d sent, %d reported, %v", s.creates(""), len(r.all), r.err)
		}
	})
}

func TestDrainLetsRequestsFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 5
		s := newServer()
		s.latency = time.Second
		drain, stop := closedAfter(2500 * time.Millisecond)
		defer stop()
		began := time.Now()
		r := perform(t.Context(), drain, s, true, numbered(100), Options{Concurrency: workers})
		if !errors.Is(r.err, ErrInterrupted) || r.count(rowstate.Created) != 3*workers || len(r.all) != 3*workers {
			t.Errorf("%d created of %d, %v", r.count(rowstate.Created), len(r.all), r.err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestCancelEndsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 5
		s := newServer()
		s.latency = time.Hour
		drain, stop := closedAfter(time.Second)
		defer stop()
		ctx, cancel := timeLimit(t, 2*time.Second)
		defer cancel()
		began := time.Now()
		r := perform(ctx, drain, s, true, numbered(100), Options{Concurrency: workers})
		if !errors.Is(r.err, ErrInterrupted) || r.count(rowstate.Unknown) != workers || len(r.all) != workers {
			t.Errorf("%d unknown of %d, %v", r.count(rowstate.Unknown), len(r.all), r.err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %s", took)
		}
		expectNone(t, s.violations, s.journal.violations)
	})
}

func TestStoppedBeforeItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		ctx, cancel := timeLimit(t, time.Hour)
		cancel()
		if r := perform(ctx, nil, s, true, numbered(10), Options{}); !errors.Is(r.err, ErrInterrupted) || len(r.all) > 0 {
			t.Errorf("cancelled: %d reported, %v", len(r.all), r.err)
		}
		drained := make(chan struct{})
		close(drained)
		if r := perform(t.Context(), drained, s, true, numbered(10), Options{}); !errors.Is(r.err, ErrInterrupted) || len(r.all) > 0 {
			t.Errorf("drained: %d reported, %v", len(r.all), r.err)
		}
		if len(s.events) > 0 {
			t.Errorf("%d requests left", len(s.events))
		}
	})
}

// A row that waits for its next try when the run ends was not tried, and the
// journal knows nothing of it.
func TestDrainDuringWaits(t *testing.T) {
	for name, what := range map[string]fate{
		"pause":   {kind: turnedAway, after: time.Hour},
		"backoff": {kind: unsent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				for i := range 100 {
					s.fates[fmt.Sprintf("user%d@example.com", i)] = []fate{what}
				}
				drain, stop := closedAfter(100 * time.Millisecond)
				defer stop()
				r := perform(t.Context(), drain, s, true, numbered(10), Options{Concurrency: 4, MaxWait: time.Hour})
				if !errors.Is(r.err, ErrInterrupted) || len(r.all) > 0 {
					t.Errorf("%d reported, %v", len(r.all), r.err)
				}
				if len(s.journal.keys) == 0 {
					t.Error("nothing was intended")
				}
				for row, state := range s.journal.states {
					if state != "" {
						t.Errorf("the journal holds row %d as %s", row, state)
					}
				}
			})
		})
	}
}

// What the drain interrupts while it waits is unknown, and the journal has it in
// doubt for the next run.
func TestDrainWhileDoubtsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.fates["user1@example.com"] = []fate{{kind: lostBefore}}
		drain, stop := closedAfter(30 * time.Second)
		defer stop()
		r := perform(t.Context(), drain, s, true, numbered(3), Options{})
		if !errors.Is(r.err, ErrInterrupted) || r.count(rowstate.Unknown) != 1 || r.count(rowstate.Created) != 2 {
			t.Errorf("%d unknown, %d created, %v", r.count(rowstate.Unknown), r.count(rowstate.Created), r.err)
		}
		if s.journal.stateOf(1) != rowstate.Unknown || s.lookUps() != 1 {
			t.Errorf("the journal says %q after %d look-ups", s.journal.stateOf(1), s.lookUps())
		}
	})
}

// An interrupt after the last row has its outcome is none.
func TestDrainAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drain := make(chan struct{})
		s := newServer()
		s.latency = 0
		last := 0
		err := Run(t.Context(), drain, creating(s.client(true)), s.journal, sequence(numbered(10)), Options{
			Concurrency: 1, Report: func(o Result) { last = o.Row },
		})
		close(drain)
		if err != nil || last != 10 {
			t.Errorf("got %v after row %d", err, last)
		}
	})
}
