package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Update changes the users of a roster who differ from it.
type Update struct {
	// Before is a new file for what the users were like; empty for one beside the roster.
	Before string

	comparison *amend.Comparison
	update     *amend.Update
	plans      updatePlan
}

// updatePlan is what an update is going to do.
type updatePlan struct {
	amend.DiffCounts
	first        []string        // the first differences, in words
	renamed      []string        // users to change whose key differs from that of the roster
	differ       int             // how many those are
	faults       *intake.Reading // that the comparison found
	incomparable map[string]bool
	fitsCSV      bool   // CSV can contain what the users are like
	before       string // the name of the file for that
}

// mostDifferences is how many rows that differ are shown.
const mostDifferences = 5

// Run changes the users. The error has the exit status and the next steps.
func (u *Update) Run(ctx context.Context, j *Job) error { return j.run(ctx, u) }

func (u *Update) labels() labels {
	return labelsOf(rowstate.CommandUpdate)
}

func (u *Update) check(r *run) error {
	adapter := r.Selection.Adapter
	if err := app.Documented(adapter, provider.CapabilityUpdate, "change a user"); err != nil {
		return err
	}
	if err := CanAsk(adapter); err != nil {
		return err
	}
	return u.checkBefore()
}

func (u *Update) files() []namedPath { return []namedPath{{"--before", u.Before}} }

func (u *Update) read(ctx context.Context, r *run) error {
	err := r.readRoster(ctx, r.reader.openExisting)
	u.comparison = &amend.Comparison{Import: r.intake, Change: true}
	return err
}

// plan asks the provider, and compares.
func (u *Update) plan(ctx context.Context, r *run) error {
	if err := u.comparison.Unask(ctx); err != nil {
		return err
	}
	if err := r.reader.AskAbout(ctx, u.comparison, r.connection, r.reading.Rows-r.reading.Invalid, r.options); err != nil {
		return r.notAsked("which users differ", err)
	}
	if err := u.survey(ctx, r); err != nil {
		return err
	}
	if u.plans.faults.Invalid > 0 && !r.SkipInvalid {
		return r.refuseRoster(ctx, faultsOf(ctx, u.comparison), u.plans.faults)
	}
	var err error
	u.plans.before, err = u.beforePath(r, u.plans.fitsCSV)
	r.rows, r.toSend = u.plans.Rows, u.plans.Differs
	return err
}

// survey goes through the rows that were compared.
func (u *Update) survey(ctx context.Context, r *run) error {
	p := updatePlan{faults: &intake.Reading{}, fitsCSV: true}
	r.reads.First = []sampleDoc{}
	for v, err := range u.comparison.RowDiffs(ctx) {
		if err != nil {
			return err
		}
		p.add(r.Selection.Adapter, v)
		if v.State == amend.StateDiffers && len(r.reads.First) < mostSamples {
			r.reads.First = append(r.reads.First, sampleOf(r.Selection.Adapter.Table, v.Line, v.ProviderKey, v.Changes()))
		}
	}
	p.faults.Rows = p.Rows
	u.plans = p
	return nil
}

func (p *updatePlan) add(adapter provider.Adapter, v amend.RowDiff) {
	p.Add(v.State)
	p.incomparable = WithIncomparable(p.incomparable, adapter.Table, v.Record)
	switch v.State {
	case amend.StateDiffers:
		p.fitsCSV = p.fitsCSV && amend.FitsCSV(adapter, v)
		if len(p.first) < mostDifferences {
			p.first = append(p.first, fmt.Sprintf("line %d, %s: %s", v.Line, v.ProviderKey, DifferencesInWords(v.Differences)))
		}
		if v.ProviderKey != v.Key {
			p.differ++
			if len(p.renamed) < mostDifferences {
				p.renamed = append(p.renamed, fmt.Sprintf("line %d, %s", v.Line, atProvider(v.ProviderKey, v.UserID, v.Key)))
			}
		}
	case amend.StateInvalid:
		p.faults.Invalid++
		for _, rowErr := range v.Errors {
			p.faults.Count(rowErr)
		}
	}
}

// WithIncomparable adds the fields of a record that cannot be read back.
func WithIncomparable(found map[string]bool, table schema.Table, record schema.Record) map[string]bool {
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

// DifferencesInWords returns what is there and what should be.
func DifferencesInWords(differences []schema.Difference) string {
	var texts []string
	for _, d := range differences {
		texts = append(texts, fmt.Sprintf("%s: %s → %s", d.Field.Name, amend.Shown(d.Field, d.Have), amend.Shown(d.Field, d.Want)))
	}
	return strings.Join(texts, "; ")
}

// show shows the target first, then what is going to happen.
func (u *Update) show(r *run) {
	err, p := r.App.Streams.Err, u.plans
	r.showTitle("Update in")
	r.showRows(p.Differs, "to change")
	r.showRows(p.Same, "are as the roster says")
	r.showParts(
		part{p.Missing, "do not exist, and count as failed"}, part{p.Invalid, "have faults and are not sent"},
		part{p.Unchecked, "got no answer from the provider, and count as failed"},
	)
	for _, field := range r.Selection.Adapter.Table {
		if p.incomparable[field.Name] {
			fmt.Fprintf(err, "  %s cannot be read back, and is neither compared nor changed.\n", field.Name)
		}
	}
	r.showNames("The first differences:", p.first)
	r.showNames(keysDiffer(p.differ), p.renamed)
	r.showTime(p.Differs)
	if p.Differs > 0 {
		fmt.Fprintf(err, "  What the users are like now goes to %s.\n", term.SanitizeLine(p.before))
	}
	fmt.Fprintln(err)
}

func (u *Update) question(r *run) string {
	return fmt.Sprintf("Change %s in %s?", progress.Count(u.plans.Differs, "user"), r.Selection.Profile.Name)
}

func (u *Update) mark(ctx context.Context, _ *run) (mark, error) {
	return markOf(u.comparison.RowDiffs(ctx), func(v amend.RowDiff) any {
		return []any{v.Number, v.State, v.UserID, DifferencesInWords(v.Differences)}
	})
}

// updatePlanDoc is usher.update-plan/v1.
type updatePlanDoc struct {
	planHead
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

func (u *Update) document(r *run) (any, [][2]string) {
	p := u.plans
	doc := updatePlanDoc{
		planHead: r.planHead(), Counts: updatePlanCounts{p.Rows, p.Differs, p.Same, p.Missing, p.Invalid, p.Unchecked},
	}
	if p.Differs > 0 {
		doc.BeforeFile = p.before
	}
	return doc, [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {"update", strconv.Itoa(doc.Counts.Update)}, {"unchanged", strconv.Itoa(doc.Counts.Unchanged)},
		{"missing", strconv.Itoa(doc.Counts.Missing)}, {"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"unasked", strconv.Itoa(doc.Counts.Unasked)},
	}
}

// prepare stores the mapping, and creates the file for what the users are like.
func (u *Update) prepare(_ context.Context, r *run, info *ledger.RunInfo) (err error) {
	if err := r.saveMapping(); err != nil {
		return err
	}
	info.Plan = r.intake.Plan
	u.update = &amend.Update{Comparison: u.comparison}
	if u.plans.Differs == 0 {
		return nil
	}
	if u.update.Before, err = amend.CreateBefore(u.plans.before, r.Selection.Adapter); err != nil {
		return failure.Refuse(fmt.Errorf("what the users are like cannot be written down, and nothing was sent: %w", err), "name a file that can be written: --before FILE")
	}
	r.closing(func() error {
		if r.entry != nil {
			return nil // the report has closed it
		}
		return u.update.Before.Close()
	})
	info.BeforeFile, err = filepath.Abs(u.plans.before)
	return err
}

func (u *Update) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	rows := recorder.Recorder{Run: r.entry}
	if r.toSend < r.rows { // otherwise a walk over the roster finds nothing
		if err := u.update.RecordKnown(ctx, rows, r.add); err != nil {
			return err
		}
	}
	if r.toSend == 0 {
		return nil
	}
	return u.update.Send(ctx, drain, r.connection.Client, rows, options)
}

func (u *Update) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return u.update.Lines(ctx, past)
}

func (u *Update) finish(ctx context.Context, r *run, past *ledger.PastRun, doc *reportDoc) error {
	path, err := u.closeBefore(r)
	doc.BeforeFile = &path
	if past == nil {
		return err
	}
	var unread error
	doc.NotStored, unread = r.sumNotStored(ctx, *past)
	return errors.Join(err, unread)
}

// closeBefore completes the file of what the users were like, says how the
// changes are taken back, and gives the file's name, "" where there is none.
func (u *Update) closeBefore(r *run) (string, error) {
	if u.update.Before == nil {
		return "", nil
	}
	if err := u.update.Before.Close(); err != nil || u.update.Before.Rows() == 0 {
		return "", err
	}
	path, users := u.update.Before.Path(), u.update.Before.Rows()
	fmt.Fprintf(r.App.Streams.Err, "%s: what %s like before. To take the changes back:\n  usher users update --roster %s --profile=%s\n",
		path, progress.Count(users, "user")+plural(users, " was", " were"), shell.Quote(path), r.Selection.Profile.Name)
	return path, nil
}

// faultsOf yields the faults that the comparison found.
func faultsOf(ctx context.Context, c *amend.Comparison) iter.Seq2[roster.RowError, error] {
	return func(yield func(roster.RowError, error) bool) {
		for v, err := range c.RowDiffs(ctx) {
			if err != nil {
				yield(roster.RowError{}, err)
				return
			}
			for _, rowErr := range v.Errors {
				if !yield(rowErr, nil) {
					return
				}
			}
		}
	}
}

// checkBefore refuses a name of --before that cannot be used.
func (u *Update) checkBefore() error {
	if u.Before == "" {
		return nil
	}
	if _, err := amend.BeforeFormat(u.Before); err != nil {
		return failure.Refuse(fmt.Errorf("--before %w", err))
	}
	if _, err := os.Lstat(u.Before); !errors.Is(err, fs.ErrNotExist) {
		return failure.Refuse(fmt.Errorf("--before %s exists already, and is not written over: name a new file, or leave the flag out", u.Before))
	}
	if _, err := os.Stat(filepath.Dir(u.Before)); err != nil {
		return failure.Refuse(fmt.Errorf("--before %s: %w", u.Before, err))
	}
	return nil
}

// beforePath gives the name of the file for what the users were like: the one
// that was asked for, or a new one beside the results or the roster.
func (u *Update) beforePath(r *run, fitsCSV bool) (string, error) {
	if u.Before != "" {
		if format, _ := amend.BeforeFormat(u.Before); format == roster.CSV && !fitsCSV {
			return "", failure.Refuse(fmt.Errorf("--before %s: some value of these users cannot stand in a CSV cell as it is: nothing was sent", u.Before),
				r.Command.Again("--before "+shell.Quote(strings.TrimSuffix(u.Before, filepath.Ext(u.Before))+".ndjson")))
		}
		return u.Before, nil
	}
	folder, name := ".", "roster"
	if r.reader.File != "-" {
		folder, name = filepath.Dir(r.reader.File), filepath.Base(r.reader.File)
	}
	if r.Results != "" {
		folder = filepath.Dir(r.Results)
	}
	ending := "." + string(amend.DefaultFormat(r.intake.Roster.Description().Format, fitsCSV))
	path, err := freeName(filepath.Join(folder, strings.TrimSuffix(name, filepath.Ext(name))+".before"+ending))
	if err != nil {
		return "", failure.Refuse(err)
	}
	if err := report.Distinct(path, r.Results, r.Failed, r.JUnit); err != nil { // those are written over what is there
		return "", failure.Refuse(fmt.Errorf("what the users are like goes to %s: %w", path, err), "give it another name: --before FILE")
	}
	return path, nil
}
