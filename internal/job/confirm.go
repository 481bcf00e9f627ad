package job

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
)

// confirmByName is the value of the profile setting confirm that requires the profile's name.
const confirmByName = "name"

// ErrEdit is the error of a question to which the answer is to change the plan.
var ErrEdit = errors.New("the plan is changed")

// mark is a digest of a plan. Plans with the same effect have the same mark.
type mark [sha256.Size]byte

// markOf returns the mark of a plan with these rows.
func markOf[T any](rows iter.Seq2[T, error], of func(T) any) (m mark, err error) {
	sum := sha256.New()
	text := json.NewEncoder(sum)
	for row, err := range rows {
		if err == nil {
			err = text.Encode(of(row))
		}
		if err != nil {
			return m, err
		}
	}
	return mark(sum.Sum(nil)), nil
}

// confirmed is what is confirmed: the plan of a run, or those of all runs of a route.
type confirmed interface {
	plan(ctx context.Context) error
	show(ctx context.Context) error
	mark(ctx context.Context) (mark, error)
	question() question
}

// question is what is asked before anything is sent.
type question struct {
	// changes is the number of users that the plan changes. If it is 0, nothing is asked.
	changes int
	// what is done, for example "Create 2 users in acme", and its consequence, which may be empty.
	what, warning string
	// byName requires the name of the subject, for example profile acme, before an operation with this noun.
	byName              bool
	subject, name, noun string
}

// String returns the question.
func (q question) String() string { return strings.TrimSpace(q.what + "? " + q.warning) }

// confirm asks for confirmation of the plan, unless it changes no user.
func (r *run) confirm(ctx context.Context) error { return r.Job.confirm(ctx, r) }

// mark implements [confirmed].
func (r *run) mark(ctx context.Context) (mark, error) {
	own, err := r.op.mark(ctx, r)
	if err != nil || !r.follows() {
		return own, err
	}
	its, err := r.after.mark(ctx)
	return sha256.Sum256(append(own[:], its[:]...)), err
}

// question implements [confirmed].
func (r *run) question() question {
	own := r.ownQuestion()
	if !r.follows() || r.after.toSend == 0 {
		return own
	}
	its := r.after.ownQuestion()
	if own.what, own.warning = joined(own, its); own.changes == 0 {
		own.noun = its.noun
	}
	own.changes += its.changes
	return own
}

// joined returns what several questions ask, as one.
func joined(questions ...question) (what, warning string) {
	var all, warnings []string
	for _, q := range questions {
		if q.changes == 0 {
			continue
		}
		if len(all) > 0 {
			q.what = strings.ToLower(q.what[:1]) + q.what[1:]
		}
		all = append(all, q.what)
		if q.warning != "" && !slices.Contains(warnings, q.warning) {
			warnings = append(warnings, q.warning)
		}
	}
	return strings.Join(all, ", "), strings.Join(warnings, " ")
}

// ownQuestion is question without the run that follows.
func (r *run) ownQuestion() question {
	profile := r.Selection.Profile
	setting, _ := profile.Text("confirm")
	q := question{changes: r.toSend, byName: setting == confirmByName, subject: "profile", name: profile.Name, noun: r.op.labels().withArticle()}
	if r.toSend > 0 {
		q.what, q.warning = r.op.question(r)
	}
	return q
}

// confirm asks for confirmation of a plan, unless it changes no user. If the answer took so long that the plan may be
// out of date, or is [ErrEdit], confirm plans again; if anything differs, it shows the new plan and asks again.
func (j *Job) confirm(ctx context.Context, plan confirmed) error {
	if q := plan.question(); q.changes == 0 || !j.isAsked(q) {
		return j.ask(ctx, q)
	}
	agreed, err := plan.mark(ctx)
	if err != nil {
		return err
	}
	for {
		late, err := isLate(j.App, func() error { return j.ask(ctx, plan.question()) })
		edited := errors.Is(err, ErrEdit)
		if !edited && (err != nil || !late) {
			return err
		}
		if err := plan.plan(ctx); err != nil {
			return err
		}
		now, err := plan.mark(ctx)
		if err != nil || now == agreed && !edited {
			return err
		}
		if !edited {
			printChanged(j.App)
		}
		if err := plan.show(ctx); err != nil {
			return err
		}
		agreed = now
	}
}

// isAsked reports whether a question requires an answer, because no flag confirms it.
func (j *Job) isAsked(q question) bool {
	if q.byName {
		return j.Confirm == ""
	}
	return !j.Yes && j.Plan == ""
}

// ask asks for confirmation before anything is sent, unless the plan changes no user.
func (j *Job) ask(ctx context.Context, q question) error {
	if q.changes == 0 {
		return nil
	}
	if q.byName {
		return j.askByName(ctx, q)
	}
	if j.Yes || j.Plan != "" {
		return nil
	}
	if !j.canPrompt() {
		return failure.Refuse(errors.New("confirmation required; nothing was sent"), j.repeatCommand("--yes"))
	}
	if j.Review != nil {
		return j.Review(ctx, q.String())
	}
	agreed, err := j.App.Streams.Confirm(ctx, q.String())
	if err != nil {
		return unanswered(err)
	}
	if !agreed {
		return failure.Refuse(errors.New("cancelled; nothing was sent"))
	}
	return nil
}

// askByName asks for the name, which --yes does not replace.
func (j *Job) askByName(ctx context.Context, q question) error {
	switch {
	case j.Confirm == q.name:
		return nil
	case j.Confirm != "":
		return failure.Refuse(fmt.Errorf("--confirm %q: does not match %s %s; nothing was sent", j.Confirm, q.subject, q.name), failure.Again("--confirm "+q.name))
	case !j.canPrompt():
		return failure.Refuse(fmt.Errorf("%s %s: confirmation by name required before %s; nothing was sent", q.subject, q.name, q.noun),
			j.repeatCommand("--confirm "+q.name))
	}
	typed, err := j.App.Streams.Ask(ctx, fmt.Sprintf("%s Type the %s name to confirm: ", q, q.subject))
	if err != nil {
		return unanswered(err)
	}
	if typed != q.name {
		return failure.Refuse(fmt.Errorf("the name does not match the %s; nothing was sent", q.subject))
	}
	return nil
}

// canPrompt reports whether a question can be asked.
func (j *Job) canPrompt() bool { return !j.Piped && j.App.Streams.CanPrompt() }

// repeatCommand returns the command line with one more argument, without those that set a secret field.
func (j *Job) repeatCommand(more string) string {
	if j.Again != nil {
		return j.Again(more)
	}
	command := j.Command
	if j.Selection != nil {
		command.Arguments = slices.DeleteFunc(slices.Clone(command.Arguments), func(arg string) bool { return fields.SetsSecret(j.Selection.Adapter.Table, arg) })
	}
	return command.Again(more)
}

// unanswered returns the failure of a question without an answer.
func unanswered(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
	case errors.Is(err, io.EOF):
		return failure.Refuse(errors.New("end of input; nothing was sent"))
	default:
		return failure.Refuse(err)
	}
}

// isLate asks, and reports whether the answer took longer than a plan is valid. It measures wall-clock time,
// because the monotonic clock may stop while the machine sleeps.
func isLate(a *app.App, ask func() error) (bool, error) {
	began := time.Now()
	if err := ask(); err != nil {
		return false, err
	}
	now := time.Now()
	took := max(now.Sub(began), now.Round(0).Sub(began.Round(0)))
	if took <= cmp.Or(a.PlanLasts, time.Minute) {
		return false, nil
	}
	fmt.Fprintln(a.Streams.Err, "The plan may be out of date; planning again.")
	return true, nil
}

// printChanged introduces a plan that differs from the confirmed one.
func printChanged(a *app.App) {
	fmt.Fprintf(a.Streams.Err, "%s the plan has changed.\n", a.Streams.ErrStyle().Yellow("warning:"))
}
