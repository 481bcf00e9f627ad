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

// importOptions are the job of `usher users import`, and what is particular to it.
type importOptions struct {
	job    job.Job
	create job.Create
	// update and before are flags that usher users update has now.
	update bool
	before string
}

func newImport(a *app.App, run func(context.Context, *importOptions) error) *cobra.Command {
	o := &importOptions{job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Create many users from a spreadsheet or another file",
		Long: `Create many users from a roster: ` + roster.FormatTitles() + `,
or - for standard input. Every row is accounted for: created, existing, failed,
unknown and not tried add up to the rows that were read.

The whole roster is read and validated first. Then the plan is shown, and
nothing is sent without consent (--yes where nobody can be asked). Running the
same command again resumes an import: rows that are done are skipped, rows whose
answer was lost are settled first, rows that failed are tried again.

Ctrl-C lets the requests under way finish and leaves with status 130; a second
one stops at once. Either way the import can be resumed.

A field that the provider did not store as it was sent is named, by row in
--results; --strict makes it a failure.

Headers match the documented names, the flags, and the common words for them;
--map settles the rest. In a cell, lists are separated by semicolons.`,
		Example: `  # See the plan; nothing is sent
  usher users import people.csv -p sandbox-sulu --dry-run

  # In a script: no question, and the failed rows in a file to be mended
  usher users import people.xlsx -p sandbox-sulu --yes --failed failed.xlsx --results results.csv

  # Headers that do not match, and a value for every row
  usher users import hr.csv -p sandbox-sulu --map 'Work e-mail=email' --set organization=org-1 --ignore-column Notes

  # The ids that an earlier import gave, by e-mail address
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
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "count rows with faults as failed and send the others")
	flags.StringVar(&o.create.OnExists, "on-exists", job.OnExistsSkip, "what an existing user means: skip or fail")
	flags.BoolVar(&o.create.NoCheck, "no-check", false, "do not ask the provider who exists already; the ledger still counts")
	flags.BoolVar(&o.job.Strict, "strict", false, strictHelp)
	addPaceFlags(cmd, &o.job.Pace)
	flags.IntVar(&o.create.Batch, "batch", 0, "rows that travel in one request, where the provider documents that; --concurrency then counts requests, --rate rows")
	addMaxFailuresFlag(cmd, &o.job)
	addSettleFlag(cmd, &o.job.SettleAfter)
	flags.StringVar(&o.job.Results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&o.job.Failed, "failed", "", "write the rows that were not created to this file, in the roster's own form")
	flags.StringVar(&o.job.JUnit, "junit", "", "write a JUnit XML report to this file")
	flags.BoolVar(&o.create.Passwords.Generate, "generate-passwords", false, "generate a password for each row that has none; needs --credentials")
	flags.StringVar(&o.create.Passwords.Policy, "password-policy", "", "length and classes, like 20 or 16,lower,upper,digits,symbols")
	flags.StringVar(&o.create.Passwords.File, "credentials", "", "write generated passwords to this new file, which only you can read; where it exists, its name gets a number")
	flags.StringArrayVar(&o.create.Passwords.Recipients, "credentials-recipient", nil, "encrypt the passwords to this age recipient: `age1...`, repeatable")
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
	return failure.Refuse(errors.New("--update and --before cannot be used: usher users import creates users only"), strings.Join(words, " "))
}
