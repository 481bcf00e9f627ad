package job

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
)

// routeRun is one execution of a route: its parts are runs, in the order in which they are carried out. Its own run has
// what they share: the command, the ledger and the files.
type routeRun struct {
	*run
	name  string
	parts []*routePart
	first string // the id of the first run; empty before it began
	// interrupted reports an interrupt after a part, before the next one began.
	interrupted bool
}

// routePart is one run of a route.
type routePart struct {
	*run
	op      many
	carried []carriedPart
	users   *intake.Users // whose values later parts have; nil for none
	past    ledger.PastRun
	doc     reportDoc
	result  error
}

// carriedPart is a value of a part that comes from another one.
type carriedPart struct {
	carriedValue
	from *routePart
}

func newRouteRun(j *Job, name string) *routeRun { return &routeRun{run: j.newRun(nil), name: name} }

// add adds a part after the others.
func (x *routeRun) add(j *Job, op many) {
	r := j.newRun(op)
	r.closers, r.route = x.closers, x
	x.parts = append(x.parts, &routePart{run: r, op: op})
}

// execute executes the route. The steps until the confirmation are those of every part; then one part is carried out
// after the other.
func (x *routeRun) execute(ctx context.Context) error {
	steps := []step{x.check, x.open, x.prepareFiles, x.read, x.acquireLocks, x.plan, x.show}
	if x.DryRun {
		return x.through(ctx, append(steps, x.printPlans))
	}
	return x.through(ctx, append(steps, x.confirm, x.send, x.report))
}

// each calls a function for each part until one fails.
func (x *routeRun) each(do func(*routePart) error) error {
	for _, part := range x.parts {
		if err := do(part); err != nil {
			return err
		}
	}
	return nil
}

func (x *routeRun) check(ctx context.Context) error {
	return x.each(func(p *routePart) error { return p.named(p.check(ctx)) })
}

// named returns a failure with the name of the part's profile.
func (p *routePart) named(err error) error {
	failed, ok := errors.AsType[*failure.Error](err)
	if !ok {
		return err
	}
	own := *failed
	own.Err = fmt.Errorf("profile %s: %w", p.Selection.Profile.Name, failed.Err)
	return &own
}

// open opens the ledger for all parts.
func (x *routeRun) open(ctx context.Context) (err error) {
	if x.book, err = x.App.Ledger(ctx); err != nil {
		return err
	}
	x.closing(x.book.Close)
	return x.each(func(p *routePart) error {
		p.book = x.book
		return p.open(ctx)
	})
}

// prepareFiles prepares the files to write, which are those of all parts.
func (x *routeRun) prepareFiles(context.Context) (err error) {
	if x.outputs, err = x.parts[0].prepareOutputs(); err != nil {
		return err
	}
	x.closing(func() error { x.outputs.discard(); return nil })
	return x.each(func(p *routePart) error {
		p.outputs = x.outputs // for a roster that is refused
		spared, err := p.reader.protectedPaths()
		for _, file := range []namedPath{{"--results", p.Results}, {"--failed", p.Failed}, {"--junit", p.JUnit}} {
			if err == nil && file.path != "" {
				if spare := report.Spare(file.path, spared...); spare != nil {
					err = failure.Refuse(fmt.Errorf("%s: %w", file.flag, spare))
				}
			}
		}
		return err
	})
}

// read reads the input of each part, and returns an error if they did not read the same rows.
func (x *routeRun) read(ctx context.Context) error {
	first := x.parts[0]
	return x.each(func(p *routePart) error {
		if err := p.op.read(ctx, p.run); err != nil {
			return p.named(err)
		}
		if p.intake == nil {
			return nil
		}
		own, its := p.intake.Roster.Description(), first.intake.Roster.Description()
		if own.SHA256 != its.SHA256 || own.Sheet != its.Sheet || p.reading.Rows != first.reading.Rows {
			return failure.Refuse(fmt.Errorf("profiles %s and %s do not read the same rows of %s; nothing was sent",
				first.Selection.Profile.Name, p.Selection.Profile.Name, p.reader.name()),
				"use the same roster settings in both profiles, and run the command again")
		}
		return p.carry(ctx)
	})
}

// carry prepares the values that come from other parts. Only new users have them.
func (p *routePart) carry(ctx context.Context) (err error) {
	if !p.reader.creates {
		return nil
	}
	for _, value := range p.carried {
		from := value.from
		if from.users == nil {
			if from.users, err = from.intake.NewUsers(ctx, from.Selection.Profile.Name); err != nil {
				return failure.Refuse(err)
			}
			from.closing(from.users.Close)
		}
		p.intake.Carried = append(p.intake.Carried, intake.Carried{Field: value.field, From: from.users, Key: value.column == config.ColumnKey})
	}
	return nil
}

// acquireLocks locks the targets, always in the same order, so that of two routes one gets them all.
func (x *routeRun) acquireLocks(ctx context.Context) (err error) {
	locks := map[string]ledger.Lock{}
	for _, target := range slices.Sorted(slices.Values(x.targets())) {
		if locks[target] != nil {
			continue
		}
		if locks[target], err = x.lockTarget(ctx, target); err != nil {
			return err
		}
		x.closing(locks[target].Release)
	}
	if err := x.each(func(p *routePart) error {
		p.lock = locks[p.Selection.Target]
		return p.connect(ctx)
	}); err != nil {
		return err
	}
	x.first, err = x.continued(ctx)
	return err
}

func (x *routeRun) targets() []string {
	var targets []string
	for _, p := range x.parts {
		targets = append(targets, p.Selection.Target)
	}
	return targets
}

// continued returns the first run of the execution that this one continues: the last one of the same command, route and
// roster, if it was not completed. It returns "" for none.
func (x *routeRun) continued(ctx context.Context) (string, error) {
	command, source := x.parts[0].op.labels().command.Name, x.parts[0].source
	for run, err := range x.book.Runs(ctx) {
		if err != nil {
			return "", err
		}
		if run.Command != command || run.Source.SHA256 != source.SHA256 || !slices.Contains(run.Arguments, "--"+RouteFlag+"="+x.name) {
			continue
		}
		parts, err := x.book.Parts(ctx, run)
		if err != nil || x.isCompleted(parts) {
			return "", err
		}
		return cmp.Or(run.PartOf, run.ID), nil
	}
	return "", nil
}

// isCompleted reports whether nothing is left to do of an execution with these runs, or if it cannot be continued,
// because a profile has another target.
func (x *routeRun) isCompleted(runs []ledger.PastRun) bool {
	done := 0
	for _, p := range x.parts {
		profile := p.Selection.Profile.Name
		for _, run := range slices.Backward(runs) {
			if run.Profile != profile && run.Target != p.Selection.Target { // it may have been renamed
				continue
			}
			if run.Target != p.Selection.Target {
				return true
			}
			if run.IsFinished() && run.ExitStatus == failure.StatusOK {
				done++
			}
			break
		}
	}
	return done == len(x.parts)
}

// plan plans each part. What a part finds of its users is known to the later ones.
func (x *routeRun) plan(ctx context.Context) error {
	return x.each(func(p *routePart) error {
		if err := p.plan(ctx); err != nil || p.users == nil {
			return err
		}
		return p.users.Plan(ctx)
	})
}

func (x *routeRun) show(ctx context.Context) error {
	return x.each(func(p *routePart) error { return p.show(ctx) })
}

func (x *routeRun) confirm(ctx context.Context) error { return x.Job.confirm(ctx, x) }

// mark implements [confirmed].
func (x *routeRun) mark(ctx context.Context) (mark, error) {
	sum := sha256.New()
	err := x.each(func(p *routePart) error {
		one, err := p.mark(ctx)
		sum.Write(one[:])
		return err
	})
	return mark(sum.Sum(nil)), err
}

// question implements [confirmed]. If one profile requires its name, the route's is required.
func (x *routeRun) question() question {
	all := question{subject: "route", name: x.name, noun: x.parts[0].op.labels().withArticle()}
	if x.name == "" && x.Selection != nil { // several runs of one profile
		all.subject, all.name = "profile", x.Selection.Profile.Name
	}
	var parts []question
	for _, p := range x.parts {
		q := p.question()
		all.changes += q.changes
		all.byName = all.byName || q.byName
		parts = append(parts, q)
	}
	all.what, all.warning = joined(parts...)
	return all
}

// send carries out one part after the other. It ends before the last one if a part stopped as a whole.
func (x *routeRun) send(ctx context.Context) error {
	for i, p := range x.parts {
		if i > 0 && isClosed(x.App.Drain()) {
			x.interrupted = true
			return nil
		}
		p.outputs = &outputs{} // the route writes them
		if err := p.begin(ctx); err != nil {
			if i > 0 { // something was sent
				p.result = failure.Fail(failure.StatusFailed, err, failure.StepsOf(err)...)
				return nil
			}
			return err
		}
		x.first = cmp.Or(x.first, p.entry.ID())
		if err := p.send(ctx); err != nil {
			return err
		}
		p.end(context.WithoutCancel(ctx))
		if p.stopped != nil {
			return nil
		}
	}
	return nil
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

// end ends the run of a part, and makes its results known to the later ones.
func (p *routePart) end(ctx context.Context) {
	p.doc, p.result = p.finish(ctx, p.op)
	var err error
	if p.past, err = p.book.Run(ctx, p.entry.ID()); err == nil && p.users != nil {
		err = p.users.Finish(ctx, p.op.lines(ctx, p.run, p.past))
	}
	if err != nil {
		p.result = worse(p.result, err)
		p.stopped = cmp.Or(p.stopped, err)
	}
}

// results yields the results of each row in every part. A part without the row has the zero value.
func (x *routeRun) results(ctx context.Context) iter.Seq2[[]intake.LedgerRow, error] {
	return func(yield func([]intake.LedgerRow, error) bool) {
		heads := make([]intake.LedgerRow, len(x.parts)) // Row is 0 after the last one
		nexts, stops := make([]func() error, len(x.parts)), make([]func(), len(x.parts))
		defer func() {
			for _, stop := range stops {
				stop()
			}
		}()
		var failed error
		for i, p := range x.parts {
			var next func() (intake.LedgerRow, error, bool)
			next, stops[i] = iter.Pull2(p.op.lines(ctx, p.run, p.past))
			nexts[i] = func() (err error) {
				heads[i], err, _ = next() // the zero value after the last one
				return err
			}
			failed = errors.Join(failed, nexts[i]())
		}
		if failed != nil {
			yield(nil, failed)
			return
		}
		for {
			row := 0
			for _, head := range heads {
				if head.Row > 0 && (row == 0 || head.Row < row) {
					row = head.Row
				}
			}
			if row == 0 {
				return
			}
			lines := make([]intake.LedgerRow, len(heads))
			var err error
			for i, head := range heads {
				if head.Row == row {
					lines[i] = head
					err = errors.Join(err, nexts[i]())
				}
			}
			if !yield(lines, err) || err != nil {
				return
			}
		}
	}
}
