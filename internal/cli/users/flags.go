package users

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/roster"
)

// addRosterFlags adds the flags of every command that reads a roster.
func addRosterFlags(cmd *cobra.Command, r *job.Roster) {
	flags := cmd.Flags()
	flags.StringVar(&r.Format, "format", "", "roster format: "+strings.Join(formatNames(roster.Formats()), ", ")+" (default: detected)")
	flags.StringVar(&r.Encoding, "encoding", "", "text encoding, for example utf-8, windows-1252 or shift_jis (Unicode is detected; specify or confirm any other)")
	flags.StringVar(&r.Delimiter, "delimiter", "", "cell delimiter: a character, or comma, semicolon, tab or pipe (default: detected)")
	flags.StringVar(&r.Sheet, "sheet", "", "worksheet name or number (default: the first)")
	flags.IntVar(&r.HeaderRow, "header-row", 0, "row of the header, from 1; rows above it are ignored (default: the first row with values)")
	flags.StringArrayVar(&r.Map, "map", nil, "map a column to a field: `HEADER=FIELD` (repeatable)")
	flags.StringArrayVar(&r.Set, "set", nil, "set a field in every row: `FIELD=VALUE`, or a rule such as userName={first|lower} (repeatable)")
	flags.StringArrayVar(&r.Join, "join", nil, "join another file by a field: `FILE:FIELD` (repeatable); use with --set FIELD=@FILE.COLUMN")
	flags.StringArrayVar(&r.Ignore, "ignore-column", nil, "ignore a column: `HEADER`, or the letter or number of a column without a header (repeatable)")
	flags.BoolVar(&r.IgnoreOthers, "ignore-other-columns", false, "ignore every column that matches no field")
	flags.StringArrayVar(&r.IdentifyBy, "identify-by", nil, "tell people apart by the `COLUMN`, if a rule of --set generates their key with {n} (repeatable: all of them together)")
	flags.StringVar(&r.Seed, "seed", "", "seed of the values of {random:N} in --set: the same seed gives the same values")
	cmdutil.OneOf(cmd, "format", formatNames(roster.Formats()))
	noFiles(cmd, "sheet", "header-row", "delimiter", "encoding", "seed")
}

// RosterOf returns how a recorded command line has read its roster.
func RosterOf(arguments []string) (job.Roster, error) {
	var from job.Roster
	cmd := &cobra.Command{FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}}
	addRosterFlags(cmd, &from)
	err := cmd.ParseFlags(arguments)
	return from, err
}

// addTTLFlag adds the flag for how long created users are needed.
func addTTLFlag(cmd *cobra.Command, ttl *job.TTL) {
	duration.Var(cmd.Flags(), (*time.Duration)(ttl), "ttl", 0, "how long the created users are needed, for example 2h; then usher users reap deletes them")
	noFiles(cmd, "ttl")
}

// addWaitFlag adds the flag for how long to wait until created users are found.
func addWaitFlag(cmd *cobra.Command, w *job.Wait) {
	duration.Var(cmd.Flags(), (*time.Duration)(w), "wait", 0, "wait until a lookup finds the created users, at most so long, for example 30s")
	noFiles(cmd, "wait")
}

// addPaceFlags adds the flags that limit the requests.
func addPaceFlags(cmd *cobra.Command, p *job.Pace) {
	cmd.Flags().IntVar(&p.Concurrency, "concurrency", 8, "maximum concurrent requests")
	cmd.Flags().StringVar(&p.Rate, "rate", "", "maximum request rate, for example 5/s or 300/m")
	noFiles(cmd, "concurrency", "rate")
}

// addSettleFlag adds the flag for the wait before a doubt is settled.
func addSettleFlag(cmd *cobra.Command, s *job.SettleAfter) {
	cmd.Flags().StringVar((*string)(s), "settle-after", "",
		"wait before usher settles a create in doubt, for example 60s; never leaves it unknown (default 60s; 5s if the provider refuses duplicates)")
	noFiles(cmd, "settle-after")
}

// addPlanFlags adds the flags of every command that shows a plan and asks for confirmation.
func addPlanFlags(cmd *cobra.Command, j *job.Job) {
	flags := cmd.Flags()
	flags.BoolVar(&j.DryRun, "dry-run", false, "show the plan; send nothing")
	flags.BoolVarP(&j.Yes, "yes", "y", false, "skip the confirmation prompt")
	flags.StringVar(&j.Confirm, "confirm", "", "profile `NAME`, for profiles with confirm: name")
	noFiles(cmd, "confirm")
	addLockFlag(cmd, &j.LockTimeout)
}

// addLockFlag adds the flag for how long to wait until another run has released the target.
func addLockFlag(cmd *cobra.Command, t *time.Duration) {
	duration.Var(cmd.Flags(), t, "lock-timeout", 0, "wait so long until another run has released the target, for example 5m")
	noFiles(cmd, "lock-timeout")
}

// addPlanFileFlags adds the flags of a saved plan. That which carries it out is of `usher apply`.
func addPlanFileFlags(cmd *cobra.Command, j *job.Job) {
	flags := cmd.Flags()
	flags.StringVar(&j.PlanOut, "plan-out", "", "save the plan to this file for usher apply; send nothing")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "plan-out")
	flags.StringVar(&j.Plan, job.PlanFlag, "", "carry out this saved plan")
	_ = flags.MarkHidden(job.PlanFlag)
}

// addMaxFailuresFlag adds the flag of the circuit breaker.
func addMaxFailuresFlag(cmd *cobra.Command, j *job.Job) {
	cmd.Flags().IntVar(&j.MaxFailures, "max-failures", 20, "stop after this many consecutive failures of one class; 0 for no limit")
	noFiles(cmd, "max-failures")
}

// addReportFlags adds the flags of the files that a run writes.
func addReportFlags(cmd *cobra.Command, j *job.Job) {
	flags := cmd.Flags()
	flags.StringVar(&j.Results, "results", "", "write one result per row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&j.Failed, "failed", "", "write the rows that were not completed to this file, in the roster's format")
	flags.StringVar(&j.JUnit, "junit", "", "write a JUnit XML report to this file")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results", "failed", "junit")
}

// addNewPasswordFlags adds the flags of the generated passwords of new users.
func addNewPasswordFlags(cmd *cobra.Command, p *job.Passwords) {
	addPasswordFlags(cmd, p, "generate-passwords", "generate a password for each new user without one; requires --credentials")
}

// addSaveMappingFlag adds the flag that stores how a roster of new users is read.
func addSaveMappingFlag(cmd *cobra.Command, j *job.Job) {
	cmd.Flags().BoolVar(&j.SaveMapping, "save-mapping", false, "save in the profile how the roster is read: --map, --ignore-column, --set, --encoding, --sheet and --header-row")
	cmdutil.FlagChanges(cmd, cmdutil.Configuration, "save-mapping")
}

// addPasswordFlags adds the flags of generated passwords. The flag that generates them has this name and help.
func addPasswordFlags(cmd *cobra.Command, p *job.Passwords, name, help string) {
	flags := cmd.Flags()
	p.Flag = "--" + name
	flags.BoolVar(&p.Generate, name, false, help)
	flags.StringVar(&p.Policy, "password-policy", "", "password length and character classes, for example 20 or 16,lower,upper,digits,symbols")
	flags.StringVar(&p.File, "credentials", "", "new file for generated passwords (readable only by you); if it exists, a number is added")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "credentials")
	flags.StringArrayVar(&p.Recipients, "credentials-recipient", nil, "encrypt the passwords to this age recipient: `age1...` (repeatable)")
	noFiles(cmd, "password-policy", "credentials-recipient")
}

// rosterFlags returns the flags that require --roster.
func rosterFlags() []string {
	return []string{
		"format", "encoding", "delimiter", "sheet", "header-row", "map", "set", "identify-by", "seed", "join", "ignore-column", "ignore-other-columns", "skip-invalid", "results", "failed", "junit",
		"plan-out", job.PlanFlag,
	}
}

// only returns an error with the problem for the first of these flags that was specified.
func only(flags *pflag.FlagSet, problem string, names []string) error {
	for _, name := range names {
		if flag := flags.Lookup(name); flag != nil && flag.Changed {
			return failure.Refuse(fmt.Errorf("--%s %s", name, problem))
		}
	}
	return nil
}

// noFiles disables the completion of file names for flags whose values are not files.
func noFiles(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// completeRosters completes the names of files that may be rosters.
func completeRosters(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return roster.Endings(), cobra.ShellCompDirectiveFilterFileExt
}

// formatNames returns the names of formats.
func formatNames(formats []roster.Format) []string {
	var names []string
	for _, format := range formats {
		names = append(names, string(format))
	}
	return names
}

// pathFlags returns the flags whose values are files.
func pathFlags() []string {
	return []string{"before", "results", "failed", "junit", "credentials", "password-file", "config", "file", "roster", job.PlanFlag}
}

// locate returns the command line that begins with these words, for a roster. It can be run from any directory.
func locate(flags *pflag.FlagSet, words []string, profile, file string) (command job.Command, err error) {
	if command.WorkDir, err = os.Getwd(); err != nil {
		return command, err
	}
	if command.Roster, err = absolute(file); err != nil {
		return command, err
	}
	command.Arguments, err = repeatable(flags, words, profile)
	return command, err
}

// locateRoster completes the job of a command with the roster FILE: the profile, unless there is a route, and the command
// line to repeat.
func locateRoster(cmd *cobra.Command, a *app.App, j *job.Job, file, route string) (err error) {
	path, err := absolute(file)
	if err != nil {
		return err
	}
	words := []string{"users", cmd.Name(), path}
	if route != "" {
		return locateRoute(cmd, j, words, file)
	}
	if j.Selection, err = a.Selected(); err != nil {
		return err
	}
	j.Roster.File, j.Pace.Given = file, cmd.Flags().Changed("concurrency")
	j.Command, err = locate(cmd.Flags(), words, j.Selection.Profile.Name, file)
	return err
}

// addRouteFlag adds the flag with the name of a route, instead of a profile.
func addRouteFlag(cmd *cobra.Command, a *app.App, route *string) {
	cmd.Flags().StringVar(route, job.RouteFlag, "", "do this in every profile of a `ROUTE` of the configuration, instead of one profile")
	_ = cmd.RegisterFlagCompletionFunc(job.RouteFlag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		loaded, err := a.Config()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return loaded.RouteNames(), cobra.ShellCompDirectiveNoFileComp
	})
}

// locateRoute completes the job of a command with a roster for a route: the command line to repeat. It returns an error
// for flags that cannot be combined with a route.
func locateRoute(cmd *cobra.Command, j *job.Job, words []string, file string) (err error) {
	const problem = "cannot be combined with --" + job.RouteFlag
	if err := only(cmd.Flags(), problem, []string{
		"profile", "plan-out", job.PlanFlag, "save-mapping", "join", "identify-by", "before", "leavers", "scope", "max-leavers",
	}); err != nil {
		return err
	}
	if _, isProfile := job.IsProfile(file); isProfile || file == "-" {
		return failure.Refuse(fmt.Errorf("%s %s: the roster is read once for each profile", file, problem), "save the roster in a file")
	}
	j.Roster.File, j.Pace.Given = file, cmd.Flags().Changed("concurrency")
	j.Command, err = locate(cmd.Flags(), words, "", file)
	return err
}

func absolute(path string) (string, error) {
	if job.IsMade(path) || path == "-" || path == "" {
		return path, nil
	}
	return filepath.Abs(path)
}

// repeatable returns the command line that begins with these words, independent of the working directory and of the
// default profile. The profile is empty for a route. It has no flag of a confirmation, and none for a file that is never overwritten.
func repeatable(flags *pflag.FlagSet, words []string, profile string) ([]string, error) {
	anew := []string{"yes", "confirm", "before", "plan-out", job.PlanFlag}
	args := slices.Clone(words)
	if profile != "" {
		args = append(args, "--profile="+profile)
	}
	var unread error
	flags.Visit(func(flag *pflag.Flag) {
		if flag.Name == "profile" || slices.Contains(anew, flag.Name) {
			return
		}
		values := []string{flag.Value.String()}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			if slices.Contains(pathFlags(), flag.Name) || flag.Name == "join" { // the last part of --join is a field
				var err error
				value, err = absolute(value)
				unread = errors.Join(unread, err)
			}
			if flag.Value.Type() == "bool" && value == "true" {
				args = append(args, "--"+flag.Name)
				continue
			}
			args = append(args, "--"+flag.Name+"="+value)
		}
	})
	return args, unread
}
