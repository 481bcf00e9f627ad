// Package version implements `usher version`.
package version

import (
	"context"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New returns a new `usher version` command.
func New(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "Show the version",
		Annotations: cmdutil.Changes(),
		Example:     "  usher version -o json",
		Args:        cmdutil.Args(),
		RunE:        func(cmd *cobra.Command, _ []string) error { return show(cmd.Context(), a) },
	}
}

type document struct {
	Schema   string `json:"schema"`
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func show(ctx context.Context, a *app.App) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	doc := document{"usher.version/v1", a.Build.Version, a.Build.Commit, a.Build.Date, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	rows := [][2]string{{"version", doc.Version}}
	if doc.Commit != "" {
		rows = append(rows, [2]string{"commit", doc.Commit}, [2]string{"date", doc.Date})
	}
	rows = append(rows, [2]string{"go", doc.Go}, [2]string{"platform", doc.Platform})
	return printer.Object(ctx, doc, rows, doc.Version)
}
