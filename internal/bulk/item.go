package bulk

import (
	"context"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Item is one row that waits to be created.
type Item struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Key is the value of the natural key.
	Key string
	// Record holds the values; they are valid.
	Record schema.Record
	// Doubt says that an earlier run sent this row and never learned what came of it.
	Doubt bool
}

// State is what became of a row.
type State string

// The states of a row in a report. Every row ends in exactly one.
const (
	// Created: the provider made the user for this row.
	Created State = "created"
	// Existing: the provider had the user already.
	Existing State = "existing"
	// Failed: the user was certainly not made.
	Failed State = "failed"
	// Unknown: a create was sent, and whether it made the user cannot be told.
	Unknown State = "unknown"
	// NotTried: the run ended before this row's turn.
	NotTried State = "not_tried"
)

// Outcome is what became of one item.
type Outcome struct {
	Item
	// State says which.
	State State
	// User is the user at the provider, where it is created or existing and the provider described it.
	User provider.User
	// Err says why a row failed or is unknown; nil otherwise.
	Err error
	// Attempts is how often the create was sent in this run.
	Attempts int
	// Settled says that the answer was lost and a look-up decided.
	Settled bool
}

// Journal is the durable memory of a run.
type Journal interface {
	// Intend returns when it is durable that the item is about to be sent.
	// After an error nothing may be sent.
	Intend(ctx context.Context, item Item) error
	// Record notes an outcome, final or not yet: a later Intend of the same
	// item opens it again. It may return before the note is durable.
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

// Options say how a run works. The zero value of a number means its default.
type Options struct {
	// Exists says what an existing user means.
	Exists Exists
	// LookFirst asks the provider before each create whether the user exists, where it documents a look-up.
	LookFirst bool
	// Resend sends again what stays unknown, knowingly.
	Resend bool
	// Concurrency bounds the requests under way at once; default 8.
	Concurrency int
	// Rate bounds the requests a second; 0 means no bound.
	Rate float64
	// MaxFailures ends the run after so many failures of one class in a row; 0 means no limit.
	MaxFailures int
	// MaxLost ends the run after so many rows in a row that were unsent or whose answer was lost; 0 means no limit.
	MaxLost int
	// Sends is how often one row's create may be sent before it is given up; default 4.
	Sends int
	// Grace is how long a provider's list may lag behind its writes; default 2 s.
	Grace time.Duration
	// Report is told every final outcome, one call at a time.
	Report func(Outcome)
	// Throttled is told of every pause that the provider asked for; it may be nil.
	Throttled func(time.Duration)
	// Sleep waits, or returns early with the context's error; nil means the clock.
	Sleep func(context.Context, time.Duration) error
}

func (o Options) withDefaults() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = 8
	}
	if o.Sends <= 0 {
		o.Sends = 4
	}
	if o.Grace <= 0 {
		o.Grace = 2 * time.Second
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

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
