package engine

import "time"

// Limit applies what a response reports about the provider's rate limit: how many requests are left (below 0 if
// not reported), and the time until more are allowed (0 if not reported). If none is left, new requests wait until
// then. If fewer are left than may be in progress at once, they are spread over that time, limited to the longest
// wait of a run.
//
// It is called while the request is still in progress, before or during a run. The other requests in progress
// count as not yet deducted.
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

// ration pauses or spreads the requests. It returns the pause that begins, 0 for none.
func (p *Pace) ration(remaining int, reset time.Duration) time.Duration {
	if p.gap > 0 && reset <= time.Second {
		// Resets are whole seconds, so this one may be due immediately. A run with its own rate would lose half of
		// it.
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
