package users

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/term"
)

// completeRosterFlags adds the completion of headers and fields: the headers of the roster that the command line has, and
// the fields of the profile's provider.
func completeRosterFlags(cmd *cobra.Command, a *app.App, r *job.Roster) {
	headers := func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return headersOf(cmd, args, r), cobra.ShellCompDirectiveNoFileComp
	}
	for name, complete := range map[string]cobra.CompletionFunc{
		"ignore-column": headers,
		"identify-by":   headers,
		"set": func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return withSuffix(fieldNames(a), "="), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		},
		"map": func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if at := strings.LastIndex(begun, "="); at >= 0 {
				return withPrefix(begun[:at+1], fieldNames(a)), cobra.ShellCompDirectiveNoFileComp
			}
			return withSuffix(headersOf(cmd, args, r), "="), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		},
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete) // only a second registration fails
	}
}

// headersOf returns the headers of the roster of a command line; none if it is not a file that can be read quickly.
func headersOf(cmd *cobra.Command, args []string, r *job.Roster) []string {
	const most = 16 << 20 // the whole file is read
	name := ""
	if flag := cmd.Flags().Lookup("roster"); flag != nil {
		name = flag.Value.String()
	} else if len(args) > 0 {
		name = args[0]
	}
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return nil
	}
	opened, err := roster.Open(context.Background(), roster.File(name), roster.Options{
		Format: roster.Format(r.Format), Encoding: r.Encoding, Delimiter: r.Delimiter, Sheet: r.Sheet, HeaderRow: r.HeaderRow, IgnoreOthers: true,
	})
	if err != nil {
		return nil
	}
	defer func() { _ = opened.Close() }() // it was only read
	var headers []string
	for _, column := range opened.Description().Columns {
		if header := column.Header; header != "" && term.SanitizeLine(header) == header {
			headers = append(headers, header)
		}
	}
	return headers
}

// fieldNames returns the documented names of the fields of the profile's provider, none if it is not known.
func fieldNames(a *app.App) []string {
	selection, err := a.Selected()
	if err != nil {
		return nil
	}
	return slices.Clone(selection.Adapter.Table.Names())
}

func withPrefix(prefix string, words []string) []string {
	for i := range words {
		words[i] = prefix + words[i]
	}
	return words
}

func withSuffix(words []string, suffix string) []string {
	for i := range words {
		words[i] += suffix
	}
	return words
}
