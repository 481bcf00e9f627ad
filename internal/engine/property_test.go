package engine

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// scenario is everything that can happen to a run.
type scenario struct {
	items   []Item
	options Options
	finds   bool
	server  func() *server
	drain   time.Duration // 0 for never
	cancel  time.Duration
}

// drawScenario draws a run and the bad luck that it has.
func drawScenario(t *rapid.T) scenario {
	often := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) > 0 }
	seldom := func(name string) bool { return rapid.IntRange(0, 5).Draw(t, name) == 0 }
	duration := func(name string, most time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(1, int64(most)).Draw(t, name))
	}
	items := numbered(rapid.IntRange(0, 60).Draw(t, "rows"))
	scene := scenario{
		items: items,
		finds: often("finds"),
		options: Options{
			Exists:      Exists(rapid.IntRange(0, 1).Draw(t, "exists")),
			LookFirst:   seldom("look first"),
			Concurrency: rapid.IntRange(1, 32).Draw(t, "concurrency"),
			SettleAfter: duration("settle after", 90*time.Second),
		},
	}
	if seldom("batched") {
		scene.options.Batch = rapid.IntRange(2, 8).Draw(t, "batch")
	}
	if seldom("paced") {
		scene.options.Rate = rapid.Float64Range(1, 100).Draw(t, "rate")
	}
	if seldom("breaks") {
		scene.options.MaxFailures, scene.options.MaxLost = rapid.IntRange(1, 20).Draw(t, "failures"), rapid.IntRange(1, 10).Draw(t, "lost")
	}
	if seldom("drained") {
		scene.drain = duration("drain", 20*time.Second)
	}
	if seldom("cancelled") {
		scene.cancel = duration("cancel", 20*time.Second)
	}

	fates, earlier, findFails := map[string][]fate{}, map[string]bool{}, map[string]int{}
	kinds := slices.DeleteFunc(slices.Collect(func(yield func(fateKind) bool) {
		for kind := range fateKinds {
			if !yield(kind) {
				return
			}
		}
	}), func(kind fateKind) bool { return kind == denied })
	if seldom("denies") {
		kinds = append(kinds, denied)
	}
	leading := rapid.IntRange(0, len(items)).Draw(t, "doubts")
	if !seldom("has doubts") {
		leading = 0
	}
	for i := range items {
		key := items[i].Key
		if i < leading {
			items[i].Doubt = evidence.LostDoubt
			earlier[key] = rapid.Bool().Draw(t, "made before")
		}
		if often("lucky") {
			continue
		}
		for range rapid.IntRange(1, 6).Draw(t, "fates") {
			kind := rapid.SampledFrom(kinds).Draw(t, "fate")
			if i < leading && kind == sameExists {
				kind = otherExists // nobody else makes what an earlier run may have made
			}
			f := fate{kind: kind}
			if f.kind == turnedAway && rapid.Bool().Draw(t, "says how long") {
				f.after = duration("retry after", time.Minute)
			}
			fates[key] = append(fates[key], f)
		}
		if seldom("look-up fails") {
			findFails[key] = rapid.IntRange(1, 6).Draw(t, "times")
		}
	}
	if seldom("moved doubts") {
		items = rapid.Permutation(items).Draw(t, "order")
		scene.items = items
	}

	latency, delay := duration("latency", time.Second), duration("journal delay", 20*time.Millisecond)
	lag := time.Duration(0)
	if seldom("lags") {
		lag = min(duration("lag", 5*time.Second), scene.options.SettleAfter)
	}
	failAt := 0
	if seldom("journal fails") {
		failAt = rapid.IntRange(1, 150).Draw(t, "at operation")
	}
	var findErr error
	if seldom("look-up denied") {
		findErr = &provider.Error{Class: provider.Denied, Op: "look the user up", Status: rapid.SampledFrom([]int{401, 403}).Draw(t, "status")}
	}
	scene.server = func() *server {
		s := newServer()
		s.fates, s.earlier, s.findFails, s.findErr = fates, earlier, findFails, findErr
		s.latency, s.lag, s.unique = latency, lag, false
		s.journal.delay, s.journal.failAt, s.journal.onFailed = delay, failAt, s.stop
		return s
	}
	return scene
}

// perform runs the scenario in a bubble of its own.
func (scene scenario) perform(t *testing.T) (s *server, r *reports) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s = scene.server()
		var drain chan struct{}
		ctx := t.Context()
		if scene.drain > 0 {
			drain = make(chan struct{})
			defer time.AfterFunc(scene.drain, func() {
				s.stop()
				close(drain)
			}).Stop()
		}
		if scene.cancel > 0 {
			limited, cancel := timeLimit(t, scene.cancel)
			defer cancel()
			defer time.AfterFunc(scene.cancel, s.stop).Stop()
			ctx = limited
		}
		r = perform(ctx, drain, s, scene.finds, scene.items, scene.options)
	})
	return s, r
}

// mostAllowedInASecond returns how many requests may arrive in one second. Their turns
// are a gap apart, but one may leave later than the next: its turn may come late, its
// intent is recorded first, and a batch may still be collected.
func (scene scenario) mostAllowedInASecond(s *server) float64 {
	late := tolerance + s.journal.delay
	if scene.options.Batch > 1 {
		late += linger
	}
	return 1 + headroom*scene.options.Rate*(time.Second+late).Seconds()
}

// judge lists everything that is wrong with what came of a scenario.
func (scene scenario) judge(s *server, r *reports) []string {
	wrong := slices.Concat(s.violations, s.journal.violations)
	report := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }

	if s.peak > scene.options.Concurrency {
		report("%d requests under way at once", s.peak)
	}
	if most := s.mostInASecond(); scene.options.Rate > 0 && float64(most) > scene.mostAllowedInASecond(s) {
		report("%d requests in a second", most)
	}
	seen := map[string]Result{}
	for _, o := range r.all {
		if _, twice := seen[o.Key]; twice {
			report("%s was reported twice", o.Key)
		}
		seen[o.Key] = o
	}
	if r.err == nil && len(seen) != len(scene.items) {
		report("%d of %d rows were reported", len(seen), len(scene.items))
	}
	if r.err != nil && !slices.ContainsFunc([]error{ErrDenied, ErrFailing, ErrRecorder, ErrInterrupted}, func(reason error) bool { return errors.Is(r.err, reason) }) {
		report("ended with %v", r.err)
	}

	for _, o := range r.all {
		if !slices.Contains([]rowstate.State{rowstate.Created, rowstate.Existing, rowstate.Failed, rowstate.Unknown}, o.State) && !(o.State == rowstate.NotTried && o.Attempts == 0 && o.Err != nil) {
			report("%s ended as %q, which no report counts", o.Key, o.State)
		}
	}

	for _, item := range scene.items {
		o, reported := seen[item.Key]
		commits, state := len(s.commits[item.Key]), s.journal.stateOf(item.Row)
		exists := commits > 0 || s.before[item.Key] || s.earlier[item.Key]
		if commits > 1 || commits > 0 && s.earlier[item.Key] {
			report("%s was made twice", item.Key)
		}
		if !reported {
			if commits > 0 {
				report("%s was made and not reported", item.Key)
			}
			if state != "" && !s.journal.failed {
				report("%s was not reported, and the journal says %s", item.Key, state)
			}
			continue
		}
		if state != o.State && !(o.State == rowstate.NotTried && state == "") && !s.journal.failed {
			report("%s is reported as %s, and the journal says %q", item.Key, o.State, state)
		}
		if creates := s.creates(item.Key); creates != o.Attempts {
			report("%s was sent %d times, and %d are reported", item.Key, creates, o.Attempts)
		}
		if (o.Err != nil) != (o.State == rowstate.Failed || o.State == rowstate.Unknown || o.State == rowstate.NotTried) {
			report("%s is %s with the error %v", item.Key, o.State, o.Err)
		}
		switch o.State {
		case rowstate.Created:
			if !exists {
				report("%s is created, and does not exist", item.Key)
			}
		case rowstate.Existing:
			if commits > 0 || scene.finds && !s.before[item.Key] {
				report("%s existed already, and did not", item.Key)
			}
		case rowstate.Failed:
			if commits > 0 || s.earlier[item.Key] {
				report("%s failed, and exists because of it", item.Key)
			}
		case rowstate.Unknown:
			if scene.finds && r.err == nil && s.findErrors == 0 && s.lag == 0 && o.Sends < evidence.MostSends && !s.taken[item.Key] {
				report("%s is unknown, and could have been looked up", item.Key)
			}
		case rowstate.NotTried:
		default:
			report("%s is %q", item.Key, o.State)
		}
	}
	return wrong
}

// TestEveryRowIsAccountedFor: whatever happens, the promises of the package hold.
func TestEveryRowIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scene := drawScenario(rt)
		s, r := scene.perform(t)
		for _, wrong := range scene.judge(s, r) {
			rt.Error(wrong)
		}
	})
}

// TestRunningAgainCompletes: where the provider can be asked, running again
// until nothing is left makes every user once, whatever stopped the runs before.
func TestRunningAgainCompletes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scene := drawScenario(rt)
		scene.finds = true
		all := scene.items
		for i := range all {
			all[i].Doubt = evidence.NoDoubt
		}
		known := map[int]rowstate.State{}
		made, others := map[string]int{}, map[string]bool{}
		base := scene.server
		var last *server
		for round := 0; ; round++ {
			scene.server = func() *server {
				s := base()
				s.before, s.earlier = others, map[string]bool{}
				for key, n := range made {
					s.earlier[key] = n > 0
				}
				if round == 3 { // the last one has no bad luck
					s.fates, s.findFails, s.findErr, s.journal.failAt = map[string][]fate{}, map[string]int{}, nil, 0
					s.lag = 0
				}
				last = s
				return s
			}
			if round == 3 {
				scene.drain, scene.cancel, scene.options.MaxFailures, scene.options.MaxLost = 0, 0, 0, 0
			}
			scene.items = nil
			for _, item := range all {
				if state := known[item.Row]; state != rowstate.Created && state != rowstate.Existing {
					if item.Doubt = evidence.NoDoubt; state == rowstate.Unknown || state == sentState {
						item.Doubt = evidence.LostDoubt
					}
					scene.items = append(scene.items, item)
				}
			}
			_, r := scene.perform(t)
			for _, item := range scene.items {
				if state := last.journal.stateOf(item.Row); state != "" {
					known[item.Row] = state
				}
				made[item.Key] += len(last.commits[item.Key])
				if made[item.Key] > 1 {
					rt.Errorf("round %d: %s was made %d times", round, item.Key, made[item.Key])
				}
			}
			if round == 3 {
				if r.err != nil {
					rt.Fatalf("the last run ended with %v", r.err)
				}
				break
			}
		}
		for _, item := range all {
			if state := known[item.Row]; scene.options.Exists == SkipExisting && state != rowstate.Created && state != rowstate.Existing {
				rt.Errorf("%s ended as %q", item.Key, state)
			}
			if made[item.Key] == 0 && !others[item.Key] {
				rt.Errorf("%s was never made", item.Key)
			}
		}
	})
}
