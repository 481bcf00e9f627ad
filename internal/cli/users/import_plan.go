package users

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// importPlan is what an import is going to do.
type importPlan struct {
	intake.Counts
	asked intake.Asked
	// mayCreate is how many users may be created: the new ones, and those in
	// doubt that may be sent again.
	mayCreate int
	rate      float64
}

// plan compares the roster with the ledger, and with the provider where it can
// be asked.
func (o *importOptions) plan(ctx context.Context, i *intake.Import, connection *app.Connection, options bulk.Options) (importPlan, error) {
	p := importPlan{asked: intake.NotAsked, rate: options.Rate}
	var err error
	if p.Counts, err = i.Resolve(ctx); err != nil {
		return p, app.Refuse(err)
	}
	if o.asks() && p.Create > 0 {
		if p.asked, err = o.ask(ctx, i, connection, p.Create, options); err != nil {
			return p, o.notAsked(err)
		}
		if p.Counts, err = i.Resolve(ctx); err != nil {
			return p, app.Refuse(err)
		}
	}
	p.mayCreate = p.Create
	if o.finds() || o.resendUnknown {
		p.mayCreate += p.InDoubt
	}
	return p, nil
}

// ask asks the provider who exists already.
func (o *importOptions) ask(ctx context.Context, i *intake.Import, connection *app.Connection, rows int, options bulk.Options) (intake.Asked, error) {
	way, err := intake.Way(ctx, connection.Reader, rows)
	if err != nil {
		return way, err
	}
	asked, client := func() {}, connection.Client
	if way == intake.ByList {
		client = connection.Reader // look-ups are made again by the engine, in its pace
		defer o.whileSlow("Asking " + o.selection.Adapter.Vendor + " for its list of users")()
	}
	if way == intake.ByLookUp {
		fmt.Fprintf(o.app.Streams.Err, "Asking %s who exists already: %s.\n", o.selection.Adapter.Vendor, count(rows, "look-up"))
		shown := progress.New(o.app.Streams, rows)
		defer shown.Close()
		asked = func() { shown.Row(progress.Well) }
		options.Throttled = shown.Throttled
	}
	return way, i.AskProvider(ctx, client, way, options, asked)
}

// notAsked is the failure of a provider that could not be asked.
func (o *importOptions) notAsked(err error) error {
	if errors.Is(err, bulk.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while asking the provider: nothing was sent"))
	}
	failure := kit.ProviderFailure(o.selection, fmt.Errorf("whether the users exist cannot be told, and nothing was sent: %w", err))
	switch provider.ClassOf(err) {
	case provider.Denied, provider.NotFound, provider.Unsent: // what is wrong would stop the import as well
		return failure
	}
	return app.Fail(app.StatusOf(failure), failure, "to import all the same, add --no-check: the ledger still keeps you from creating anybody twice")
}

// sayPlan shows the target first, then what is going to happen.
func (o *importOptions) sayPlan(p importPlan) {
	style := o.app.Streams.ErrStyle()
	err := o.app.Streams.Err
	fmt.Fprintf(err, "\n%s %s\n", style.Bold("Import into "+o.selection.Profile.Name+":"), term.SanitizeLine(o.selection.Target))
	line := func(number int, text string) { fmt.Fprintf(err, "  %9s  %s\n", grouped(number), text) }
	line(p.Create, "to create")
	if p.Existing > 0 || p.asked != intake.NotAsked {
		text := "exist already, by " + whoSays(p.asked)
		if o.onExists == onExistsFail {
			text += ", and count as failed"
		}
		line(p.Existing, text)
	}
	if p.InDoubt > 0 {
		line(p.InDoubt, "in doubt since an earlier run: "+o.whatOfDoubts())
	}
	if p.Faulty > 0 {
		line(p.Faulty, "have faults and are not sent")
	}
	if p.asked == intake.NotAsked && p.Create > 0 {
		fmt.Fprintf(err, "  The provider was not asked who exists already%s.\n", o.whyNotAsked())
	}
	if p.rate > 0 && p.mayCreate > 0 {
		fmt.Fprintf(err, "  It takes about %s at %s/s.\n", progress.Span(time.Duration(float64(p.mayCreate)/p.rate*float64(time.Second))), strconv.FormatFloat(p.rate, 'g', 4, 64))
	}
	if p.Unlisted > 0 {
		first := p.FirstUnlisted
		fmt.Fprintf(err, "  %s the provider's list lacks %s of the ledger. If deleted there:\n    usher runs forget %s --line %d\n",
			style.Yellow("warning:"), count(p.Unlisted, "user"), first.Run, first.Line)
	}
	fmt.Fprintln(err)
}

func whoSays(asked intake.Asked) string {
	switch asked {
	case intake.ByList:
		return "the ledger and the provider's list"
	case intake.ByLookUp:
		return "the ledger and look-ups"
	default:
		return "the ledger"
	}
}

func (o *importOptions) whatOfDoubts() string {
	switch {
	case o.finds():
		return "settled first"
	case o.resendUnknown:
		return "sent again, as --resend-unknown says"
	default:
		return "they stay unknown"
	}
}

func (o *importOptions) whyNotAsked() string {
	if o.noCheck {
		return ", as --no-check says"
	}
	return ": " + o.selection.Adapter.Vendor + " documents no way to"
}

// planDoc is usher.plan/v1.
type planDoc struct {
	Schema   string        `json:"schema"`
	Profile  string        `json:"profile"`
	Provider string        `json:"provider"`
	Target   string        `json:"target"`
	Source   report.Source `json:"source"`
	Counts   planCounts    `json:"counts"`
	Asked    string        `json:"asked"`
}

type planCounts struct {
	Rows     int `json:"rows"`
	Create   int `json:"create"`
	Existing int `json:"existing"`
	InDoubt  int `json:"in_doubt"`
	Invalid  int `json:"invalid"`
}

func (o *importOptions) printPlan(ctx context.Context, i *intake.Import, p importPlan) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	doc := planDoc{
		Schema: "usher.plan/v1", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name, Target: o.selection.Target,
		Source: sourceOf(i.Roster.Description()), Asked: string(p.asked),
		Counts: planCounts{p.Rows, p.Create, p.Existing, p.InDoubt, p.Faulty},
	}
	fmt.Fprintln(o.app.Streams.Err, "Dry run: nothing was sent.")
	rows := [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {"create", strconv.Itoa(doc.Counts.Create)}, {"existing", strconv.Itoa(doc.Counts.Existing)},
		{"in doubt", strconv.Itoa(doc.Counts.InDoubt)}, {"invalid", strconv.Itoa(doc.Counts.Invalid)},
	}
	return printer.Object(ctx, doc, rows, "")
}
