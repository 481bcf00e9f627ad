package job

import (
	"context"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// TTL is how long created users are needed; 0 for always.
type TTL time.Duration

// expiry returns when users that are created now are no longer needed; zero for never.
func (t TTL) expiry() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(t))
}

// Expired returns the runs at a target whose users are no longer needed and were not all deleted, or may exist, oldest
// first.
func Expired(ctx context.Context, book ledger.Store, target string, now time.Time) ([]ledger.PastRun, error) {
	var runs []ledger.PastRun
	for run, err := range ledger.RunsAt(ctx, book, target) {
		if err != nil {
			return nil, err
		}
		if run.Expires.IsZero() || run.Expires.After(now) {
			continue
		}
		states, err := book.CountStates(ctx, run)
		if err != nil {
			return nil, err
		}
		if states[rowstate.Created]+states[rowstate.Sent]+states[rowstate.Unknown] > 0 {
			runs = append([]ledger.PastRun{run}, runs...)
		}
	}
	return runs, nil
}

// Reap deletes the users that runs created, whether they were modified since or not. The runs are those of [Expired]. The
// error has the exit status and the next steps.
func Reap(ctx context.Context, j *Job, runs []ledger.PastRun) error {
	x := newRouteRun(j, "")
	for _, past := range runs {
		own := *j
		own.Command.Arguments = []string{"runs", "undo", past.ID, "--profile=" + j.Selection.Profile.Name, "--changed"}
		x.add(&own, &Undo{RunID: past.ID, Changed: true, Doubts: true})
	}
	if len(runs) == 0 {
		return x.printNothing(ctx)
	}
	return x.execute(ctx)
}
