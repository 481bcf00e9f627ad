package profiles

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/term"
)

func newList(a *app.App, run func(context.Context, *app.App) error) *cobra.Command {
	return &cobra.Command{
		Use:         "list",
		Short:       "List profiles",
		Annotations: cmdutil.Changes(),
		Example:     "  usher profiles list",
		Args:        cmdutil.Args(),
		RunE:        func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), a) },
	}
}

// listed is a profile in a list, for programs.
type listed struct {
	Schema   string `json:"schema"`
	Name     string `json:"name"`
	Provider string `json:"provider"`
	BaseURL  string `json:"base_url,omitempty"`
	Default  bool   `json:"default"`
	Builtin  bool   `json:"builtin"`
	Problem  string `json:"problem,omitempty"`
}

func list(ctx context.Context, a *app.App) (err error) {
	loaded, err := a.Config()
	if err != nil {
		return err
	}
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	for _, ignored := range loaded.Ignored() {
		fmt.Fprintln(a.Streams.Err, a.Streams.ErrStyle().Yellow("warning:"), term.SanitizeLine(ignored.Error()))
	}
	byDefault, _ := loaded.Default()
	out := printer.List(ctx, []render.Column{{Name: "name", Whole: true}, {Name: "provider", Whole: true}, {Name: "base_url", Wrap: true}, {Name: "note", Wrap: true}})
	defer func() { err = out.End(err) }()
	for _, name := range loaded.Names() {
		doc := listed{Schema: "usher.profile/v1", Name: name, Default: name == byDefault}
		note := ""
		if doc.Default {
			note = "default"
		}
		profile, err := loaded.Stored(name)
		if err != nil {
			doc.Problem = err.Error()
			note = "invalid (see: usher profiles show " + name + ")"
		} else {
			doc.Provider, doc.Builtin = profile.Provider, profile.Builtin
			doc.BaseURL = profile.Shown("base-url")
		}
		if doc.Builtin {
			doc.BaseURL, note = "", "embedded server"
		}
		if err := out.Add([]string{doc.Name, doc.Provider, doc.BaseURL, note}, doc, doc.Name); err != nil {
			return err
		}
	}
	return nil
}
