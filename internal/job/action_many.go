package job

import (
	"context"
	"iter"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
)

// Action performs a verb on the users of a roster.
type Action struct {
	Verb ops.Verb

	action
	comparison *amend.Comparison
}

// Run performs the verb. The error has the exit status and the next steps.
func (a *Action) Run(ctx context.Context, j *Job) error { return j.run(ctx, a) }

func (a *Action) labels() labels { return labelsOf(a.Verb.Command) }

func (a *Action) check(r *run) error {
	if err := checkVerb(r.Selection.Adapter, a.Verb); err != nil {
		return err
	}
	return CanAsk(r.Selection.Adapter)
}

func (a *Action) read(ctx context.Context, r *run) error {
	if err := r.readRoster(ctx, r.reader.openExisting); err != nil {
		return err
	}
	a.comparison = &amend.Comparison{Import: r.intake}
	a.subjects = a.comparison.Action(a.Verb)
	return nil
}

// plan reads the state of every user at the provider.
func (a *Action) plan(ctx context.Context, r *run) error {
	if err := a.comparison.Unask(ctx); err != nil {
		return err
	}
	if err := r.reader.AskAbout(ctx, a.comparison, r.connection, r.reading.Rows-r.reading.Invalid, r.options); err != nil {
		return r.notAsked("could not look up the users", err)
	}
	return a.survey(ctx, r)
}

func (a *Action) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return a.comparison.ActionLines(ctx, past, a.Verb)
}

func (a *Action) prepare(_ context.Context, r *run, info *ledger.RunInfo) error {
	info.Plan = r.intake.Plan
	return nil
}
