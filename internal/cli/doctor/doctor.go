// Package doctor implements `usher doctor`.
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

// New returns a new `usher doctor` command.
func New(a *app.App) *cobra.Command { return newDoctor(a, examine) }

func newDoctor(a *app.App, run func(context.Context, *options) error) *cobra.Command {
	o := &options{app: a}
	return &cobra.Command{
		Use:         "doctor",
		Short:       "Diagnose configuration and connectivity",
		Annotations: cmdutil.Changes(),
		Long: `Check everything that a profile needs and print a next step for each problem:
configuration, sources of settings, secrets, keyring, state directory, ledger,
locks, proxy, name resolution, connection, TLS certificate, clock and
credentials.

doctor creates nothing at the provider. It sends HEAD to the base URL without
credentials, then the cheapest documented read with credentials. --timeout
limits each check.

The exit status is 0 if no check failed, 4 if the provider denied the
credentials, and 1 otherwise. Warnings are not failures.`,
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
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; some checks did not run"))
	}
	return total.failure()
}

// tally is the summary of the checks.
type tally struct {
	warned, failed, denied bool
}

// counted yields the checks and adds them to the summary.
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

// status returns the worst status.
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

// failure returns the exit status; the report contains everything already.
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

// document returns the report for programs.
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
	defer func() { err = list.End(err) }()
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

// page prints each check as soon as it has run. Causes are not truncated.
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

// mark returns the status in its colour, as wide as the widest.
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

// took returns how long the network took.
func took(style term.Style, d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return style.Faint(fmt.Sprintf("  %d ms", d.Milliseconds()))
}
