package users

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/term"
)

// updatePlan is what an update is going to do.
type updatePlan struct {
	amend.Counts
	first        []string        // the first differences, in words
	faults       *intake.Reading // that the comparison found
	incomparable map[string]bool
	fitsCSV      bool // CSV can hold what the users are like
	before       string
	rate         float64
}

// mostDifferences is how many rows that differ are shown.
const mostDifferences = 5

// survey goes through the rows that were compared.
func (o *importOptions) survey(ctx context.Context, c *amend.Comparison, options bulk.Options) (updatePlan, error) {
	p := updatePlan{faults: &intake.Reading{}, fitsCSV: true, rate: options.Rate}
	for v, err := range c.Verdicts(ctx) {
		if err != nil {
			return p, err
		}
		p.Add(v.Status)
		p.incomparable = withIncomparable(p.incomparable, c.Adapter.Table, v.Record)
		switch v.Status {
		case amend.Differs:
			p.fitsCSV = p.fitsCSV && amend.FitsCSV(c.Adapter, v)
			if len(p.first) < mostDifferences {
				p.first = append(p.first, fmt.Sprintf("line %d, %s: %s", v.Line, v.Key, differencesInWords(v.Differences)))
			}
		case amend.Invalid:
			p.faults.Faulty++
			for _, fault := range v.Faults {
				p.faults.Count(fault)
			}
		}
	}
	p.faults.Rows = p.Rows
	return p, nil
}

// sayUpdatePlan shows the target first, then what is going to happen.
func (o *importOptions) sayUpdatePlan(p updatePlan) {
	err := o.app.Streams.Err
	fmt.Fprintf(err, "\n%s %s\n", o.app.Streams.ErrStyle().Bold("Update in "+o.selection.Profile.Name+":"), term.SanitizeLine(o.selection.Target))
	line := func(number int, text string) { fmt.Fprintf(err, "  %9s  %s\n", grouped(number), text) }
	line(p.Differs, "to change")
	line(p.Same, "are as the roster says")
	for _, part := range []struct {
		rows int
		text string
	}{
		{p.Missing, "do not exist, and count as failed"}, {p.Invalid, "have faults and are not sent"},
		{p.Unasked, "got no answer from the provider, and count as failed"},
	} {
		if part.rows > 0 {
			line(part.rows, part.text)
		}
	}
	for _, field := range o.selection.Adapter.Table {
		if p.incomparable[field.Name] {
			fmt.Fprintf(err, "  %s cannot be read back, and is neither compared nor changed.\n", field.Name)
		}
	}
	for i, text := range p.first {
		if i == 0 {
			fmt.Fprintln(err, "  The first differences:")
		}
		fmt.Fprintf(err, "    %s\n", term.SanitizeLine(text))
	}
	if p.rate > 0 && p.Differs > 0 {
		fmt.Fprintf(err, "  It takes about %s at %s/s.\n", progress.Span(time.Duration(float64(p.Differs)/p.rate*float64(time.Second))), strconv.FormatFloat(p.rate, 'g', 4, 64))
	}
	if p.Differs > 0 {
		fmt.Fprintf(err, "  What the users are like now goes to %s.\n", term.SanitizeLine(p.before))
	}
	fmt.Fprintln(err)
}

// updatePlanDoc is usher.update-plan/v1.
type updatePlanDoc struct {
	Schema     string           `json:"schema"`
	Profile    string           `json:"profile"`
	Provider   string           `json:"provider"`
	Target     string           `json:"target"`
	Source     report.Source    `json:"source"`
	Counts     updatePlanCounts `json:"counts"`
	BeforeFile string           `json:"before_file"`
}

type updatePlanCounts struct {
	Rows      int `json:"rows"`
	Update    int `json:"update"`
	Unchanged int `json:"unchanged"`
	Missing   int `json:"missing"`
	Invalid   int `json:"invalid"`
	Unasked   int `json:"unasked"`
}

func (o *importOptions) printUpdatePlan(ctx context.Context, c *amend.Comparison, p updatePlan) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	doc := updatePlanDoc{
		Schema: "usher.update-plan/v1", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name, Target: o.selection.Target,
		Source: sourceOf(c.Roster.Description()), Counts: updatePlanCounts{p.Rows, p.Differs, p.Same, p.Missing, p.Invalid, p.Unasked},
	}
	if p.Differs > 0 {
		doc.BeforeFile = p.before
	}
	fmt.Fprintln(o.app.Streams.Err, "Dry run: nothing was sent.")
	rows := [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {"update", strconv.Itoa(doc.Counts.Update)}, {"unchanged", strconv.Itoa(doc.Counts.Unchanged)},
		{"missing", strconv.Itoa(doc.Counts.Missing)}, {"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"unasked", strconv.Itoa(doc.Counts.Unasked)},
	}
	return printer.Object(ctx, doc, rows, "")
}

// checkBefore refuses a name of --before that cannot be used.
func (o *importOptions) checkBefore() error {
	if o.before == "" {
		return nil
	}
	if _, err := amend.BeforeFormat(o.before); err != nil {
		return app.Refuse(fmt.Errorf("--before %w", err))
	}
	if _, err := os.Lstat(o.before); !errors.Is(err, fs.ErrNotExist) {
		return app.Refuse(fmt.Errorf("--before %s exists already, and is not written over: name a new file, or leave the flag out", o.before))
	}
	if _, err := os.Stat(filepath.Dir(o.before)); err != nil {
		return app.Refuse(fmt.Errorf("--before %s: %w", o.before, err))
	}
	return nil
}

// beforePath gives the name of the file for what the users were like: the one
// that was asked for, or a new one beside the results or the roster.
func (o *importOptions) beforePath(description roster.Description, fitsCSV bool) (string, error) {
	if o.before != "" {
		if format, _ := amend.BeforeFormat(o.before); format == roster.CSV && !fitsCSV {
			return "", app.Refuse(fmt.Errorf("--before %s: some value of these users cannot stand in a CSV cell as it is: nothing was sent", o.before),
				o.again("--before "+fields.Quote(strings.TrimSuffix(o.before, filepath.Ext(o.before))+".ndjson")))
		}
		return o.before, nil
	}
	folder, name := ".", "roster"
	if o.file != "-" {
		folder, name = filepath.Dir(o.file), filepath.Base(o.file)
	}
	if o.results != "" {
		folder = filepath.Dir(o.results)
	}
	ending := "." + string(amend.DefaultFormat(description.Format, fitsCSV))
	path, err := freeName(filepath.Join(folder, strings.TrimSuffix(name, filepath.Ext(name))+".before"+ending))
	if err != nil {
		return "", app.Refuse(err)
	}
	if err := report.Distinct(path, o.results, o.failed, o.junit); err != nil { // those are written over what is there
		return "", app.Refuse(fmt.Errorf("what the users are like goes to %s: %w", path, err), "give it another name: --before FILE")
	}
	return path, nil
}
