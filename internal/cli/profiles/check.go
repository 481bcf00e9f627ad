package profiles

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/doctor"
)

// checkOptions are the dependencies and arguments of `usher profiles check`.
type checkOptions struct {
	app  *app.App
	name string
}

func newCheck(a *app.App, run func(context.Context, *checkOptions) error) *cobra.Command {
	o := &checkOptions{app: a}
	cmd := &cobra.Command{
		Use:   "check [NAME]",
		Short: "Ask the provider whether a profile's credentials are good",
		Long: `Fetch the profile's secrets and send the cheapest read that the provider
documents. Where it documents none, the command says so, and only a create will
tell whether the credentials are good.`,
		Example:           "  usher profiles check acme",
		Args:              kit.OptionalArg("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = nameOf(a, args)
			return run(cmd.Context(), o)
		},
	}
	return cmd
}

// checked is the result, for programs.
type checked struct {
	Schema     string `json:"schema"`
	Profile    string `json:"profile"`
	Provider   string `json:"provider"`
	Target     string `json:"target"`
	Verified   bool   `json:"verified"`
	Request    string `json:"request,omitempty"`
	DurationMS int64  `json:"duration_ms"`
	Note       string `json:"note,omitempty"`
}

func check(ctx context.Context, o *checkOptions) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	selection, err := o.app.Select(o.name)
	if err != nil {
		return err
	}
	verdict, err := doctor.Verify(ctx, o.app, selection)
	if err != nil {
		return err
	}
	doc := checked{
		Schema: "usher.check/v1", Profile: selection.Profile.Name, Provider: selection.Adapter.Name, Target: selection.Target,
		Verified: verdict.Verified, Request: verdict.Request, DurationMS: verdict.Took.Milliseconds(), Note: verdict.Note,
	}
	result := "credentials are good"
	if !verdict.Verified {
		result = "not verified: " + verdict.Note
	}
	rows := [][2]string{{"profile", doc.Profile}, {"target", doc.Target}, {"result", result}}
	if doc.Verified {
		rows = append(rows, [2]string{"request", doc.Request}, [2]string{"time", fmt.Sprintf("%d ms", doc.DurationMS)})
	}
	return printer.Object(ctx, doc, rows, doc.Profile)
}
