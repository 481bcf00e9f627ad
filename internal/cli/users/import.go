package users

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
)

// importOptions are the job of `usher users import`, and its flags.
type importOptions struct {
	job    job.Job
	create job.Create
	before string
	route  string
	// update is a removed flag. usher users update replaces it.
	update bool
}

func newImport(a *app.App, run func(context.Context, *importOptions) error) *cobra.Command {
	o := &importOptions{job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:         "import FILE",
		Short:       "Create users from a file",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Create users from a roster: a ` + roster.FormatTitles() + ` file,
- for standard input, or profile:NAME for the users of another profile. Every
row is accounted for: created, existing, failed, unknown and not tried add up to
the number of rows.

usher validates the whole roster, shows the plan and asks for confirmation;
--yes skips the prompt. To resume an import, run the same command again:
completed rows are skipped, rows in doubt are settled first, failed rows are
retried. --on-exists update changes the users who exist and differ in the same
run, after their previous values were saved (--before).

Ctrl-C finishes the requests in progress and exits with status 130. Press it
twice to stop at once. Both can be resumed.

If the provider did not store a field as sent, usher reports the field, and its
rows in --results; --strict makes this a failure.

Column headers match documented field names, flags and common synonyms; use
--map for others. Separate list items in a cell with semicolons. A column groups
adds the users to groups, by name or id, once they exist.`,
		Example: `  # Show the plan
  usher users import people.csv -p sandbox-sulu --dry-run

  # Import without a prompt, and write the failed rows to a file
  usher users import people.xlsx -p sandbox-sulu --yes --failed failed.xlsx --results results.csv

  # Map and ignore columns, and set a value in every row
  usher users import hr.csv -p sandbox-sulu --map 'Work email=email' --set organization=org-1 --ignore-column Notes

  # Join the ids of an earlier import by email address
  usher users import people.csv -p sandbox-sulu --join made.csv:email --set oryId=@made.id`,
		Args:              cmdutil.Args("FILE"),
		ValidArgsFunction: completeRosters,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := locateRoster(cmd, a, &o.job, args[0], o.route); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *importOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	addRouteFlag(cmd, o.job.App, &o.route)
	addRosterFlags(cmd, &o.job.Roster)
	completeRosterFlags(cmd, o.job.App, &o.job.Roster)
	addSaveMappingFlag(cmd, &o.job)
	addPlanFlags(cmd, &o.job)
	addPlanFileFlags(cmd, &o.job)
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "send the valid rows; invalid rows count as failed")
	flags.StringVar(&o.create.OnExists, "on-exists", job.OnExistsSkip, "if a user exists: skip, fail or update")
	flags.BoolVar(&o.create.NoCheck, "no-check", false, "do not check the provider for existing users; the ledger is still checked")
	flags.BoolVar(&o.job.Strict, "strict", false, strictHelp)
	addPaceFlags(cmd, &o.job.Pace)
	flags.IntVar(&o.create.Batch, "batch", 0, "rows per request, if the provider supports batches; --concurrency then counts requests, --rate counts rows")
	addMaxFailuresFlag(cmd, &o.job)
	addSettleFlag(cmd, &o.job.SettleAfter)
	flags.StringVar(&o.job.Results, "results", "", "write one result per row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&o.job.Failed, "failed", "", "write the rows that were not created to this file, in the roster's format")
	flags.StringVar(&o.job.JUnit, "junit", "", "write a JUnit XML report to this file")
	flags.StringVar(&o.before, "before", "", "with --on-exists update: save the previous values to this new file (.csv, .ndjson)")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results", "failed", "junit", "before")
	addNewPasswordFlags(cmd, &o.create.Passwords)
	addTTLFlag(cmd, &o.create.TTL)
	addWaitFlag(cmd, &o.job.Wait)
	cmdutil.OneOf(cmd, "on-exists", []string{job.OnExistsSkip, job.OnExistsFail, job.OnExistsUpdate})
	noFiles(cmd, "batch")
	flags.StringVar(&o.job.Roster.Run, job.RunFlag, "", "id of the run that is repeated")
	_ = flags.MarkHidden(job.RunFlag)
	flags.BoolVar(&o.update, "update", false, "replaced by usher users update --roster")
	_ = flags.MarkHidden("update")
}

// importUsers runs the command.
func importUsers(ctx context.Context, o *importOptions) error {
	switch {
	case o.route != "":
		return o.importRoute(ctx)
	case o.update:
		words := append([]string{"usher", "users", "update", "--roster", shell.Quote(o.job.Roster.File), "--profile=" + o.job.Selection.Profile.Name}, o.job.Roster.Flags()...)
		if o.before != "" {
			words = append(words, "--before", shell.Quote(o.before))
		}
		return failure.Refuse(errors.New("unknown flag --update (use --on-exists update, or usher users update --roster, which creates no users)"), strings.Join(words, " "))
	case o.create.OnExists == job.OnExistsUpdate:
		both := o.both()
		return both.Run(ctx, &o.job)
	case o.before != "":
		return failure.Refuse(errors.New("--before requires --on-exists update"))
	default:
		return o.create.Run(ctx, &o.job)
	}
}

// both returns the operation that creates and updates.
func (o *importOptions) both() job.Sync {
	both := job.Sync{Command: rowstate.CommandImport, Create: o.create, Before: o.before}
	both.Create.OnExists = job.OnExistsSkip
	return both
}

// importRoute runs the command for a route.
func (o *importOptions) importRoute(ctx context.Context) error {
	route, err := job.LoadRoute(o.job.App, o.route)
	if err != nil {
		return err
	}
	if o.create.OnExists == job.OnExistsUpdate {
		return route.Sync(ctx, &o.job, o.both())
	}
	return route.Import(ctx, &o.job, o.create)
}
