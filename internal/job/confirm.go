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
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
)

// confirmByName is the value of the profile setting confirm that requires the profile's name.
const confirmByName = "name"

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

// confirm asks for confirmation of the plan, unless it changes no user. If the answer took so long that the plan
// may be out of date, confirm plans again; if anything differs, it shows the new plan and asks again.
func (r *run) confirm(ctx context.Context) error {
	if r.toSend == 0 || !r.isAsked() {
		return r.ask(ctx)
	}
	agreed, err := r.op.mark(ctx, r)
	if err != nil {
		return err
	}
	for {
		late, err := isLate(r.App, func() error { return r.ask(ctx) })
		if err != nil || !late {
			return err
		}
		if err := r.plan(ctx); err != nil {
			return err
		}
		now, err := r.op.mark(ctx, r)
		if err != nil || now == agreed {
			return err
		}
		printChanged(r.App)
		if err := r.show(ctx); err != nil {
			return err
		}
		agreed = now
	}
}

// isAsked reports whether the plan requires an answer, because no flag confirms it.
func (r *run) isAsked() bool {
	if setting, _ := r.Selection.Profile.Text("confirm"); setting == confirmByName {
		return r.Confirm == ""
	}
	return !r.Yes && r.Plan == ""
}

// ask asks for confirmation before anything is sent, unless the plan changes no user.
func (r *run) ask(ctx context.Context) error {
	if r.toSend == 0 {
		return nil
	}
	if setting, _ := r.Selection.Profile.Text("confirm"); setting == confirmByName {
		return r.askByName(ctx)
	}
	if r.Yes || r.Plan != "" {
		return nil
	}
	if !r.canPrompt() {
		return failure.Refuse(errors.New("confirmation required; nothing was sent"), r.repeatCommand("--yes"))
	}
	agreed, err := r.App.Streams.Confirm(ctx, r.op.question(r))
	if err != nil {
		return unanswered(err)
	}
	if !agreed {
		return failure.Refuse(errors.New("cancelled; nothing was sent"))
	}
	return nil
}

// askByName asks for the profile's name, which --yes does not replace.
func (r *run) askByName(ctx context.Context) error {
	name := r.Selection.Profile.Name
	switch {
	case r.Confirm == name:
		return nil
	case r.Confirm != "":
		return failure.Refuse(fmt.Errorf("--confirm %q: does not match profile %s; nothing was sent", r.Confirm, name), "add --confirm "+name)
	case !r.canPrompt():
		return failure.Refuse(fmt.Errorf("profile %s: confirmation by name required before %s; nothing was sent", name, r.op.labels().withArticle()),
			r.repeatCommand("--confirm "+name))
	}
	typed, err := r.App.Streams.Ask(ctx, r.op.question(r)+" Type the profile name to confirm: ")
	if err != nil {
		return unanswered(err)
	}
	if typed != name {
		return failure.Refuse(errors.New("the name does not match the profile; nothing was sent"))
	}
	return nil
}

// canPrompt reports whether a question can be asked.
func (r *run) canPrompt() bool { return !r.Piped && r.App.Streams.CanPrompt() }

// repeatCommand returns the command line with one more argument.
func (r *run) repeatCommand(more string) string {
	if r.Again != nil {
		return r.Again(more)
	}
	return r.Command.Again(more)
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
