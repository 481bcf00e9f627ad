package job

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/roster"
)

// anew are the flags that a command about the file of failed rows does not take over: the
// files that it would write, what says how the roster is read, and --skip-invalid, so that
// a row fails again until it is fixed.
func anew() []string {
	return []string{
		"failed", "results", "junit", "before", "save-mapping", "skip-invalid",
		"format", "encoding", "delimiter", "sheet", "header-row",
	}
}

// failedCommand returns the command that reads the file of failed rows: with all flags of
// this one, and those without which the file would be read in another way than the roster.
func (r *run) failedCommand() string {
	path, err := filepath.Abs(r.Failed)
	if err != nil {
		path = r.Failed
	}
	again := Command{Roster: path}
	for _, arg := range r.Command.Arguments {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		switch {
		case strings.HasPrefix(arg, "--") && slices.Contains(anew(), name):
		case arg == r.Command.Roster:
			again.Arguments = append(again.Arguments, path)
		case arg == "--roster="+r.Command.Roster:
			again.Arguments = append(again.Arguments, "--roster="+path)
		default:
			again.Arguments = append(again.Arguments, arg)
		}
	}
	again.Arguments = append(again.Arguments, r.failedForm()...)
	return again.Again("")
}

// failedForm returns the flags that say how the file of failed rows is read. Its header is
// its first row, and its worksheet the only one.
func (r *run) failedForm() []string {
	description := r.intake.Roster.Description()
	form, isSheet := r.Selection.Profile.Reading.Form, description.Sheet != ""
	flags := Roster{}
	if format := r.failedFormat(); format == "" || format == description.Format || !slices.Contains(roster.SheetFormats(), format) {
		flags.Format, flags.Encoding, flags.Delimiter = r.reader.Format, r.reader.Encoding, r.reader.Delimiter
		if !isSheet && flags.Encoding == "" && !strings.HasPrefix(description.Encoding, "UTF-") {
			flags.Encoding = description.Encoding
		}
	} else {
		isSheet = true
	}
	if form[formHeaderRow] != "" && len(description.Columns) > 0 {
		flags.HeaderRow = 1
	}
	if form[formSheet] != "" && isSheet {
		flags.Sheet = "1"
	}
	return flags.Arguments()
}

// failedName returns a name for a file of failed rows.
func (r *run) failedName() string {
	if other, isProfile := IsProfile(r.reader.File); isProfile {
		return other + ".failed." + string(r.intake.Roster.Description().Format)
	}
	if r.reader.File == "-" {
		return "failed." + string(r.intake.Roster.Description().Format)
	}
	name := filepath.Base(r.reader.File)
	ending := filepath.Ext(name)
	return strings.TrimSuffix(name, ending) + ".failed" + ending
}
