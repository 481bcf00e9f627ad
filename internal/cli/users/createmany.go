package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
)

// manyOptions are the flags of `usher users create --count`, which is an import of so many rows without values.
type manyOptions struct {
	count   int
	set     []string
	seed    string
	yes     bool
	results string

	given *pflag.FlagSet // all flags of the command
}

func (o *manyOptions) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.given = flags
	flags.IntVar(&o.count, "count", 0, "create so many users, with the values and rules of --set")
	flags.StringArrayVar(&o.set, "set", nil, "with --count: set a field: `FIELD=VALUE`, or a rule such as userName=ci-{row} (repeatable)")
	flags.StringVar(&o.seed, "seed", "", "with --count: seed of the values of {random:N} in --set: the same seed gives the same values")
	flags.BoolVarP(&o.yes, "yes", "y", false, "with --count: skip the confirmation prompt")
	flags.StringVar(&o.results, "results", "", "with --count: write one result per user to this file (.csv, .ndjson, .json)")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results")
	noFiles(cmd, "count", "set", "seed")
}

// createMany creates as many users as --count says.
func (o *createOptions) createMany(ctx context.Context) error {
	switch {
	case o.file != "", o.interactive:
		return failure.Refuse(errors.New("--count cannot be combined with -f or -i"), "set the fields with --set FIELD=RULE")
	case len(o.many.set) == 0:
		return failure.Refuse(errors.New("--count requires --set with a rule for the key"), failure.Again(fmt.Sprintf("--set '%s=ci-{row}@example.com'", o.selection.Adapter.Key)))
	}
	if given, _ := o.flags.Record(); len(given) > 0 || len(o.fieldValues) > 0 {
		return failure.Refuse(errors.New("--count cannot be combined with flags of fields"), "set the fields with --set FIELD=RULE")
	}
	onExists := o.onExists
	if !o.many.given.Changed("on-exists") { // the same command again creates the others
		onExists = job.OnExistsSkip
	}
	roster := job.CountRoster(o.many.count)
	j := &job.Job{
		App: o.app, Selection: o.selection, SettleAfter: o.settleAfter, DryRun: o.dryRun, Strict: o.strict, Yes: o.many.yes, LockTimeout: o.lockTimeout, Wait: o.wait, Results: o.many.results, Pace: job.Pace{Concurrency: 8},
		Roster: job.Roster{File: roster, Set: o.many.set, Seed: o.many.seed}, MaxFailures: 20,
	}
	var err error
	if j.Command, err = locate(o.many.given, []string{"users", "import", roster}, o.selection.Profile.Name, roster); err != nil {
		return err
	}
	j.Command.Arguments = slices.DeleteFunc(j.Command.Arguments, func(arg string) bool { return strings.HasPrefix(arg, "--count=") })
	if i := slices.Index(j.Command.Arguments, "--generate-password"); i >= 0 {
		j.Command.Arguments[i] = "--generate-passwords" // as the import has it
	}
	create := job.Create{OnExists: onExists, TTL: o.ttl, Passwords: job.Passwords{Generate: o.generate, Flag: "--generate-password", File: o.credentials}}
	return create.Run(ctx, j)
}
