package job

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Undo deletes the users that a run created.
type Undo struct {
	// RunID is the id of the run, or "last".
	RunID string
	// Changed also deletes users who were modified since they were created.
	Changed bool
	// Doubts also deletes users whose creates are in doubt, if the run certainly created them.
	Doubts bool

	action
	past ledger.PastRun
	undo *amend.Undo
	rows int // users of the run who exist according to the ledger
}

// Run deletes the users, or reverses the memberships of a run that changed these. The error has the exit status and the next
// steps.
func (u *Undo) Run(ctx context.Context, j *Job) error {
	switch isOfGroups, err := u.isOfGroups(ctx, j); {
	case err != nil:
		return err
	case isOfGroups:
		return j.run(ctx, &undoGroups{runID: u.RunID})
	default:
		return j.run(ctx, u)
	}
}

func (u *Undo) labels() labels {
	words := labelsOf(rowstate.CommandUndo)
	words.line = "usher runs undo"
	return words
}

func (u *Undo) check(*run) error { return nil }

// read finds the run. If the provider documents no delete, it lists the users and returns an error.
func (u *Undo) read(ctx context.Context, r *run) (err error) {
	if u.past, err = findRun(ctx, r.book, u.RunID, r.Selection.Target); err != nil {
		return failure.Refuse(err, "usher runs list")
	}
	r.undoOf, r.Command.Arguments[2] = u.past.ID, u.past.ID // because "last" will be another run
	r.source = report.Source(u.past.Source)
	if err := u.checkRun(r); err != nil {
		return err
	}
	if _, deletes := r.Selection.Adapter.Endpoint(provider.CapabilityDelete); !deletes {
		return u.byHand(ctx, r)
	}
	plan, err := r.book.NewPlan(ctx)
	if err != nil {
		return failure.Refuse(err)
	}
	r.closing(plan.Close)
	u.undo = &amend.Undo{Adapter: r.Selection.Adapter, Book: r.book, Run: u.past, Plan: plan, Changed: u.Changed}
	u.subjects = u.undo.Action()
	return nil
}

// findRun returns the run with an id. The last one is that at the target.
func findRun(ctx context.Context, book ledger.Store, id, target string) (ledger.PastRun, error) {
	if id == "last" {
		if past, ok, err := ledger.LastAt(ctx, book, target); ok || err != nil {
			return past, err
		}
	}
	return book.Run(ctx, id)
}

// checkRun returns an error for a run that created no users, or created them in another target.
func (u *Undo) checkRun(r *run) error {
	past := u.past
	switch {
	case past.Command == rowstate.CommandUpdate && past.BeforeFile != "":
		return failure.Refuse(fmt.Errorf("run %s created no users: it updated them", past.ID),
			failure.Note("to revert the changes"), "usher users update --roster "+shell.Quote(past.BeforeFile)+" --profile="+r.Selection.Profile.Name)
	case past.Command == rowstate.CommandUndo && len(past.Arguments) > 2:
		return failure.Refuse(fmt.Errorf("run %s created no users: it undid run %s", past.ID, past.Arguments[2]),
			failure.Note("to delete the remaining users"), "usher runs undo "+past.Arguments[2])
	case !slices.Contains([]string{rowstate.CommandImport, rowstate.CommandCreate, rowstate.CommandSync}, past.Command):
		return failure.Refuse(fmt.Errorf("run %s created no users: its command was %s", past.ID, past.Command), "usher runs list")
	default:
		return r.checkTarget(past)
	}
}

// checkTarget returns an error for a run in another target.
func (r *run) checkTarget(past ledger.PastRun) error {
	if past.Target == r.Selection.Target {
		return nil
	}
	return failure.Refuse(fmt.Errorf("run %s: target is %s, but profile %s points to %s; nothing was sent", past.ID, past.Target, r.Selection.Profile.Name, r.Selection.Target),
		failure.Note("use the profile of that target"), failure.Again("-p NAME"))
}

// plan reads each user at the provider.
func (u *Undo) plan(ctx context.Context, r *run) error {
	if _, err := r.lock.DropSharedIDs(ctx, u.past); err != nil { // the run may have been interrupted
		return failure.Refuse(err)
	}
	states, err := r.book.CountStates(ctx, u.past)
	if err != nil {
		return err
	}
	if doubts := states[rowstate.Unknown] + states[rowstate.Sent]; doubts > 0 && u.rows == 0 && !u.Doubts {
		r.App.Streams.Say("", fmt.Sprintf("Run %s: %s with an unknown outcome, skipped. To list them: usher runs rows %s --state unknown", u.past.ID, progress.Count(doubts, "row"), u.past.ID))
	}
	u.rows = states[rowstate.Created]
	if err := u.undo.Plan.Unask(ctx); err != nil {
		return err
	}
	if err := u.findDoubts(ctx, r, states[rowstate.Unknown]+states[rowstate.Sent]); err != nil {
		return err
	}
	if err := u.readUsers(ctx, r); err != nil {
		return r.notAsked("could not look up the users", err)
	}
	return u.survey(ctx, r)
}

// findDoubts looks for the users of so many rows in doubt.
func (u *Undo) findDoubts(ctx context.Context, r *run, doubts int) error {
	r.doubts = nil
	if !u.Doubts || doubts == 0 {
		return nil
	}
	lister, ok := provider.As[provider.Lister](r.connection.Client)
	if !ok {
		for row, err := range r.book.Rows(ctx, u.past, rowstate.Sent, rowstate.Unknown) {
			if err != nil {
				return err
			}
			r.doubts = append(r.doubts, row.Line)
		}
		return nil
	}
	defer r.reader.whileSlow("Fetching the user list from " + r.Selection.Adapter.Vendor)()
	var err error
	if r.doubts, err = u.undo.FindDoubts(ctx, lister); err != nil {
		return r.notAsked("could not look for the users of rows in doubt", err)
	}
	u.rows += doubts - len(r.doubts)
	return nil
}

// readUsers reads each user, and shows the progress.
func (u *Undo) readUsers(ctx context.Context, r *run) error {
	if u.rows == 0 {
		return nil
	}
	r.App.Streams.Say("", fmt.Sprintf("Looking up each user at %s: %s.", r.Selection.Adapter.Vendor, progress.Count(u.rows, "lookup")))
	shown := progress.New(r.App.Streams, u.rows)
	defer shown.Close()
	options := withFacts(r.options, r.Selection.Adapter, r.connection.Client)
	options.Throttled = shown.Throttled
	return u.undo.Ask(ctx, r.connection.Client, options, func() { shown.Row(progress.Well) }, func(rows int, wait time.Duration) {
		shown.Settling(absenceText(rows, wait), wait)
	})
}

func (u *Undo) prepare(_ context.Context, _ *run, info *ledger.RunInfo) error {
	info.UndoOf = &u.past
	return nil
}

func (u *Undo) lines(ctx context.Context, r *run, past ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return u.undo.Lines(ctx, r.book, past)
}

// leftoverDoc is usher.leftover/v1: a user to delete in the provider's console.
type leftoverDoc struct {
	Schema string `json:"schema"`
	Run    string `json:"run"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	ID     string `json:"id"`
}

// byHand lists the users that the run created, if the provider documents no delete. It returns an error, because
// nothing was undone.
func (u *Undo) byHand(ctx context.Context, r *run) error {
	states, err := r.book.CountStates(ctx, u.past)
	if err != nil {
		return err
	}
	if doubts := states[rowstate.Unknown] + states[rowstate.Sent]; states[rowstate.Created] == 0 && u.Doubts && doubts > 0 {
		return failure.Refuse(fmt.Errorf("run %s: %s in doubt, and %s documents no delete", u.past.ID, progress.Count(doubts, "row"), r.Selection.Adapter.Vendor),
			failure.Note("check each user in the provider's console, and delete them there"), "usher runs rows "+u.past.ID+" --state unknown", "usher runs settle "+u.past.ID+" --line N --absent")
	}
	if states[rowstate.Created] == 0 {
		return failure.Refuse(fmt.Errorf("run %s: nothing to undo; the ledger contains no user that it created", u.past.ID), "usher runs rows "+u.past.ID)
	}
	listed, err := u.listLeftovers(ctx, r)
	if err != nil {
		return err
	}
	r.App.Streams.Say("", fmt.Sprintf("Run %s created %s in %s. Delete them in the provider's console, then run:", u.past.ID, progress.Count(listed, "user"), u.past.Target))
	app.ShowCommand(r.App.Streams, "  ", "usher runs forget "+u.past.ID)
	return app.NotDocumented(r.Selection.Adapter, "delete a user")
}

func (u *Undo) listLeftovers(ctx context.Context, r *run) (listed int, err error) {
	printer, err := r.App.Printer()
	if err != nil {
		return 0, err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "id", Whole: true}, {Name: "file", Wrap: true}})
	defer func() { err = out.End(err) }()
	for row, err := range r.book.Rows(ctx, u.past, rowstate.Created) {
		if err != nil {
			return listed, err
		}
		listed++
		doc := leftoverDoc{Schema: "usher.leftover/v1", Run: u.past.ID, File: u.past.Source.File, Line: row.Line, ID: row.UserID}
		if err := out.Add([]string{strconv.Itoa(doc.Line), doc.ID, doc.File}, doc, doc.ID); err != nil {
			return listed, err
		}
	}
	return listed, nil
}
