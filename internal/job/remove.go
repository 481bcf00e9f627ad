package job

import (
	"context"
	"iter"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
)

// Remove deletes or deactivates the users of a roster.
type Remove struct {
	// Deactivate takes the users' access away and retains the accounts.
	Deactivate bool

	removal
	comparison *amend.Comparison
}

// Run removes the users. The error has the exit status and the next steps.
func (m *Remove) Run(ctx context.Context, j *Job) error { return j.run(ctx, m) }

func (m *Remove) words() words { return removalWords(m.Deactivate) }

func (m *Remove) check(r *run) error {
	if err := checkRemoval(r.Selection.Adapter, m.Deactivate); err != nil {
		return err
	}
	return CanAsk(r.Selection.Adapter)
}

func (m *Remove) read(ctx context.Context, r *run) error {
	if err := r.readRoster(ctx, r.openExisting); err != nil {
		return err
	}
	m.comparison = &amend.Comparison{Import: r.intake}
	m.subjects = m.comparison.Removal(m.Deactivate)
	return nil
}

// plan asks the provider about every user.
func (m *Remove) plan(ctx context.Context, r *run) error {
	if err := m.comparison.Unask(ctx); err != nil {
		return err
	}
	if err := r.AskAbout(ctx, m.comparison, r.connection, r.reading.Rows-r.reading.Faulty, r.options); err != nil {
		return r.notAsked("which users exist", err)
	}
	return m.survey(ctx, r)
}

func (m *Remove) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.Line, error] {
	return m.comparison.RemovalLines(ctx, past, m.Deactivate)
}

func (m *Remove) prepare(_ context.Context, r *run, info *ledger.RunInfo) error {
	info.Plan = r.intake.Plan
	return nil
}
