package profiles

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/term"
)

// showOptions are the dependencies and arguments of `usher profiles show`.
type showOptions struct {
	app  *app.App
	name string
}

func newShow(a *app.App, run func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{app: a}
	return &cobra.Command{
		Use:         "show [NAME]",
		Short:       "Show a profile's settings and their sources",
		Annotations: cmdutil.Changes(),
		Example: `  usher profiles show acme
  USHER_TIMEOUT=5s usher profiles show acme`,
		Args:              cmdutil.OptionalArg("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = nameOf(a, args)
			return run(cmd.Context(), o)
		},
	}
}

// shown is one setting, for programs.
type shown struct {
	Schema  string `json:"schema"`
	Setting string `json:"setting"`
	Value   any    `json:"value"`
	Source  string `json:"source"`
}

func show(ctx context.Context, o *showOptions) (err error) {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	selection, err := o.app.Select(o.name)
	if err != nil {
		return err
	}
	profile := selection.Profile
	warn(o.app, loaded, selection)
	out := printer.List(ctx, []render.Column{{Name: "setting", Whole: true}, {Name: "value", Wrap: true}, {Name: "source", Wrap: true}})
	defer func() { err = out.End(err) }()
	for _, resolved := range profile.All() {
		if profile.Builtin && strings.HasSuffix(resolved.Setting.Name, "-url") {
			continue // the embedded server has its own addresses
		}
		value := resolved.Shown
		if defaults, ok := value.(map[string]any); ok {
			value = app.ShownDefaults(selection.Adapter.Table, defaults)
		}
		text, err := textOf(value)
		if err != nil {
			return err
		}
		source := resolved.Source.String()
		if err := out.Add([]string{resolved.Setting.Name, text, source}, shown{"usher.setting/v1", resolved.Setting.Name, value, source}, resolved.Setting.Name); err != nil {
			return err
		}
	}
	return nil
}

// textOf returns the value of a setting on one line.
func textOf(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	default:
		text, err := json.Marshal(value)
		return string(text), err
	}
}

// warn prints what is unsafe or unused in the configuration.
func warn(a *app.App, loaded *config.Config, selection *app.Selection) {
	warnings, profile := loaded.Warnings(), selection.Profile
	for _, configErr := range app.SecretDefaults(selection) {
		warnings = append(warnings, configErr.Error())
	}
	for _, setting := range profile.All() {
		if reference, ok := profile.Secret(setting.Setting.Name); ok && setting.Setting.Secret {
			if text := a.Secrets.Warning(reference); text != "" {
				warnings = append(warnings, text)
			}
		}
	}
	for _, text := range warnings {
		fmt.Fprintln(a.Streams.Err, a.Streams.ErrStyle().Yellow("warning:"), term.SanitizeLine(text))
	}
}
