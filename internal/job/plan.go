package job

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/term"
)

// planHead contains the first properties of every plan for many users.
type planHead struct {
	Schema   string        `json:"schema"`
	Profile  string        `json:"profile"`
	Provider string        `json:"provider"`
	Target   string        `json:"target"`
	Source   report.Source `json:"source"`
	Reading  *readingDoc   `json:"reading,omitempty"`
	// Memberships are those of the run that follows.
	Memberships *groupsPlanCounts `json:"memberships,omitempty"`
}

func (r *run) planHead() planHead {
	head := planHead{Schema: r.op.labels().plan, Profile: r.Selection.Profile.Name, Provider: r.Selection.Adapter.Name, Target: r.Selection.Target, Source: r.source, Reading: r.reads}
	if r.follows() {
		counts := r.after.groups.counts(r.after.run)
		head.Memberships = &counts
	}
	return head
}

// showTitle shows the operation (for example "Import into") and the target.
func (r *run) showTitle(what string) {
	streams := r.App.Streams
	if r.route == nil && !r.isSecond || r.route != nil && r.route.parts[0].run == r {
		fmt.Fprintln(streams.Err)
	}
	streams.Say(streams.ErrStyle().Bold(what+" "+r.Selection.Profile.Name+":")+" ", r.Selection.Target)
}

// part is a number of rows with the same decision.
type part struct {
	rows int
	text string
	// shade is how a terminal shows the number; nil for plain.
	shade func(term.Style, string) string
}

// showRows shows a number of rows, and what happens to them. A terminal shows no zero.
func (r *run) showRows(p part) {
	streams := r.App.Streams
	if p.rows == 0 && streams.ErrIsTerminal() {
		return
	}
	number := fmt.Sprintf("%9s", progress.Number(p.rows))
	if p.shade != nil {
		number = p.shade(streams.ErrStyle(), number)
	}
	streams.Say("  "+number+"  ", p.text)
}

// showParts is showRows for each part that has rows.
func (r *run) showParts(parts ...part) {
	for _, part := range parts {
		if part.rows > 0 {
			r.showRows(part)
		}
	}
}

// showNames shows some users under a title, and nothing if there are none.
func (r *run) showNames(title string, names []string) {
	for i, name := range names {
		if i == 0 {
			fmt.Fprintln(r.App.Streams.Err, "  "+title)
		}
		r.App.Streams.Say("    ", name)
	}
}

// showTime shows the estimated duration of so many requests at the rate, if there is one.
func (r *run) showTime(requests int) {
	if rate := r.options.Rate; rate > 0 && requests > 0 {
		long := time.Duration(float64(requests) / rate * float64(time.Second))
		r.App.Streams.Say("  ", fmt.Sprintf("Estimated duration: %s at %s/s.", progress.Span(long), strconv.FormatFloat(rate, 'g', 4, 64)))
	}
}

// shownNames returns the names with which a person reads the differences that they agree to; nil without a terminal,
// where ids are shown.
func (r *run) shownNames(ctx context.Context) *names.Resolver {
	switch {
	case !r.App.Streams.ErrIsTerminal():
		return nil
	case r.names != nil:
		return r.names
	default:
		return app.Names(ctx, r.App, r.Selection, app.NewLazyConnection(func() (*app.Connection, error) { return r.connection, nil }))
	}
}

// notAsked returns the failure of a lookup or list that the plan requires.
func (r *run) notAsked(what string, err error) error {
	if errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
	}
	return app.ProviderFailure(r.Selection, fmt.Errorf("%s; nothing was sent: %w", what, err))
}
