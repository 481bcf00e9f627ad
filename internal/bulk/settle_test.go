package bulk

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// doubts marks items as left in doubt by an earlier run.
func doubts(items []Item) []Item {
	for i := range items {
		items[i].Doubt = true
	}
	return items
}

func TestDoubtsOfEarlierRuns(t *testing.T) {
	forbiddenLookUp := &provider.Error{Class: provider.Denied, Op: "look the user up", Status: 403}
	for name, test := range map[string]struct {
		finds   bool
		before  bool
		fates   []fate
		findErr error
		options Options

		want  State
		sends int
	}{
		"found":                       {finds: true, before: true, want: Created},
		"not found":                   {finds: true, want: Created, sends: 1},
		"not found, then refused":     {finds: true, fates: []fate{{kind: invalid}}, want: Failed, sends: 1},
		"no look-up":                  {before: true, want: Unknown},
		"no look-up, sent again":      {options: Options{Resend: true}, want: Created, sends: 1},
		"sent again, and exists":      {before: true, options: Options{Resend: true}, want: Created, sends: 1},
		"sent again, and refused":     {fates: []fate{{kind: invalid}}, options: Options{Resend: true}, want: Unknown, sends: 1},
		"sent again, and lost":        {fates: []fate{{kind: lostBefore}}, options: Options{Resend: true}, want: Unknown, sends: 1},
		"sent again, busy at first":   {fates: []fate{{kind: turnedAway, after: time.Minute}}, options: Options{Resend: true}, want: Created, sends: 2},
		"sent again, never sent":      {fates: repeat(fate{kind: unsent}, 9), options: Options{Resend: true}, want: Unknown, sends: 4},
		"found, and not sent again":   {finds: true, before: true, options: Options{Resend: true}, want: Created},
		"no answer":                   {finds: true, findErr: &provider.Error{}, want: Unknown},
		"no answer, not sent again":   {finds: true, findErr: &provider.Error{}, options: Options{Resend: true}, want: Unknown},
		"not permitted":               {finds: true, findErr: forbiddenLookUp, want: Unknown},
		"not permitted, sent again":   {finds: true, findErr: forbiddenLookUp, options: Options{Resend: true}, want: Created, sends: 1},
		"exists is no failure for it": {finds: true, before: true, options: Options{Exists: FailExisting}, want: Created},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const key = "ann@example.com"
				s := newServer()
				s.fates[key], s.before[key], s.findErr = test.fates, test.before, test.findErr
				r := perform(t.Context(), nil, s, test.finds, doubts(itemsOf(key)), test.options)
				if len(r.all) != 1 || r.err != nil {
					t.Fatalf("%d outcomes, %v", len(r.all), r.err)
				}
				got := r.all[0]
				if got.State != test.want || got.Attempts != test.sends || s.creates(key) != test.sends {
					t.Errorf("got %s after %d attempts (%v), want %s after %d", got.State, got.Attempts, got.Err, test.want, test.sends)
				}
				if state := s.journal.stateOf(1); state != test.want {
					t.Errorf("the journal says %q", state)
				}
				if got.State == Unknown && got.Attempts == 0 && !errors.Is(got.Err, errEarlier) {
					t.Errorf("error %q does not say that an earlier run left it", got.Err)
				}
				expectNone(t, s.violations, s.journal.violations)
			})
		})
	}
}

func TestDeniedLookUpStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.findErr = &provider.Error{Class: provider.Denied, Op: "look the user up", Status: 401}
		r := perform(t.Context(), nil, s, true, append(doubts(numbered(1)), itemOf(2, "new@example.com")), Options{})
		if !errors.Is(r.err, ErrDenied) || s.creates("") > 0 || r.count(Unknown) != 1 || len(r.all) != 1 {
			t.Errorf("%d sent, %d unknown of %d, %v", s.creates(""), r.count(Unknown), len(r.all), r.err)
		}
	})
}

// Rows in doubt that come first are settled before anything else is sent, and
// those whose user is not there are sent before it as well.
func TestLeadingDoubtsFirst(t *testing.T) {
	for _, n := range []int{1, 10, mostDoubts, 2*mostDoubts + 1} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				items := numbered(n + 50)
				doubts(items[:n])
				for _, item := range items[:n:n] {
					s.before[item.Key] = item.Row%2 == 0
				}
				began := time.Now()
				r := perform(t.Context(), nil, s, true, items, Options{Concurrency: 16})
				if r.err != nil || r.count(Created) != n+50 {
					t.Fatalf("%d created, %v", r.count(Created), r.err)
				}
				fresh := slices.IndexFunc(s.events, func(e event) bool { return e.key == items[n].Key })
				for _, e := range s.events[fresh:] {
					if slices.ContainsFunc(items[:n], func(item Item) bool { return item.Key == e.key }) {
						t.Fatalf("%q was asked or sent after the first fresh row", e.key)
					}
				}
				// They share their grace periods: one for each load of the shelf.
				most := time.Duration(n/mostDoubts+1) * (DefaultGrace + 6*time.Second)
				if took := time.Since(began); took > most {
					t.Errorf("it took %s, want at most %s", took, most)
				}
				expectNone(t, s.violations, s.journal.violations)
			})
		})
	}
}

// Doubts that come between other rows are settled with all others at the end.
func TestScatteredDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		items := numbered(200)
		for i := range items {
			items[i].Doubt = i%2 == 1
		}
		began := time.Now()
		r := perform(t.Context(), nil, s, true, items, Options{})
		if r.err != nil || r.count(Created) != len(items) {
			t.Fatalf("%d created, %v", r.count(Created), r.err)
		}
		if took := time.Since(began); took > 2*DefaultGrace {
			t.Errorf("it took %s", took)
		}
	})
}

// However many answers are lost, so many rows are set aside and no more.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 8
		s := newServer()
		s.latency = 0
		pulled, most := 0, 0
		var reported atomic.Int32
		all := numbered(3 * mostDoubts)
		for _, item := range all {
			s.fates[item.Key] = []fate{{kind: lostAfter}}
		}
		var items iter.Seq2[Item, error] = func(yield func(Item, error) bool) {
			for _, item := range all {
				pulled++
				most = max(most, pulled-int(reported.Load()))
				if !yield(item, nil) {
					return
				}
			}
		}
		err := Run(t.Context(), nil, s.client(true), s.journal, items, Options{
			Concurrency: workers, Report: func(Outcome) { reported.Add(1) },
		})
		if err != nil || int(reported.Load()) != len(all) {
			t.Fatalf("%d reported, %v", reported.Load(), err)
		}
		if most > mostDoubts+2*workers {
			t.Errorf("%d rows were held at once", most)
		}
	})
}

// Many rows wait for the same grace periods, at one worker too.
func TestGraceIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows = 100
		s := newServer()
		for _, item := range numbered(rows) {
			s.fates[item.Key] = []fate{{kind: lostBefore}}
		}
		began := time.Now()
		r := perform(t.Context(), nil, s, true, numbered(rows), Options{Concurrency: 1, Grace: time.Minute})
		if r.err != nil || r.count(Created) != rows {
			t.Fatalf("%d created, %v", r.count(Created), r.err)
		}
		if took := time.Since(began); took > 2*time.Minute+5*time.Second {
			t.Errorf("it took %s", took)
		}
		for _, item := range numbered(rows) {
			checkSettling(t, s, item.Key, time.Minute)
		}
	})
}

// checkSettling fails unless a row was looked up twice between its two sends,
// each look-up a grace period after what came before it.
func checkSettling(t *testing.T, s *server, key string, grace time.Duration) {
	t.Helper()
	var events []event
	for _, e := range s.events {
		if e.key == key {
			events = append(events, e)
		}
	}
	if len(events) != 4 || events[0].find || !events[1].find || !events[2].find || events[3].find {
		t.Fatalf("%s: events %v", key, events)
	}
	for i := 1; i <= 2; i++ {
		if apart := events[i].at.Sub(events[i-1].at.Add(s.latency)); apart < grace {
			t.Errorf("%s: look-up %d came %s after the answer before it", key, i, apart)
		}
	}
}

// A look-up that lags behind by the grace period does not lead to a second account.
func TestLaggingLookUp(t *testing.T) {
	for _, lag := range []time.Duration{0, time.Second, DefaultGrace} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.unique, s.lag = false, lag
			s.fates["user1@example.com"] = []fate{{kind: lostAfter}}
			r := perform(t.Context(), nil, s, true, numbered(1), Options{})
			if r.count(Created) != 1 || len(s.commits["user1@example.com"]) != 1 {
				t.Errorf("lag %s: %d accounts, %v", lag, len(s.commits["user1@example.com"]), r.all)
			}
		})
	}
}

func TestLookUpIsTriedAgain(t *testing.T) {
	for fails, want := range map[int]State{0: Created, DefaultSends - 1: Created, DefaultSends: Unknown} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.fates["user1@example.com"] = []fate{{kind: lostAfter}}
			s.findFails["user1@example.com"] = fails
			r := perform(t.Context(), nil, s, true, numbered(1), Options{})
			got := r.all[0]
			if got.State != want || s.lookUps() != min(fails+1, DefaultSends) {
				t.Errorf("%d failures: got %s after %d look-ups", fails, got.State, s.lookUps())
			}
			if got.State == Unknown && !(strings.Contains(got.Err.Error(), "no luck") && strings.Contains(got.Err.Error(), "502 Bad Gateway")) {
				t.Errorf("got error %q", got.Err)
			}
		})
	}
}

// Where nobody answers any look-up, not every row waits for that.
func TestHopelessLookUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, workers = 500, 4
		s := newServer()
		s.findErr = &provider.Error{Class: provider.Unsent, Op: "look the user up"}
		r := perform(t.Context(), nil, s, true, doubts(numbered(rows)), Options{Concurrency: workers})
		if r.err != nil || r.count(Unknown) != rows {
			t.Fatalf("%d unknown, %v", r.count(Unknown), r.err)
		}
		if most := (mostUnanswered + workers) * DefaultSends; s.lookUps() > most {
			t.Errorf("%d look-ups, want at most %d", s.lookUps(), most)
		}
	})
}

// A conflict about a row whose first answer was lost: where the look-up fails,
// nobody can say whose account that is.
func TestConflictOnResentRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const key = "user1@example.com"
		s := newServer()
		s.fates[key] = []fate{{kind: lostBefore}, {kind: otherExists}}
		s.onEvent = func(n int) {
			if n == 4 { // the look-up about the conflict
				s.findErr = &provider.Error{Class: provider.Unsent, Op: "look the user up"}
			}
		}
		r := perform(t.Context(), nil, s, true, numbered(1), Options{})
		if got := r.all[0]; got.State != Unknown || provider.ClassOf(got.Err) != provider.Conflict {
			t.Errorf("got %s, %v", got.State, got.Err)
		}
	})
}

// A row found absent that the end of the run keeps from being sent again has failed.
func TestStoppedBetweenAbsentAndResent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.fates["user1@example.com"] = []fate{{kind: lostBefore}, {kind: turnedAway, after: time.Hour}}
		drain, stop := closedAfter(time.Minute)
		defer stop()
		r := perform(t.Context(), drain, s, true, numbered(1), Options{})
		if len(r.all) != 1 || r.all[0].State != Failed || !r.all[0].Settled || s.journal.stateOf(1) != Failed {
			t.Errorf("got %v, the journal says %q", r.all, s.journal.stateOf(1))
		}
		if !strings.Contains(r.all[0].Err.Error(), "twice") {
			t.Errorf("error %q", r.all[0].Err)
		}
	})
}
