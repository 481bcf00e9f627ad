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
	"github.com/bring-aboard/usher/internal/names"
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

// Update updates the users who differ from a roster.
type Update struct {
	// Before is a new file for the previous values; empty for one beside the roster.
	Before string

	comparison *amend.Comparison
	update     *amend.Update
	plans      updatePlan
}

// updatePlan is what an update will do.
type updatePlan struct {
	names *names.Resolver // of the differences that are shown; nil for ids
	amend.DiffCounts
	first        []string        // the first differences, for people
	renamed      []string        // users to update whose key at the provider differs from the roster's
	differ       int             // the number of those users
	faults       *intake.Reading // found by the comparison
	incomparable map[string]bool
	fitsCSV      bool   // CSV can contain the previous values
	before       string // the path of the before file
}

// mostDifferences is the maximum number of rows with differences that are shown.
const mostDifferences = 5

// Run updates the users. The error has the exit status and the next steps.
func (u *Update) Run(ctx context.Context, j *Job) error { return j.run(ctx, u) }

func (u *Update) labels() labels {
	return labelsOf(rowstate.CommandUpdate)
}

func (u *Update) check(r *run) error {
	adapter := r.Selection.Adapter
	if err := app.Documented(adapter, provider.CapabilityUpdate, "update a user"); err != nil {
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

// plan reads the users, and compares them with the roster.
func (u *Update) plan(ctx context.Context, r *run) error {
	if err := u.comparison.Unask(ctx); err != nil {
		return err
	}
	if err := r.reader.AskAbout(ctx, u.comparison, r.connection, r.reading.Rows-r.reading.Invalid, r.options); err != nil {
		return r.notAsked("could not compare the users", err)
	}
	r.reads.First = []sampleDoc{}
	if err := u.survey(ctx, r); err != nil {
		return err
	}
	r.rows, r.toSend = u.plans.Rows, u.plans.Differs
	return u.checkPlan(ctx, r)
}

// checkPlan returns an error for differences that cannot be updated, and determines the path of the before file.
func (u *Update) checkPlan(ctx context.Context, r *run) error {
	if u.plans.faults.Invalid > 0 && !r.SkipInvalid {
		return r.refuseRoster(ctx, faultsOf(ctx, u.comparison), u.plans.faults)
	}
	var err error
	u.plans.before, err = u.beforePath(r, u.plans.fitsCSV)
	return err
}

// survey counts the compared rows.
func (u *Update) survey(ctx context.Context, r *run) error {
	p := updatePlan{faults: &intake.Reading{}, fitsCSV: true, names: r.shownNames(ctx)}
	for v, err := range u.comparison.RowDiffs(ctx) {
		if err != nil {
			return err
		}
		p.add(r.Selection.Adapter, v)
		if v.State == amend.StateDiffers && !u.comparison.Updates && len(r.reads.First) < mostSamples {
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
			p.first = append(p.first, fmt.Sprintf("line %d, %s: %s", v.Line, v.ProviderKey, DifferencesInWords(v.Differences, p.names)))
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

// WithIncomparable adds the write-only fields of a record.
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

// DifferencesInWords returns the current and the new values, for people: with names instead of ids, unless the resolver is
// nil.
func DifferencesInWords(differences []schema.Difference, resolver *names.Resolver) string {
	shown := func(field schema.Field, value any) string {
		if resolver == nil {
			return amend.Shown(field, value)
		}
		return amend.ShownAs(field, value, resolver.Text(field, value))
	}
	var texts []string
	for _, d := range differences {
		texts = append(texts, fmt.Sprintf("%s: %s → %s", d.Field.Name, shown(d.Field, d.Have), shown(d.Field, d.Want)))
	}
	return strings.Join(texts, "; ")
}

// show shows the target first, then the plan.
func (u *Update) show(r *run) {
	r.showTitle("Update in")
	u.showRows(r)
	r.showParts(part{u.plans.Invalid, "invalid, not sent", term.Style.Red})
	u.showUsers(r)
	r.showTime(u.plans.Differs)
	u.showBefore(r)
	fmt.Fprintln(r.App.Streams.Err)
}

// showRows shows the numbers of rows.
func (u *Update) showRows(r *run) {
	r.showRows(part{u.plans.Differs, "to update", term.Style.Yellow})
	r.showRows(part{u.plans.Same, "up to date", nil})
	r.showParts(part{u.plans.Missing, "not found (count as failed)", term.Style.Red}, part{u.plans.Unchecked, "unchecked: no response (count as failed)", term.Style.Red})
}

// showUsers shows what is not compared, and the first users.
func (u *Update) showUsers(r *run) {
	p := u.plans
	for _, field := range r.Selection.Adapter.Table {
		if p.incomparable[field.Name] {
			r.App.Streams.Say("  ", field.Name+" is write-only: not compared and not updated.")
		}
	}
	r.showNames("First changes:", p.first)
	r.showNames(keysDiffer(p.differ), p.renamed)
}

func (u *Update) showBefore(r *run) {
	if u.plans.Differs > 0 {
		r.App.Streams.Say("  ", fmt.Sprintf("Previous values will be saved to %s.", u.plans.before))
	}
}

func (u *Update) question(r *run) (what, warning string) {
	return fmt.Sprintf("Update %s in %s", progress.Count(u.plans.Differs, "user"), r.Selection.Profile.Name), ""
}

func (u *Update) mark(ctx context.Context, _ *run) (mark, error) {
	return markOf(u.comparison.RowDiffs(ctx), func(v amend.RowDiff) any {
		return []any{v.Number, v.State, v.UserID, DifferencesInWords(v.Differences, nil)}
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
	Unchecked int `json:"unchecked"`
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
		{"missing", strconv.Itoa(doc.Counts.Missing)}, {"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"unchecked", strconv.Itoa(doc.Counts.Unchecked)},
	}
}

// prepare stores the mapping, and creates the before file.
func (u *Update) prepare(_ context.Context, r *run, info *ledger.RunInfo) (err error) {
	if err := r.saveMapping(); err != nil {
		return err
	}
	info.Plan = r.intake.Plan
	return u.openBefore(r, info)
}

// openBefore creates the before file, if users are to be updated.
func (u *Update) openBefore(r *run, info *ledger.RunInfo) (err error) {
	u.update = &amend.Update{Comparison: u.comparison}
	if u.plans.Differs == 0 {
		return nil
	}
	if u.update.Before, err = amend.CreateBefore(u.plans.before, r.Selection.Adapter); err != nil {
		return failure.Refuse(fmt.Errorf("could not save the previous values; nothing was sent: %w", err), failure.Again("--before FILE"))
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
	if err := u.recordKnown(ctx, r); err != nil {
		return err
	}
	return u.sendDiffering(ctx, r, drain, options)
}

// recordKnown records the outcomes of the rows for which nothing is sent.
func (u *Update) recordKnown(ctx context.Context, r *run) error {
	if u.plans.Differs == u.plans.Rows { // a walk over the roster has no effect
		return nil
	}
	return u.update.RecordKnown(ctx, u.recorder(r), r.add)
}

// sendDiffering updates the users who differ.
func (u *Update) sendDiffering(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	if u.plans.Differs == 0 {
		return nil
	}
	return u.update.Send(ctx, drain, r.connection.Client, u.recorder(r), options)
}

func (u *Update) recorder(r *run) recorder.Recorder {
	return recorder.Recorder{Run: r.entry, Operation: rowstate.CommandUpdate}
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

// closeBefore completes the before file, reports how to revert the update, and returns the path of the file, "" if
// there is none.
func (u *Update) closeBefore(r *run) (string, error) {
	if u.update.Before == nil {
		return "", nil
	}
	if err := u.update.Before.Close(); err != nil || u.update.Before.Rows() == 0 {
		return "", err
	}
	path, users := u.update.Before.Path(), u.update.Before.Rows()
	r.App.Streams.Say("", fmt.Sprintf("Saved the previous values of %s to %s. To revert:", progress.Count(users, "user"), path))
	app.ShowCommand(r.App.Streams, "  ", fmt.Sprintf("usher users update --roster %s --profile=%s", shell.Quote(path), r.Selection.Profile.Name))
	return path, nil
}

// faultsOf yields the validation errors that the comparison found.
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

// checkBefore returns an error for a --before path that cannot be used.
func (u *Update) checkBefore() error {
	if u.Before == "" {
		return nil
	}
	if _, err := amend.BeforeFormat(u.Before); err != nil {
		return failure.Refuse(fmt.Errorf("--before %w", err))
	}
	if _, err := os.Lstat(u.Before); !errors.Is(err, fs.ErrNotExist) {
		return failure.Refuse(fmt.Errorf("--before %s: file exists", u.Before), "omit --before, or specify a new file")
	}
	if _, err := os.Stat(filepath.Dir(u.Before)); err != nil {
		return failure.Refuse(fmt.Errorf("--before %s: %w", u.Before, err))
	}
	return nil
}

// beforePath returns the path of the before file: the requested one, or a new one beside the results or the
// roster.
func (u *Update) beforePath(r *run, fitsCSV bool) (string, error) {
	if u.Before != "" {
		if format, _ := amend.BeforeFormat(u.Before); format == roster.CSV && !fitsCSV {
			return "", failure.Refuse(fmt.Errorf("--before %s: a value cannot be stored in CSV; nothing was sent", u.Before),
				r.Command.Again("--before "+shell.Quote(strings.TrimSuffix(u.Before, filepath.Ext(u.Before))+".ndjson")))
		}
		return u.Before, nil
	}
	return r.savedPath(".before." + string(amend.DefaultFormat(r.intake.Roster.Description().Format, fitsCSV)))
}

// savedPath returns the path of a new file for previous values beside the results or the roster: its name with another
// ending.
func (r *run) savedPath(ending string) (string, error) {
	folder, name := filepath.Dir(r.reader.File), filepath.Base(r.reader.File)
	if other, isProfile := IsProfile(r.reader.File); isProfile {
		folder, name = ".", other
	} else if r.reader.File == "-" {
		folder, name = ".", "roster"
	}
	if r.Results != "" {
		folder = filepath.Dir(r.Results)
	}
	name = strings.TrimSuffix(name, filepath.Ext(name))
	if r.route != nil {
		name += "." + r.Selection.Profile.Name
	}
	path, err := freeName(filepath.Join(folder, name+ending))
	if err != nil {
		return "", failure.Refuse(err)
	}
	if err := report.Distinct(path, r.Results, r.Failed, r.JUnit); err != nil { // an existing file would be overwritten
		return "", failure.Refuse(fmt.Errorf("previous values: %s: %w", path, err), failure.Again("--before FILE"))
	}
	return path, nil
}
