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
	"github.com/bring-aboard/usher/internal/shell"
)

// importOptions are the job of `usher users import`, and its flags.
type importOptions struct {
	job    job.Job
	create job.Create
	// update and before are removed flags. usher users update replaces them.
	update bool
	before string
}

func newImport(a *app.App, run func(context.Context, *importOptions) error) *cobra.Command {
	o := &importOptions{job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Create users from a file",
		Long: `Create users from a roster: a ` + roster.FormatTitles() + ` file,
or - for standard input. Every row is accounted for: created, existing, failed,
unknown and not tried add up to the number of rows.

usher validates the whole roster, shows the plan and asks for confirmation;
--yes skips the prompt. To resume an import, run the same command again:
completed rows are skipped, rows in doubt are settled first, failed rows are
retried.

Ctrl-C finishes the requests in progress and exits with status 130. Press it
twice to stop at once. Both can be resumed.

If the provider did not store a field as sent, usher reports the field, and its
rows in --results; --strict makes this a failure.

Column headers match documented field names, flags and common synonyms; use
--map for others. Separate list items in a cell with semicolons.`,
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
			var err error
			if o.job.Selection, err = a.Selected(); err != nil {
				return err
			}
			o.job.Roster.File = args[0]
			o.job.Pace.Given = cmd.Flags().Changed("concurrency")
			path, err := absolute(args[0])
			if err != nil {
				return err
			}
			if o.job.Command, err = locate(cmd.Flags(), []string{"users", "import", path}, o.job.Selection.Profile.Name, args[0]); err != nil {
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
	addRosterFlags(cmd, &o.job.Roster)
	flags.BoolVar(&o.job.SaveMapping, "save-mapping", false, "save in the profile how the roster is read: --map, --ignore-column, --set, --encoding, --sheet and --header-row")
	addPlanFlags(cmd, &o.job)
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "send the valid rows; invalid rows count as failed")
	flags.StringVar(&o.create.OnExists, "on-exists", job.OnExistsSkip, "if a user exists: skip or fail")
	flags.BoolVar(&o.create.NoCheck, "no-check", false, "do not check the provider for existing users; the ledger is still checked")
	flags.BoolVar(&o.job.Strict, "strict", false, strictHelp)
	addPaceFlags(cmd, &o.job.Pace)
	flags.IntVar(&o.create.Batch, "batch", 0, "rows per request, if the provider supports batches; --concurrency then counts requests, --rate counts rows")
	addMaxFailuresFlag(cmd, &o.job)
	addSettleFlag(cmd, &o.job.SettleAfter)
	flags.StringVar(&o.job.Results, "results", "", "write one result per row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&o.job.Failed, "failed", "", "write the rows that were not created to this file, in the roster's format")
	flags.StringVar(&o.job.JUnit, "junit", "", "write a JUnit XML report to this file")
	flags.BoolVar(&o.create.Passwords.Generate, "generate-passwords", false, "generate a password for each row without one; requires --credentials")
	flags.StringVar(&o.create.Passwords.Policy, "password-policy", "", "password length and character classes, for example 20 or 16,lower,upper,digits,symbols")
	flags.StringVar(&o.create.Passwords.File, "credentials", "", "new file for generated passwords (readable only by you); if it exists, a number is added")
	flags.StringArrayVar(&o.create.Passwords.Recipients, "credentials-recipient", nil, "encrypt the passwords to this age recipient: `age1...` (repeatable)")
	_ = cmd.RegisterFlagCompletionFunc("on-exists", cobra.FixedCompletions([]string{job.OnExistsSkip, job.OnExistsFail}, cobra.ShellCompDirectiveNoFileComp))
	noFiles(cmd, "batch", "password-policy", "credentials-recipient")
	flags.BoolVar(&o.update, "update", false, "replaced by usher users update --roster")
	flags.StringVar(&o.before, "before", "", "replaced by usher users update --roster")
	_, _ = flags.MarkHidden("update"), flags.MarkHidden("before")
}

// importUsers runs the command.
func importUsers(ctx context.Context, o *importOptions) error {
	if !o.update && o.before == "" {
		return o.create.Run(ctx, &o.job)
	}
	words := []string{"usher", "users", "update", "--roster", shell.Quote(o.job.Roster.File), "--profile=" + o.job.Selection.Profile.Name}
	words = append(words, o.job.Roster.Flags()...)
	if o.before != "" {
		words = append(words, "--before", shell.Quote(o.before))
	}
	return failure.Refuse(errors.New("--update and --before cannot be used with usher users import, which only creates users"), strings.Join(words, " "))
}
