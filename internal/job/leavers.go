package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The values of --leavers.
const (
	LeaversKeep       = "keep"
	LeaversDeactivate = "deactivate"
	LeaversDelete     = "delete"
)

// ScopeAll is the scope with every user.
const ScopeAll = "all"

// mostLeavers is the default of --max-leavers.
const mostLeavers = "5%"

// Leavers are the users in a scope who are not in the roster, and how they are treated.
type Leavers struct {
	// Treatment is one of the constants.
	Treatment string
	// Scope contains [ScopeAll], or FIELD=VALUE texts that a user must all match; nil for no scope.
	Scope []string
	// Max is the maximum number that is treated, or a percentage of the users in the scope; empty for 5%.
	Max string

	verb    ops.Verb      // the zero value if they are kept
	extras  *amend.Extras // nil without a scope
	inScope func(provider.User) bool
	self    string // the id of the user whose credentials are used; empty if the provider does not tell
	plans   leaversPlan
	roster  int    // rows of the roster
	reason  string // why they are left alone; empty if they are not
	before  string // the path of the file with their values; empty for none
	rewrote bool   // the provider stored the key of a new user in another form
}

// leaversPlan is the users in the scope.
type leaversPlan struct {
	// inScope counts all. Those who are not in the roster are protected, already as the verb leaves them, or neither.
	inScope, protected, already, other int

	first []string // of the others
}

// scopeMatch is the value that a field of the users in the scope has.
type scopeMatch struct {
	field schema.Field
	value string
}

func (l *Leavers) check(r *run) (err error) {
	adapter := r.Selection.Adapter
	switch l.Treatment {
	case LeaversKeep, "":
	case LeaversDeactivate:
		l.verb = ops.Deactivate()
	case LeaversDelete:
		l.verb = ops.Delete()
	default:
		return failure.Refuse(fmt.Errorf("--leavers %q: must be %s, %s or %s", l.Treatment, LeaversKeep, LeaversDeactivate, LeaversDelete))
	}
	if l.treats() {
		switch {
		case len(l.Scope) == 0:
			return failure.Refuse(fmt.Errorf("--leavers %s requires --scope", l.Treatment),
				failure.Note("to count every user of the provider who is not in the roster"), r.repeatCommand("--scope all"))
		case r.SkipInvalid:
			return failure.Refuse(fmt.Errorf("--skip-invalid cannot be combined with --leavers %s: the user of an invalid row would count as a leaver", l.Treatment),
				"omit --skip-invalid")
		}
		if err := checkVerb(adapter, l.verb); err != nil {
			return err
		}
	}
	if _, err := l.most(0); err != nil {
		return err
	}
	if len(l.Scope) == 0 {
		return nil
	}
	if err := app.Documented(adapter, provider.CapabilityList, "list the users"); err != nil {
		return err
	}
	l.inScope, err = ScopeOf(adapter.Table, l.Scope)
	return err
}

// treats reports whether something is done with the users.
func (l *Leavers) treats() bool { return l.verb.Command != "" }

// ScopeOf reads the values of --scope, and returns whether a user is in it: [ScopeAll], or FIELD=VALUE texts that the
// user must all match. A list matches if one of its elements does.
func ScopeOf(table schema.Table, texts []string) (func(provider.User) bool, error) {
	if slices.Contains(texts, ScopeAll) {
		if len(texts) > 1 {
			return nil, failure.Refuse(errors.New("--scope all cannot be combined with another scope"))
		}
		return func(provider.User) bool { return true }, nil
	}
	var matches []scopeMatch
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, failure.Refuse(fmt.Errorf("--scope %q: must be %s or FIELD=VALUE", text, ScopeAll))
		}
		field, known := table.Match(name)
		if !known || amend.Incomparable(field) {
			return nil, failure.Refuse(fmt.Errorf("--scope %q: unknown field %q%s", text, name, schema.Suggestion(name, table.Names())))
		}
		matches = append(matches, scopeMatch{field, value})
	}
	return func(user provider.User) bool {
		record := user.Record(table)
		return !slices.ContainsFunc(matches, func(m scopeMatch) bool { return !m.matches(record) })
	}, nil
}

// most returns the largest number of leavers among so many users in the scope.
func (l *Leavers) most(inScope int) (int, error) {
	text := l.Max
	if text == "" {
		text = mostLeavers
	}
	share, isShare := strings.CutSuffix(text, "%")
	number, err := strconv.ParseFloat(share, 64)
	if err != nil || number < 0 || math.IsNaN(number) || isShare && number > 100 || !isShare && number != math.Trunc(number) {
		return 0, failure.Refuse(fmt.Errorf("--max-leavers %q: must be a number, or a percentage of the users in scope such as 5%%", text))
	}
	if isShare {
		return int(math.Ceil(number * float64(inScope) / 100)), nil
	}
	return int(min(number, math.MaxInt32)), nil
}

// begin prepares to collect the users who are not in the roster.
func (l *Leavers) begin(r *run, comparison *amend.Comparison) {
	if len(l.Scope) == 0 {
		return
	}
	protected := r.Selection.Profile.Protected
	l.extras = &amend.Extras{Comparison: comparison, Verb: l.verb, InScope: l.inScope}
	l.extras.IsProtected = func(user provider.User) bool {
		return user.ID == l.self || r.intake.IsNamesake(user) || slices.ContainsFunc(protected, func(name string) bool { return name == user.ID || strings.EqualFold(name, user.Key) })
	}
}

// readSelf reads whose credentials are used, where that is documented. Providers do not have to tell: then the list of the
// profile protects the user.
func (l *Leavers) readSelf(ctx context.Context, r *run) {
	reader, ok := provider.As[provider.SelfReader](r.connection.Client)
	if _, documented := r.Selection.Adapter.Endpoint(provider.CapabilitySelf); !ok || !documented || !l.treats() {
		return
	}
	if user, err := reader.Self(provider.Once(ctx)); err == nil {
		l.self = user.ID
	}
}

// matches reports whether a record has the value: one of the elements, if the field is a list.
func (m scopeMatch) matches(record schema.Record) bool {
	text := m.field.Text(record[m.field.Name])
	return text == m.value || m.field.Kind.IsList() && slices.Contains(strings.Split(text, ";"), m.value)
}

func (l *Leavers) reset() {
	if l.extras != nil {
		l.extras.Reset()
	}
}

// plan decides what is done with the users who are not in the roster.
func (l *Leavers) plan(ctx context.Context, r *run, counts intake.PlanCounts) error {
	l.plans, l.roster, l.reason, l.before = leaversPlan{}, counts.Rows, "", ""
	if l.extras == nil {
		return nil
	}
	l.plans.inScope = l.extras.Seen()
	for extra, err := range l.extras.All(ctx) {
		if err != nil {
			return err
		}
		l.plans.add(extra)
	}
	switch {
	case !l.treats():
		return nil
	case !r.intake.ListIsComplete():
		l.reason = "the list of " + r.Selection.Adapter.Vendor + " may be incomplete"
	case counts.Unclear > 0:
		l.reason = "several users may be that of one row"
	case counts.Unlisted > 0:
		l.reason = "the list lacks users who are in the ledger"
	default:
		missing, err := l.missing(ctx, r)
		if err != nil {
			return err
		}
		if missing > 0 {
			l.reason = "the list lacks " + progress.Count(missing, "user") + " who are in the ledger and not confirmed absent"
		}
	}
	if r.unmet = l.reason; l.reason != "" || l.plans.other == 0 {
		return nil
	}
	most, err := l.most(l.plans.inScope)
	if err == nil && l.plans.other > most {
		err = l.tooMany(r, most)
	}
	if err == nil {
		l.before, err = r.savedPath(".leavers.ndjson")
	}
	return err
}

// missing returns the number of users who exist according to the ledger, are neither in the list nor in the roster, and
// are not absent by their id: a list that lacks them may lack others.
func (l *Leavers) missing(ctx context.Context, r *run) (users int, err error) {
	items := func(yield func(engine.Item, error) bool) {
		for id, err := range r.intake.Plan.NotListed(ctx, r.Selection.Target) {
			if err == nil {
				users++
			}
			if !yield(engine.Item{UserID: id}, err) || err != nil {
				return
			}
		}
	}
	absent := 0
	op := ops.ByID(r.connection.Client)
	if op.Confirm == nil {
		for _, err := range items {
			if err != nil {
				return users, err
			}
		}
		return users, nil
	}
	err = engine.Ask(provider.Fresh(ctx), op, items, withFacts(r.options, r.Selection.Adapter, r.connection.Client), func(_ engine.Item, _ provider.User, err error) {
		if provider.AbsenceOf(err) == provider.AbsenceDocumented {
			absent++
		}
	})
	return users - absent, err
}

// treated returns the number of users to perform the verb on.
func (l *Leavers) treated() int {
	if l.rows() == 0 {
		return 0
	}
	return l.plans.other
}

func (p *leaversPlan) add(extra ledger.Extra) {
	switch {
	case extra.Protected:
		p.protected++
		return
	case extra.Done:
		p.already++
		return
	}
	p.other++
	if len(p.first) < mostShown {
		p.first = append(p.first, fmt.Sprintf("%s (id %s)", extra.Key, extra.UserID))
	}
}

// tooMany returns the failure of a plan with more leavers than allowed.
func (l *Leavers) tooMany(r *run, most int) error {
	l.showUsers(r)
	return failure.Refuse(fmt.Errorf("%s of %s in scope are not in %s; --max-leavers allows %s; nothing was sent",
		progress.Number(l.plans.other), progress.Count(l.plans.inScope, "user"), r.reader.name(), progress.Number(most)),
		failure.Note("check the roster and the scope first; then"), r.repeatCommand("--max-leavers "+strconv.Itoa(l.plans.other)))
}

// rows returns the number of rows that the run has for them.
func (l *Leavers) rows() int {
	if !l.treats() || l.reason != "" {
		return 0
	}
	return l.plans.other + l.plans.already
}

func (l *Leavers) showRows(r *run) {
	if l.extras == nil {
		return
	}
	command := rowstate.CommandOf(l.verb.Command)
	switch {
	case !l.treats():
		r.showRows(part{l.plans.other, "in scope but not in the roster, kept", nil})
	case l.reason != "":
		r.showRows(part{l.plans.other, "in scope but not in the roster, left alone: " + l.reason, term.Style.Yellow})
	default:
		r.showRows(part{l.plans.other, "in scope but not in the roster, to " + command.Verb, term.Style.Red})
	}
	r.showParts(part{l.plans.already, "not in the roster, already " + command.Done.Label(), nil}, part{l.plans.protected, "not in the roster, protected", nil})
}

func (l *Leavers) showUsers(r *run) {
	r.showNames("First users who are not in the roster:", l.plans.first)
}

func (l *Leavers) showBefore(r *run) {
	if l.before != "" {
		r.App.Streams.Say("  ", fmt.Sprintf("The values of those who are not in the roster will be saved to %s.", l.before))
	}
}

func (l *Leavers) mark(ctx context.Context, _ *run) (mark, error) {
	if l.rows() == 0 {
		return mark{}, nil
	}
	return markOf(l.extras.All(ctx), func(extra ledger.Extra) any {
		return []any{extra.UserID, extra.Key, extra.Protected, extra.Done}
	})
}

// leaversDoc is the users who are not in the roster, in documents for programs.
type leaversDoc struct {
	Treatment string   `json:"treatment"`
	Scope     []string `json:"scope"`
	InScope   int      `json:"in_scope"`
	Extra     int      `json:"extra"`
	Treated   int      `json:"treated"`
	Already   int      `json:"already"`
	Protected int      `json:"protected"`
	// Reason is why they are left alone; empty if they are not.
	Reason string `json:"reason"`
}

func (l *Leavers) document() *leaversDoc {
	if l.extras == nil {
		return nil
	}
	p := l.plans
	return &leaversDoc{
		Treatment: l.Treatment, Scope: l.Scope, InScope: p.inScope, Extra: p.other + p.already + p.protected,
		Treated: l.treated(), Already: p.already, Protected: p.protected, Reason: l.reason,
	}
}

func (l *Leavers) documentRows() [][2]string {
	if l.extras == nil {
		return nil
	}
	doc := l.document()
	rows := [][2]string{{"in scope", strconv.Itoa(doc.InScope)}, {"not in the roster", strconv.Itoa(doc.Extra)}}
	if l.treats() {
		rows = append(rows, [2]string{rowstate.CommandOf(l.verb.Command).Verb, strconv.Itoa(doc.Treated)})
	}
	return append(rows, [2]string{"protected", strconv.Itoa(doc.Protected)})
}

// save stores the values of the users to perform the verb on. The file is durable before anything is sent.
func (l *Leavers) save(ctx context.Context, r *run) error {
	if l.treated() == 0 {
		return nil
	}
	file, err := amend.CreateBefore(l.before, r.Selection.Adapter)
	if err != nil {
		return failure.Refuse(fmt.Errorf("could not save the values of those who are not in the roster; nothing was sent: %w", err))
	}
	for extra, err := range l.extras.All(ctx) {
		if err == nil && (extra.Protected || extra.Done) {
			continue
		}
		if err == nil {
			err = file.Add(l.extras.Record(extra))
		}
		if err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

// watch returns report, and notes whether the provider stores keys in another form: then a user who is in the list
// under another key may be that of a row.
func (l *Leavers) watch(key string, report func(engine.Result)) func(engine.Result) {
	return func(outcome engine.Result) {
		if own := outcome.User.Key; outcome.State == rowstate.Created && own != "" && own != outcome.Record.Text(key) {
			l.rewrote = true
		}
		report(outcome)
	}
}

// send performs the verb, if every row of the roster is done: the user of a row that is not may be one of those who
// seem to have left.
func (l *Leavers) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	if l.rows() == 0 {
		return nil
	}
	done := r.counts[rowstate.Created] + r.counts[rowstate.Updated] + r.counts[rowstate.Unchanged] + r.intake.Due()
	switch {
	case done < l.roster:
		l.reason = progress.Count(l.roster-done, "row") + " of the roster not done"
	case l.rewrote:
		l.reason = r.Selection.Adapter.Vendor + " stored keys in another form"
	}
	if l.reason != "" {
		r.App.Streams.Warn(fmt.Sprintf("users who are not in the roster are left alone: %s.", l.reason))
		return nil
	}
	action := l.extras.Action(l.roster)
	if err := action.RecordKnown(ctx, r.entry, r.add); err != nil || l.plans.other == 0 {
		return err
	}
	return action.Send(ctx, drain, r.connection.Client, r.entry, options)
}

func (l *Leavers) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	if !l.treats() || l.extras == nil {
		return func(func(intake.LedgerRow, error) bool) {}
	}
	return l.extras.Lines(ctx, l.roster, r.book.Rows(ctx, past))
}
