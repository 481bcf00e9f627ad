// Package apply implements `usher apply`.
package apply

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/term"
)

// options are the dependencies, arguments and flags of `usher apply`.
type options struct {
	app     *app.App
	plan    string
	roster  string
	results string
	confirm string
}

// New returns a new `usher apply`.
func New(a *app.App) *cobra.Command {
	return newApply(a, apply)
}

func newApply(a *app.App, run func(context.Context, *options) error) *cobra.Command {
	o := &options{app: a}
	cmd := &cobra.Command{
		Use:         "apply PLAN",
		Short:       "Carry out a saved plan",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Carry out a plan that --plan-out has saved: usher reads the roster again, plans
again, and does exactly what the plan says. If the roster, the target, the
ledger or the users at the provider differ from what the plan was made of,
nothing is sent (exit status 2).

The plan is the confirmation; a profile with confirm: name still requires
--confirm. usher uses the profile of the plan.`,
		Example: `  usher users sync people.csv -p sandbox-scim --plan-out plan.json
  usher apply plan.json`,
		Args: cmdutil.Args("PLAN"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.plan = args[0]
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.roster, "roster", "", "the plan's roster, if it is at another place now; - for standard input")
	flags.StringVar(&o.results, "results", "", "write one result per row to this file (.csv, .ndjson, .json)")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results")
	flags.StringVar(&o.confirm, "confirm", "", "profile `NAME`, for profiles with confirm: name")
	_ = cmd.RegisterFlagCompletionFunc("confirm", cobra.NoFileCompletions)
	return cmd
}

func apply(ctx context.Context, o *options) error {
	plan, err := job.ReadPlan(o.plan)
	if err != nil {
		return err
	}
	if o.app.Global.Profile != "" && o.app.Global.Profile != plan.Profile {
		return failure.Refuse(fmt.Errorf("%s is for profile %s; nothing was sent", o.plan, plan.Profile), "omit -p")
	}
	args, err := o.arguments(plan)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.app.Streams.Err, term.SanitizeLine(job.Command{Arguments: args}.Again("")))
	return o.app.Rerun(ctx, args)
}

// arguments returns the command line that carries out the plan.
func (o *options) arguments(plan *job.Plan) ([]string, error) {
	args := slices.Clone(plan.Command)
	if len(args) < 2 || args[0] != "users" {
		return nil, failure.Refuse(fmt.Errorf("%s: its command is not one of usher users", o.plan))
	}
	switch roster := plan.Source.File; {
	case o.roster != "":
		path := o.roster
		if path != "-" {
			var err error
			if path, err = filepath.Abs(path); err != nil {
				return nil, err
			}
		}
		for n, arg := range args {
			switch arg {
			case roster:
				args[n] = path
			case "--roster=" + roster:
				args[n] = "--roster=" + path
			}
		}
	case roster == "-":
		return nil, failure.Refuse(errors.New("the plan's roster was read from standard input; nothing was sent"), "usher apply "+o.plan+" --roster - < FILE")
	}
	path, err := filepath.Abs(o.plan)
	if err != nil {
		return nil, err
	}
	args = append(args, "--"+job.PlanFlag+"="+path)
	for _, flag := range [][2]string{{"--results=", o.results}, {"--confirm=", o.confirm}} {
		if flag[1] != "" {
			args = append(args, flag[0]+flag[1])
		}
	}
	return args, nil
}
