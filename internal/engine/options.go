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

// Recorder is the durable record of a run. Its contexts are never cancelled. An error of any method ends the run
// with [ErrRecorder].
type Recorder interface {
	// Intend returns when the intent to send the item is durable. After an error nothing may be sent.
	Intend(ctx context.Context, item Item) error
	// Withdraw returns when the withdrawal of the intent is durable: no attempt of this run has created the item's
	// user.
	Withdraw(ctx context.Context, item Item) error
	// Record records an outcome, final or not yet: a later Intend of the same item opens it again, and the last
	// outcome counts. It may return before the outcome is durable.
	Record(ctx context.Context, outcome Result) error
}

// Exists is what an existing user means for a row.
type Exists int

// The values of Exists.
const (
	// SkipExisting counts the row as existing.
	SkipExisting Exists = iota
	// FailExisting counts the row as failed.
	FailExisting
)

// Options are the options of a run. Zero means the default of Concurrency, MaxWait, Sends and Grace, and no limit
// for the other numbers.
type Options struct {
	// Exists is what an existing user means.
	Exists Exists
	// Same returns an error for a user who was looked up and is not certainly that of the item; nil accepts every
	// user.
	Same func(Item, provider.User) error
	// LookFirst looks up the user before each create, if the provider documents a lookup.
	LookFirst bool
	// SettleAfter is the time after which doubts may be settled, see [evidence.Case]; 0 means the default that
	// follows from Unique.
	SettleAfter time.Duration
	// Unique returns what the provider documents about two users with one key. It is called at most once, when the
	// first row is in doubt, and may send a read; nil means that nothing is documented.
	Unique func(context.Context) provider.Uniqueness
	// OnlyKey reports that the key is the only documented unique value.
	OnlyKey bool
	// Made returns the documented creation time of a user, zero if there is none; it may be nil.
	Made func(provider.User) time.Time
	// NotStored returns the fields of a user, as the provider returned them, that it did not store as sent; nil
	// compares nothing. It is called concurrently.
	NotStored func(Item, provider.User) []string
	// Strict makes a change fail if the provider did not store everything.
	Strict bool
	// Route is what earlier lookups of this process have shown; nil for nothing.
	Route *Route
	// Due are users of earlier runs who must be looked up once more.
	Due []Due
	// Concurrency is the maximum number of concurrent requests.
	Concurrency int
	// Batch is the maximum number of rows in one request, if the provider documents such a request; Concurrency
	// and Rate then count rows.
	Batch int
	// Rate is the maximum number of requests per second; it may be below 1.
	Rate float64
	// Pace receives what the provider reports about its rate limit; nil if it reports nothing.
	Pace *Pace
	// MaxFailures is the number of consecutive failures of one class that ends the run.
	MaxFailures int
	// MaxLost is the number of consecutive rows that were unsent or lost that ends the run.
	MaxLost int
	// MaxWait is the longest wait that the provider may require, and the longest time without an access token.
	// Beyond it the run ends with [ErrWait].
	MaxWait time.Duration
	// Sends is how often one row's create may be unsent before the row fails, how often a change may be lost, and
	// how often one lookup may fail.
	Sends int
	// Grace is the maximum delay between a change and a read that shows it.
	Grace time.Duration
	// Report is called with every final outcome. Report and Throttled are called one at a time.
	Report func(Result)
	// Amended is called with a reported outcome that the last lookup of its user has completed; it may be nil. It
	// is called like Report.
	Amended func(Result)
	// Throttled is called for every pause that the provider requires; it may be nil.
	Throttled func(time.Duration)
	// Settling is called before so many rows in doubt wait for so long; it may be nil.
	Settling func(rows int, wait time.Duration)
	// Sleep waits, or returns early with the context's error; nil means the clock. A nil error before the time has
	// passed counts as having waited.
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
