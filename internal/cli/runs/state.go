package runs

import (
	"context"
	"strings"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
)

// counts returns the counts of a run as they are now: rows may have been settled
// or forgotten since it ended; those that were forgotten count as failed, and
// their number is returned too. A row that was read and that the ledger has no
// state of was not tried.
func counts(ctx context.Context, book ledger.Store, run ledger.PastRun, live bool) (now ledger.Counts, forgotten int, err error) {
	stored, err := book.CountStates(ctx, run)
	if err != nil {
		return ledger.Counts{}, 0, err
	}
	states := map[ledger.State]int{}
	for state, rows := range stored {
		states[state.Shown(live)] += rows
	}
	now = ledger.Counts{
		Created: states[ledger.Created], Existing: states[ledger.Existing], Failed: states[ledger.Failed] + states[ledger.Absent] + states[ledger.Forgotten],
		Unknown: states[ledger.Unknown], InProgress: states[ledger.InProgress], NotTried: run.Counts.NotTried,
	}
	now.Gone = states[ledger.Gone]
	now.Updated, now.Unchanged = states[ledger.Updated], states[ledger.Unchanged]
	now.Deleted, now.Deactivated = states[ledger.Deleted], states[ledger.Deactivated]
	if run.Command == ledger.CommandDelete || run.Command == ledger.CommandUndo {
		now.Absent = states[ledger.Absent]
		now.Failed -= now.Absent
	}
	tried := done(now) + now.Gone + now.Failed + now.Unknown + now.InProgress
	if run.Rows > 0 { // otherwise an earlier usher has left that to the end of the run
		now.NotTried = max(0, run.Rows-tried)
	}
	now.Rows = tried + now.NotTried
	return now, states[ledger.Forgotten], nil
}

// done gives the number of rows that went well.
func done(c ledger.Counts) int {
	return c.Created + c.Existing + c.Updated + c.Unchanged + c.Deleted + c.Absent + c.Deactivated
}

// stateOf says in a few words how a run stands: whether it came to its end,
// and what is left to be done about its rows.
func stateOf(run ledger.PastRun, doc document) string {
	counts := doc.counts
	counts.Failed -= doc.forgotten
	var words []string
	switch {
	case !run.Pruned.IsZero():
		words = append(words, "pruned")
	case run.IsFinished():
		words = append(words, endOf(run, counts)...)
	case doc.live:
		return "in progress"
	default:
		words = append(words, "broken off")
	}
	for _, left := range report.Named(counts, run.Command)[3:] { // what did not go well
		if left.Rows > 0 {
			words = append(words, progress.Number(left.Rows)+" "+left.Name)
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

// isLive reports whether a run is in progress: it has its target.
func isLive(ctx context.Context, book ledger.Store, run ledger.PastRun) bool {
	if run.IsFinished() {
		return false
	}
	holders, err := book.Holders(ctx, run.Target)
	return err == nil && len(holders) > 0 && holders[0].Run == run.ID
}

// endOf gives the word for the way in which a run ended, where it is more than
// the counts tell.
func endOf(run ledger.PastRun, counts ledger.Counts) []string {
	switch {
	case run.ExitStatus == failure.StatusInterrupted:
		return []string{"interrupted"}
	case run.ExitStatus == failure.StatusDenied:
		return []string{"denied"}
	case counts.NotTried > 0:
		return []string{"stopped"}
	default:
		return nil
	}
}
