package engine

import (
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// TestFates: what becomes of one row, for each thing that can happen to it.
func TestFates(t *testing.T) {
	busy := fate{kind: turnedAway, after: 3 * time.Second}
	for name, test := range map[string]struct {
		fates   []fate
		finds   bool
		before  bool
		options Options

		want    rowstate.State
		class   provider.Class
		sends   int
		settled bool
	}{
		"made":                                 {want: rowstate.Created, sends: 1},
		"slow":                                 {fates: []fate{{kind: slowly}}, want: rowstate.Created, sends: 1},
		"refused":                              {fates: []fate{{kind: invalid}}, want: rowstate.Failed, class: provider.Invalid, sends: 1},
		"not permitted":                        {fates: []fate{{kind: forbidden}}, want: rowstate.Failed, class: provider.Denied, sends: 1},
		"denied":                               {fates: []fate{{kind: denied}}, want: rowstate.Failed, class: provider.Denied, sends: 1},
		"busy":                                 {fates: []fate{busy, {kind: turnedAway}, busy}, want: rowstate.Created, sends: 4},
		"busy for ever":                        {fates: repeat(busy, 50), want: rowstate.Failed, class: provider.Busy, sends: mostBusy},
		"unsent":                               {fates: []fate{{kind: unsent}, {kind: unsent}, {kind: unsent}}, want: rowstate.Created, sends: 4},
		"unsent for ever":                      {fates: repeat(fate{kind: unsent}, 50), want: rowstate.Failed, class: provider.Unsent, sends: 4},
		"busy does not use up what unsent may": {fates: []fate{busy, busy, busy, busy, {kind: unsent}, {kind: unsent}}, want: rowstate.Created, sends: 7},
		"exists, no look-up":                   {fates: []fate{{kind: sameExists}}, options: Options{OnlyKey: true}, want: rowstate.Existing, sends: 1},
		"taken, no look-up, several values":    {fates: []fate{{kind: sameExists}}, want: rowstate.Unknown, class: provider.Conflict, sends: 1},
		"exists":                               {fates: []fate{{kind: sameExists}}, finds: true, want: rowstate.Existing, sends: 1},
		"exists, which is a failure":           {fates: []fate{{kind: sameExists}}, finds: true, options: Options{Exists: FailExisting}, want: rowstate.Failed, class: provider.Conflict, sends: 1},
		"a unique value is taken":              {fates: []fate{{kind: otherExists}}, finds: true, want: rowstate.Failed, class: provider.Conflict, sends: 1},
		"seen beforehand":                      {before: true, finds: true, options: Options{LookFirst: true}, want: rowstate.Existing},
		"a status that also means taken":       {fates: []fate{{kind: ambiguous}}, finds: true, want: rowstate.Failed, class: provider.Invalid, sends: 1},
		"lost, then such a status":             {fates: []fate{{kind: lostBefore}, {kind: ambiguous}}, finds: true, want: rowstate.Unknown, class: provider.Conflict, sends: 2},
		"seen beforehand, which is a failure":  {before: true, finds: true, options: Options{LookFirst: true, Exists: FailExisting}, want: rowstate.Failed, class: provider.Conflict},
		"not seen beforehand":                  {finds: true, options: Options{LookFirst: true}, want: rowstate.Created, sends: 1},
		"lost before, no look-up":              {fates: []fate{{kind: lostBefore}}, want: rowstate.Unknown, sends: 1},
		"lost after, no look-up":               {fates: []fate{{kind: lostAfter}}, want: rowstate.Unknown, sends: 1},
		"a panic, no look-up":                  {fates: []fate{{kind: crashes}}, want: rowstate.Unknown, sends: 1},
		"a panic":                              {fates: []fate{{kind: crashes}}, finds: true, want: rowstate.Created, sends: 1, settled: true},
		"garbled, no look-up":                  {fates: []fate{{kind: garbled}}, want: rowstate.Unknown, sends: 1},
		"lost before":                          {fates: []fate{{kind: lostBefore}}, finds: true, want: rowstate.Created, sends: 2},
		"lost after":                           {fates: []fate{{kind: lostAfter}}, finds: true, want: rowstate.Created, sends: 1, settled: true},
		"500 before":                           {fates: []fate{{kind: error500Before}}, finds: true, want: rowstate.Created, sends: 2},
		"500 after":                            {fates: []fate{{kind: error500After}}, finds: true, want: rowstate.Created, sends: 1, settled: true},
		"garbled":                              {fates: []fate{{kind: garbled}}, finds: true, want: rowstate.Created, sends: 1, settled: true},
		"lost every time":                      {fates: repeat(fate{kind: lostBefore}, 50), finds: true, want: rowstate.Unknown, sends: 3},
		"lost, then refused":                   {fates: []fate{{kind: lostBefore}, {kind: invalid}}, finds: true, want: rowstate.Failed, class: provider.Invalid, sends: 2, settled: true},
		"lost, then busy":                      {fates: []fate{{kind: lostBefore}, busy}, finds: true, want: rowstate.Created, sends: 3},
		"lost, then a unique value is taken":   {fates: []fate{{kind: lostBefore}, {kind: otherExists}}, finds: true, want: rowstate.Unknown, class: provider.Conflict, sends: 2},
		"lost, then it exists after all":       {fates: []fate{{kind: lostBefore}, {kind: sameExists}}, finds: true, want: rowstate.Created, sends: 2, settled: true},
		"lost twice, then after the last":      {fates: []fate{{kind: lostBefore}, {kind: lostBefore}, {kind: lostAfter}}, finds: true, want: rowstate.Created, sends: 3, settled: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const key = "ann@example.com"
				s := newServer()
				s.fates[key], s.before[key] = test.fates, test.before
				r := perform(t.Context(), nil, s, test.finds, itemsOf(key), test.options)
				if len(r.all) != 1 {
					t.Fatalf("%d outcomes, %v", len(r.all), r.err)
				}
				got := r.all[0]
				if got.State != test.want || got.Attempts != test.sends || got.Settled != test.settled {
					t.Errorf("got %s after %d attempts, settled %t (%v); want %s after %d, settled %t",
						got.State, got.Attempts, got.Settled, got.Err, test.want, test.sends, test.settled)
				}
				if sends := s.creates(key); sends != test.sends {
					t.Errorf("the server saw %d creates, want %d", sends, test.sends)
				}
				if class := provider.ClassOf(got.Err); class != test.class {
					t.Errorf("class %s, want %s", class, test.class)
				}
				if _, ok := errors.AsType[*provider.Error](got.Err); (got.Err == nil) != (got.State == rowstate.Created || got.State == rowstate.Existing) || got.Err != nil && !ok {
					t.Errorf("error %v", got.Err)
				}
				if hasID := got.User.ID != ""; hasID != (got.State == rowstate.Created || test.finds && got.State == rowstate.Existing || test.options.Exists == FailExisting) {
					t.Errorf("user %+v", got.User)
				}
				if state := s.journal.stateOf(1); state != test.want {
					t.Errorf("the journal says %q", state)
				}
				expectNone(t, s.violations, s.journal.violations)
			})
		})
	}
}

func TestItemsThatEndWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("the file changed")
		s := newServer()
		s.fates["b@example.com"] = []fate{{kind: lostAfter}}
		items := func(yield func(Item, error) bool) {
			_ = yield(itemOf(1, "a@example.com"), nil) && yield(itemOf(2, "b@example.com"), nil) && yield(Item{}, broken)
		}
		states := map[string]rowstate.State{}
		err := Run(t.Context(), nil, creating(s.client(true)), s.journal, items, Options{
			Report: func(o Result) { states[o.Key] = o.State },
		})
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		if states["a@example.com"] != rowstate.Created || states["b@example.com"] != rowstate.Created {
			t.Errorf("what came before the error was not finished: %v", states)
		}
	})
}

func TestNoItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if r := perform(t.Context(), nil, newServer(), true, nil, Options{}); r.err != nil || len(r.all) > 0 {
			t.Errorf("got %v, %v", r.all, r.err)
		}
	})
}

// A million rows stream: the source is never read further ahead than workers need.
func TestItemsArePulledAsTheyAreNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 4
		s := newServer()
		pulled, ahead := 0, 0
		var reported atomic.Int32
		var items iter.Seq2[Item, error] = func(yield func(Item, error) bool) {
			for _, item := range numbered(200) {
				pulled++
				ahead = max(ahead, pulled-int(reported.Load()))
				if !yield(item, nil) {
					return
				}
			}
		}
		err := Run(t.Context(), nil, creating(s.client(false)), s.journal, items, Options{
			Concurrency: workers,
			Report:      func(Result) { reported.Add(1) },
		})
		if err != nil || reported.Load() != 200 {
			t.Fatalf("%d reported, %v", reported.Load(), err)
		}
		if ahead > 2*workers {
			t.Errorf("read %d rows ahead of %d workers", ahead, workers)
		}
	})
}

func TestLookUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.before["user3@example.com"], s.before["user7@example.com"] = true, true
		s.findFails["user3@example.com"] = 2
		var found []int
		err := LookUp(t.Context(), creating(s.client(true)), sequence(numbered(10)), Options{}, func(item Item, user provider.User, _ error) {
			if user.Key != item.Key {
				t.Errorf("found %q for %q", user.Key, item.Key)
			}
			found = append(found, item.Row)
		})
		if err != nil || len(found) != 2 || found[0]+found[1] != 10 {
			t.Errorf("found %v, %v", found, err)
		}
		if s.creates("") > 0 {
			t.Error("it sent a create")
		}
	})
}

func TestLookUpThatFails(t *testing.T) {
	notFound := func(Item, provider.User, error) { panic("nobody is there") }
	t.Run("denied", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.findErr = &provider.Error{Class: provider.Denied, Op: "look the user up", Status: 401}
			err := LookUp(t.Context(), creating(s.client(true)), sequence(numbered(100)), Options{Concurrency: 2}, notFound)
			if !errors.Is(err, ErrDenied) || !errors.Is(err, s.findErr) {
				t.Errorf("got %v", err)
			}
			if s.lookUps() > 2 {
				t.Errorf("%d look-ups", s.lookUps())
			}
		})
	})
	t.Run("no answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer()
			s.findErr = &provider.Error{Class: provider.Unsent, Op: "look the user up"}
			err := LookUp(t.Context(), creating(s.client(true)), sequence(numbered(100)), Options{Concurrency: 1}, notFound)
			if !errors.Is(err, s.findErr) || s.lookUps() != DefaultSends {
				t.Errorf("got %v after %d look-ups", err, s.lookUps())
			}
		})
	})
	t.Run("broken items", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			broken := errors.New("the file changed")
			items := func(yield func(Item, error) bool) { yield(Item{}, broken) }
			if err := LookUp(t.Context(), creating(newServer().client(true)), items, Options{}, notFound); !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := timeLimit(t, 105*time.Millisecond)
			defer cancel()
			s := newServer()
			err := LookUp(ctx, creating(s.client(true)), sequence(numbered(1000)), Options{Concurrency: 1}, notFound)
			if !errors.Is(err, ErrInterrupted) || s.lookUps() != 11 {
				t.Errorf("got %v after %d look-ups", err, s.lookUps())
			}
		})
	})
	t.Run("none documented", func(t *testing.T) {
		if err := LookUp(t.Context(), creating(newServer()), sequence(numbered(3)), Options{}, notFound); err != nil {
			t.Error(err)
		}
	})
}

// A sleep that only pretends must not keep anything from ending.
func TestPretendedSleep(t *testing.T) {
	s := newServer()
	s.latency = 0
	s.fates["user1@example.com"] = []fate{{kind: turnedAway, after: time.Hour}, {kind: unsent}, {kind: lostBefore}}
	r := perform(t.Context(), nil, s, true, numbered(3), Options{Rate: 0.01, SettleAfter: time.Hour, MaxWait: time.Hour, Sleep: pretend})
	if r.count(rowstate.Created) != 3 || r.err != nil {
		t.Errorf("got %v, %v", r.all, r.err)
	}
}

func TestFollowKnowsEveryClass(t *testing.T) {
	for class, want := range map[provider.Class]step{
		provider.Unknown: setAside, provider.Invalid: fail, provider.Denied: stopRun, provider.NotFound: fail,
		provider.Conflict: lookUp, provider.Busy: again, provider.Unsent: again, provider.Unsent + 1: setAside,
	} {
		if got := following(&provider.Error{Class: class}); got != want {
			t.Errorf("%s: got step %d, want %d", class, got, want)
		}
	}
	if got := following(errors.New("no class")); got != setAside {
		t.Errorf("an error without class: step %d", got)
	}
	if got := following(nil); got != done {
		t.Errorf("no error: step %d", got)
	}
}

func TestOptionsHaveDefaults(t *testing.T) {
	got := Options{Concurrency: -1, Sends: -1, Grace: -1}.withDefaults()
	if got.Concurrency != DefaultConcurrency || got.Sends != DefaultSends || got.Grace != DefaultGrace {
		t.Errorf("got %+v", got)
	}
	got.Report(Result{Item: Item{Record: schema.Record{}}})
	got.Throttled(0)
}
