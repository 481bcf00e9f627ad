package runs

import (
	"context"
	"maps"
	"strings"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// counts returns the current counts of a run: rows may have been settled or forgotten since it ended. Forgotten rows
// count as failed, and their number is returned too. A row that was read and has no state in the ledger counts as not
// tried.
func counts(ctx context.Context, book ledger.Store, run ledger.PastRun, live bool) (now rowstate.Counts, forgotten int, err error) {
	stored, err := book.CountStates(ctx, run)
	if err != nil {
		return nil, 0, err
	}
	now = rowstate.CountsOf(stored, live)
	now[rowstate.NotTried] = run.Counts[rowstate.NotTried]
	if run.Rows > 0 { // 0 in runs of an earlier version, which recorded it at the end
		delete(now, rowstate.NotTried)
		now[rowstate.NotTried] = max(0, run.Rows-now.Rows())
	}
	return now, stored[rowstate.Forgotten], nil
}

// stateOf returns the state of a run as text: whether it ended, and which of its rows require action.
func stateOf(run ledger.PastRun, doc document) string {
	counts := maps.Clone(doc.counts)
	counts[rowstate.Failed] -= doc.forgotten
	var words []string
	switch {
	case !run.Pruned.IsZero():
		words = append(words, "pruned")
	case run.IsFinished():
		words = append(words, endOf(run, counts)...)
	case doc.live:
		return "in progress"
	default:
		words = append(words, "interrupted")
	}
	for _, left := range report.CountsOf(counts, run.Command)[1:] {
		if left.Rows > 0 && rowstate.State(left.Name).Kind() != rowstate.Good {
			words = append(words, progress.Number(left.Rows)+" "+left.Label())
		}
	}
	if doc.forgotten > 0 {
		words = append(words, progress.Number(doc.forgotten)+" forgotten")
	}
	if len(words) == 0 {
		return "complete"
	}
	return strings.Join(words, ", ")
}

// isLive reports whether a run is in progress: it has the lock of its target.
func isLive(ctx context.Context, book ledger.Store, run ledger.PastRun) bool {
	if run.IsFinished() {
		return false
	}
	holders, err := book.Holders(ctx, run.Target)
	return err == nil && len(holders) > 0 && holders[0].Run == run.ID
}

// endOf returns how a run ended, if its counts do not show it.
func endOf(run ledger.PastRun, counts rowstate.Counts) []string {
	switch {
	case run.ExitStatus == failure.StatusInterrupted:
		return []string{"interrupted"}
	case run.ExitStatus == failure.StatusDenied:
		return []string{"denied"}
	case counts[rowstate.NotTried] > 0:
		return []string{"stopped"}
	default:
		return nil
	}
}
