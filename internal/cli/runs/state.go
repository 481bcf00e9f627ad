package runs

import (
	"context"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
)

// counts gives the counts of a run as they are by now: rows may have been
// settled or forgotten since it ended; those that were forgotten count as failed,
// and their number is given too. Rows that were not tried are known only of a run
// that came to its end.
func counts(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) (now ledger.Counts, forgotten int, err error) {
	states, err := book.CountStates(ctx, run)
	if err != nil {
		return ledger.Counts{}, 0, err
	}
	now = ledger.Counts{
		Created: states[ledger.Created], Existing: states[ledger.Existing], Failed: states[ledger.Failed] + states[ledger.Absent] + states[ledger.Forgotten],
		Unknown: states[ledger.Unknown] + states[ledger.Sent] + states[ledger.Uncertain] + states[ledger.Changing], NotTried: run.Counts.NotTried,
	}
	now.Updated, now.Unchanged = states[ledger.Updated], states[ledger.Unchanged]
	now.Deleted, now.Deactivated = states[ledger.Deleted], states[ledger.Deactivated]
	if run.Command == ledger.CommandDelete || run.Command == ledger.CommandUndo {
		now.Absent = states[ledger.Absent]
		now.Failed -= now.Absent
	}
	now.Rows = done(now) + now.Failed + now.Unknown + now.NotTried
	return now, states[ledger.Forgotten], nil
}

// done gives the number of rows that went well.
func done(c ledger.Counts) int {
	return c.Created + c.Existing + c.Updated + c.Unchanged + c.Deleted + c.Absent + c.Deactivated
}

// stateOf says in a few words how a run stands: whether it came to its end,
// and what is left to be done about its rows.
func stateOf(book *ledger.Ledger, run ledger.PastRun, doc document) string {
	counts := doc.counts
	counts.Failed -= doc.forgotten
	var words []string
	switch {
	case run.IsFinished():
		words = append(words, endOf(run, counts)...)
	case isUnderWay(book, run):
		return "under way"
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

func isUnderWay(book *ledger.Ledger, run ledger.PastRun) bool {
	holder, held, err := book.Holder(run.Target)
	return err == nil && held && holder.Run == run.ID
}

// endOf gives the word for the way in which a run ended, where it is more than
// the counts tell.
func endOf(run ledger.PastRun, counts ledger.Counts) []string {
	switch {
	case run.ExitStatus == app.StatusInterrupted:
		return []string{"interrupted"}
	case run.ExitStatus == app.StatusDenied:
		return []string{"denied"}
	case counts.NotTried > 0:
		return []string{"stopped"}
	default:
		return nil
	}
}
