package users

import (
	"context"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
)

// removing is a removal of many users of whom the provider has been asked.
type removing struct {
	*importOptions
	removal *amend.Removal
	lines   func(context.Context, *ledger.Ledger, ledger.PastRun) iter.Seq2[intake.Line, error]
	i       *intake.Import // nil where no roster is read
	book    *ledger.Ledger
	lock    *ledger.Lock
	outputs *outputs
	info    ledger.RunInfo // as far as it is not the same for all
	source  report.Source
}

// carryOut shows the plan, asks, sends and reports.
func (r *removing) carryOut(ctx context.Context, client provider.Client, options bulk.Options) error {
	p, err := r.survey(ctx, options)
	if err != nil {
		return err
	}
	r.sayPlan(p)
	if err := r.gates(p.present, r.verb()); err != nil {
		return err
	}
	if r.dryRun {
		return r.printPlan(ctx, p)
	}
	if err := r.consent(ctx, p.present, r.removalQuestion(count(p.present, "user"))); err != nil {
		return err
	}
	r.info.Command, r.info.Profile, r.info.Provider = r.command(), r.selection.Profile.Name, r.selection.Adapter.Name
	r.info.Folder, r.info.Arguments = r.folder, r.arguments
	run, err := r.book.Begin(ctx, r.lock, r.info)
	if err != nil {
		return app.Refuse(err)
	}
	s := &sending{
		o: r.importOptions, i: r.i, book: r.book, run: run, rows: p.rows, toSend: p.present, lines: r.lines,
		outputs: r.outputs, passwords: &passwordFile{}, source: r.source, undoes: r.undoes, leftOut: p.touched,
	}
	s.begin()
	if s.stopped = r.removal.RecordKnown(ctx, run, s.tally); s.stopped == nil && s.toSend > 0 {
		s.stopped = s.send(options, func(drain <-chan struct{}, options bulk.Options) error {
			return r.removal.Send(ctx, drain, client, run, options)
		})
	}
	// From here on nothing is sent, and an interrupt must not keep the report back.
	return s.conclude(context.WithoutCancel(ctx))
}

// removalQuestion asks for consent to the removal of somebody.
func (o *importOptions) removalQuestion(whom string) string {
	if o.deactivates() {
		return fmt.Sprintf("Deactivate %s in %s?", whom, o.selection.Profile.Name)
	}
	return fmt.Sprintf("Delete %s in %s? This cannot be undone.", whom, o.selection.Profile.Name)
}
