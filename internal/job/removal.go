package job

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/pkg/provider"
)

// removal is what [Remove] and [Undo] have in common: the users of whom the provider
// was asked are deleted or deactivated.
type removal struct {
	subjects *amend.Removal
	plans    removalPlan
}

// removalWords returns how a removal of many users is called.
func removalWords(deactivate bool) words {
	if deactivate {
		return words{
			command: ledger.CommandDeactivate, line: "usher users deactivate", noun: "deactivation", verb: "deactivate",
			schema: "usher.deactivate/v1", plan: "usher.deactivate-plan/v1", again: "deactivate with that file", passive: "used again", repeatable: true,
		}
	}
	return words{
		command: ledger.CommandDelete, line: "usher users delete", noun: "deletion", verb: "delete",
		schema: "usher.delete/v1", plan: "usher.delete-plan/v1", again: "delete with that file", passive: "used again", repeatable: true,
	}
}

func (m *removal) files() []namedPath { return nil }

// survey goes through the rows.
func (m *removal) survey(ctx context.Context, r *run) error {
	var p removalPlan
	for s, err := range m.subjects.Subjects(ctx) {
		if err != nil {
			return err
		}
		p.add(s)
	}
	m.plans, r.rows, r.toSend, r.leftOut = p, p.rows, p.present, p.touched
	return nil
}

// removalPlan is what a removal is going to do.
type removalPlan struct {
	rows, present, gone, unfound, inactive, touched, nameless, faulty, unanswered int

	untold  bool     // of some user it cannot be told whether it was changed
	first   []string // users who are to be removed
	renamed []string // users whose key differs from that of the roster
	differ  int      // how many those are
	changed []string // users who were changed since they were made
}

// mostShown is how many users of a kind are shown.
const mostShown = 5

func (p *removalPlan) add(s amend.Subject) {
	p.rows++
	switch s.Standing {
	case amend.Present:
		p.present++
		p.untold = p.untold || s.Untold
		p.first = withFirst(p.first, s)
		if s.StoredKey != "" && s.StoredKey != s.Key {
			p.differ++
			p.renamed = withFirst(p.renamed, s)
		}
	case amend.Gone:
		p.gone++
	case amend.Unfound:
		p.unfound++
	case amend.Inactive:
		p.inactive++
	case amend.Touched:
		p.touched++
	case amend.Nameless:
		p.nameless++
	case amend.Faulty:
		p.faulty++
	default:
		p.unanswered++
	}
	if s.Changed {
		p.changed = withFirst(p.changed, s)
	}
}

func withFirst(texts []string, s amend.Subject) []string {
	if len(texts) >= mostShown {
		return texts
	}
	text := fmt.Sprintf("line %d", s.Line)
	if s.Key == "" {
		return append(texts, text+" (id "+s.UserID+")")
	}
	return append(texts, text+", "+atProvider(cmp.Or(s.StoredKey, s.Key), s.UserID, s.Key))
}

// atProvider names a user by the key and the id that the provider has, and by the key
// that was given if it differs in any byte.
func atProvider(key, id, given string) string {
	if key == given || id == given {
		return fmt.Sprintf("%s (id %s)", key, id)
	}
	return fmt.Sprintf("%s (id %s; given as %s)", key, id, given)
}

// show shows the target first, then what is going to happen.
func (m *removal) show(r *run) {
	err, p, words := r.App.Streams.Err, m.plans, r.op.words()
	r.showTitle(strings.ToUpper(words.noun[:1]) + words.noun[1:] + " in")
	r.showRows(p.present, "to "+words.verb)
	gone := "absent"
	if m.subjects.Deactivate {
		gone = "absent, and count as failed"
	}
	left := "were changed since they were made, and are left out: --changed has them deleted as well"
	r.showParts(
		part{p.inactive, "are deactivated already"}, part{p.gone, gone}, part{p.unfound, "not found, and absence is not proved: count as failed"}, part{p.touched, left},
		part{p.nameless, "have no id in the ledger, and count as failed: delete them by the key"},
		part{p.faulty, "have faults and are not sent"}, part{p.unanswered, "got no answer from the provider, and count as failed"},
	)
	if r.undoes != "" {
		r.showNames("Changed since they were made:", p.changed)
		if p.untold {
			fmt.Fprintf(err, "  %s does not tell whether a user was changed since it was made.\n", r.Selection.Adapter.Vendor)
		}
	}
	r.showNames("The first to "+words.verb+":", p.first)
	r.showNames(keysDiffer(p.differ), p.renamed)
	r.showTime(p.present)
	fmt.Fprintln(err)
}

// keysDiffer is the title of users whose key the provider has in another form.
func keysDiffer(users int) string {
	return fmt.Sprintf("The key of %s differs at the provider:", progress.Count(users, "user"))
}

func (m *removal) question(r *run) string {
	return removalQuestion(r, m.subjects.Deactivate, progress.Count(m.plans.present, "user"))
}

// removalQuestion asks for the confirmation of the removal of users.
func removalQuestion(r *run, deactivate bool, users string) string {
	if deactivate {
		return fmt.Sprintf("Deactivate %s in %s?", users, r.Selection.Profile.Name)
	}
	return fmt.Sprintf("Delete %s in %s? This cannot be undone.", users, r.Selection.Profile.Name)
}

func (m *removal) mark(ctx context.Context, _ *run) (mark, error) {
	return markOf(m.subjects.Subjects(ctx), subjectMark)
}

// subjectMark returns what the plan of a removal does with a row.
func subjectMark(s amend.Subject) any { return []any{s.Row, s.Standing, s.Key, s.UserID, s.Changed} }

// checkRemoval refuses what the provider does not document.
func checkRemoval(adapter provider.Adapter, deactivate bool) error {
	if deactivate {
		return app.Documented(adapter, provider.PowerDeactivate, "deactivate a user")
	}
	return app.Documented(adapter, provider.PowerDelete, "delete a user")
}

// removalPlanDoc is usher.delete-plan/v1, usher.deactivate-plan/v1 and usher.undo-plan/v1.
type removalPlanDoc struct {
	planHead
	Undoes string            `json:"undoes,omitempty"`
	Counts removalPlanCounts `json:"counts"`
}

// removalPlanCounts add up to Rows.
type removalPlanCounts struct {
	Rows      int `json:"rows"`
	Remove    int `json:"remove"`
	Absent    int `json:"absent"`
	NotFound  int `json:"not_found"`
	Unchanged int `json:"unchanged"`
	Changed   int `json:"changed"`
	Invalid   int `json:"invalid"`
	Unasked   int `json:"unasked"`
}

func (m *removal) document(r *run) (any, [][2]string) {
	p := m.plans
	doc := removalPlanDoc{
		planHead: r.planHead(), Undoes: r.undoes,
		Counts: removalPlanCounts{p.rows, p.present, p.gone, p.unfound, p.inactive, p.touched, p.faulty + p.nameless, p.unanswered},
	}
	return doc, [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {r.op.words().verb, strconv.Itoa(doc.Counts.Remove)}, {"absent", strconv.Itoa(doc.Counts.Absent)},
		{"not found", strconv.Itoa(doc.Counts.NotFound)},
		{"unchanged", strconv.Itoa(doc.Counts.Unchanged)}, {"changed", strconv.Itoa(doc.Counts.Changed)},
		{"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"unasked", strconv.Itoa(doc.Counts.Unasked)},
	}
}

func (m *removal) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	if r.toSend < r.rows { // otherwise a walk over the users finds nothing
		if err := m.subjects.RecordKnown(ctx, r.entry, r.add); err != nil {
			return err
		}
	}
	if r.toSend == 0 {
		return nil
	}
	return m.subjects.Send(ctx, drain, r.connection.Client, r.entry, options)
}

func (m *removal) conclude(context.Context, *run, *ledger.PastRun, *reportDoc) error { return nil }
