package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// printRead reports what was read, with warnings.
func (r *Reader) printRead(people *roster.Roster, reading *intake.Reading, doc *readingDoc) {
	description, summary := people.Description(), people.Summary()
	say := func(format string, args ...any) {
		fmt.Fprintln(r.app.Streams.Err, term.SanitizeLine(fmt.Sprintf(format, args...)))
	}
	read := progress.Count(reading.Rows, "row")
	if r.others != nil {
		read += " for " + r.selection.Profile.Name
	}
	say("Read %s from %s", read, strings.Replace(description.String(), description.File, r.name(), 1))
	if matched := matches(description); len(matched) > 0 {
		for _, line := range wrap("  columns: ", matched, r.app.Streams.ErrWidth()) {
			say("%s", line)
		}
	}
	if form := r.fromProfile(description); form != "" {
		say("  %s", form)
	}
	if values := r.valuesText(doc.Values); len(values) > 0 {
		for _, line := range wrap("  values: ", values, r.app.Streams.ErrWidth()) {
			say("%s", line)
		}
	}
	for _, note := range description.Notes {
		say("  %s", note)
	}
	if left := summary.LeftText(); left != "" {
		say("  %s", left)
	}
	if summary.Trimmed > 0 {
		say("  removed surrounding white space or invisible characters from %s", progress.Count(summary.Trimmed, "value"))
	}
	if summary.Blank > 0 {
		say("  %s skipped", progress.Count(summary.Blank, "empty line"))
	}
	for _, warning := range summary.Warnings {
		if isNote(warning.Concern) {
			say("  %s", warning)
		}
	}
	for _, change := range doc.Changes {
		if change.Change == changeName {
			say("  %s: names became ids in %s", change.Field, progress.Count(change.Count, "row"))
		}
	}
	for _, warning := range r.rosterWarnings(description, summary) {
		fmt.Fprintf(r.app.Streams.Err, "  %s %s\n", r.app.Streams.ErrStyle().Yellow("warning:"), term.SanitizeLine(warning))
	}
}

// matches returns the columns whose headers are not the names of their fields, with the fields.
func matches(description roster.Description) []string {
	var matched []string
	for _, column := range description.Columns {
		field := column.Field
		if column.Part != "" {
			field += "." + column.Part
		}
		if column.Label != "" {
			field += " (" + column.Label + ")"
		}
		if field != "" && schema.FoldName(field) != schema.FoldName(withoutForm(column.Header)) {
			matched = append(matched, fmt.Sprintf("%q is %s", column.Header, field))
		}
	}
	return matched
}

// withoutForm returns a header without the form of its cells.
func withoutForm(header string) string {
	name, _, _ := strings.Cut(header, " (")
	return name
}

// wrap joins items with commas into lines of at most this width, as far as possible.
func wrap(begin string, items []string, width int) []string {
	lines := []string{begin + items[0]}
	for _, item := range items[1:] {
		last := &lines[len(lines)-1]
		*last += ","
		if len(*last)+1+len(item) >= width {
			lines = append(lines, strings.Repeat(" ", len(begin))+item)
			continue
		}
		*last += " " + item
	}
	return lines
}

// rosterWarnings returns the warnings about a roster. The profile's mapping may contain headers that the file does
// not have; the flags may not.
func (r *Reader) rosterWarnings(description roster.Description, summary roster.Summary) []string {
	var warnings []string
	given, _ := pairs("--map", r.Map) // the columns were read already
	for _, header := range description.Unused {
		flag := "--ignore-column"
		if _, mapped := given[header]; mapped {
			flag = "--map"
		} else if !slices.Contains(r.Ignore, header) {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("column not found: %q (%s)", header, flag))
	}
	for _, warning := range summary.Warnings {
		if !isNote(warning.Concern) {
			warnings = append(warnings, warning.String())
		}
	}
	return warnings
}

// isNote reports whether a concern says what was changed or left out, and no mistake.
func isNote(concern roster.Concern) bool { return concern.Change() != "" || concern.LeftOut() != "" }
