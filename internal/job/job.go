package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Job is one execution of a command, for any operation.
type Job struct {
	App       *app.App
	Selection *app.Selection
	// Command is the command line.
	Command Command
	// Link is an open connection; nil for a new one.
	Link *app.LazyConnection
	// Roster is the file of users. Its File is empty for an operation without a roster.
	Roster Roster
	// Pace is the rate and concurrency of requests, and SettleAfter the time after which doubts are settled.
	Pace        Pace
	SettleAfter SettleAfter
	// Again returns the command line with one more argument; nil to use that of Command.
	Again func(more string) string
	// Piped reports that standard input is a value, so that questions are not possible.
	Piped bool
	// DryRun shows the plan and sends nothing.
	DryRun bool
	// PlanOut is the path of a file to save the plan in, in which case nothing is sent; empty for none.
	PlanOut string
	// Plan is the path of a saved plan, which is carried out if it is still the plan; empty for none.
	Plan string
	// Review asks the question about a plan that a form has made; nil asks for yes or no. The plan is made again if the error
	// is [ErrEdit].
	Review func(ctx context.Context, question string) error
	// Yes confirms the plan. Confirm does so with the profile's name, if the profile requires it.
	Yes     bool
	Confirm string
	// SkipInvalid counts rows with validation errors as failed, and sends the others.
	SkipInvalid bool
	// SaveMapping stores the mapping of the roster in the profile.
	SaveMapping bool
	// LockTimeout is how long to wait for the lock of the target; 0 for not at all.
	LockTimeout time.Duration
	// Wait is how long to wait until lookups find the created users.
	Wait Wait
	// MaxFailures is the number of consecutive failures of one class that stops the run; 0 for no limit.
	MaxFailures int
	// Strict makes a field that the provider did not store as sent a failure.
	Strict bool
	// Results, Failed and JUnit are the paths of the files to write; empty for none.
	Results, Failed, JUnit string
}

// Command is a command line that the ledger stores, so that it can be repeated from any directory.
type Command struct {
	// Arguments have absolute paths and no confirmation.
	Arguments []string
	// WorkDir is the working directory, and Roster the absolute path of the roster; "-"
	// for standard input.
	WorkDir, Roster string
}

// Again returns the command with one more argument, if there is one, and without the flags that only determine what is
// shown.
func (c Command) Again(more string) string {
	words := []string{"usher"}
	for _, arg := range WithoutPresentation(c.Arguments) {
		words = append(words, shell.Quote(arg))
	}
	if more != "" {
		words = append(words, more)
	}
	if c.Roster == "-" {
		words = append(words, "< FILE")
	}
	return strings.Join(words, " ")
}

// WithoutPresentation returns recorded arguments without the flags that only determine what is shown.
func WithoutPresentation(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return slices.Contains([]string{"--output", "--jq", "--verbose", "--no-input", "--no-color"}, name)
	})
}

// operation is what a job does with its users. Its methods are called in this order; plan is called again if the
// answer to the question took too long.
type operation interface {
	// labels returns the names of the operation.
	labels() labels
	// check returns an error for flags that cannot be combined, or that the provider does not support.
	check(r *run) error
	// plan decides what is done with each user, and sets rows and toSend. It changes nothing.
	plan(ctx context.Context, r *run) error
	// show shows the plan to people.
	show(r *run)
	// question returns what is done, for the question that confirms the plan, and its consequence, which may be empty. It
	// is called only if the plan changes a user.
	question(r *run) (what, warning string)
	// mark identifies the effect of the plan, row by row.
	mark(ctx context.Context, r *run) (mark, error)
	// prepare stores what must be durable before the run begins, and completes the ledger's data about the run.
	prepare(ctx context.Context, r *run, info *ledger.RunInfo) error
	// send records the outcomes that are known without a request, and sends the rest.
	send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error
}

// many is an operation on many users.
type many interface {
	operation
	// files returns the files that only this operation writes.
	files() []namedPath
	// read reads and validates the input of the operation.
	read(ctx context.Context, r *run) error
	// planned yields the users of the plan that something is done with, in the order in which it is done.
	planned(ctx context.Context, r *run) iter.Seq2[plannedUser, error]
	// document returns the plan for programs, and its rows for people.
	document(r *run) (doc any, rows [][2]string)
	// lines yields the result of each row.
	lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error]
	// finish completes the files of the operation, and the report with the data that only it has. Past is nil if
	// the ledger cannot be read.
	finish(ctx context.Context, r *run, past *ledger.PastRun, doc *reportDoc) error
}

// one is an operation on one user: a run of one row.
type one interface {
	operation
	// preview prints the request of a dry run.
	preview(ctx context.Context, r *run) error
	// result returns the failure that an outcome means, nil for none.
	result(r *run, outcome engine.Result) error
	// print prints the user.
	print(ctx context.Context, r *run, outcome engine.Result) error
}

// run is one execution of a job.
type run struct {
	*Job
	reader *Reader
	op     operation

	options    engine.Options
	outputs    *outputs
	link       *app.LazyConnection
	book       ledger.Store
	lock       ledger.Lock
	connection *app.Connection
	closers    *[]func() error // in the order of opening

	saved   *Plan           // to carry out; nil for none
	intake  *intake.Import  // nil if no roster is read
	reading *intake.Reading // likewise
	reads   *readingDoc     // likewise, for documents
	source  report.Source
	rows    int           // of the roster
	toSend  int           // users that the plan changes
	shown   int           // rows whose progress is shown; 0 for toSend
	route   *routeRun     // of which the run is a part; nil for none
	undoOf  string        // the run whose users are deleted; empty for none
	doubts  []int         // lines of that run whose users are in doubt and not deleted
	leftOut int           // users of that run who are not deleted, because they were modified
	awaited []engine.Item // the created users, if the run waits for them
	unseen  int           // created users that no lookup has found in the time of --wait
	unmet   string        // why a part of the plan cannot be carried out; empty if all of it can

	names    *names.Resolver // of the roster; nil if none is read
	after    *followUp       // the run that follows; nil for none
	isSecond bool            // the run follows another one
	partOf   string          // that run, once it has begun; empty for none

	entry ledger.Run
	tally
	outcome engine.Result // of an operation on one user
}

// run executes an operation on many users. The error has the exit status and the next steps.
func (j *Job) run(ctx context.Context, op many) error {
	r := j.newRun(op)
	plan := []step{r.check, r.prepareFiles(op), r.open, r.read(op), r.acquireLock, r.plan, r.show}
	switch {
	case r.PlanOut != "":
		return r.through(ctx, append(plan, r.savePlan(op), r.printPlan(op)))
	case r.DryRun:
		return r.through(ctx, append(plan, r.printPlan(op)))
	case r.Plan != "":
		plan = append(append([]step{r.readPlan}, plan...), r.agree(op))
	}
	return r.through(ctx, append(plan, r.confirm, r.begin, r.send, r.report(op)))
}

// runOne executes an operation on one user.
func (j *Job) runOne(ctx context.Context, op one) error {
	r := j.newRun(op)
	plan := []step{r.check, r.open, r.holdSoon, r.plan, r.show}
	if r.DryRun {
		return r.through(ctx, append(plan, r.preview(op)))
	}
	return r.through(ctx, append(plan, r.confirm, r.begin, r.sendOne, r.reportOne(op)))
}

// step is one step of a job.
type step func(context.Context) error

func (j *Job) newRun(op operation) *run {
	r := &run{Job: j, reader: NewReader(j.App, j.Selection, j.Roster), op: op, closers: &[]func() error{}}
	r.reader.Again = r.repeatCommand
	return r
}

// through executes the steps until one fails, and closes what they opened.
func (r *run) through(ctx context.Context, steps []step) (err error) {
	defer func() { err = r.close(err) }()
	for _, step := range steps {
		err := step(ctx)
		if errors.Is(err, errDone) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errDone ends a job before its last step, without a failure.
var errDone = errors.New("done")

// check returns an error for everything that can be rejected before anything is read or sent.
func (r *run) check(context.Context) error {
	if r.MaxFailures < 0 {
		return failure.Refuse(errors.New("--max-failures must be 0 (no limit) or more"))
	}
	if err := cmp.Or(r.checkSaved(), r.Pace.Check(), r.SettleAfter.Check(), r.Wait.check(r.Selection.Adapter), r.op.check(r)); err != nil {
		return err
	}
	if _, err := r.App.Printer(); err != nil {
		return err
	}
	var err error
	r.options, err = r.Pace.Options(r.App, r.Selection.Profile)
	r.options = r.SettleAfter.with(r.Selection.Profile, r.options)
	r.options.MaxFailures, r.options.MaxLost, r.options.Strict = r.MaxFailures, 10, r.Strict
	if r.MaxFailures == 0 {
		r.options.MaxLost = 0
	}
	return err
}

// prepareFiles prepares the files to write.
func (r *run) prepareFiles(op many) step {
	return func(context.Context) (err error) {
		if r.outputs, err = r.prepareOutputs(op.files()...); err != nil {
			return err
		}
		r.closing(func() error { r.outputs.discard(); return nil })
		return nil
	}
}

// open opens the ledger.
func (r *run) open(ctx context.Context) (err error) {
	if r.link = r.Job.Link; r.link == nil {
		r.link = r.reader.Link(ctx, r.options)
		r.closing(func() error { r.link.Close(); return nil })
	}
	if r.book != nil {
		return nil // it is that of a route
	}
	if r.book, err = r.App.Ledger(ctx); err != nil {
		return err
	}
	r.closing(r.book.Close)
	return nil
}

// read reads the input of the operation.
func (r *run) read(op many) step {
	return func(ctx context.Context) error { return op.read(ctx, r) }
}

// readRoster reads and validates the roster, and returns an error if it has validation errors that are not to be
// skipped.
func (r *run) readRoster(ctx context.Context, open openFunc) error {
	read, err := r.reader.read(ctx, r.book, r.link, open, r.checkFailedName)
	if err != nil {
		return r.refuseHeader(ctx, err)
	}
	r.closing(read.Close)
	if flag := "--" + RunFlag + "=" + r.reader.Run; r.reader.Run != "" && !slices.Contains(r.Command.Arguments, flag) {
		r.Command.Arguments = append(slices.Clone(r.Command.Arguments), flag)
	}
	r.intake, r.reading, r.reads, r.source, r.names = read.Intake, read.Reading, read.doc, read.source(), read.people.names
	if read.Reading.Invalid > 0 && !r.SkipInvalid {
		return r.refuseRoster(ctx, read.Intake.RowErrors(ctx), read.Reading)
	}
	return nil
}

// acquireLock locks the target, connects, and checks that the credentials belong to the tenant in the ledger.
func (r *run) acquireLock(ctx context.Context) (err error) {
	if r.lock, err = r.lockTarget(ctx, r.Selection.Target); err != nil {
		return err
	}
	r.closing(r.lock.Release)
	return r.connect(ctx)
}

// lockTarget locks a target. If another run has locked it, it waits for as long as --lock-timeout says.
func (r *run) lockTarget(ctx context.Context, target string) (ledger.Lock, error) {
	lock, err := app.LockWithin(ctx, r.book, target, r.LockTimeout, func(held error) {
		r.App.Streams.Say("", fmt.Sprintf("Waiting up to %s: %v", r.LockTimeout, held))
	})
	switch {
	case errors.Is(err, context.Canceled):
		return nil, failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
	case err != nil && len(r.Command.Arguments) > 0 && r.LockTimeout == 0 && isLocked(err):
		return nil, failure.Refuse(err, r.Command.Again("--lock-timeout=10m"))
	case err != nil:
		return nil, failure.Refuse(err)
	}
	return lock, nil
}

// isLocked reports whether an error is that of a target that another run has locked.
func isLocked(err error) bool {
	_, ok := errors.AsType[*ledger.LockedError](err)
	return ok
}

// holdSoon is acquireLock, and waits a while if a short command has locked the target.
func (r *run) holdSoon(ctx context.Context) (err error) {
	if r.LockTimeout > 0 {
		return r.acquireLock(ctx)
	}
	if r.lock, err = app.LockSoon(ctx, r.book, r.Selection.Target); err != nil {
		return failure.Refuse(err)
	}
	r.closing(r.lock.Release)
	return r.connect(ctx)
}

// connect connects to the locked target, and checks that the credentials belong to the tenant in the ledger.
func (r *run) connect(ctx context.Context) (err error) {
	if r.connection, err = r.link.Get(); err != nil {
		return err
	}
	if err := app.Admit(ctx, r.App, r.book, r.lock, r.Selection, r.connection); err != nil || r.intake == nil {
		return err
	}
	if err := r.intake.Plan.Rekey(ctx); err != nil { // it writes to the ledger, which requires the lock
		return failure.Refuse(err)
	}
	return nil
}

// plan decides what is done with each user.
func (r *run) plan(ctx context.Context) error {
	if err := r.op.plan(ctx, r); err != nil || r.after == nil {
		return err
	}
	return r.after.planAfter(ctx, r)
}

// show shows the plan, and returns an error for one that the profile does not allow.
func (r *run) show(context.Context) error {
	r.op.show(r)
	if r.follows() {
		r.after.op.show(r.after.run)
	}
	most, ok := r.Selection.Profile.Int("max-rows")
	if ok && r.toSend > most {
		return failure.Refuse(fmt.Errorf("profile %s: max-rows allows %ss of %s; this one would %s %s; nothing was sent",
			r.Selection.Profile.Name, r.op.labels().command.Noun, progress.Count(most, "row"), r.op.labels().command.Verb, progress.Count(r.toSend, "user")),
			"split the roster, or raise max-rows in the profile")
	}
	return nil
}

// printPlan prints the plan of a dry run.
func (r *run) printPlan(op many) step {
	return func(ctx context.Context) error {
		printer, err := r.App.Printer()
		if err != nil {
			return err
		}
		if err := r.saveMapping(); err != nil {
			return err
		}
		doc, rows := op.document(r)
		fmt.Fprintln(r.App.Streams.Err, "Dry run: nothing was sent.")
		return printer.Object(ctx, doc, printer.WithoutZeros(rows), "")
	}
}

// begin records the run in the ledger.
func (r *run) begin(ctx context.Context) (err error) {
	info := ledger.RunInfo{
		Command: r.op.labels().command.Name, Profile: r.Selection.Profile.Name, Provider: r.Selection.Adapter.Name,
		Source: ledger.Source(r.source), Rows: r.rows, PartOf: r.execution(), ID: r.reader.Run,
	}
	if r.outputs != nil && r.reader.Keys == nil { // only an operation on many users can be resumed, and keys are not stored
		info.WorkDir, info.Arguments = r.Command.WorkDir, r.Command.Arguments
	}
	if r.intake != nil && r.reader.Keys == nil {
		info.Source.File = r.Command.Roster
	}
	if err := r.op.prepare(ctx, r, &info); err != nil {
		return err
	}
	if r.entry, err = r.lock.Begin(ctx, info); err != nil {
		return failure.Refuse(err)
	}
	return nil
}

// execution returns the id of the first run of the execution; empty for that one.
func (r *run) execution() string {
	if r.route == nil {
		return r.partOf
	}
	return r.route.first
}

// follows reports whether another run follows this one.
func (r *run) follows() bool { return r.after != nil && r.after.rows > 0 }

// closing registers a function that is called when the job ends.
func (r *run) closing(closer func() error) { *r.closers = append(*r.closers, closer) }

// close calls the registered functions, the last first, and returns err joined with their errors.
func (r *run) close(err error) error {
	for _, closer := range slices.Backward(*r.closers) {
		if closing := closer(); closing != nil {
			err = errors.Join(err, closing)
		}
	}
	*r.closers = nil
	return err
}

// finds reports whether the provider documents a lookup.
func (r *run) finds() bool {
	_, ok := r.Selection.Adapter.Endpoint(provider.CapabilityFind)
	return ok
}
