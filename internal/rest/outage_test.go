package rest

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// After the first 401 no request leaves with the rejected token, also if the
// token server is down: then none leaves at all, and each fails as unsent.
func TestNothingLeavesWithARejectedToken(t *testing.T) {
	const atOnce, later = 4, 20
	tokens := &issuer{expiresIn: 3600}
	var down atomic.Bool
	tokenURL := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		tokens.ServeHTTP(w, r)
	})
	var rejects, received atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		received.Add(1)
		if r.Header.Get("Authorization") == "Bearer issued-1" && down.Load() {
			rejects.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	client := newClient(t, exchangeOptions(base, tokenURL))
	doAll(t, client, 1)

	down.Store(true)
	failing := func(requests int) {
		var group sync.WaitGroup
		for range requests {
			group.Go(func() {
				_, err := client.Do(t.Context(), create())
				if provider.ClassOf(err) != provider.Unsent || !errors.Is(err, provider.ErrNoToken) {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
	}
	failing(atOnce)
	if got := rejects.Load(); got < 1 || got > atOnce {
		t.Errorf("%d requests left with the rejected token, want 1 to %d", got, atOnce)
	}
	before := received.Load()
	failing(later)
	if got := received.Load(); got != before {
		t.Errorf("%d requests left with a token that was known to be rejected", got-before)
	}

	down.Store(false)
	doAll(t, client, later)
	if got := received.Load(); got != before+later || tokens.count.Load() != 2 {
		t.Errorf("got %d requests and %d tokens, want %d and 2", got-before, tokens.count.Load(), later)
	}
}

// A token that the provider rejects although it is new is renewed before the next request.
func TestNewTokenThatIsRejectedIsNotSentAgain(t *testing.T) {
	tokens := &issuer{expiresIn: 3600}
	used := map[string]int{}
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		used[r.Header.Get("Authorization")]++
		w.WriteHeader(http.StatusUnauthorized)
	})
	client := newClient(t, exchangeOptions(base, serve(t, tokens.ServeHTTP)))
	for range 3 {
		_, err := client.Do(t.Context(), create())
		wantClass(t, err, provider.Denied)
	}
	for token, times := range used {
		if times > 1 {
			t.Errorf("%s left %d times", token, times)
		}
	}
}
