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

// printRead reports what was read, with warnings. Users who are arguments are not read from anywhere.
func (r *Reader) printRead(people *roster.Roster, reading *intake.Reading, doc *readingDoc) {
	description, summary, streams := people.Description(), people.Summary(), r.app.Streams
	note := func(format string, args ...any) { streams.Say("  ", fmt.Sprintf(format, args...)) }
	read := progress.Count(reading.Rows, "row")
	if r.others != nil {
		read += " for " + r.selection.Profile.Name
	}
	if r.Keys == nil {
		streams.Say("", fmt.Sprintf("Read %s from %s", read, strings.Replace(description.String(), description.File, r.name(), 1)))
	}
	r.sayList("columns: ", matches(description))
	if form := r.fromProfile(description); form != "" {
		note("%s", form)
	}
	r.sayList("values: ", r.valuesText(doc.Values))
	for _, text := range description.Notes {
		note("%s", text)
	}
	if left := summary.LeftText(); left != "" {
		note("%s", left)
	}
	if summary.Trimmed > 0 {
		note("removed surrounding white space or invisible characters from %s", progress.Count(summary.Trimmed, "value"))
	}
	if summary.Blank > 0 {
		note("%s skipped", progress.Count(summary.Blank, "empty line"))
	}
	for _, warning := range summary.Warnings {
		if isNote(warning.Concern) {
			note("%s", warning)
		}
	}
	for _, change := range doc.Changes {
		if change.Change == changeName {
			note("%s: names became ids in %s", change.Field, progress.Count(change.Count, "row"))
		}
	}
	for _, warning := range r.rosterWarnings(description, summary) {
		streams.Say("  "+streams.ErrStyle().Yellow("warning:")+" ", warning)
	}
}

// sayList shows a list behind a title, if there is one.
func (r *Reader) sayList(title string, items []string) {
	if len(items) == 0 {
		return
	}
	for _, line := range wrap("  "+title, items, r.app.Streams.ErrWidth()) {
		fmt.Fprintln(r.app.Streams.Err, line)
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

// wrap joins items with commas into lines of at most this width, as far as possible. Characters that could control a
// terminal are replaced.
func wrap(begin string, items []string, width int) []string {
	lines := []string{term.SanitizeLine(items[0])}
	room := width - term.TextWidth(begin)
	for _, item := range items[1:] {
		item = term.SanitizeLine(item)
		last := &lines[len(lines)-1]
		*last += ","
		if term.TextWidth(*last)+1+term.TextWidth(item) >= room {
			lines = append(lines, item)
			continue
		}
		*last += " " + item
	}
	var all []string
	for _, line := range lines {
		all = append(all, term.Hang(begin, line, width)...)
		begin = strings.Repeat(" ", term.TextWidth(begin))
	}
	return all
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
