package users

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
)

// send carries the plan out, and reports.
func (o *importOptions) send(ctx context.Context, i *intake.Import, book *ledger.Ledger, lock *ledger.Lock, connection *app.Connection, p importPlan, options bulk.Options, outputs *outputs) error {
	began := time.Now()
	run, err := book.Begin(ctx, lock, ledger.RunInfo{
		Command: "import", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name,
		Source: ledgerSource(o.file, i.Roster.Description()), Arguments: o.arguments,
	})
	if err != nil {
		return app.Refuse(err)
	}
	journal := intake.Journal{Run: run, Digest: i.Digest}
	counts := ledger.Counts{Rows: p.rows}
	tally := func(outcome bulk.Outcome) { tallyOutcome(&counts, outcome) }
	drain := o.app.Drain()

	stopped := i.RecordKnown(ctx, journal, options.Exists, tally)
	if stopped == nil {
		shown := progress.New(o.app.Streams, p.toSend()+p.counts.InDoubt)
		options.Report = func(outcome bulk.Outcome) {
			tally(outcome)
			shown.Row(outcome.State == bulk.Created || outcome.State == bulk.Existing)
		}
		options.Throttled = shown.Throttled
		stopped = i.Send(ctx, drain, connection.Client, journal, options)
		shown.Close()
	}
	counts.NotTried = counts.Rows - counts.Created - counts.Existing - counts.Failed - counts.Unknown

	// From here on nothing is sent, and an interrupt must not keep the report back.
	return o.conclude(context.WithoutCancel(ctx), conclusion{
		i: i, book: book, run: run, counts: counts, stopped: stopped, outputs: outputs, began: began,
	})
}

func tallyOutcome(counts *ledger.Counts, outcome bulk.Outcome) {
	switch outcome.State {
	case bulk.Created:
		counts.Created++
	case bulk.Existing:
		counts.Existing++
	case bulk.Failed:
		counts.Failed++
	case bulk.Unknown:
		counts.Unknown++
	}
}

// statusOf gives the exit status of an import. Where several hold, 130 wins
// over 5, 5 over 4, 4 over 3.
func statusOf(counts ledger.Counts, stopped error) int {
	switch {
	case errors.Is(stopped, bulk.ErrInterrupted):
		return app.StatusInterrupted
	case counts.Unknown > 0:
		return app.StatusUnknown
	case errors.Is(stopped, bulk.ErrDenied):
		return app.StatusDenied
	case stopped != nil && !errors.Is(stopped, bulk.ErrFailing):
		return app.StatusFailed
	case counts.Failed > 0 || counts.NotTried > 0:
		return app.StatusPartial
	default:
		return app.StatusOK
	}
}

func ledgerSource(file string, description roster.Description) ledger.Source {
	return ledger.Source{File: file, SHA256: description.SHA256, Format: string(description.Format), Encoding: description.Encoding}
}

// failure words how an import ended, nil where all of it worked.
func (o *importOptions) failure(run string, counts ledger.Counts, stopped error, outputs *outputs) error {
	status := statusOf(counts, stopped)
	if status == app.StatusOK {
		return nil
	}
	text := fmt.Sprintf("%s of %s were not created", grouped(counts.Failed+counts.Unknown+counts.NotTried), count(counts.Rows, "row"))
	if stopped != nil {
		text = fmt.Sprintf("the import stopped: %v\n%s", stopped, text)
	}
	var next []string
	if counts.NotTried > 0 || status == app.StatusInterrupted {
		next = append(next, "usher runs resume "+run)
	}
	if counts.Failed > 0 {
		next = append(next, "usher runs rows "+run+" --state failed")
		if outputs.failed == nil {
			next = append(next, "to get the rows back in a file that can be mended and imported, add --failed FILE")
		}
	}
	if counts.Unknown > 0 {
		next = append(next, o.unknownHint(run))
	}
	if status == app.StatusDenied {
		next = append(next, "usher profiles check "+o.selection.Profile.Name)
	}
	return app.Fail(status, errors.New(text), next...)
}
