package profiles

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
)

// useOptions are the dependencies and arguments of `usher profiles use`.
type useOptions struct {
	app  *app.App
	name string
}

func newUse(a *app.App, run func(*useOptions) error) *cobra.Command {
	o := &useOptions{app: a}
	return &cobra.Command{
		Use:               "use NAME",
		Short:             "Set the default profile",
		Annotations:       cmdutil.Changes(cmdutil.Configuration),
		Example:           "  usher profiles use acme",
		Args:              cmdutil.Args("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(_ *cobra.Command, args []string) error {
			o.name = args[0]
			return run(o)
		},
	}
}

func use(o *useOptions) error {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	if err := loaded.Use(o.name); err != nil {
		return failure.Refuse(err)
	}
	fmt.Fprintf(o.app.Streams.Err, "Set %s as the default profile.\n", o.name)
	return nil
}
