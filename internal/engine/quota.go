package engine

import "time"

// Limit takes what an answer said about the provider's rate limit: how many
// requests are left (below 0 where it did not say), and the time until more are
// allowed (0 where it did not say). Where none is left for new requests they
// wait until then; where only a few are, fewer than may be under way at once,
// they are spread over that time, of which no more counts than a run may wait.
//
// It is called while the answered request is still under way, before or during
// a run. The other requests under way count as not yet taken off what is left.
func (p *Pace) Limit(remaining int, reset time.Duration) {
	if remaining < 0 || reset <= 0 {
		return
	}
	p.mu.Lock()
	pause := p.ration(remaining, reset)
	tell := p.paused
	p.mu.Unlock()
	if pause > 0 {
		tell(pause)
	}
}

// ration holds or spreads the requests. It gives the pause that begins, 0 for none.
func (p *Pace) ration(remaining int, reset time.Duration) time.Duration {
	if p.gap > 0 && reset <= time.Second {
		// Resets are told in whole seconds, so this one may be due at once: a run
		// with a pace of its own would lose half of it.
		return 0
	}
	now, reset := p.now(), min(reset, p.longest)
	spare := remaining - max(0, p.inFlight-1)
	switch {
	case spare <= 0:
		return p.pause(now, reset)
	case float64(spare) < p.most:
		p.spreadUntil, p.spreadGap = now.Add(reset), reset/time.Duration(spare)
	case now.Before(p.spreadUntil):
		p.spreadUntil, p.next = now, earlier(p.next, now.Add(p.gap))
	}
	return 0
}
