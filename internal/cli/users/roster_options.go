package users

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/roster"
)

// rosterOptions are the dependencies, arguments and flags of every command
// that reads a roster.
type rosterOptions struct {
	app       *app.App
	selection *app.Selection

	file                               string
	format, encoding, delimiter, sheet string
	mapping, set, ignore, join         []string
}

func (o *rosterOptions) addRosterFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.format, "format", "", "format of the roster: "+strings.Join(formatNames(), ", ")+" (recognised)")
	flags.StringVar(&o.encoding, "encoding", "", "encoding of the text, like utf-8, utf-16le or windows-1252 (recognised)")
	flags.StringVar(&o.delimiter, "delimiter", "", "character between the cells, or comma, semicolon, tab, pipe (recognised)")
	flags.StringVar(&o.sheet, "sheet", "", "worksheet by name or number (the first)")
	flags.StringArrayVar(&o.mapping, "map", nil, "the field of a column: `HEADER=FIELD`, repeatable")
	flags.StringArrayVar(&o.set, "set", nil, "a value for every row: `FIELD=VALUE`, repeatable")
	flags.StringArrayVar(&o.join, "join", nil, "take values from another file, by a field: `FILE:FIELD`, repeatable; then --set FIELD=@FILE.COLUMN")
	flags.StringArrayVar(&o.ignore, "ignore-column", nil, "leave a column out: `HEADER`, repeatable")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	for _, name := range []string{"map", "set", "ignore-column", "sheet", "delimiter", "encoding"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// readingFlags gives the flags that were given, as a shell takes them.
func (o *rosterOptions) readingFlags() []string {
	var given []string
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"format", []string{o.format}}, {"encoding", []string{o.encoding}}, {"delimiter", []string{o.delimiter}}, {"sheet", []string{o.sheet}},
		{"map", o.mapping}, {"set", o.set}, {"join", o.join}, {"ignore-column", o.ignore},
	} {
		for _, value := range flag.values {
			if value != "" {
				given = append(given, fields.Quote("--"+flag.name+"="+value))
			}
		}
	}
	return given
}

// completeRosters offers the files that may be rosters.
func completeRosters(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"csv", "tsv", "xlsx", "json", "ndjson", "yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// formatNames lists the formats that are read.
func formatNames() []string {
	var names []string
	for _, format := range roster.Formats() {
		names = append(names, string(format))
	}
	return names
}
