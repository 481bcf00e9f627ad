package job

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Sync makes the users of a provider match a roster: it creates those who do not exist, updates those who differ, and
// treats those who are not in the roster. Its three parts are one run.
type Sync struct {
	// Command is the name of its runs: import, or sync.
	Command string
	// Create is how users are created. Its OnExists must be [OnExistsSkip].
	Create Create
	// Before is a new file for the previous values; empty for one beside the roster.
	Before string
	// Exact also removes the users of the roster from all groups that it does not name.
	Exact bool
	// Leavers is how users who are not in the roster are treated.
	Leavers Leavers

	update   Update
	defaults schema.Record // of new users
}

// Run synchronizes the users. The error has the exit status and the next steps.
func (s *Sync) Run(ctx context.Context, j *Job) error { return j.run(ctx, s) }

func (s *Sync) labels() labels {
	words := labelsOf(s.Command)
	if s.Command == rowstate.CommandImport {
		words = s.Create.labels()
	}
	return words
}

func (s *Sync) check(r *run) error {
	if s.Create.NoCheck {
		return failure.Refuse(errors.New("--no-check cannot be combined with updates of existing users"), "omit --no-check")
	}
	s.update.Before = s.Before
	return cmp.Or(s.Create.check(r), s.update.check(r), s.Leavers.check(r))
}

func (s *Sync) files() []namedPath { return slices.Concat(s.Create.files(), s.update.files()) }

// read reads the roster. The profile's defaults apply to new users only, and are not compared.
func (s *Sync) read(ctx context.Context, r *run) error {
	if err := r.readRoster(ctx, func(ctx context.Context, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
		return s.open(ctx, r, link, to)
	}); err != nil {
		return err
	}
	r.intake.Passwords, r.intake.Defaults, r.intake.Updates = s.Create.source, s.defaults, true
	s.update.comparison = &amend.Comparison{Import: r.intake, Change: true}
	s.Leavers.begin(r, s.update.comparison)
	s.Create.list = s.Leavers.extras != nil
	s.Create.relist = s.Leavers.reset
	r.intake.Found = func(ctx context.Context, user provider.User) error {
		if s.Leavers.extras != nil {
			return s.Leavers.extras.Add(ctx, user)
		}
		_, err := s.update.comparison.Heard(ctx, user)
		return err
	}
	return r.follow(ctx, s.Exact)
}

func (s *Sync) open(ctx context.Context, r *run, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
	options, err := s.Create.rosterOptions(r)
	if err != nil {
		return nil, err
	}
	r.reader.updates = true
	scope := r.Selection.Adapter.Scope
	s.defaults = maps.Clone(options.Defaults)
	delete(s.defaults, scope)
	maps.DeleteFunc(options.Defaults, func(name string, _ any) bool { return name != scope })
	options.Later = slices.AppendSeq(options.Later, maps.Keys(s.defaults))
	return r.reader.openRoster(ctx, link, to, options, r.SkipInvalid)
}

// plan compares the roster with the ledger and the provider.
func (s *Sync) plan(ctx context.Context, r *run) error {
	s.Leavers.reset()
	s.Leavers.readSelf(ctx, r)
	began := time.Now()
	if err := s.Create.plan(ctx, r); err != nil {
		return err
	}
	s.update.comparison.Asked(began, r.intake.ListIsComplete())
	if s.Create.counts.Unlisted > 0 {
		if err := r.reader.confirmAbsent(ctx, s.update.comparison, r.connection, r.options); err != nil {
			return s.Create.notAsked(r, err)
		}
	}
	if err := s.update.survey(ctx, r); err != nil {
		return err
	}
	if err := s.update.checkPlan(ctx, r); err != nil {
		return err
	}
	if err := s.Leavers.plan(ctx, r, s.Create.counts); err != nil {
		return err
	}
	r.rows += s.Leavers.rows()
	r.toSend += s.update.plans.Differs + s.Leavers.treated()
	r.shown += s.update.plans.Differs + s.Leavers.treated()
	return nil
}

// show shows the target first, then the plan.
func (s *Sync) show(r *run) {
	title := "Sync"
	if s.Command == rowstate.CommandImport {
		title = "Import into"
	}
	r.showTitle(title)
	r.showRows(part{s.Create.counts.Create, "to create", term.Style.Green})
	s.update.showRows(r)
	s.Create.showObstacles(r)
	s.Create.showNumbered(r)
	s.Leavers.showRows(r)
	r.showSamples()
	s.update.showUsers(r)
	s.Leavers.showUsers(r)
	r.showTime(r.toSend)
	s.update.showBefore(r)
	s.Leavers.showBefore(r)
	s.Create.showUnlisted(r)
	fmt.Fprintln(r.App.Streams.Err)
}

func (s *Sync) question(r *run) (what, warning string) {
	var parts []string
	for _, part := range []struct {
		rows int
		verb string
	}{
		{s.Create.mayCreate - s.Create.counts.Create, "settle"}, {s.Create.counts.Create, "create"}, {s.update.plans.Differs, "update"},
		{s.Leavers.treated(), rowstate.CommandOf(s.Leavers.verb.Command).Verb},
	} {
		if part.rows > 0 {
			parts = append(parts, part.verb+" "+progress.Count(part.rows, "user"))
		}
	}
	text := strings.Join(parts, ", ")
	if s.Leavers.treated() > 0 {
		warning = s.Leavers.verb.Warning
	}
	return fmt.Sprintf("%s%s in %s", strings.ToUpper(text[:1]), text[1:], r.Selection.Profile.Name), warning
}

func (s *Sync) mark(ctx context.Context, r *run) (mark, error) {
	sum := sha256.New()
	for _, part := range []func(context.Context, *run) (mark, error){s.Create.mark, s.update.mark, s.Leavers.mark} {
		one, err := part(ctx, r)
		if err != nil {
			return mark{}, err
		}
		sum.Write(one[:])
	}
	return mark(sum.Sum(nil)), nil
}

// syncPlanDoc is usher.sync-plan/v1, and usher.plan/v1 of an import that updates.
type syncPlanDoc struct {
	planHead
	Counts      syncPlanCounts `json:"counts"`
	Asked       string         `json:"asked"`
	Numbered    []numberedKey  `json:"numbered,omitempty"`
	Leavers     *leaversDoc    `json:"leavers,omitempty"`
	BeforeFile  string         `json:"before_file"`
	LeaversFile string         `json:"leavers_file,omitempty"`
}

// syncPlanCounts are the rows of the roster by what the plan does with them. Those but Update, Unchanged and Unchecked,
// which are existing, add up to Rows.
type syncPlanCounts struct {
	planCounts
	Update    int `json:"update"`
	Unchanged int `json:"unchanged"`
	Unchecked int `json:"unchecked"`
}

func (s *Sync) document(r *run) (any, [][2]string) {
	n, p := s.Create.counts, s.update.plans
	doc := syncPlanDoc{
		planHead: r.planHead(), Asked: string(s.Create.asked), Numbered: s.Create.numbered, Leavers: s.Leavers.document(),
		Counts: syncPlanCounts{
			planCounts{n.Rows, n.Create, n.Existing, n.InDoubt + n.Unclear, n.Faulty, n.Gone},
			p.Differs, p.Same, p.Rows - p.Differs - p.Same - p.Invalid,
		},
	}
	if p.Differs > 0 {
		doc.BeforeFile = p.before
	}
	doc.LeaversFile = s.Leavers.before
	rows := [][2]string{
		{"rows", strconv.Itoa(n.Rows)}, {"create", strconv.Itoa(n.Create)}, {"existing", strconv.Itoa(n.Existing)}, {"update", strconv.Itoa(p.Differs)},
		{"unchanged", strconv.Itoa(p.Same)}, {"unchecked", strconv.Itoa(doc.Counts.Unchecked)}, {"in doubt", strconv.Itoa(doc.Counts.InDoubt)},
		{"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"gone", strconv.Itoa(n.Gone)},
	}
	return doc, append(rows, s.Leavers.documentRows()...)
}

// prepare stores what must be durable before the run begins: the mapping, the passwords, and the files of previous
// values.
func (s *Sync) prepare(ctx context.Context, r *run, info *ledger.RunInfo) error {
	if err := s.Create.prepare(ctx, r, info); err != nil {
		return err
	}
	if err := s.update.openBefore(r, info); err != nil {
		return err
	}
	return s.Leavers.save(ctx, r)
}

// send creates, updates, and then treats the leavers, if every row of the roster is done.
func (s *Sync) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	if err := s.update.recordKnown(ctx, r); err != nil {
		return err
	}
	created := options
	created.Report = s.Leavers.watch(r.Selection.Adapter.Key, options.Report)
	if err := s.Create.send(ctx, r, drain, created); err != nil {
		return err
	}
	if err := s.update.sendDiffering(ctx, r, drain, options); err != nil {
		return err
	}
	return s.Leavers.send(ctx, r, drain, options)
}

func (s *Sync) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		for row, err := range r.intake.Rows(ctx, ledger.Selection{Run: &past}) {
			var line intake.LedgerRow
			switch {
			case err != nil:
			case r.intake.IsUpdated(row):
				line = s.update.update.LineOf(row)
			default:
				line = r.intake.LineOf(row, past)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
		for line, err := range s.Leavers.lines(ctx, r, past) {
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (s *Sync) finish(ctx context.Context, r *run, past *ledger.PastRun, doc *reportDoc) error {
	err := s.Create.finish(ctx, r, past, doc)
	path, closing := s.update.closeBefore(r)
	doc.BeforeFile, doc.Leavers, doc.LeaversFile = &path, s.Leavers.document(), s.Leavers.before
	return errors.Join(err, closing)
}
