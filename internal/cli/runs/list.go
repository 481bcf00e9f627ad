package runs

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/render"
)

// listOptions are the dependencies and flags of `usher runs list`.
type listOptions struct {
	app   *app.App
	limit int
}

func newList(a *app.App, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the runs, newest first",
		Example: `  usher runs list
  usher runs list --limit 5 -o json`,
		Args: kit.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().IntVar(&o.limit, "limit", 20, "how many at most; 0 for all")
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
	Source      *sourceDoc     `json:"source,omitempty"`
	Started     time.Time      `json:"started"`
	Ended       *time.Time     `json:"ended"`
	ExitStatus  *int           `json:"exit_status"`
	Counts      ledger.Counts  `json:"counts"`
	Causes      []ledger.Cause `json:"causes,omitempty"`
	FailedFile  string         `json:"failed_file,omitempty"`
	ResultsFile string         `json:"results_file,omitempty"`
}

type sourceDoc struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Encoding string `json:"encoding"`
}

func describe(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) (document, error) {
	doc := document{
		Schema: "usher.run/v1", Run: run.ID, Command: run.Command, Profile: run.Profile, Provider: run.Provider, Target: run.Target,
		Started: run.Started, FailedFile: run.FailedFile, ResultsFile: run.ResultsFile,
	}
	if run.Source != (ledger.Source{}) {
		doc.Source = &sourceDoc{run.Source.File, run.Source.SHA256, run.Source.Format, run.Source.Encoding}
	}
	if run.IsFinished() {
		doc.Ended, doc.ExitStatus = &run.Ended, &run.ExitStatus
	}
	var err error
	doc.Counts, err = counts(ctx, book, run)
	return doc, err
}

// stateOf says in a word how a run stands.
func stateOf(book *ledger.Ledger, run ledger.PastRun) string {
	if run.IsFinished() {
		return "ended with " + strconv.Itoa(run.ExitStatus)
	}
	if holder, held, err := book.Holder(run.Target); err == nil && held && holder.Run == run.ID {
		return "under way"
	}
	return "broken off"
}

func list(ctx context.Context, o *listOptions) (err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	out := printer.List(ctx, []render.Column{
		{Name: "run", Whole: true}, {Name: "started"}, {Name: "command"}, {Name: "profile"}, {Name: "rows"}, {Name: "created"},
		{Name: "existing"}, {Name: "failed"}, {Name: "unknown"}, {Name: "not_tried"}, {Name: "state"},
	})
	defer func() { err = errors.Join(err, out.Close()) }()
	n := 0
	for run, err := range book.Runs(ctx) {
		if err != nil {
			return err
		}
		if n++; o.limit > 0 && n > o.limit {
			break
		}
		doc, err := describe(ctx, book, run)
		if err != nil {
			return err
		}
		c := doc.Counts
		row := []string{run.ID, run.Started.Local().Format("2006-01-02 15:04"), run.Command, run.Profile}
		for _, number := range []int{c.Rows, c.Created, c.Existing, c.Failed, c.Unknown, c.NotTried} {
			row = append(row, strconv.Itoa(number))
		}
		if err := out.Add(append(row, stateOf(book, run)), doc, run.ID); err != nil {
			return err
		}
	}
	return nil
}
