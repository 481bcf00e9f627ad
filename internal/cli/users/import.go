package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/pkg/provider"
)

// importOptions are the dependencies, arguments and flags of `usher users import`.
type importOptions struct {
	rosterOptions
	paceOptions
	arguments []string // the command line, with absolute paths, for runs resume
	folder    string   // the working folder
	fullPath  string   // of the roster; - for standard input

	removal                           string // the command of the ledger, where users are removed; else empty
	undoes                            string // the run whose users are deleted; empty for none
	update                            bool
	before                            string
	saveMapping                       bool
	dryRun, yes, skipInvalid, noCheck bool
	confirm                           string
	onExists                          string
	maxFailures                       int
	batch                             int
	resendUnknown                     bool
	results, failed, junit            string
	generate                          bool
	policy, credentials               string
	recipients                        []string
}

const (
	onExistsSkip = "skip"
	onExistsFail = "fail"
)

// pathFlags are the flags that name files.
func pathFlags() []string {
	return []string{"before", "results", "failed", "junit", "credentials", "config", "file"}
}

func newImport(a *app.App, run func(context.Context, *importOptions) error) *cobra.Command {
	o := &importOptions{rosterOptions: rosterOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Create many users from a spreadsheet or another file",
		Long: `Create many users from a roster: CSV, TSV, XLSX, JSON, NDJSON or YAML, or - for
standard input. Every row is accounted for: created, existing, failed, unknown
and not tried add up to the rows that were read.

The whole roster is read and validated first. Then the plan is shown, and
nothing is sent without consent (--yes where nobody can be asked). Running the
same command again resumes an import: rows that are done are skipped, rows whose
answer was lost are settled first, rows that failed are tried again.

Ctrl-C lets the requests under way finish and leaves with status 130; a second
one stops at once. Either way the import can be resumed.

With --update users who exist are changed where they differ from the roster, and
nobody is created. A row needs the natural key; what a cell does not give stays
as it is, and the column usher_empty names the fields that are to be emptied.
Before the first change leaves, what the users were like is written to a file
that takes the changes back when it is imported with --update.

Headers match the documented names, the flags, and the common words for them;
--map settles the rest. In a cell, lists are separated by semicolons.`,
		Example: `  # See the plan; nothing is sent
  usher users import people.csv -p sandbox-sulu --dry-run

  # In a script: no question, and the failed rows in a file to be mended
  usher users import people.xlsx -p sandbox-sulu --yes --failed failed.xlsx --results results.csv

  # Correct users who exist; the next command takes it back
  usher users import corrections.csv -p sandbox-sulu --update --yes --before before.csv
  usher users import before.csv -p sandbox-sulu --update --yes

  # Headers that do not match, and a value for every row
  usher users import hr.csv -p sandbox-sulu --map 'Work e-mail=email' --set organization=org-1 --ignore-column Notes

  # The ids that an earlier import gave, by e-mail address
  usher users import people.csv -p sandbox-sulu --join made.csv:email --set oryId=@made.id`,
		Args:              kit.Args("FILE"),
		ValidArgsFunction: completeRosters,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.selection, err = a.Selected(); err != nil {
				return err
			}
			o.file = args[0]
			o.concurrencyGiven = cmd.Flags().Changed("concurrency")
			if err := o.locate(cmd.Flags()); err != nil {
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
	o.addRosterFlags(cmd)
	flags.BoolVar(&o.update, "update", false, "change the users who exist where they differ, and create nobody")
	flags.StringVar(&o.before, "before", "", "with --update, write what the users were like to this new file (.csv, .ndjson)")
	flags.BoolVar(&o.saveMapping, "save-mapping", false, "keep --map in the profile")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show the plan and end; nothing is sent")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	flags.StringVar(&o.confirm, "confirm", "", "consent for a profile that asks for its name: `NAME`")
	flags.BoolVar(&o.skipInvalid, "skip-invalid", false, "count rows with faults as failed and send the others")
	flags.StringVar(&o.onExists, "on-exists", onExistsSkip, "what an existing user means: skip or fail")
	flags.BoolVar(&o.noCheck, "no-check", false, "do not ask the provider who exists already; the ledger still counts")
	o.addPaceFlags(cmd)
	flags.IntVar(&o.batch, "batch", 0, "rows that travel in one request, where the provider documents that; --concurrency then counts requests, --rate rows")
	flags.IntVar(&o.maxFailures, "max-failures", 20, "stop after so many failures of one kind in a row; 0 for no limit")
	flags.BoolVar(&o.resendUnknown, "resend-unknown", false, "send rows of earlier runs whose outcome is unknown again: a second account is possible")
	flags.StringVar(&o.results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&o.failed, "failed", "", "write the rows that were not created to this file, in the roster's own form")
	flags.StringVar(&o.junit, "junit", "", "write a JUnit XML report to this file")
	flags.BoolVar(&o.generate, "generate-passwords", false, "generate a password for each row that has none; needs --credentials")
	flags.StringVar(&o.policy, "password-policy", "", "length and classes, like 20 or 16,lower,upper,digits,symbols")
	flags.StringVar(&o.credentials, "credentials", "", "write generated passwords to this new file, which only you can read; where it exists, its name gets a number")
	flags.StringArrayVar(&o.recipients, "credentials-recipient", nil, "encrypt the passwords to this age recipient: `age1...`, repeatable")
	_ = cmd.RegisterFlagCompletionFunc("on-exists", cobra.FixedCompletions([]string{onExistsSkip, onExistsFail}, cobra.ShellCompDirectiveNoFileComp))
	for _, name := range []string{"batch", "max-failures", "confirm", "password-policy", "credentials-recipient"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// locate finds out what the ledger keeps of this command, so that it can be
// run again from anywhere.
func (o *importOptions) locate(flags *pflag.FlagSet) (err error) {
	if err := o.placed(); err != nil {
		return err
	}
	o.arguments, err = repeatable(flags, []string{"users", "import", o.fullPath}, o.selection.Profile.Name)
	return err
}

// placed finds out where the command was given, and where the roster is.
func (o *importOptions) placed() (err error) {
	if o.folder, err = os.Getwd(); err != nil {
		return err
	}
	o.fullPath, err = absolute(o.file)
	return err
}

func absolute(path string) (string, error) {
	if path == "-" || path == "" {
		return path, nil
	}
	return filepath.Abs(path)
}

// repeatable gives the command line that begins with these words, independent
// of the working folder and of the default profile. Consent is given anew each time, and so is
// a new file that is never written over.
func repeatable(flags *pflag.FlagSet, words []string, profile string) ([]string, error) {
	anew := []string{"yes", "confirm", "resend-unknown", "before"}
	args := slices.Concat(words, []string{"--profile=" + profile})
	var failure error
	flags.Visit(func(flag *pflag.Flag) {
		if flag.Name == "profile" || slices.Contains(anew, flag.Name) {
			return
		}
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			if slices.Contains(pathFlags(), flag.Name) || flag.Name == "join" { // a field's name stays the last part of a path
				var err error
				value, err = absolute(value)
				failure = errors.Join(failure, err)
			}
			if flag.Value.Type() == "bool" && value == "true" {
				args = append(args, "--"+flag.Name)
				continue
			}
			args = append(args, "--"+flag.Name+"="+value)
		}
	})
	return args, failure
}

// check refuses flags that contradict each other or the provider.
func (o *importOptions) check() error {
	switch {
	case o.onExists != onExistsSkip && o.onExists != onExistsFail:
		return app.Refuse(fmt.Errorf("--on-exists %q is neither %s nor %s", o.onExists, onExistsSkip, onExistsFail))
	case o.maxFailures < 0:
		return app.Refuse(fmt.Errorf("--max-failures %d is less than nothing: 0 means no limit", o.maxFailures))
	case o.saveMapping && o.selection.Profile.Builtin:
		return app.Refuse(fmt.Errorf("profile %s is built in and keeps no mapping", o.selection.Profile.Name),
			"leave --save-mapping away, or import with a profile of your own: usher profiles add NAME --provider "+o.selection.Adapter.Name)
	}
	return cmp.Or(o.paceOptions.check(), o.checkPasswords(), o.checkUpdate(), o.checkBatch())
}

// asks tells whether the provider can be asked who exists, and should be.
func (o *importOptions) asks() bool {
	_, lists := o.selection.Adapter.Operation(provider.PowerList)
	return !o.noCheck && (o.finds() || lists)
}

// finds tells whether the provider documents a look-up.
func (o *importOptions) finds() bool {
	_, finds := o.selection.Adapter.Operation(provider.PowerFind)
	return finds
}

// again gives the command of this import with one more argument.
func (o *importOptions) again(more string) string {
	words := []string{"usher"}
	for _, arg := range o.arguments {
		words = append(words, fields.Quote(arg))
	}
	words = append(words, more)
	if o.file == "-" {
		words = append(words, "< FILE")
	}
	return strings.Join(words, " ")
}
