package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Groups adds the users of a roster to groups, or removes them.
type Groups struct {
	// Verb is [ops.AddToGroup] or [ops.RemoveFromGroup].
	Verb ops.Verb
	// Groups are names or ids of groups for every user; nil for those in the column of the roster.
	Groups []string
	// Exact also removes the users from all other groups.
	Exact bool

	action
	ids         []string        // of Groups
	resolver    *names.Resolver // likewise
	comparison  *amend.Comparison
	memberships *amend.Memberships
	removal     *amend.Action // of an exact addition; nil for none
	removals    int
}

// groupsField is the column of a roster with the groups of each user, by name or id.
func groupsField() schema.Field {
	return schema.Field{Name: "groups", Kind: schema.Strings, Refers: provider.Group, Title: "Groups", Help: "names or ids of groups"}
}

// withGroups returns a table with the column of the groups, instead of a field of that name.
func withGroups(table schema.Table) schema.Table {
	field := groupsField()
	own := slices.DeleteFunc(slices.Clone(table), func(f schema.Field) bool {
		match, ok := schema.Table{f}.Match(field.Name)
		return ok && match.Name == f.Name
	})
	return append(own, field)
}

// groupsOf returns the column of the groups in a table, nil for none. No field of a user refers to a group.
func groupsOf(table schema.Table) *schema.Field {
	if at := slices.IndexFunc(table, func(f schema.Field) bool { return f.Refers == provider.Group }); at >= 0 {
		return &table[at]
	}
	return nil
}

// resolvedGroups returns a validation that also replaces the names of groups by their ids.
func resolvedGroups(resolver *names.Resolver, field *schema.Field, next roster.Validate) roster.Validate {
	if field == nil {
		return next
	}
	return func(record schema.Record) (schema.Record, schema.FieldErrors, error) {
		value, unfit, err := resolver.Existing(*field, record[field.Name])
		if err != nil {
			return nil, nil, err
		}
		if ids, ok := value.([]string); ok {
			record = record.With(schema.Record{field.Name: once(ids)})
		}
		record, fieldErrs, err := next(record)
		return record, append(fieldErrs, unfit...), err
	}
}

// once returns the texts without repetitions, in their order.
func once(texts []string) []string {
	kept := []string{}
	for _, text := range texts {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// Run changes the memberships. The error has the exit status and the next steps.
func (g *Groups) Run(ctx context.Context, j *Job) error { return j.run(ctx, g) }

func (g *Groups) labels() labels { return labelsOf(g.Verb.Command) }

func (g *Groups) check(r *run) error {
	return cmp.Or(g.documented(r.Selection.Adapter), CanAsk(r.Selection.Adapter))
}

// documented returns an error if the provider does not document the changes.
func (g *Groups) documented(adapter provider.Adapter) error {
	removed := app.Documented(adapter, provider.CapabilityRemoveMember, "remove users from groups")
	switch {
	case g.Verb.Command == rowstate.CommandLeave:
		return removed
	case g.Exact:
		return cmp.Or(app.Documented(adapter, g.Verb.Capabilities[0], "add users to groups"), removed)
	default:
		return app.Documented(adapter, g.Verb.Capabilities[0], "add users to groups")
	}
}

func (g *Groups) read(ctx context.Context, r *run) error {
	if err := r.readRoster(ctx, func(ctx context.Context, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
		return g.open(ctx, r, link, to)
	}); err != nil {
		return err
	}
	if g.Groups == nil && r.reading.Memberships == 0 {
		return r.noGroups()
	}
	g.comparison = &amend.Comparison{Import: r.intake}
	known, err := r.knownMemberships(ctx, r.intake.Plan)
	if err != nil {
		return err
	}
	g.memberships = g.comparison.Memberships(g.Verb, known)
	g.memberships.Groups = g.ids
	g.begin()
	return nil
}

// begin prepares the changes of the memberships.
func (g *Groups) begin() {
	g.memberships.Exact = g.Exact
	actions := g.memberships.Actions()
	if g.subjects = actions[0]; g.Exact {
		g.removal = actions[1]
	}
}

// knownMemberships returns a new set for the memberships at the provider.
func (r *run) knownMemberships(ctx context.Context, plan ledger.Plan) (*scratch.Pairs, error) {
	known, err := plan.Scratch().NewPairs(ctx, "memberships")
	if err != nil {
		return nil, failure.Refuse(err)
	}
	r.closing(known.Close)
	return known, nil
}

// open opens the roster, with a column for the groups unless they are specified for all users.
func (g *Groups) open(ctx context.Context, r *run, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
	table := amend.RosterTable(r.Selection.Adapter)
	if g.Groups == nil {
		return r.reader.openTable(ctx, link, to, roster.Options{Table: withGroups(table)})
	}
	field := groupsField()
	field.Name = "--group"
	g.resolver = app.Names(ctx, r.App, r.Selection, link)
	ids, unfit, err := g.resolver.Existing(field, g.Groups)
	if err != nil {
		return nil, err
	}
	if len(unfit) > 0 {
		return nil, failure.Refuse(fmt.Errorf("%w; nothing was sent", unfit[0]), "usher groups list -p "+r.Selection.Profile.Name)
	}
	g.ids = once(ids.([]string))
	return r.reader.openTable(ctx, link, to, roster.Options{Table: table})
}

// namer returns the function that returns the name of a group, or its id.
func (g *Groups) namer(r *run) func(id string) string {
	resolver := r.names
	switch {
	case g.resolver != nil:
		resolver = g.resolver
	case resolver == nil:
		return func(id string) string { return id }
	}
	return func(id string) string { return resolver.NameOf(provider.Group, id) }
}

// plan reads the users and the members of the groups at the provider.
func (g *Groups) plan(ctx context.Context, r *run) error {
	if err := g.comparison.Unask(ctx); err != nil {
		return err
	}
	if err := r.reader.AskAbout(ctx, g.comparison, r.connection, r.reading.Rows-r.reading.Invalid, r.options); err != nil {
		return r.notAsked("could not look up the users", err)
	}
	if err := g.readMembers(ctx, r); err != nil {
		return err
	}
	return g.survey(ctx, r)
}

// noGroups returns the failure of a roster without groups.
func (r *run) noGroups() error {
	return failure.Refuse(fmt.Errorf("%s: no row has groups; nothing was sent", r.reader.name()), "enter names or ids of groups, separated by semicolons, in a column "+groupsField().Name)
}

// readMembers reads the members of the groups.
func (g *Groups) readMembers(ctx context.Context, r *run) error {
	defer r.reader.whileSlow("Fetching the members of the groups from " + r.Selection.Adapter.Vendor)()
	err := g.memberships.Read(ctx, r.connection.Client)
	switch {
	case errors.Is(err, amend.ErrIncompleteGroup):
		return failure.Refuse(fmt.Errorf("--exact: %w; nothing was sent", err), "omit --exact")
	case err != nil:
		return r.notAsked("could not read the members of the groups", err)
	default:
		return nil
	}
}

// survey counts the rows of the plan.
func (g *Groups) survey(ctx context.Context, r *run) error {
	g.groupName = g.namer(r)
	if err := g.action.survey(ctx, r); err != nil || g.removal == nil {
		return err
	}
	g.removals = 0
	for s, err := range g.removal.Subjects(ctx) {
		if err != nil {
			return err
		}
		g.removals++
		g.plans.also = g.plans.withFirst(g.plans.also, s)
	}
	r.rows += g.removals
	r.toSend += g.removals
	return nil
}

func (g *Groups) show(r *run) {
	g.showPlan(r, part{g.removals, "to remove from other groups", term.Style.Red})
}

func (g *Groups) question(r *run) (what, warning string) {
	var parts []string
	if g.plans.present > 0 {
		parts = append(parts, g.labels().command.Verb+" "+progress.Count(g.plans.present, "membership"))
	}
	if g.removals > 0 {
		parts = append(parts, "remove "+progress.Count(g.removals, "membership"))
	}
	text := strings.Join(parts, " and ")
	return fmt.Sprintf("%s%s in %s", strings.ToUpper(text[:1]), text[1:], r.Selection.Profile.Name), ""
}

func (g *Groups) mark(ctx context.Context, _ *run) (mark, error) {
	return markOf(func(yield func(amend.Candidate, error) bool) {
		for _, action := range g.actions() {
			for s, err := range action.Subjects(ctx) {
				if !yield(s, err) {
					return
				}
			}
		}
	}, func(s amend.Candidate) any { return []any{s.Row, s.Decision, s.Key, s.UserID, s.Group} })
}

// actions returns the changes in their order.
func (g *Groups) actions() []*amend.Action {
	if g.removal == nil {
		return []*amend.Action{g.subjects}
	}
	return []*amend.Action{g.subjects, g.removal}
}

func (g *Groups) planned(ctx context.Context, _ *run) iter.Seq2[plannedUser, error] {
	return func(yield func(plannedUser, error) bool) {
		for _, action := range g.actions() {
			for user, err := range plannedSubjects(ctx, action) {
				if !yield(user, err) || err != nil {
					return
				}
			}
		}
	}
}

// groupsPlanDoc is usher.groups-add-plan/v1 and usher.groups-remove-plan/v1.
type groupsPlanDoc struct {
	planHead
	Counts groupsPlanCounts `json:"counts"`
}

// groupsPlanCounts are the memberships by what the plan does with them. They add up to Rows.
type groupsPlanCounts struct {
	Rows      int `json:"rows"`
	Add       int `json:"add"`
	Remove    int `json:"remove"`
	Unchanged int `json:"unchanged"`
	Absent    int `json:"absent"`
	NotFound  int `json:"not_found"`
	Invalid   int `json:"invalid"`
	Unchecked int `json:"unchecked"`
}

func (g *Groups) counts(r *run) groupsPlanCounts {
	p := g.plans
	counts := groupsPlanCounts{Rows: r.rows, Add: p.present, Remove: g.removals, Unchanged: p.already, Absent: p.gone, NotFound: p.unfound, Invalid: p.faulty + p.nameless, Unchecked: p.unanswered}
	if g.Verb.Command == rowstate.CommandLeave {
		counts.Add, counts.Remove = 0, p.present
	}
	return counts
}

func (g *Groups) document(r *run) (any, [][2]string) {
	n := g.counts(r)
	return groupsPlanDoc{r.planHead(), n}, [][2]string{
		{"rows", strconv.Itoa(n.Rows)}, {"add", strconv.Itoa(n.Add)}, {"remove", strconv.Itoa(n.Remove)}, {"unchanged", strconv.Itoa(n.Unchanged)},
		{"absent", strconv.Itoa(n.Absent)}, {"not found", strconv.Itoa(n.NotFound)}, {"invalid", strconv.Itoa(n.Invalid)}, {"unchecked", strconv.Itoa(n.Unchecked)},
	}
}

func (g *Groups) prepare(context.Context, *run, *ledger.RunInfo) error { return nil }

func (g *Groups) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	for _, action := range g.actions() {
		if err := action.RecordKnown(ctx, r.entry, r.add); err != nil {
			return err
		}
	}
	for _, action := range g.actions() {
		if err := action.Send(ctx, drain, r.connection.Client, r.entry, options); err != nil {
			return err
		}
	}
	return nil
}

func (g *Groups) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return g.memberships.Lines(ctx, r.book.Rows(ctx, past))
}
