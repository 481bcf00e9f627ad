package users

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
)

// sending is an import, or an update or a removal, whose plan is agreed and is carried out.
type sending struct {
	o         *importOptions
	i         *intake.Import // nil where no roster is read
	source    report.Source
	undoes    string // the run whose users are deleted; empty for none
	leftOut   int    // users of it who were changed since, and are not deleted
	book      *ledger.Ledger
	run       *ledger.Run
	rows      int // of the roster
	toSend    int // rows that are to be sent
	outputs   *outputs
	passwords *passwordFile
	before    *amend.BeforeFile // what an update's users were like; nil for none
	// lines gives what became of each row.
	lines func(context.Context, *ledger.Ledger, ledger.PastRun) iter.Seq2[intake.Line, error]

	began   time.Time
	counts  ledger.Counts
	stopped error // why it ended before its last row; nil where it did not
}

// carryOut sends what is to be sent, and reports.
func (s *sending) carryOut(ctx context.Context, client provider.Client, options bulk.Options) error {
	s.begin()
	journal := intake.Journal{Run: s.run, Digest: s.i.Digest}
	if s.stopped = s.i.RecordKnown(ctx, journal, options.Exists, s.tally); s.stopped == nil {
		s.stopped = s.send(options, func(drain <-chan struct{}, options bulk.Options) error {
			return s.i.Send(ctx, drain, client, journal, options)
		})
	}
	// From here on nothing is sent, and an interrupt must not keep the report back.
	return s.conclude(context.WithoutCancel(ctx))
}

func (s *sending) begin() {
	s.began = time.Now()
	s.counts.Rows = s.rows
	s.counts.NotTried = s.rows
}

// send has the rows sent, and shows how far it is.
func (s *sending) send(options bulk.Options, send func(drain <-chan struct{}, options bulk.Options) error) error {
	shown := progress.New(s.o.app.Streams, s.toSend)
	defer shown.Close()
	options.Report = func(outcome bulk.Outcome) {
		s.tally(outcome)
		shown.Row(endOf(outcome.State))
	}
	options.Throttled = shown.Throttled
	drain := s.o.app.Drain()
	defer whenClosed(drain, func() {
		shown.Say("Stopping after the requests under way. Ctrl-C again stops at once.")
	})()
	return send(drain, options)
}

// whenClosed calls a function when a channel is closed, until it is stopped.
func whenClosed(channel <-chan struct{}, then func()) (stop func()) {
	over := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-channel:
			then()
		case <-over:
		}
	})
	return func() {
		close(over)
		listening.Wait()
	}
}

func endOf(state bulk.State) progress.End {
	switch state {
	case bulk.Created, bulk.Existing, amend.Updated, amend.Unchanged, amend.Deleted, amend.Absent, amend.Deactivated:
		return progress.Well
	case bulk.Unknown:
		return progress.Unknown
	default:
		return progress.Failed
	}
}

// tally counts an outcome.
func (s *sending) tally(outcome bulk.Outcome) {
	s.counts.NotTried--
	switch outcome.State {
	case bulk.Created:
		s.counts.Created++
	case bulk.Existing:
		s.counts.Existing++
	case amend.Updated:
		s.counts.Updated++
	case amend.Unchanged:
		s.counts.Unchanged++
	case amend.Deleted:
		s.counts.Deleted++
	case amend.Absent:
		s.counts.Absent++
	case amend.Deactivated:
		s.counts.Deactivated++
	case bulk.Unknown:
		s.counts.Unknown++
	default:
		s.counts.Failed++
	}
}

// status gives the exit status. Where several hold, 130 wins over 5, 5 over 4,
// 4 over 3.
func (s *sending) status() int {
	switch {
	case s.isInterrupted():
		return app.StatusInterrupted
	case s.counts.Unknown > 0:
		return app.StatusUnknown
	case errors.Is(s.stopped, bulk.ErrDenied):
		return app.StatusDenied
	case s.stopped != nil && !errors.Is(s.stopped, bulk.ErrFailing):
		return app.StatusFailed
	case s.counts.Failed > 0 || s.counts.NotTried > 0:
		return app.StatusPartial
	default:
		return app.StatusOK
	}
}

func (s *sending) isInterrupted() bool {
	return errors.Is(s.stopped, bulk.ErrInterrupted) || errors.Is(s.stopped, context.Canceled)
}
