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
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// action is what [Action] and [Undo] share: the state of the users is read at the provider, and the verb is
// performed on them.
type action struct {
	subjects  *amend.Action
	plans     actionPlan
	groupName func(id string) string // nil if the verb has no groups
}

func (a *action) files() []namedPath { return nil }

// survey counts the rows of the plan.
func (a *action) survey(ctx context.Context, r *run) error {
	p := actionPlan{groupName: a.groupName}
	for s, err := range a.subjects.Subjects(ctx) {
		if err != nil {
			return err
		}
		p.add(s)
	}
	a.plans, r.rows, r.toSend, r.leftOut = p, p.rows, p.present, p.touched
	return nil
}

// actionPlan is what an action will do.
type actionPlan struct {
	rows, present, gone, unfound, already, touched, nameless, faulty, unanswered int

	groupName func(id string) string

	untold  bool     // the provider does not report when some user was modified
	first   []string // users to perform the verb on
	also    []string // users of a further verb
	renamed []string // users whose key at the provider differs from the roster's
	differ  int      // the number of those users
	changed []string // users modified since they were created
}

// mostShown is the maximum number of users listed under a title.
const mostShown = 5

func (p *actionPlan) add(s amend.Candidate) {
	p.rows++
	switch s.Decision {
	case amend.Present:
		p.present++
		p.untold = p.untold || s.ChangedUnknown
		p.first = p.withFirst(p.first, s)
		if s.StoredKey != "" && s.StoredKey != s.Key {
			p.differ++
			p.renamed = p.withFirst(p.renamed, s)
		}
	case amend.Absent:
		p.gone++
	case amend.Unfound:
		p.unfound++
	case amend.Already:
		p.already++
	case amend.Modified:
		p.touched++
	case amend.NoID:
		p.nameless++
	case amend.Invalid:
		p.faulty++
	default:
		p.unanswered++
	}
	if s.Changed {
		p.changed = p.withFirst(p.changed, s)
	}
}

func (p *actionPlan) withFirst(texts []string, s amend.Candidate) []string {
	if len(texts) >= mostShown {
		return texts
	}
	text := fmt.Sprintf("line %d", s.Line)
	if s.Key == "" {
		text += " (id " + s.UserID + ")"
	} else {
		text += ", " + atProvider(cmp.Or(s.StoredKey, s.Key), s.UserID, s.Key)
	}
	if s.Group != "" {
		text += ": " + p.groupName(s.Group)
	}
	return append(texts, text)
}

// atProvider identifies a user by the key and the id at the provider, and by the specified key if it differs in
// any byte.
func atProvider(key, id, given string) string {
	if id == "" {
		return key
	}
	if key == given || id == given {
		return fmt.Sprintf("%s (id %s)", key, id)
	}
	return fmt.Sprintf("%s (id %s; given as %s)", key, id, given)
}

// show shows the target first, then the plan.
func (a *action) show(r *run) { a.showPlan(r) }

// showPlan is show with further rows that are sent.
func (a *action) showPlan(r *run, further ...part) {
	err, p, words := r.App.Streams.Err, a.plans, r.op.labels()
	r.showTitle(strings.ToUpper(words.command.Noun[:1]) + words.command.Noun[1:] + " in")
	r.showRows(part{p.present, "to " + words.command.Verb, a.shade()})
	r.showParts(further...)
	gone := "absent"
	if !a.subjects.Verb.Removes {
		gone = "absent (count as failed)"
	}
	left := "modified since creation, skipped (include them with --changed)"
	r.showParts(
		part{p.already, "already " + words.command.Done.Label(), nil}, part{p.gone, gone, nil},
		part{p.unfound, "not found, absence not confirmed (count as failed)", term.Style.Red}, part{p.touched, left, term.Style.Yellow},
		part{p.nameless, "without an id in the ledger (count as failed; delete by key)", term.Style.Red},
		part{p.faulty, "invalid, not sent", term.Style.Red}, part{p.unanswered, "unchecked: no response (count as failed)", term.Style.Red},
	)
	if r.undoOf != "" {
		r.showNames("Modified since creation:", p.changed)
		if p.untold {
			r.App.Streams.Say("  ", r.Selection.Adapter.Vendor+" does not report when a user was modified.")
		}
	}
	r.showNames("First users to "+words.command.Verb+":", p.first)
	r.showNames("First users to remove from other groups:", p.also)
	r.showNames(keysDiffer(p.differ), p.renamed)
	r.showTime(r.toSend)
	fmt.Fprintln(err)
}

// shade returns how the number of users is shown: those that are removed in red.
func (a *action) shade() func(term.Style, string) string {
	if a.subjects.Verb.Removes {
		return term.Style.Red
	}
	return term.Style.Yellow
}

// keysDiffer returns the title above users whose key has another form at the provider.
func keysDiffer(users int) string {
	return fmt.Sprintf("The key of %s differs at the provider:", progress.Count(users, "user"))
}

func (a *action) question(r *run) (what, warning string) {
	return actionQuestion(r, a.subjects.Verb, progress.Count(a.plans.present, "user"))
}

// actionQuestion returns what a verb does, and its consequence.
func actionQuestion(r *run, verb ops.Verb, users string) (what, warning string) {
	word := r.op.labels().command.Verb
	return fmt.Sprintf("%s%s %s in %s", strings.ToUpper(word[:1]), word[1:], users, r.Selection.Profile.Name), verb.Warning
}

func (a *action) mark(ctx context.Context, _ *run) (mark, error) {
	return markOf(a.subjects.Subjects(ctx), subjectMark)
}

// subjectMark returns what the plan of an action does with a row, for its mark.
func subjectMark(s amend.Candidate) any { return []any{s.Row, s.Decision, s.Key, s.UserID, s.Changed} }

// checkVerb returns an error if the provider does not document the verb.
func checkVerb(adapter provider.Adapter, verb ops.Verb) error {
	for _, capability := range verb.Capabilities {
		if err := app.Documented(adapter, capability, rowstate.CommandOf(verb.Command).Verb+" a user"); err != nil {
			return err
		}
	}
	return nil
}

// actionPlanDoc is the plan of a verb, such as usher.delete-plan/v1, and usher.undo-plan/v1.
type actionPlanDoc struct {
	planHead
	Undoes string           `json:"undoes,omitempty"`
	Counts actionPlanCounts `json:"counts"`
}

// actionPlanCounts are the rows by what the plan does with them. They add up to Rows.
type actionPlanCounts struct {
	Rows      int `json:"rows"`
	Remove    int `json:"remove"`
	Absent    int `json:"absent"`
	NotFound  int `json:"not_found"`
	Unchanged int `json:"unchanged"`
	Changed   int `json:"changed"`
	Invalid   int `json:"invalid"`
	Unchecked int `json:"unchecked"`
}

func (a *action) document(r *run) (any, [][2]string) {
	p := a.plans
	doc := actionPlanDoc{
		planHead: r.planHead(), Undoes: r.undoOf,
		Counts: actionPlanCounts{p.rows, p.present, p.gone, p.unfound, p.already, p.touched, p.faulty + p.nameless, p.unanswered},
	}
	return doc, [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {r.op.labels().command.Verb, strconv.Itoa(doc.Counts.Remove)}, {"absent", strconv.Itoa(doc.Counts.Absent)},
		{"not found", strconv.Itoa(doc.Counts.NotFound)},
		{"unchanged", strconv.Itoa(doc.Counts.Unchanged)}, {"changed", strconv.Itoa(doc.Counts.Changed)},
		{"invalid", strconv.Itoa(doc.Counts.Invalid)}, {"unchecked", strconv.Itoa(doc.Counts.Unchecked)},
	}
}

func (a *action) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	if r.toSend < r.rows { // without such a row a walk over the users has no effect
		if err := a.subjects.RecordKnown(ctx, r.entry, r.add); err != nil {
			return err
		}
	}
	if r.toSend == 0 {
		return nil
	}
	return a.subjects.Send(ctx, drain, r.connection.Client, r.entry, options)
}

func (a *action) finish(context.Context, *run, *ledger.PastRun, *reportDoc) error { return nil }
