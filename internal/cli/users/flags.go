package users

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/roster"
)

// addRosterFlags adds the flags of every command that reads a roster.
func addRosterFlags(cmd *cobra.Command, r *job.Roster) {
	flags := cmd.Flags()
	flags.StringVar(&r.Format, "format", "", "format of the roster: "+strings.Join(formatNames(roster.Formats()), ", ")+" (recognised)")
	flags.StringVar(&r.Encoding, "encoding", "", "encoding of the text, for example utf-8, windows-1252 or shift_jis (Unicode is detected; another encoding must be specified or confirmed)")
	flags.StringVar(&r.Delimiter, "delimiter", "", "character between the cells, or comma, semicolon, tab, pipe (recognised)")
	flags.StringVar(&r.Sheet, "sheet", "", "worksheet by name or number (the first)")
	flags.IntVar(&r.HeaderRow, "header-row", 0, "row of the header, from 1; the rows above it are left out (the first row with values)")
	flags.StringArrayVar(&r.Map, "map", nil, "the field of a column: `HEADER=FIELD`, repeatable")
	flags.StringArrayVar(&r.Set, "set", nil, "a value for every row: `FIELD=VALUE`, repeatable")
	flags.StringArrayVar(&r.Join, "join", nil, "take values from another file, by a field: `FILE:FIELD`, repeatable; then --set FIELD=@FILE.COLUMN")
	flags.StringArrayVar(&r.Ignore, "ignore-column", nil, "leave a column out: `HEADER`, or the letter or number of a column without a header, repeatable")
	flags.BoolVar(&r.IgnoreOthers, "ignore-other-columns", false, "leave out every column that matches no field")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(roster.Formats()), cobra.ShellCompDirectiveNoFileComp))
	noFiles(cmd, "map", "set", "ignore-column", "sheet", "header-row", "delimiter", "encoding")
}

// addPaceFlags adds the flags that say how fast requests are sent.
func addPaceFlags(cmd *cobra.Command, p *job.Pace) {
	cmd.Flags().IntVar(&p.Concurrency, "concurrency", 8, "requests under way at once, at most")
	cmd.Flags().StringVar(&p.Rate, "rate", "", "requests in a time, like 5/s or 300/m")
	noFiles(cmd, "concurrency", "rate")
}

// addSettleFlag adds the flag that says when a doubt is settled.
func addSettleFlag(cmd *cobra.Command, s *job.SettleAfter) {
	cmd.Flags().StringVar((*string)(s), "settle-after", "",
		"wait before a create in doubt is settled, for example 60s; never leaves it unknown (default 60s; 5s if the provider refuses duplicates itself)")
	noFiles(cmd, "settle-after")
}

// addPlanFlags adds the flags of every command that shows a plan and asks for its
// confirmation.
func addPlanFlags(cmd *cobra.Command, j *job.Job) {
	flags := cmd.Flags()
	flags.BoolVar(&j.DryRun, "dry-run", false, "show the plan and end; nothing is sent")
	flags.BoolVarP(&j.Yes, "yes", "y", false, "do not ask")
	flags.StringVar(&j.Confirm, "confirm", "", "consent for a profile that asks for its name: `NAME`")
	noFiles(cmd, "confirm")
}

// addMaxFailuresFlag adds the flag of the circuit breaker.
func addMaxFailuresFlag(cmd *cobra.Command, j *job.Job) {
	cmd.Flags().IntVar(&j.MaxFailures, "max-failures", 20, "stop after so many failures of one kind in a row; 0 for no limit")
	noFiles(cmd, "max-failures")
}

// addReportFlags adds the flags of the files that a run writes.
func addReportFlags(cmd *cobra.Command, j *job.Job) {
	flags := cmd.Flags()
	flags.StringVar(&j.Results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&j.Failed, "failed", "", "write the rows that are not done to this file, in the roster's own form")
	flags.StringVar(&j.JUnit, "junit", "", "write a JUnit XML report to this file")
}

// rosterFlags are the flags that a command about one user does not have.
func rosterFlags() []string {
	return []string{
		"format", "encoding", "delimiter", "sheet", "header-row", "map", "set", "join", "ignore-column", "ignore-other-columns", "skip-invalid", "results", "failed", "junit",
	}
}

// only refuses flags that were specified and cannot be.
func only(flags *pflag.FlagSet, problem string, names []string) error {
	for _, name := range names {
		if flag := flags.Lookup(name); flag != nil && flag.Changed {
			return failure.Refuse(fmt.Errorf("--%s %s", name, problem))
		}
	}
	return nil
}

// noFiles has flags whose values are not files completed by nothing.
func noFiles(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// completeRosters offers the files that may be rosters.
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

// pathFlags are the flags that name files.
func pathFlags() []string {
	return []string{"before", "results", "failed", "junit", "credentials", "config", "file", "roster"}
}

// locate returns the command line that begins with these words, for a roster, so that
// it can be run again from anywhere.
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

func absolute(path string) (string, error) {
	if path == "-" || path == "" {
		return path, nil
	}
	return filepath.Abs(path)
}

// repeatable returns the command line that begins with these words, independent of the
// working directory and of the default profile. Confirmation is given anew each time,
// and so is a new file that is never written over.
func repeatable(flags *pflag.FlagSet, words []string, profile string) ([]string, error) {
	anew := []string{"yes", "confirm", "before"}
	args := slices.Concat(words, []string{"--profile=" + profile})
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
			if slices.Contains(pathFlags(), flag.Name) || flag.Name == "join" { // a field's name stays the last part of a path
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
