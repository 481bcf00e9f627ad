package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// The values of --on-exists: an existing user is skipped, is a failure, or is updated.
const (
	OnExistsSkip   = "skip"
	OnExistsFail   = "fail"
	OnExistsUpdate = "update"
)

// Create creates the users of a roster who do not exist.
type Create struct {
	// OnExists is the handling of an existing user: one of the constants.
	OnExists string
	// NoCheck skips the check for existing users at the provider. The ledger is still checked.
	NoCheck bool
	// Batch is the number of rows in one request; 0 for one.
	Batch int
	// Passwords is how passwords are generated.
	Passwords Passwords
	// TTL is how long the created users are needed; 0 for always.
	TTL TTL

	source *passwords.Source // of passwords; nil if none are generated
	file   *passwordFile
	counts intake.PlanCounts
	asked  intake.Asked
	// mayCreate is the number of users that may be created: the new ones, and those in doubt that may be resent.
	mayCreate int
	list      bool           // the provider's list is read, whatever it costs
	began     bool           // the plan was made at least once
	options   engine.Options // with batches
	numbered  []numberedKey  // the generated keys with a number
	relist    func()         // is called before the list is read again for new keys; nil if it does not have to be
}

// Run creates the users. The error has the exit status and the next steps.
func (c *Create) Run(ctx context.Context, j *Job) error { return j.run(ctx, c) }

func (c *Create) labels() labels {
	words := labelsOf(rowstate.CommandImport)
	words.plan, words.passive = "usher.plan/v1", "imported"
	return words
}

func (c *Create) check(r *run) error {
	if c.OnExists != OnExistsSkip && c.OnExists != OnExistsFail {
		return failure.Refuse(fmt.Errorf("--on-exists %q: must be %s or %s", c.OnExists, OnExistsSkip, OnExistsFail))
	}
	if err := cmp.Or(c.Passwords.check(r), c.checkBatch(r.Selection.Adapter), c.checkGenerated(r)); err != nil {
		return err
	}
	var err error
	c.source, err = c.Passwords.source()
	return err
}

func (c *Create) files() []namedPath { return []namedPath{{"--credentials", c.Passwords.File}} }

// read reads the roster, and returns an error if it has validation errors that are not to be skipped.
func (c *Create) read(ctx context.Context, r *run) error {
	if err := r.readRoster(ctx, func(ctx context.Context, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
		return c.open(ctx, r, link, to)
	}); err != nil {
		return err
	}
	r.intake.Passwords = c.source
	return r.follow(ctx, false)
}

// open opens the roster.
func (c *Create) open(ctx context.Context, r *run, link *app.LazyConnection, to *scratch.File) (*importSource, error) {
	options, err := c.rosterOptions(r)
	if err != nil {
		return nil, err
	}
	return r.reader.openRoster(ctx, link, to, options, r.SkipInvalid)
}

// rosterOptions returns how a roster of new users is read.
func (c *Create) rosterOptions(r *run) (roster.Options, error) {
	r.reader.creates = true
	defaults, err := app.Defaults(r.Selection)
	if err != nil {
		return roster.Options{}, err
	}
	options := roster.Options{Table: r.Selection.Adapter.Table, Defaults: defaults}
	if r.canFollow() {
		options.Table = withGroups(options.Table)
	}
	if c.Passwords.Generate {
		for _, field := range options.Table.Passwords() {
			options.Later = append(options.Later, field.Name)
		}
	}
	return options, nil
}

// plan compares the roster with the ledger, and with the provider if it documents a lookup or a list.
func (c *Create) plan(ctx context.Context, r *run) (err error) {
	if c.began {
		err = r.intake.Unask(ctx)
	} else {
		err = c.begin(ctx, r)
	}
	if err != nil {
		return err
	}
	c.asked = intake.NotAsked
	if err := c.generateKeys(ctx, r); err != nil {
		return err
	}
	if c.counts, err = r.intake.Resolve(ctx); err != nil {
		return failure.Refuse(err)
	}
	if rows := c.counts.Create + c.counts.Existing; c.needsPrompt(r) && rows > 0 {
		if err := c.ask(ctx, r, rows); err != nil {
			return err
		}
	}
	c.mayCreate = c.counts.Create + c.counts.Words
	if r.finds() {
		c.mayCreate = c.counts.Create + c.counts.InDoubt
	}
	if err := c.sample(ctx, r); err != nil {
		return err
	}
	r.rows, r.toSend, r.shown = c.counts.Rows, c.mayCreate, c.counts.Create+c.counts.InDoubt
	if !c.began {
		c.options, err = c.withBatches(ctx, r)
		c.began = true
	}
	return err
}

// sample takes the first users who are to be created.
func (c *Create) sample(ctx context.Context, r *run) error {
	r.reads.First = []sampleDoc{}
	fresh := ledger.Selection{Standings: []ledger.Presence{ledger.New}, Valid: true}
	for row, err := range r.intake.Rows(ctx, fresh) {
		if err != nil {
			return err
		}
		if len(r.reads.First) == mostSamples {
			break
		}
		r.reads.First = append(r.reads.First, sampleOf(r.Selection.Adapter.Table, row.Line, row.Record.Text(r.Selection.Adapter.Key), r.intake.WithDefaults(row.Record)))
	}
	return nil
}

// begin connects, and returns an error for passwords that the server does not accept.
func (c *Create) begin(ctx context.Context, r *run) error {
	r.options = withFacts(r.options, r.Selection.Adapter, r.connection.Client)
	if c.OnExists == OnExistsFail {
		r.options.Exists = engine.FailExisting
	}
	if (c.Passwords.Generate || r.reading.Passwords > 0) && declinesPasswords(ctx, r.connection.Client) {
		return c.Passwords.refuse(r)
	}
	return nil
}

// needsPrompt reports whether existing users are to be checked at the provider.
func (c *Create) needsPrompt(r *run) bool {
	_, lists := r.Selection.Adapter.Endpoint(provider.CapabilityList)
	return !c.NoCheck && (r.finds() || lists)
}

// ask checks which users of so many rows exist at the provider.
func (c *Create) ask(ctx context.Context, r *run, rows int) (err error) {
	if c.asked, err = c.askProvider(ctx, r, rows); err != nil {
		return c.notAsked(r, err)
	}
	if _, err = r.intake.Resolve(ctx); err != nil {
		return failure.Refuse(err)
	}
	if err := c.takeNext(ctx, r); err != nil {
		return err
	}
	if err = r.intake.ConfirmGone(ctx, r.connection.Client, r.options, func(rows int, wait time.Duration) {
		r.App.Streams.Say("", absenceText(rows, wait))
	}); err != nil {
		return c.notAsked(r, err)
	}
	if c.counts, err = r.intake.Resolve(ctx); err != nil {
		return failure.Refuse(err)
	}
	return nil
}

func (c *Create) askProvider(ctx context.Context, r *run, rows int) (intake.Asked, error) {
	way := intake.ByList
	if !c.list {
		var err error
		if way, err = intake.Way(ctx, r.connection.Client, rows); err != nil {
			return way, err
		}
	}
	if way == intake.ByList {
		if err := c.askList(intake.Bounded(ctx, r.connection.Client, rows), r); !errors.Is(err, provider.ErrTooLong) {
			return way, err
		}
		way = intake.ByLookUp
	}
	if way == intake.NotAsked {
		return way, nil
	}
	return way, c.lookUp(ctx, r, rows)
}

// lookUp looks up the users of so many rows.
func (c *Create) lookUp(ctx context.Context, r *run, rows int) error {
	r.App.Streams.Say("", fmt.Sprintf("Checking for existing users at %s: %s.", r.Selection.Adapter.Vendor, progress.Count(rows, "lookup")))
	shown, options := progress.New(r.App.Streams, rows), r.options
	defer shown.Close()
	options.Throttled = shown.Throttled
	return r.intake.AskProvider(ctx, r.connection.Client, intake.ByLookUp, options, func() { shown.Row(progress.Well) })
}

// askList marks the users of the roster who are in the provider's list.
func (c *Create) askList(ctx context.Context, r *run) error {
	defer r.reader.whileSlow("Fetching the user list from " + r.Selection.Adapter.Vendor)()
	return r.intake.AskProvider(ctx, r.connection.Client, intake.ByList, r.options, func() {})
}

// notAsked returns the failure of a check for existing users.
func (c *Create) notAsked(r *run, err error) error {
	failed := r.notAsked("could not check for existing users", err)
	switch provider.ClassOf(err) {
	case provider.Denied, provider.NotFound, provider.Unsent: // the same problem would stop the import
		return failed
	}
	if failure.StatusOf(failed) == failure.StatusInterrupted {
		return failed
	}
	return failure.Fail(failure.StatusOf(failed), failed, failure.Note("to import without these lookups; the ledger is still checked"), failure.Again("--no-check"))
}

// show shows the target first, then the plan.
func (c *Create) show(r *run) {
	err, n := r.App.Streams.Err, c.counts
	r.showTitle("Import into")
	r.showRows(part{n.Create, "to create", term.Style.Green})
	if n.Existing > 0 || c.asked != intake.NotAsked {
		text := "already exist (" + checkedBy(c.asked) + ")"
		if c.OnExists == OnExistsFail {
			text += ", count as failed"
		}
		r.showRows(part{n.Existing, text, nil})
	}
	c.showObstacles(r)
	c.showNumbered(r)
	if c.asked == intake.NotAsked && n.Create > 0 {
		r.App.Streams.Say("  ", fmt.Sprintf("Existing users were not checked at the provider%s.", c.uncheckedReason(r)))
	}
	r.showSamples()
	r.showTime(c.mayCreate)
	c.showUnlisted(r)
	fmt.Fprintln(err)
}

// showObstacles shows the rows that are not simply created.
func (c *Create) showObstacles(r *run) {
	n := c.counts
	r.showParts(
		part{n.InDoubt, "in doubt from an earlier run: " + whatOfDoubts(r), term.Style.Yellow},
		part{n.Unclear, "not sent: the key of a user differs only in case or composition, or several users match", term.Style.Yellow},
		part{n.Gone, "gone: in the ledger, but confirmed absent at the provider; not created again", term.Style.Yellow},
	)
	if n.Gone > 0 && r.DryRun {
		app.ShowCommand(r.App.Streams, "    to forget the first one: ", fmt.Sprintf("usher runs forget %s --line %d", n.FirstGone.Run, n.FirstGone.Line))
	}
	r.showParts(part{n.Faulty, "invalid, not sent", term.Style.Red})
}

// showUnlisted shows who is in the ledger and was not found.
func (c *Create) showUnlisted(r *run) {
	if n := c.counts; n.Unlisted > 0 {
		streams := r.App.Streams
		streams.Say("  "+streams.ErrStyle().Yellow("warning:")+" ", progress.Count(n.Unlisted, "user")+" in the ledger not found at the provider; absence not confirmed. If deleted there:")
		app.ShowCommand(streams, "    ", fmt.Sprintf("usher runs forget %s --line %d", n.FirstUnlisted.Run, n.FirstUnlisted.Line))
	}
}

func checkedBy(asked intake.Asked) string {
	switch asked {
	case intake.ByList:
		return "ledger and provider list"
	case intake.ByLookUp:
		return "ledger and lookups"
	default:
		return "ledger"
	}
}

func whatOfDoubts(r *run) string {
	if r.finds() {
		return "looked up first"
	}
	return "skipped; the outcome stays unknown"
}

func (c *Create) uncheckedReason(r *run) string {
	if c.NoCheck {
		return " (--no-check)"
	}
	return ": " + r.Selection.Adapter.Vendor + " documents neither a lookup nor a list"
}

func (c *Create) question(r *run) (what, warning string) {
	name := r.Selection.Profile.Name
	switch again := c.mayCreate - c.counts.Create; {
	case again == 0:
		return fmt.Sprintf("Create %s in %s", progress.Count(c.counts.Create, "user"), name), ""
	case !r.finds():
		return fmt.Sprintf("Create %s in %s", progress.Count(c.mayCreate, "user"), name), progress.Number(again) + " may be duplicates."
	case c.counts.Create == 0:
		return fmt.Sprintf("Settle %s in doubt in %s", progress.Count(again, "row"), name), ""
	default:
		return fmt.Sprintf("Settle %s in doubt and create %s in %s", progress.Count(again, "row"), progress.Count(c.counts.Create, "user"), name), ""
	}
}

func (c *Create) mark(ctx context.Context, r *run) (mark, error) {
	known := ledger.Selection{Standings: []ledger.Presence{ledger.Exists, ledger.Doubtful, ledger.Unclear, ledger.ProvedGone}}
	if r.intake.Generated != nil {
		return c.markKeys(ctx, r)
	}
	return markOf(r.intake.Plan.Rows(ctx, known), func(row ledger.PlanRow) any { return []any{row.Row, row.Finding} })
}

// planDoc is usher.plan/v1.
type planDoc struct {
	planHead
	Counts planCounts `json:"counts"`
	Asked  string     `json:"asked"`
	// Numbered are the generated keys with a number.
	Numbered []numberedKey `json:"numbered,omitempty"`
}

type planCounts struct {
	Rows     int `json:"rows"`
	Create   int `json:"create"`
	Existing int `json:"existing"`
	InDoubt  int `json:"in_doubt"`
	Invalid  int `json:"invalid"`
	Gone     int `json:"gone"`
}

func (c *Create) document(r *run) (any, [][2]string) {
	n := c.counts
	doc := planDoc{
		planHead: r.planHead(), Asked: string(c.asked),
		Counts: planCounts{n.Rows, n.Create, n.Existing, n.InDoubt + n.Unclear, n.Faulty, n.Gone}, Numbered: c.numbered,
	}
	rows := [][2]string{
		{"rows", strconv.Itoa(doc.Counts.Rows)}, {"create", strconv.Itoa(doc.Counts.Create)}, {"existing", strconv.Itoa(doc.Counts.Existing)},
		{"in doubt", strconv.Itoa(doc.Counts.InDoubt)}, {"invalid", strconv.Itoa(doc.Counts.Invalid)},
	}
	if n.Gone > 0 {
		rows = append(rows, [2]string{"gone", strconv.Itoa(n.Gone)})
	}
	return doc, rows
}

// prepare stores the mapping, and the passwords of all rows that may be sent.
func (c *Create) prepare(ctx context.Context, r *run, info *ledger.RunInfo) (err error) {
	if err := r.saveMapping(); err != nil {
		return err
	}
	if r.intake.Generated != nil {
		if err := r.lock.Assign(ctx, r.intake.Assignments(ctx)); err != nil {
			return failure.Refuse(err)
		}
	}
	info.Plan, info.Expires = r.intake.Plan, c.TTL.expiry()
	if c.file = (&passwordFile{}); c.mayCreate > 0 {
		c.file, err = c.Passwords.write(r, func(file *passwords.File) (int, error) { return r.intake.WritePasswords(ctx, file) })
	}
	return err
}

func (c *Create) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	rows := recorder.Recorder{Run: r.entry, Digest: r.intake.Digest, Key: r.intake.Adapter.Key}
	if err := r.intake.RecordKnown(ctx, rows, options.Exists, r.add); err != nil {
		return err
	}
	if r.intake.Generated != nil {
		options.Exists = engine.FailExisting // somebody else's, created since the plan was made
	}
	options.Batch, options.Concurrency, options.MaxLost = c.options.Batch, c.options.Concurrency, c.options.MaxLost
	return r.intake.Send(ctx, drain, r.connection.Client, rows, options)
}

func (c *Create) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return r.intake.Lines(ctx, past)
}

func (c *Create) finish(ctx context.Context, r *run, past *ledger.PastRun, doc *reportDoc) (err error) {
	doc.Resent, doc.Duplicates = &r.resends, &r.duplicates
	if past == nil {
		return nil
	}
	doc.SharedIDs, err = c.dropSharedIDs(ctx, r, *past)
	if err == nil {
		doc.NotStored, err = r.sumNotStored(ctx, *past)
	}
	err = errors.Join(err, c.file.prune(ctx, r, *past))
	if doc.CredentialsFile = c.file.path; err == nil && strings.HasPrefix(r.reader.File, countPrefix) {
		doc.Users, err = c.users(ctx, r, *past)
	}
	return err
}

// users returns the users of --count.
func (c *Create) users(ctx context.Context, r *run, past ledger.PastRun) ([]countedUser, error) {
	users := []countedUser{}
	for line, err := range r.intake.Lines(ctx, past) {
		if err != nil {
			return users, err
		}
		users = append(users, countedUser{line.Key, line.ID, rowstate.State(line.State)})
	}
	return users, nil
}

// dropSharedIDs removes ids that several rows share, and returns the number of rows without an id as a result.
func (c *Create) dropSharedIDs(ctx context.Context, r *run, past ledger.PastRun) (*int, error) {
	rows, err := r.lock.DropSharedIDs(ctx, past)
	if rows > 0 {
		streams := r.App.Streams
		fmt.Fprintf(streams.Err, "%s the provider returned one id for several users. The ids of %s are not stored; usher runs undo cannot delete these users.\n",
			streams.ErrStyle().Yellow("warning:"), progress.Count(rows, "row"))
	}
	return &rows, err
}

// checkBatch returns an error for an invalid --batch, and if the provider documents no batches.
func (c *Create) checkBatch(adapter provider.Adapter) error {
	switch {
	case c.Batch == 0:
		return nil
	case c.Batch < 2:
		return failure.Refuse(errors.New("--batch must be 2 or more"), "omit --batch")
	default:
		return app.Documented(adapter, provider.CapabilityBatch, "create several users in one request")
	}
}

// withBatches reads the tenant's maximum number of rows per request, and returns the engine's options with enough
// workers for all rows in progress.
func (c *Create) withBatches(ctx context.Context, r *run) (engine.Options, error) {
	options := r.options
	if c.Batch == 0 {
		return options, nil
	}
	most, err := provider.Must[provider.Batcher](r.connection.Client).BatchSize(ctx)
	if err != nil {
		return options, app.ProviderFailure(r.Selection, fmt.Errorf("could not read the provider's batch limit; nothing was sent: %w", err))
	}
	if most < 2 {
		return options, failure.Refuse(fmt.Errorf("%s: batches are not supported; nothing was sent", r.Selection.Target), failure.Note("without it each row is sent in a separate request"), "omit --batch")
	}
	if most < c.Batch {
		r.App.Streams.Say("", fmt.Sprintf("Batch size limited to %s by the provider.", progress.Count(most, "row")))
	}
	options.Batch = min(c.Batch, most)
	options.Concurrency *= options.Batch
	options.MaxLost *= options.Batch // one lost response loses all rows of a batch
	return options, nil
}
