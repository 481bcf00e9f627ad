package engine

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// tokenServer is down for a while; requests then need a token that is not there.
type tokenServer struct {
	*server
	from, until time.Time
	asked       int
}

func (s *tokenServer) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	if now := time.Now(); !now.Before(s.from) && now.Before(s.until) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked++
		return provider.User{}, &provider.Error{Class: provider.Unsent, Op: "get an access token", Err: provider.ErrNoToken}
	}
	return s.server.Create(ctx, record)
}

// A token server that is down for a while pauses a run, and no row fails.
func TestTokenServerThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		down := &tokenServer{server: s, from: time.Now().Add(time.Second), until: time.Now().Add(4 * time.Minute)}
		states := map[rowstate.State]int{}
		err := Run(t.Context(), nil, creating(down), s.journal, sequence(numbered(1000)), Options{Report: func(o Result) { states[o.State]++ }})
		if err != nil || states[rowstate.Created] != 1000 || s.creates("") != 1000 {
			t.Errorf("got %v, %v", states, err)
		}
		if down.asked < 5 || down.asked > 100 {
			t.Errorf("a token was wanted %d times while there was none", down.asked)
		}
		expectNone(t, s.violations, s.journal.violations)
	})
}

// One that stays down ends the run in time, and every row that was not sent stays untried.
func TestTokenServerThatStaysDown(t *testing.T) {
	for name, sleep := range map[string]func(context.Context, time.Duration) error{"by the clock": nil, "without a clock": pretend} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				began := time.Now()
				down := &tokenServer{server: s, from: began.Add(time.Second), until: began.Add(time.Hour)}
				states := map[rowstate.State]int{}
				options := Options{MaxWait: 2 * time.Minute, Sleep: sleep, Report: func(o Result) { states[o.State]++ }}
				err := Run(t.Context(), nil, creating(down), s.journal, sequence(numbered(10_000)), options)
				if !errors.Is(err, ErrWait) || !errors.Is(err, provider.ErrNoToken) || len(states) != 1 || states[rowstate.Created] != s.creates("") {
					t.Errorf("got %v, %v", states, err)
				}
				if took := time.Since(began); took > 4*time.Minute {
					t.Errorf("it took %s", took)
				}
				for _, item := range numbered(10_000) {
					if state := s.journal.stateOfKey(item.Key); state == sentState {
						t.Errorf("%s is left as sent", item.Key)
					}
				}
				expectNone(t, s.violations, s.journal.violations)
			})
		})
	}
}

// A wait within the limit is waited for, one beyond it ends the run: of a create
// and of a look-up, whether nothing happened (429) or that is unknown (503).
func TestLongWaits(t *testing.T) {
	const limit = time.Minute
	for name, test := range map[string]struct {
		wait  time.Duration
		ends  bool
		class provider.Class
		find  bool
	}{
		"429 within the limit":      {limit, false, provider.Busy, false},
		"429 beyond it":             {limit + 1, true, provider.Busy, false},
		"503 within it":             {limit, false, provider.Unknown, false},
		"503 beyond it":             {limit + 1, true, provider.Unknown, false},
		"a look-up's 429 within it": {limit, false, provider.Busy, true},
		"a look-up's 429 beyond it": {limit + 1, true, provider.Busy, true},
		"a look-up's 503 within it": {limit, false, provider.Unknown, true},
		"a look-up's 503 beyond it": {limit + 1, true, provider.Unknown, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				once := &onceFailing{findingServer: findingServer{s}, find: test.find, err: &provider.Error{
					Class: test.class, Status: http.StatusTooManyRequests, RetryAfter: test.wait,
				}}
				began, states := time.Now(), map[rowstate.State]int{}
				err := Run(t.Context(), nil, creating(once), s.journal, sequence(numbered(50)), Options{
					MaxWait: limit, Concurrency: 1, LookFirst: test.find, Report: func(o Result) { states[o.State]++ },
				})
				took := time.Since(began)
				switch {
				case test.ends && (!errors.Is(err, ErrWait) || took > limit || states[rowstate.Failed] > 0):
					t.Errorf("got %v after %s, %v", states, took, err)
				case test.ends && test.class == provider.Unknown && !test.find && states[rowstate.Unknown] != 1:
					t.Errorf("the doubt is not reported: %v", states)
				case test.ends && (test.class == provider.Busy || test.find) && len(s.events) > 0:
					t.Errorf("%d requests followed", len(s.events))
				case !test.ends && (err != nil || states[rowstate.Created] != 50 || took < limit):
					t.Errorf("got %v after %s, %v", states, took, err)
				}
			})
		})
	}
}

// onceFailing fails its first create or look-up.
type onceFailing struct {
	findingServer
	find bool
	err  error
}

func (s *onceFailing) take() error {
	defer func() { s.err = nil }()
	return s.err
}

func (s *onceFailing) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	if s.find || s.err == nil {
		return s.findingServer.Create(ctx, record)
	}
	return provider.User{}, s.take()
}

func (s *onceFailing) Find(ctx context.Context, key string) (provider.User, error) {
	if !s.find || s.err == nil {
		return s.findingServer.Find(ctx, key)
	}
	return provider.User{}, s.take()
}

// What a good answer says of the quota never makes a run wait longer than it may.
func TestQuotaBeyondTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		pace := NewPace()
		s.onEvent = func(n int) {
			if n == 3 {
				pace.Limit(0, 24*time.Hour)
			}
		}
		began := time.Now()
		r := perform(t.Context(), nil, s, true, numbered(20), Options{Concurrency: 1, Pace: pace, MaxWait: time.Minute})
		if took := time.Since(began); r.err != nil || r.count(rowstate.Created) != 20 || took < time.Minute || took > 2*time.Minute {
			t.Errorf("%d created after %s, %v", r.count(rowstate.Created), took, r.err)
		}
	})
}
