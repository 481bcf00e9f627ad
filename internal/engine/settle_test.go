package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// doubts marks items as left in doubt by an earlier run.
func doubts(items []Item) []Item {
	for i := range items {
		items[i].Doubt = evidence.LostDoubt
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
		item    Item // Absent, Doubt, Sends and Word
		options Options

		want  rowstate.State
		sends int
	}{
		"found, and was absent before":   {finds: true, before: true, item: Item{Absent: evidence.ByList}, want: rowstate.Created},
		"found, and nobody had looked":   {finds: true, before: true, want: rowstate.Existing},
		"found, and exists is a failure": {finds: true, before: true, options: Options{Exists: FailExisting}, want: rowstate.Failed},
		"not found":                      {finds: true, want: rowstate.Created, sends: 1},
		"not found, then refused":        {finds: true, fates: []fate{{kind: invalid}}, want: rowstate.Failed, sends: 1},
		"answered, and not found":        {finds: true, item: Item{Doubt: evidence.AnsweredDoubt}, want: rowstate.Unknown},
		"answered, and found":            {finds: true, before: true, item: Item{Absent: evidence.ByLookup, Doubt: evidence.AnsweredDoubt}, want: rowstate.Created},
		"sent three times":               {finds: true, item: Item{Sends: evidence.MostSends}, want: rowstate.Unknown},
		"never to be sent again":         {finds: true, options: Options{SettleAfter: evidence.Never}, want: rowstate.Unknown},
		"no look-up":                     {before: true, want: rowstate.Unknown},
		"no look-up, documented unique":  {options: uniquely(provider.UniqueDocumented), want: rowstate.Unknown},
		"no look-up, enforced unique":    {options: uniquely(provider.UniqueEnforced), want: rowstate.Created, sends: 1},
		"enforced, and exists":           {before: true, options: uniquely(provider.UniqueEnforced), want: rowstate.Existing, sends: 1},
		"enforced, and lost again":       {fates: repeat(fate{kind: lostBefore}, 9), options: uniquely(provider.UniqueEnforced), want: rowstate.Unknown, sends: evidence.MostSends},
		"the word, no look-up":           {item: Item{Word: true}, want: rowstate.Created, sends: 1},
		"the word, and found":            {finds: true, before: true, item: Item{Word: true}, want: rowstate.Existing},
		"the word, and refused":          {fates: []fate{{kind: invalid}}, item: Item{Word: true}, want: rowstate.Failed, sends: 1},
		"the word, and lost":             {fates: repeat(fate{kind: lostBefore}, 9), item: Item{Word: true}, want: rowstate.Unknown, sends: 1},
		"no answer":                      {finds: true, findErr: &provider.Error{}, want: rowstate.Unknown},
		"a 404 of a gateway":             {finds: true, findErr: &provider.Error{Class: provider.NotFound, Status: 404}, want: rowstate.Unknown},
		"not permitted":                  {finds: true, findErr: forbiddenLookUp, want: rowstate.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const key = "ann@example.com"
				s := newServer()
				s.fates[key], s.before[key], s.findErr = test.fates, test.before, test.findErr
				item := itemOf(1, key)
				item.Absent, item.Doubt, item.Sends, item.Word = test.item.Absent, cmp.Or(test.item.Doubt, evidence.LostDoubt), test.item.Sends, test.item.Word
				r := perform(t.Context(), nil, s, test.finds, []Item{item}, test.options)
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
				if got.State == rowstate.Unknown && got.Attempts == 0 && !errors.Is(got.Err, errInDoubt) {
					t.Errorf("error %q does not say that an earlier run left it", got.Err)
				}
				if got.State == rowstate.Unknown && got.Doubt == evidence.NoDoubt {
					t.Error("an unknown row has no doubt")
				}
				expectNone(t, s.violations)
			})
		})
	}
}

// uniquely are the options for a provider that says so much of its users.
func uniquely(unique provider.Uniqueness) Options {
	return Options{OnlyKey: true, Unique: func(context.Context) provider.Uniqueness { return unique }}
}

func TestDeniedLookUpStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.findErr = &provider.Error{Class: provider.Denied, Op: "look the user up", Status: 401}
		r := perform(t.Context(), nil, s, true, append(doubts(numbered(1)), itemOf(2, "new@example.com")), Options{})
		if !errors.Is(r.err, ErrDenied) || s.creates("") > 0 || r.count(rowstate.Unknown) != 1 || len(r.all) != 1 {
			t.Errorf("%d sent, %d unknown of %d, %v", s.creates(""), r.count(rowstate.Unknown), len(r.all), r.err)
		}
	})
}

// Rows in doubt that come first are looked up before anything else is sent. Who is
// found is settled at once; nobody waits for the others.
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
				if r.err != nil || r.count(rowstate.Created) != n+50 {
					t.Fatalf("%d created, %v", r.count(rowstate.Created), r.err)
				}
				fresh := slices.IndexFunc(s.events, func(e event) bool { return e.key == items[n].Key })
				for _, item := range items[:n] {
					if !slices.ContainsFunc(s.events[:fresh], func(e event) bool { return e.find && e.key == item.Key }) {
						t.Fatalf("%q was not looked up before the first fresh row", item.Key)
					}
				}
				if n < mostDoubts && s.events[fresh].at.Sub(began) > 10*time.Second {
					t.Errorf("the first fresh row waited %s", s.events[fresh].at.Sub(began))
				}
				// They share the time after which they are settled: one for each load of the shelf.
				most := time.Duration(n/mostDoubts+1) * (evidence.DefaultSettleAfter + 20*time.Second)
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
			if i%2 == 1 {
				items[i].Doubt = evidence.LostDoubt
			}
		}
		began := time.Now()
		r := perform(t.Context(), nil, s, true, items, Options{})
		if r.err != nil || r.count(rowstate.Created) != len(items) {
			t.Fatalf("%d created, %v", r.count(rowstate.Created), r.err)
		}
		if took := time.Since(began); took > evidence.DefaultSettleAfter+10*time.Second {
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
		err := Run(t.Context(), nil, creating(s.client(true)), s.journal, items, Options{
			Concurrency: workers, Report: func(Result) { reported.Add(1) },
		})
		if err != nil || int(reported.Load()) != len(all) {
			t.Fatalf("%d reported, %v", reported.Load(), err)
		}
		if most > mostDoubts+2*workers {
			t.Errorf("%d rows were held at once", most)
		}
	})
}

// Many rows wait for the same time, at one worker too.
func TestWaitIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, after = 100, time.Minute
		s := newServer()
		for _, item := range numbered(rows) {
			s.fates[item.Key] = []fate{{kind: lostBefore}}
		}
		began, waits := time.Now(), 0
		r := perform(t.Context(), nil, s, true, numbered(rows), Options{Concurrency: 1, SettleAfter: after, Settling: func(int, time.Duration) { waits++ }})
		if r.err != nil || r.count(rowstate.Created) != rows || waits != 1 {
			t.Fatalf("%d created after %d waits, %v", r.count(rowstate.Created), waits, r.err)
		}
		if took := time.Since(began); took > after+15*time.Second {
			t.Errorf("it took %s", took)
		}
		for _, item := range numbered(rows) {
			checkSettling(t, s, item.Key, after)
		}
	})
}

// checkSettling fails unless a row was looked up often enough, and late enough,
// before it was sent again, and once more at the end.
func checkSettling(t *testing.T, s *server, key string, after time.Duration) {
	t.Helper()
	var sends []event
	looks, last := 0, false
	for _, e := range s.events {
		switch {
		case e.key != key:
		case !e.find:
			sends = append(sends, e)
		case len(sends) == 1 && e.at.Sub(sends[0].at.Add(s.latency)) >= after:
			looks++
		case len(sends) == 2:
			last = true
		}
	}
	if len(sends) != 2 || looks != evidence.LooksBeforeResend || !last {
		t.Fatalf("%s: %d sends, %d lookups after the wait, looked up at the end: %t", key, len(sends), looks, last)
	}
	if apart := sends[1].at.Sub(sends[0].at); apart < after {
		t.Errorf("%s: sent again after %s", key, apart)
	}
}

// A look-up that lags behind by the time that a doubt waits does not lead to a
// second account.
func TestLaggingLookUp(t *testing.T) {
	for _, lag := range []time.Duration{0, time.Second, evidence.DefaultSettleAfter} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.unique, s.lag = false, lag
			s.fates["user1@example.com"] = []fate{{kind: lostAfter}}
			r := perform(t.Context(), nil, s, true, numbered(1), Options{})
			if r.count(rowstate.Created) != 1 || len(s.commits["user1@example.com"]) != 1 {
				t.Errorf("lag %s: %d accounts, %v", lag, len(s.commits["user1@example.com"]), r.all)
			}
		})
	}
}

// Where users who were created later are not found, a lookup that finds nobody
// proves nothing.
func TestInvisibleControlsForbidASecondRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.unique, s.lag = false, time.Hour
		s.fates["user1@example.com"] = []fate{{kind: lostAfter}}
		r := perform(t.Context(), nil, s, true, numbered(9), Options{Concurrency: 1})
		if r.count(rowstate.Created) != 8 || r.count(rowstate.Unknown) != 1 || len(s.commits["user1@example.com"]) != 1 {
			t.Errorf("%d created, %d unknown, %d accounts", r.count(rowstate.Created), r.count(rowstate.Unknown), len(s.commits["user1@example.com"]))
		}
	})
}

func TestLookUpIsTriedAgain(t *testing.T) {
	for fails, want := range map[int]rowstate.State{0: rowstate.Created, DefaultSends - 1: rowstate.Created, DefaultSends: rowstate.Created, 2 * DefaultSends: rowstate.Unknown} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.fates["user1@example.com"] = []fate{{kind: lostAfter}}
			s.findFails["user1@example.com"] = fails
			r := perform(t.Context(), nil, s, true, numbered(1), Options{})
			got := r.all[0]
			if got.State != want || s.lookUps() != min(fails+1, 2*DefaultSends) { // at once, and after the wait
				t.Errorf("%d failures: got %s after %d look-ups", fails, got.State, s.lookUps())
			}
			if got.State == rowstate.Unknown && !(strings.Contains(got.Err.Error(), "no luck") && strings.Contains(got.Err.Error(), "502 Bad Gateway")) {
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
		if r.err != nil || r.count(rowstate.Unknown) != rows {
			t.Fatalf("%d unknown, %v", r.count(rowstate.Unknown), r.err)
		}
		if most := 2 * (maxUnanswered + workers) * DefaultSends; s.lookUps() > most { // at once, and after the wait
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
			if s.creates("") == 2 { // the look-up about the conflict
				s.findErr = &provider.Error{Class: provider.Unsent, Op: "look the user up"}
			}
		}
		r := perform(t.Context(), nil, s, true, numbered(1), Options{})
		if got := r.all[0]; got.State != rowstate.Unknown || provider.ClassOf(got.Err) != provider.Conflict {
			t.Errorf("got %s, %v", got.State, got.Err)
		}
	})
}

// A row found absent that the end of the run keeps from being sent again has failed.
func TestStoppedBetweenAbsentAndResent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.fates["user1@example.com"] = []fate{{kind: lostBefore}, {kind: turnedAway, after: time.Hour}}
		drain, stop := closedAfter(2 * time.Minute)
		defer stop()
		r := perform(t.Context(), drain, s, true, numbered(1), Options{})
		if len(r.all) != 1 || r.all[0].State != rowstate.Failed || !r.all[0].Settled || s.journal.stateOf(1) != rowstate.Failed {
			t.Errorf("got %v, the journal says %q", r.all, s.journal.stateOf(1))
		}
	})
}
