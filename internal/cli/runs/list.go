package runs

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// listOptions are the dependencies and flags of `usher runs list`.
type listOptions struct {
	app   *app.App
	limit int
	user  string
}

func newList(a *app.App, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a}
	cmd := &cobra.Command{
		Use:         "list",
		Short:       "List runs, newest first",
		Annotations: cmdutil.Changes(),
		Example: `  usher runs list
  usher runs list --limit 5 -o json
  usher runs list --user ada@example.com`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().IntVar(&o.limit, "limit", 20, "maximum number of runs; 0 for all")
	cmd.Flags().StringVar(&o.user, "user", "", "only runs with this user, by `KEY`")
	_ = cmd.RegisterFlagCompletionFunc("user", cobra.NoFileCompletions)
	return cmd
}

// document is usher.run/v1.
type document struct {
	Schema      string         `json:"schema"`
	Run         string         `json:"run"`
	Command     string         `json:"command"`
	Profile     string         `json:"profile"`
	Provider    string         `json:"provider"`
	Target      string         `json:"target"`
	Who         string         `json:"who,omitempty"`
	Source      *report.Source `json:"source,omitempty"`
	Started     time.Time      `json:"started"`
	Ended       *time.Time     `json:"ended"`
	ExitStatus  *int           `json:"exit_status"`
	Counts      report.Counts  `json:"counts"`
	Causes      []report.Cause `json:"causes,omitempty"`
	SharedIDs   int            `json:"shared_ids,omitempty"`
	NotStored   []notStored    `json:"not_stored,omitempty"`
	FailedFile  string         `json:"failed_file,omitempty"`
	ResultsFile string         `json:"results_file,omitempty"`
	BeforeFile  string         `json:"before_file,omitempty"`
	Pruned      *time.Time     `json:"pruned,omitempty"`
	// PartOf is the first run of the same execution of a route.
	PartOf string `json:"part_of,omitempty"`

	live      bool // the run is in progress
	counts    rowstate.Counts
	forgotten int // of those that failed
}

// notStored is a field that the provider did not store as sent.
type notStored struct {
	Field string `json:"field"`
	Rows  int    `json:"rows"`
}

func describe(ctx context.Context, book ledger.Store, run ledger.PastRun) (document, error) {
	doc := document{
		Schema: "usher.run/v1", Run: run.ID, Command: run.Command, Profile: run.Profile, Provider: run.Provider, Target: run.Target, Who: run.Who,
		Started: run.Started, FailedFile: run.FailedFile, ResultsFile: run.ResultsFile, BeforeFile: run.BeforeFile, PartOf: run.PartOf,
	}
	if run.Source != (ledger.Source{}) {
		source := report.Source(run.Source)
		doc.Source = &source
	}
	if run.IsFinished() {
		doc.Ended, doc.ExitStatus = &run.Ended, &run.ExitStatus
	}
	doc.Pruned = given(run.Pruned)
	var err error
	doc.live = isLive(ctx, book, run)
	doc.counts, doc.forgotten, err = counts(ctx, book, run, doc.live)
	doc.Counts = report.CountsOf(doc.counts, run.Command)
	return doc, err
}

func list(ctx context.Context, o *listOptions) (err error) {
	if o.limit < 0 {
		return failure.Refuse(errors.New("--limit must be 0 (no limit) or more"), "usher runs list --help")
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	runs, err := runsOfProfile(ctx, o.app, book)
	if err != nil {
		return err
	}
	columns, row := everything()
	if printer.ForPeople() {
		columns, row = overview()
	}
	if o.app.SharesLedger() {
		columns, row = withWho(columns, row)
	}
	out := printer.ListOf(ctx, "runs", columns)
	defer func() { err = out.End(err) }()
	n := 0
	for run, err := range runs {
		if err != nil {
			return err
		}
		has, err := o.hasUser(ctx, book, run)
		if err != nil {
			return err
		}
		if !has {
			continue
		}
		if n++; o.limit > 0 && n > o.limit {
			break
		}
		doc, err := describe(ctx, book, run)
		if err != nil {
			return err
		}
		if err := out.Add(row(doc, stateOf(run, doc)), doc, run.ID); err != nil {
			return err
		}
	}
	return nil
}

// hasUser reports whether a run has a row of the user of --user. It does if there is no such flag.
func (o *listOptions) hasUser(ctx context.Context, book ledger.Store, run ledger.PastRun) (bool, error) {
	if o.user == "" {
		return true, nil
	}
	var digests []ledger.Digest
	for _, scope := range o.scopes(run) {
		keys := book.Digester().KeyDigests(run.Target, scope, o.user)
		digests = append(digests, keys.Form)
		if !keys.Old.IsZero() {
			digests = append(digests, keys.Old)
		}
	}
	return book.HasUser(ctx, run, digests...)
}

// scopes returns the organizations in which a run may have identified its users: that of the run's profile, if there is
// one.
func (o *listOptions) scopes(run ledger.PastRun) []string {
	scopes := []string{""}
	selection, err := o.app.Select(job.ProfileOf(o.app, run))
	if err != nil || selection.Adapter.Scope == "" {
		return scopes // the profile is gone, or has no organizations
	}
	if defaults, err := app.Defaults(selection); err == nil {
		scopes = append(scopes, defaults.Text(selection.Adapter.Scope))
	}
	return scopes
}

// everything returns the columns for scripts. Their order is an interface: the state of the run is among the counts.
func everything() ([]render.Column, func(document, string) []string) {
	const before = 5
	columns := []render.Column{{Name: "run"}, {Name: "started"}, {Name: "command"}, {Name: "profile"}, {Name: "rows"}}
	counted := rowstate.Counted()
	for n, state := range counted {
		if n == before {
			columns = append(columns, render.Column{Name: "state"})
		}
		columns = append(columns, render.Column{Name: string(state)})
	}
	return columns, func(doc document, state string) []string {
		row := []string{doc.Run, doc.Started.UTC().Format(time.RFC3339), doc.Command, doc.Profile, strconv.Itoa(doc.counts.Rows())}
		for n, one := range counted {
			if n == before {
				row = append(row, state)
			}
			row = append(row, strconv.Itoa(doc.counts[one]))
		}
		return row
	}
}

// withWho adds who ran each run.
func withWho(columns []render.Column, row func(document, string) []string) ([]render.Column, func(document, string) []string) {
	return append(columns, render.Column{Name: "who", Wrap: true}), func(doc document, state string) []string {
		return append(row(doc, state), doc.Who)
	}
}

// overview returns the columns for people, which fit on a terminal of 60 columns. The start is spare, because the id of a
// run begins with it.
func overview() ([]render.Column, func(document, string) []string) {
	columns := []render.Column{
		{Name: "run", Whole: true}, {Name: "started", Spare: true}, {Name: "command", Wrap: true}, {Name: "profile", Wrap: true}, {Name: "done", Whole: true},
		{Name: "state", Wrap: true},
	}
	return columns, func(doc document, state string) []string {
		return []string{
			doc.Run, doc.Started.Local().Format("2006-01-02 15:04"), doc.Command + rosterOf(doc), doc.Profile,
			progress.Number(doc.counts.Of(rowstate.Good)) + "/" + progress.Number(doc.counts.Rows()), state,
		}
	}
}

// rosterOf returns the name of the roster of a run, to follow the command; "" if it has none.
func rosterOf(doc document) string {
	if doc.Source == nil || doc.Source.File == "" {
		return ""
	}
	return " " + filepath.Base(doc.Source.File)
}
