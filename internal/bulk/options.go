package bulk

import (
	"cmp"
	"context"
	"time"
)

// The defaults of [Options].
const (
	DefaultConcurrency = 8
	DefaultSends       = 4
	DefaultGrace       = 2 * time.Second
)

// Journal is the durable memory of a run. Its contexts are never cancelled.
// An error of any method ends the run with [ErrJournal].
type Journal interface {
	// Intend returns when it is durable that the item is about to be sent.
	// After an error nothing may be sent.
	Intend(ctx context.Context, item Item) error
	// Withdraw returns when it is durable that the intent is taken back: the
	// item was certainly not made by any attempt of this run.
	Withdraw(ctx context.Context, item Item) error
	// Record notes an outcome, final or not yet: a later Intend of the same
	// item opens it again, and the last outcome counts. It may return before the
	// note is durable.
	Record(ctx context.Context, outcome Outcome) error
}

// Exists says what an existing user means for a row.
type Exists int

// The choices.
const (
	// SkipExisting counts the row as existing.
	SkipExisting Exists = iota
	// FailExisting counts the row as failed.
	FailExisting
)

// Options say how a run works. Zero means the default of Concurrency, Sends and
// Grace, and no limit of the other numbers.
type Options struct {
	// Exists says what an existing user means.
	Exists Exists
	// LookFirst asks the provider before each create whether the user exists, where it documents a look-up.
	LookFirst bool
	// Change says that a run changes users who exist: Create makes a change that
	// may be made twice, and Find finds nobody as long as it was not made.
	Change bool
	// Resend sends a row that an earlier run left in doubt again, knowingly,
	// where the provider cannot be asked about it.
	Resend bool
	// Concurrency bounds the requests under way at once.
	Concurrency int
	// Batch has so many rows at most travel in one request, where the provider
	// documents such a one; Concurrency and Rate then count rows.
	Batch int
	// Rate bounds the requests a second; it may be below 1.
	Rate float64
	// Pace takes what the provider says about its rate limit; nil where nothing does.
	Pace *Pace
	// MaxFailures ends the run after so many failures of one class in a row.
	MaxFailures int
	// MaxLost ends the run after so many rows in a row that were unsent or whose answer was lost.
	MaxLost int
	// Sends is how often one row's create may be unsent or lost before the row is
	// given up, and how often one look-up may go without an answer.
	Sends int
	// Grace is how long a provider's look-up may lag behind its writes.
	Grace time.Duration
	// Report is told every final outcome. Report and Throttled are called one at a time.
	Report func(Outcome)
	// Throttled is told of every pause that the provider asked for; it may be nil.
	Throttled func(time.Duration)
	// Sleep waits, or returns early with the context's error; nil means the
	// clock. What returns nil before its time stands for one that has waited.
	Sleep func(context.Context, time.Duration) error
}

func (o Options) withDefaults() Options {
	o.Concurrency = cmp.Or(max(o.Concurrency, 0), DefaultConcurrency)
	o.Sends = cmp.Or(max(o.Sends, 0), DefaultSends)
	o.Grace = cmp.Or(max(o.Grace, 0), DefaultGrace)
	if o.Pace == nil {
		o.Pace = NewPace()
	}
	if o.Report == nil {
		o.Report = func(Outcome) {}
	}
	if o.Throttled == nil {
		o.Throttled = func(time.Duration) {}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}
