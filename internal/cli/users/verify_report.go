package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// verification is a comparison whose rows are being printed.
type verification struct {
	o       *verifyOptions
	c       *amend.Comparison
	reading *intake.Reading
	made    *outputs
	unasked error // why the asking ended early; nil where it did not

	counts       amend.Counts
	incomparable map[string]bool
}

// verifyDoc is usher.verify/v1.
type verifyDoc struct {
	Schema      string          `json:"schema"`
	Line        int             `json:"line"`
	Key         string          `json:"key"`
	Status      string          `json:"status"`
	ID          string          `json:"id"`
	Differences []differenceDoc `json:"differences"`
	Error       string          `json:"error"`
}

// differenceDoc is one field that differs; null stands for a field without a value.
type differenceDoc struct {
	Field string `json:"field"`
	Have  any    `json:"have"`
	Want  any    `json:"want"`
}

// report prints every row, writes the results, and says how it ended.
func (v *verification) report(ctx context.Context) error {
	if err := v.printRows(ctx); err != nil {
		if errors.Is(err, context.Canceled) {
			return app.Fail(app.StatusInterrupted, errors.New("interrupted: not all rows were printed"))
		}
		return err
	}
	if v.made.results != nil {
		if err := v.made.results.Commit(); err != nil {
			return err
		}
	}
	v.say()
	return v.verdict()
}

func (v *verification) printRows(ctx context.Context) (err error) {
	printer, err := v.o.app.Printer()
	if err != nil {
		return err
	}
	var results report.Sink
	if v.made.results != nil {
		if results, err = report.Results(v.made.results, v.o.results); err != nil {
			return err
		}
	}
	columns, row := verdictColumns(printer.Format() == render.Table)
	out := printer.List(ctx, columns)
	defer func() { err = errors.Join(err, out.Close()) }()
	for verdict, err := range v.c.Verdicts(ctx) {
		if err != nil {
			return err
		}
		v.count(verdict)
		if results != nil {
			if err := results.Add(lineOf(verdict)); err != nil {
				return err
			}
		}
		if !v.o.wants(verdict.Status) {
			continue
		}
		doc := describe(verdict)
		if err := out.Add(row(doc, inWords(verdict)), doc, doc.ID); err != nil {
			return err
		}
	}
	if results == nil {
		return nil
	}
	return results.Close()
}

// verdictColumns gives the columns of a comparison. A table leaves the ids out:
// its room is for what differs.
func verdictColumns(table bool) ([]render.Column, func(verifyDoc, string) []string) {
	columns := []render.Column{{Name: "line"}, {Name: "key", Whole: true}, {Name: "status"}, {Name: "id"}, {Name: "differences"}}
	all := func(doc verifyDoc, differences string) []string {
		return []string{strconv.Itoa(doc.Line), doc.Key, doc.Status, doc.ID, differences}
	}
	if !table {
		return columns, all
	}
	const id = 3
	return slices.Delete(columns, id, id+1), func(doc verifyDoc, differences string) []string {
		return slices.Delete(all(doc, differences), id, id+1)
	}
}

func (o *verifyOptions) wants(status amend.Status) bool {
	if len(o.statuses) == 0 {
		return true
	}
	for _, wanted := range o.statuses {
		if wanted == string(status) {
			return true
		}
	}
	return false
}

func (v *verification) count(verdict amend.Verdict) {
	v.counts.Add(verdict.Status)
	v.incomparable = withIncomparable(v.incomparable, v.o.selection.Adapter.Table, verdict.Record)
}

// withIncomparable adds the fields of a record that cannot be read back.
func withIncomparable(found map[string]bool, table schema.Table, record schema.Record) map[string]bool {
	for _, field := range table {
		if _, given := record[field.Name]; given && amend.Incomparable(field) {
			if found == nil {
				found = map[string]bool{}
			}
			found[field.Name] = true
		}
	}
	return found
}

func describe(v amend.Verdict) verifyDoc {
	doc := verifyDoc{
		Schema: "usher.verify/v1", Line: v.Line, Key: v.Key, Status: string(v.Status), ID: v.UserID,
		Differences: []differenceDoc{}, Error: problemOf(v),
	}
	for _, d := range v.Differences {
		doc.Differences = append(doc.Differences, differenceDoc{Field: d.Field.Name, Have: d.Have, Want: d.Want})
	}
	return doc
}

// problemOf says what is wrong with a row that could not be compared.
func problemOf(v amend.Verdict) string {
	if v.Problem != "" {
		return v.Problem
	}
	var texts []string
	for _, fault := range v.Faults {
		texts = append(texts, fault.Fault.Error())
	}
	return strings.Join(texts, "; ")
}

// inWords says in which way a row is not the same.
func inWords(v amend.Verdict) string {
	if v.Status != amend.Differs {
		return problemOf(v)
	}
	return differencesInWords(v.Differences)
}

// differencesInWords gives what is there and what should be.
func differencesInWords(differences []schema.Difference) string {
	var texts []string
	for _, d := range differences {
		texts = append(texts, fmt.Sprintf("%s: %s → %s", d.Field.Name, amend.Shown(d.Field, d.Have), amend.Shown(d.Field, d.Want)))
	}
	return strings.Join(texts, "; ")
}

// lineOf gives a row as the file of results has it.
func lineOf(v amend.Verdict) report.Line {
	return report.Line{Line: v.Line, Status: string(v.Status), ID: v.UserID, Key: v.Key, Error: inWords(v)}
}

// say says how many rows have which status, and what was not compared.
func (v *verification) say() {
	c, out := v.counts, v.o.app.Streams.Err
	var parts []string
	for _, part := range []struct {
		rows int
		word amend.Status
	}{{c.Same, amend.Same}, {c.Differs, amend.Differs}, {c.Missing, amend.Missing}, {c.Invalid, amend.Invalid}, {c.Unasked, amend.Unasked}} {
		if part.rows > 0 {
			parts = append(parts, grouped(part.rows)+" "+string(part.word))
		}
	}
	fmt.Fprintf(out, "Compared %s with %s: %s.\n", count(c.Rows, "row"), v.o.selection.Profile.Name, strings.Join(parts, ", "))
	for _, field := range v.o.selection.Adapter.Table {
		if v.incomparable[field.Name] {
			fmt.Fprintf(out, "  %s cannot be read back and was not compared.\n", field.Name)
		}
	}
}

// verdict words how the comparison ended, nil where all rows are the same.
// Where several hold, 4 wins over 1, 1 over 2, 2 over 3.
func (v *verification) verdict() error {
	c := v.counts
	switch {
	case v.unasked != nil:
		return kit.ProviderFailure(v.o.selection, v.unasked)
	case c.Unasked > 0:
		return app.Fail(app.StatusFailed, fmt.Errorf("%s of %s could not be compared: the provider gave no answer", grouped(c.Unasked), count(c.Rows, "row")),
			"run the same command again later")
	case c.Invalid > 0:
		return app.Refuse(errors.New(faultText(v.reading, "these rows were not compared")), "mend the rows and run the same command again")
	case c.Differs+c.Missing > 0:
		return app.Fail(app.StatusPartial, fmt.Errorf("%s of %s are not as the roster says", grouped(c.Differs+c.Missing), count(c.Rows, "row")), v.nextSteps()...)
	default:
		return nil
	}
}

func (v *verification) nextSteps() []string {
	var next []string
	command := "usher users import " + strings.Join(append([]string{fields.Quote(v.o.file), "--profile=" + v.o.selection.Profile.Name}, v.o.readingFlags()...), " ")
	if _, updates := v.o.selection.Adapter.Operation(provider.PowerUpdate); updates && v.counts.Differs > 0 {
		next = append(next, command+" --update: it changes those that differ")
	}
	if v.counts.Missing > 0 {
		next = append(next, command+": it creates those that are missing")
	}
	return next
}
