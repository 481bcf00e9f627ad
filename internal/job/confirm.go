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

// confirmByName is the value of the profile's setting confirm that asks for its name.
const confirmByName = "name"

// mark is a digest of a plan: plans that do the same have the same one.
type mark [sha256.Size]byte

// markOf returns the mark of a plan whose rows are these.
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

// confirm asks for the confirmation of the plan that was shown, unless it changes
// no user. If the answer took so long that the plan may be out of date, it is made
// once more; if anything differs, it is shown and asked about again.
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

// isAsked reports whether the plan is asked about, rather than agreed to by a flag.
func (r *run) isAsked() bool {
	if setting, _ := r.Selection.Profile.Text("confirm"); setting == confirmByName {
		return r.Confirm == ""
	}
	return !r.Yes
}

// ask asks before anything is sent, unless it concerns nobody.
func (r *run) ask(ctx context.Context) error {
	if r.toSend == 0 {
		return nil
	}
	if setting, _ := r.Selection.Profile.Text("confirm"); setting == confirmByName {
		return r.askByName(ctx)
	}
	if r.Yes {
		return nil
	}
	if !r.canPrompt() {
		return failure.Refuse(fmt.Errorf("%s needs consent, and nobody can be asked here: nothing was sent", r.op.labels().withArticle()), r.repeatCommand("--yes"))
	}
	agreed, err := r.App.Streams.Confirm(ctx, r.op.question(r))
	if err != nil {
		return unanswered(err)
	}
	if !agreed {
		return failure.Refuse(errors.New("not agreed: nothing was sent"))
	}
	return nil
}

// askByName asks for the profile's name, which --yes does not give.
func (r *run) askByName(ctx context.Context) error {
	name := r.Selection.Profile.Name
	switch {
	case r.Confirm == name:
		return nil
	case r.Confirm != "":
		return failure.Refuse(fmt.Errorf("--confirm %q is not the name of profile %s: nothing was sent", r.Confirm, name))
	case !r.canPrompt():
		return failure.Refuse(fmt.Errorf("profile %s asks for its name before %s, and nobody can be asked here: nothing was sent", name, r.op.labels().withArticle()),
			r.repeatCommand("--confirm "+name))
	}
	typed, err := r.App.Streams.Ask(ctx, r.op.question(r)+" Type the profile's name to agree: ")
	if err != nil {
		return unanswered(err)
	}
	if typed != name {
		return failure.Refuse(errors.New("that is not the profile's name: nothing was sent"))
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

// unanswered returns the failure of a question that got no answer.
func unanswered(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted at the question: nothing was sent"))
	case errors.Is(err, io.EOF):
		return failure.Refuse(errors.New("the input ended at the question: nothing was sent"))
	default:
		return failure.Refuse(err)
	}
}

// isLate asks, and reports whether the answer took longer than a plan lasts. A
// machine that slept in between counts: its monotonic clock may have stopped.
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

// printChanged introduces a plan that differs from the one that was agreed to.
func printChanged(a *app.App) {
	fmt.Fprintf(a.Streams.Err, "%s the plan has changed.\n", a.Streams.ErrStyle().Yellow("warning:"))
}
