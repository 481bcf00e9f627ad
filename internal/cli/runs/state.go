package runs

import (
	"context"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
)

// counts gives the counts of a run as they are by now: rows may have been
// settled or forgotten since it ended. Rows that were not tried are known only
// of a run that came to its end.
func counts(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) (ledger.Counts, error) {
	states, err := book.CountStates(ctx, run)
	if err != nil {
		return ledger.Counts{}, err
	}
	now := ledger.Counts{
		Created: states[ledger.Created], Existing: states[ledger.Existing], Failed: states[ledger.Failed] + states[ledger.Absent] + states[ledger.Forgotten],
		Unknown: states[ledger.Unknown] + states[ledger.Sent], NotTried: run.Counts.NotTried,
	}
	now.Rows = now.Created + now.Existing + now.Failed + now.Unknown + now.NotTried
	return now, nil
}

// named is a count with its name.
type named struct {
	name   string
	number int
}

// countsOf lists the counts in the order of reports.
func countsOf(c ledger.Counts) []named {
	return []named{
		{"rows", c.Rows}, {"created", c.Created}, {"existing", c.Existing}, {"failed", c.Failed}, {"unknown", c.Unknown}, {"not tried", c.NotTried},
	}
}

// stateOf says in a few words how a run stands: whether it came to its end,
// and what is left to be done about its rows.
func stateOf(book *ledger.Ledger, run ledger.PastRun, counts ledger.Counts) string {
	var words []string
	switch {
	case run.IsFinished():
		words = append(words, endOf(run, counts)...)
	case isUnderWay(book, run):
		return "under way"
	default:
		words = append(words, "broken off")
	}
	for _, left := range []named{{"failed", counts.Failed}, {"unknown", counts.Unknown}, {"not tried", counts.NotTried}} {
		if left.number > 0 {
			words = append(words, progress.Number(left.number)+" "+left.name)
		}
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
