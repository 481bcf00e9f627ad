// Package doctor holds `usher doctor`.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	checks "github.com/bring-aboard/usher/internal/doctor"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/term"
)

// options are the dependencies of `usher doctor`.
type options struct {
	app *app.App
}

// New makes `usher doctor`.
func New(a *app.App) *cobra.Command { return newDoctor(a, examine) }

func newDoctor(a *app.App, run func(context.Context, *options) error) *cobra.Command {
	o := &options{app: a}
	return &cobra.Command{
		Use:   "doctor",
		Short: "Find out what stands in the way",
		Long: `Check everything that a profile needs, and say what to do about each fault: the
configuration, where each setting comes from, the secrets, the keyring, the
state folder with its ledger and locks, the proxy, the name, the connection, the
certificate, the clock, and the credentials.

Nothing is created at the provider. Without credentials it is sent HEAD for the
base URL, and with them the cheapest read that it documents. Each check takes no
longer than --timeout.

The exit status is 0 where nothing failed, 4 where the provider denied the
credentials, and 1 otherwise. A warning is no failure.`,
		Example: `  usher doctor
  usher doctor -p acme --timeout 5s
  usher doctor -p acme --jq '.checks[] | select(.status == "failed") | .next'`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
}

// report is usher.doctor/v1.
type report struct {
	Schema   string        `json:"schema"`
	Profile  string        `json:"profile"`
	Provider string        `json:"provider"`
	Target   string        `json:"target"`
	Status   checks.Status `json:"status"`
	Checks   []checkDoc    `json:"checks"`
}

type checkDoc struct {
	Name   string        `json:"name"`
	Status checks.Status `json:"status"`
	Detail string        `json:"detail"`
	Next   string        `json:"next"`
	TookMS *int64        `json:"took_ms"`
}

func examine(ctx context.Context, o *options) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	total := &tally{}
	found := total.counted(checks.Examine(ctx, o.app))
	switch {
	case printer.ForPeople():
		err = page(o.app.Streams, found)
	case printer.PrintsDocuments():
		err = printer.Object(ctx, o.document(total, found), nil, "")
	default:
		err = lines(ctx, printer, found)
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted before all checks were made"))
	}
	return total.failure()
}

// tally is what the checks come to.
type tally struct {
	warned, failed, denied bool
}

// counted yields the checks and remembers what they come to.
func (t *tally) counted(found iter.Seq[checks.Check]) iter.Seq[checks.Check] {
	return func(yield func(checks.Check) bool) {
		for check := range found {
			t.warned = t.warned || check.Status == checks.Warning
			t.failed = t.failed || check.Status == checks.Failed
			t.denied = t.denied || check.Denied
			if !yield(check) {
				return
			}
		}
	}
}

// status is the worst that was found.
func (t *tally) status() checks.Status {
	switch {
	case t.failed:
		return checks.Failed
	case t.warned:
		return checks.Warning
	default:
		return checks.OK
	}
}

// failure gives the exit status; the report says everything already.
func (t *tally) failure() error {
	if !t.failed {
		return nil
	}
	status := failure.StatusFailed
	if t.denied {
		status = failure.StatusDenied
	}
	return &failure.Error{Status: status, Err: errors.New("a check failed"), Shown: true}
}

// document gives the report for programs.
func (o *options) document(total *tally, found iter.Seq[checks.Check]) report {
	doc := report{Schema: "usher.doctor/v1"}
	for check := range found {
		doc.Checks = append(doc.Checks, describe(check))
	}
	doc.Status = total.status()
	if _, err := o.app.Config(); err == nil {
		if selection, err := o.app.Selected(); err == nil {
			doc.Profile, doc.Provider, doc.Target = selection.Profile.Name, selection.Adapter.Name, leak.Address(selection.Target)
		}
	}
	return doc
}

func describe(check checks.Check) checkDoc {
	doc := checkDoc{Name: check.Name, Status: check.Status, Detail: check.Detail, Next: check.Next}
	if check.Took > 0 {
		took := check.Took.Milliseconds()
		doc.TookMS = &took
	}
	return doc
}

// lines prints the checks for programs that read lines.
func lines(ctx context.Context, printer *render.Printer, found iter.Seq[checks.Check]) (err error) {
	list := printer.List(ctx, []render.Column{{Name: "check"}, {Name: "status"}, {Name: "detail"}, {Name: "next"}, {Name: "took_ms"}})
	defer func() { err = errors.Join(err, list.Close()) }()
	for check := range found {
		doc, took := describe(check), ""
		if doc.TookMS != nil {
			took = fmt.Sprint(*doc.TookMS)
		}
		if err := list.Add([]string{doc.Name, string(doc.Status), doc.Detail, doc.Next, took}, doc, doc.Name); err != nil {
			return err
		}
	}
	return nil
}

// page prints each check for people as soon as it is made, whole: a cause that
// is cut off helps nobody.
func page(streams *term.Streams, found iter.Seq[checks.Check]) error {
	const indent = 8 + 2 + 15 + 2
	style := streams.OutStyle()
	for check := range found {
		text := fmt.Sprintf("%s  %-15s  %s%s\n", mark(style, check.Status), check.Name, term.SanitizeLine(check.Detail), took(style, check.Took))
		if check.Next != "" {
			text += strings.Repeat(" ", indent) + style.Bold("next:") + " " + term.SanitizeLine(check.Next) + "\n"
		}
		if _, err := streams.Out.Write([]byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// mark gives the status in its colour, as wide as the widest.
func mark(style term.Style, status checks.Status) string {
	text := fmt.Sprintf("%-8s", status)
	switch status {
	case checks.OK:
		return style.Green(text)
	case checks.Warning:
		return style.Yellow(text)
	case checks.Failed:
		return style.Red(text)
	default:
		return style.Faint(text)
	}
}

// took says how long the network took.
func took(style term.Style, d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return style.Faint(fmt.Sprintf("  %d ms", d.Milliseconds()))
}
