package job

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// planSchema is the name of the document of a saved plan.
const planSchema = "usher.plan/v2"

// PlanFlag is the flag of the commands that show a plan, with the value of [Job].Plan.
const PlanFlag = "saved-plan"

// Plan is a saved plan, usher.plan/v2, without its users. It has no secrets.
type Plan struct {
	Schema string `json:"schema"`
	// Command is the command line without the program's name.
	Command  []string `json:"command"`
	Profile  string   `json:"profile"`
	Provider string   `json:"provider"`
	Target   string   `json:"target"`
	// Source is the roster.
	Source report.Source `json:"source"`
	// Found is a digest of what the ledger and the provider have of the roster's users.
	Found string `json:"found"`
	// Counts is the number of users by operation.
	Counts map[string]int `json:"counts"`

	sum [sha256.Size]byte // of the plan with its users, except Command and the path of the roster
}

// plannedUser is a user in a saved plan. Line is 0 for one who is not in the roster.
type plannedUser struct {
	Line      int             `json:"line"`
	Operation string          `json:"operation"`
	Key       string          `json:"key"`
	ID        string          `json:"id,omitempty"`
	Group     string          `json:"group,omitempty"`
	User      map[string]any  `json:"user,omitempty"`
	Changes   []plannedChange `json:"changes,omitempty"`
}

// plannedChange is a field that differs; null is a field without a value.
type plannedChange struct {
	Field string `json:"field"`
	Have  any    `json:"have"`
	Want  any    `json:"want"`
}

// The operations on planned users, besides the names of [ops.Verb] commands.
const (
	planCreate = "create"
	planSettle = "settle" // a create in doubt
	planUpdate = "update"
)

// plannedNew returns a row whose user is created, or was perhaps.
func plannedNew(operation string, i *intake.Import, row intake.Row) plannedUser {
	sample := sampleOf(i.Adapter.Table, row.Line, row.Record.Text(i.Adapter.Key), i.WithDefaults(row.Record))
	return plannedUser{Line: sample.Line, Operation: operation, Key: sample.Key, User: sample.User}
}

// plannedChanges returns differences for a document.
func plannedChanges(differences []schema.Difference) []plannedChange {
	var changes []plannedChange
	for _, d := range differences {
		changes = append(changes, plannedChange{d.Field.Name, d.Have, d.Want})
	}
	return changes
}

// planNow returns the current plan.
func (r *run) planNow(ctx context.Context, op many) (*Plan, error) {
	found, err := r.mark(ctx)
	if err != nil {
		return nil, err
	}
	isDry := func(arg string) bool { return arg == "--dry-run" }
	p := &Plan{
		Schema: planSchema, Command: slices.DeleteFunc(WithoutPresentation(r.Command.Arguments), isDry), Profile: r.Selection.Profile.Name, Provider: r.Selection.Adapter.Name, Target: r.Selection.Target,
		Source: r.source, Found: hex.EncodeToString(found[:]), Counts: map[string]int{},
	}
	p.Source.File = r.Command.Roster
	sum := sha256.New()
	for user, err := range r.plannedUsers(ctx, op) {
		var text json.RawMessage
		if err == nil {
			text, err = json.Marshal(user)
		}
		if err != nil {
			return nil, err
		}
		p.Counts[user.Operation]++
		addUser(sum, text)
	}
	return p, p.close(sum)
}

// addUser adds a user to the digest of a plan.
func addUser(sum hash.Hash, user json.RawMessage) {
	sum.Write(user)
	sum.Write([]byte{'\n'})
}

// close completes the digest of the plan.
func (p *Plan) close(sum hash.Hash) error {
	head := *p
	head.Command, head.Source.File = nil, ""
	text, err := json.Marshal(head)
	sum.Write(text)
	p.sum = [sha256.Size]byte(sum.Sum(nil))
	return err
}

// savePlan writes the plan to the file of --plan-out.
func (r *run) savePlan(op many) step {
	return func(ctx context.Context) error {
		if err := r.writePlan(ctx, op, r.outputs.plan); err != nil {
			return err
		}
		if err := r.outputs.plan.Commit(); err != nil {
			return err
		}
		r.App.Streams.Say("", fmt.Sprintf("Saved the plan to %s. To carry it out:", r.PlanOut))
		app.ShowCommand(r.App.Streams, "  ", "usher apply "+shell.Quote(r.PlanOut))
		return nil
	}
}

func (r *run) writePlan(ctx context.Context, op many, to io.Writer) error {
	p, err := r.planNow(ctx, op)
	if err != nil {
		return err
	}
	head, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	text := string(bytes.TrimSuffix(head, []byte("\n}"))) + ",\n  \"users\": ["
	for user, err := range r.plannedUsers(ctx, op) {
		var line []byte
		if err == nil {
			line, err = json.Marshal(user)
		}
		if err == nil {
			_, err = io.WriteString(to, text+"\n    "+string(line))
		}
		if err != nil {
			return err
		}
		text = ","
	}
	if text == "," {
		text = "\n  "
	}
	_, err = io.WriteString(to, text+"]\n}\n")
	return err
}

// ReadPlan reads a saved plan. It returns an error for any other file.
func ReadPlan(path string) (*Plan, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, failure.Refuse(err)
	}
	defer func() { _ = file.Close() }()
	p, err := decodePlan(file)
	if err != nil {
		return nil, failure.Refuse(fmt.Errorf("%s: not a plan of usher: %w", path, err), failure.Note("to save a plan, add --plan-out FILE to a command that shows one"))
	}
	return p, nil
}

// decodePlan reads a plan without keeping its users in memory.
func decodePlan(from io.Reader) (*Plan, error) {
	text, sum := json.NewDecoder(from), sha256.New()
	if err := provider.ReadDelim(text, '{'); err != nil {
		return nil, err
	}
	head := map[string]json.RawMessage{}
	for text.More() {
		name, err := text.Token()
		if err != nil {
			return nil, err
		}
		if name == "users" {
			err = readUsers(text, sum)
		} else {
			var value json.RawMessage
			err = text.Decode(&value)
			head[fmt.Sprint(name)] = value
		}
		if err != nil {
			return nil, err
		}
	}
	if err := provider.ReadDelim(text, '}'); err != nil {
		return nil, err
	}
	all, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	p, strict := &Plan{}, json.NewDecoder(bytes.NewReader(all))
	strict.DisallowUnknownFields()
	if err := strict.Decode(p); err != nil {
		return nil, err
	}
	if p.Schema != planSchema {
		return nil, fmt.Errorf("its schema is %q, not %s", p.Schema, planSchema)
	}
	return p, p.close(sum)
}

func readUsers(text *json.Decoder, sum hash.Hash) error {
	if err := provider.ReadDelim(text, '['); err != nil {
		return err
	}
	for text.More() {
		var user json.RawMessage
		if err := text.Decode(&user); err != nil {
			return err
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, user); err != nil {
			return err
		}
		addUser(sum, compact.Bytes())
	}
	return provider.ReadDelim(text, ']')
}

// readPlan reads the saved plan, and returns an error if it is for another target.
func (r *run) readPlan(context.Context) (err error) {
	if r.saved, err = ReadPlan(r.Plan); err != nil || r.saved.Target == r.Selection.Target {
		return err
	}
	return r.outOfDate(fmt.Sprintf("the plan is for %s, and profile %s points to %s", r.saved.Target, r.Selection.Profile.Name, r.Selection.Target))
}

// agree returns an error unless the current plan is the saved one.
func (r *run) agree(op many) step {
	return func(ctx context.Context) error {
		now, err := r.planNow(ctx, op)
		if err != nil || now.sum == r.saved.sum {
			return err
		}
		return r.outOfDate(r.saved.difference(now))
	}
}

// outOfDate returns the failure of a saved plan that is not carried out.
func (r *run) outOfDate(because string) error {
	return failure.Refuse(fmt.Errorf("%s: %s; nothing was sent", r.Plan, because),
		failure.Note("review a new plan"), r.repeatCommand("--plan-out="+shell.Quote(r.Plan)))
}

// difference says what of a saved plan is no longer true.
func (p *Plan) difference(now *Plan) string {
	switch {
	case p.Source.SHA256 != now.Source.SHA256:
		return filepath.Base(now.Source.File) + " has changed since the plan was saved"
	case p.Found != now.Found:
		return "the ledger or the provider has changed since the plan was saved"
	default:
		return "the plan of now is another one"
	}
}

// plannedUsers yields the users of the plan, and those of the run that follows.
func (r *run) plannedUsers(ctx context.Context, op many) iter.Seq2[plannedUser, error] {
	return func(yield func(plannedUser, error) bool) {
		all := []iter.Seq2[plannedUser, error]{op.planned(ctx, r)}
		if r.follows() {
			all = append(all, r.after.groups.planned(ctx, r.after.run))
		}
		for _, part := range all {
			for user, err := range part {
				if !yield(user, err) || err != nil {
					return
				}
			}
		}
	}
}

// planned implements many.
func (c *Create) planned(ctx context.Context, r *run) iter.Seq2[plannedUser, error] {
	return func(yield func(plannedUser, error) bool) {
		for _, part := range []struct {
			operation string
			standing  ledger.Presence
		}{{planSettle, ledger.Doubtful}, {planCreate, ledger.New}} {
			for row, err := range r.intake.Rows(ctx, ledger.Selection{Valid: true, Standings: []ledger.Presence{part.standing}}) {
				var user plannedUser
				if err == nil {
					user = plannedNew(part.operation, r.intake, row)
				}
				if !yield(user, err) || err != nil {
					return
				}
			}
		}
	}
}

func (u *Update) planned(ctx context.Context, _ *run) iter.Seq2[plannedUser, error] {
	return func(yield func(plannedUser, error) bool) {
		for v, err := range u.comparison.RowDiffs(ctx) {
			if err == nil && v.State != amend.StateDiffers {
				continue
			}
			if !yield(plannedUser{Line: v.Line, Operation: planUpdate, Key: v.ProviderKey, ID: v.UserID, Changes: plannedChanges(v.Differences)}, err) || err != nil {
				return
			}
		}
	}
}

func (a *action) planned(ctx context.Context, _ *run) iter.Seq2[plannedUser, error] {
	return plannedSubjects(ctx, a.subjects)
}

// plannedSubjects yields the users to perform a verb on.
func plannedSubjects(ctx context.Context, subjects *amend.Action) iter.Seq2[plannedUser, error] {
	return func(yield func(plannedUser, error) bool) {
		for s, err := range subjects.Subjects(ctx) {
			if err == nil && s.Decision != amend.Present {
				continue
			}
			user := plannedUser{Line: s.Line, Operation: subjects.Verb.Command, Key: cmp.Or(s.StoredKey, s.Key), ID: s.UserID, Group: s.Group}
			if !yield(user, err) || err != nil {
				return
			}
		}
	}
}

func (s *Sync) planned(ctx context.Context, r *run) iter.Seq2[plannedUser, error] {
	return func(yield func(plannedUser, error) bool) {
		for _, part := range []iter.Seq2[plannedUser, error]{s.Create.planned(ctx, r), s.update.planned(ctx, r), s.Leavers.planned(ctx)} {
			for user, err := range part {
				if !yield(user, err) || err != nil {
					return
				}
			}
		}
	}
}

func (l *Leavers) planned(ctx context.Context) iter.Seq2[plannedUser, error] {
	if l.treated() == 0 {
		return func(func(plannedUser, error) bool) {}
	}
	return plannedSubjects(ctx, l.extras.Action(l.roster))
}
