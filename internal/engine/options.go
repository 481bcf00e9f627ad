package engine

import (
	"cmp"
	"context"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The defaults of [Options].
const (
	DefaultConcurrency = 8
	DefaultSends       = 4
	DefaultGrace       = 2 * time.Second
)

// Recorder is the durable memory of a run. Its contexts are never cancelled.
// An error of any method ends the run with [ErrRecorder].
type Recorder interface {
	// Intend returns when it is durable that the item is about to be sent.
	// After an error nothing may be sent.
	Intend(ctx context.Context, item Item) error
	// Withdraw returns when it is durable that the intent is taken back: the
	// item was certainly not made by any attempt of this run.
	Withdraw(ctx context.Context, item Item) error
	// Record notes an outcome, final or not yet: a later Intend of the same
	// item opens it again, and the last outcome counts. It may return before the
	// note is durable.
	Record(ctx context.Context, outcome Result) error
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

// Options say how a run works. Zero means the default of Concurrency, MaxWait,
// Sends and Grace, and no limit of the other numbers.
type Options struct {
	// Exists says what an existing user means.
	Exists Exists
	// Same returns an error for a user who was looked up and is not certainly that of
	// the item; nil accepts everybody whom the provider returns.
	Same func(Item, provider.User) error
	// LookFirst asks the provider before each create whether the user exists, where it documents a look-up.
	LookFirst bool
	// SettleAfter is the time after which doubts may be settled, see
	// [evidence.Case]; 0 means the default that follows from Unique.
	SettleAfter time.Duration
	// Unique returns what the provider says of two users with one key. It is called
	// at most once, when the first row is in doubt, and may send a read; nil means
	// that nothing is documented.
	Unique func(context.Context) provider.Uniqueness
	// OnlyKey says that the key is the only documented unique value.
	OnlyKey bool
	// Made returns the documented creation time of a user, zero if there is none; it
	// may be nil.
	Made func(provider.User) time.Time
	// NotStored returns the fields of a user, as the provider returned them, that it
	// did not store as they were sent; nil compares nothing. It is called concurrently.
	NotStored func(Item, provider.User) []string
	// Strict has a change fail of which the provider did not store everything.
	Strict bool
	// Route is what earlier lookups of this process have shown; nil for nothing.
	Route *Route
	// Due are users of earlier runs who must be looked up once more.
	Due []Due
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
	// MaxWait is the longest wait that the provider may ask for, and the longest time
	// without an access token. Beyond it the run ends with [ErrWait].
	MaxWait time.Duration
	// Sends is how often one row's create may be unsent before the row is given up,
	// how often a change may be lost, and how often one lookup may fail.
	Sends int
	// Grace is how long a read may lag behind a change.
	Grace time.Duration
	// Report is told every final outcome. Report and Throttled are called one at a time.
	Report func(Result)
	// Amended is told of an outcome that was reported and that the last look at its
	// user has completed; it may be nil. It is called like Report.
	Amended func(Result)
	// Throttled is told of every pause that the provider asked for; it may be nil.
	Throttled func(time.Duration)
	// Settling is told before so many rows in doubt wait for so long; it may be nil.
	Settling func(rows int, wait time.Duration)
	// Sleep waits, or returns early with the context's error; nil means the
	// clock. What returns nil before its time stands for one that has waited.
	Sleep func(context.Context, time.Duration) error
}

// Wait waits by Sleep, or returns [ErrInterrupted] if the context ends before.
func (o Options) Wait(ctx context.Context, d time.Duration) error {
	wait := o.Sleep
	if wait == nil {
		wait = sleep
	}
	if wait(ctx, d) != nil {
		return ErrInterrupted
	}
	return nil
}

func (o Options) withDefaults() Options {
	o.Concurrency = cmp.Or(max(o.Concurrency, 0), DefaultConcurrency)
	o.MaxWait = cmp.Or(max(o.MaxWait, 0), DefaultMaxWait)
	o.Sends = cmp.Or(max(o.Sends, 0), DefaultSends)
	o.Grace = cmp.Or(max(o.Grace, 0), DefaultGrace)
	if o.Pace == nil {
		o.Pace = NewPace()
	}
	if o.Same == nil {
		o.Same = func(Item, provider.User) error { return nil }
	}
	if o.Report == nil {
		o.Report = func(Result) {}
	}
	if o.Unique == nil {
		o.Unique = func(context.Context) provider.Uniqueness { return provider.UniqueUnknown }
	}
	if o.Made == nil {
		o.Made = func(provider.User) time.Time { return time.Time{} }
	}
	if o.NotStored == nil {
		o.NotStored = func(Item, provider.User) []string { return nil }
	}
	if o.Route == nil {
		o.Route = &Route{}
	}
	if o.Amended == nil {
		o.Amended = func(Result) {}
	}
	if o.Settling == nil {
		o.Settling = func(int, time.Duration) {}
	}
	if o.Throttled == nil {
		o.Throttled = func(time.Duration) {}
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}
