package amend

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Undo is the users that a run created, and their removal. Its methods are called in the order Ask, Action. It is
// not safe for concurrent use.
type Undo struct {
	Adapter provider.Adapter
	Book    ledger.Store
	// Run is the run to undo, as it was before.
	Run ledger.PastRun
	// Plan stores the provider's answers.
	Plan ledger.Plan
	// Changed also deletes users who were modified since creation.
	Changed bool

	doubts map[int]string // ids of users whose creates were in doubt, by row
	unread bool           // the provider documents no read by id
	readAt time.Time
	settle time.Duration // absence counts so long after the user was created
}

// Ask reads every user. It ends as [Comparison.Ask] does.
func (u *Undo) Ask(ctx context.Context, client provider.Client, options engine.Options, asked func(), waiting Waiting) error {
	u.readAt, u.settle = time.Now(), options.SettleTime(ctx)
	if err := u.ask(ctx, client, options, asked); err != nil || u.unread {
		return err
	}
	rows, wait, err := u.recent(ctx)
	if rows == 0 || err != nil {
		return err
	}
	waiting(rows, wait)
	if err := options.Wait(ctx, wait); err != nil {
		return err
	}
	u.settle = 0
	return u.ask(ctx, client, options, func() {})
}

// recent returns the number of rows whose users seem absent but were created too recently for a proof, and how
// long they have to wait.
func (u *Undo) recent(ctx context.Context) (rows int, wait time.Duration, err error) {
	for row, err := range u.created(ctx) {
		if err != nil {
			return rows, wait, err
		}
		answers, err := u.Plan.Kept(ctx, row.Row)
		if err != nil {
			return rows, wait, err
		}
		if left := u.settle - time.Since(row.Ended); len(answers) > 0 && answers[0].Absent && left > 0 {
			rows++
			wait = max(wait, left)
		}
	}
	return rows, wait, nil
}

func (u *Undo) ask(ctx context.Context, client provider.Client, options engine.Options, asked func()) error {
	read := ops.ByID(client)
	if u.unread = read.Confirm == nil; u.unread {
		return nil
	}
	heard := lookupResults{plan: u.Plan, confirmed: true, kept: func(user provider.User) (json.RawMessage, error) {
		return keepUser(ops.Delete(), u.Adapter.Lifecycle, user)
	}}
	items := func(yield func(engine.Item, error) bool) {
		for row, err := range u.created(ctx) {
			if err == nil && row.UserID == "" {
				continue
			}
			if err == nil {
				err = heard.keep(ctx)
			}
			if !yield(engine.Item{Row: row.Row, Line: row.Line, Key: row.UserID, UserID: row.UserID}, err) || err != nil {
				return
			}
			asked()
		}
	}
	err := engine.Ask(provider.Fresh(ctx), read, items, options, heard.add)
	return errors.Join(err, heard.keep(context.WithoutCancel(ctx)))
}

// FindDoubts reads the provider's list for the users of rows in doubt. Those that the run certainly created are undone like
// the others: absence was proved before the first request, no documented creation time precedes it, and one user alone has
// the key, by a comparison that suffices at the provider. It returns the lines of the other rows in doubt: their users may exist, or be those of other people.
func (u *Undo) FindDoubts(ctx context.Context, lister provider.Lister) (lines []int, err error) {
	wanted, found := map[ledger.Digest]ledger.Entry{}, map[int][]provider.User{}
	for row, err := range u.Book.Rows(ctx, u.Run, rowstate.Sent, rowstate.Unknown) {
		if err != nil {
			return nil, err
		}
		wanted[row.Digest] = row
	}
	digest := intake.DigestOf(u.Book, u.Run.Target, u.Adapter)
	for user, err := range lister.List(ctx, nil) {
		if provider.IsIncomplete(err) {
			break // whoever is listed exists
		}
		if err != nil {
			return nil, err
		}
		record := user.Record(u.Adapter.Table).With(schema.Record{u.Adapter.Key: user.Key})
		if row, ok := wanted[digest(record)]; ok {
			found[row.Row] = append(found[row.Row], user)
		}
	}
	u.doubts = map[int]string{}
	for _, row := range wanted {
		if u.isOurs(row, found[row.Row]) {
			u.doubts[row.Row] = found[row.Row][0].ID
			continue
		}
		lines = append(lines, row.Line)
	}
	slices.Sort(lines)
	return lines, nil
}

// isOurs reports whether a create in doubt has created the only user of a list. The user was found by the key, so that the
// route can find such keys. The ledger has no more of the key than a digest, which ignores case.
func (u *Undo) isOurs(row ledger.Entry, users []provider.User) bool {
	if row.Word || len(users) != 1 || users[0].ID == "" {
		return false
	}
	user := users[0]
	_, identity := evidence.WantedOf(u.Adapter).Select(evidence.Member{ID: user.ID, Match: schema.KeySimilar})
	proved := evidence.Absent(row.Proof).Proves(evidence.Route{}.Found(user.Key), user.Key)
	return identity == evidence.TheUser && evidence.OwnerOf(proved, row.Started, u.Adapter.Lifecycle.CreatedAt(user)) == evidence.Ours
}

// created yields the rows whose users the run created. Forgetting a row during the iteration does not affect the
// following ones.
func (u *Undo) created(ctx context.Context) iter.Seq2[ledger.Entry, error] {
	states := []rowstate.State{rowstate.Created}
	if len(u.doubts) > 0 {
		states = append(states, rowstate.Sent, rowstate.Unknown)
	}
	return func(yield func(ledger.Entry, error) bool) {
		for row, err := range u.Book.Rows(ctx, u.Run, states...) {
			if err == nil && row.State != rowstate.Created {
				if row.UserID = u.doubts[row.Row]; row.UserID == "" {
					continue
				}
			} else if err == nil && row.Word {
				continue // settled by the administrator, without evidence
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// Action returns the delete of the users.
func (u *Undo) Action() *Action {
	return &Action{Adapter: u.Adapter, Verb: ops.Delete(), ReadAt: func() time.Time { return u.readAt }, Subjects: func(ctx context.Context) iter.Seq2[Candidate, error] {
		return func(yield func(Candidate, error) bool) {
			for row, err := range u.created(ctx) {
				var s Candidate
				if err == nil {
					s, err = u.subject(ctx, row)
				}
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}}
}

func (u *Undo) subject(ctx context.Context, row ledger.Entry) (Candidate, error) {
	s := Candidate{Item: engine.Item{Row: row.Row, Line: row.Line, Digest: row.Digest, UserID: row.UserID}}
	switch {
	case row.UserID == "":
		s.Decision = NoID
		return s, nil
	case u.unread:
		s.ChangedUnknown = true
		return s, nil
	}
	answers, err := u.Plan.Kept(ctx, row.Row)
	if err == nil && len(answers) == 0 {
		err = s.decide(ledger.Answer{}, false)
	} else if err == nil {
		err = s.decide(answers[0], true)
	}
	s.UserID = row.UserID
	s.Record = schema.Record{u.Adapter.Key: s.Key}
	if s.Decision == Present && s.Changed && !u.Changed {
		s.Decision = Modified
	}
	return s, err
}

// Lines yields the result of each user in the run that undoes.
func (u *Undo) Lines(ctx context.Context, book ledger.Store, run ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		for pair, err := range ledger.Pairs(book.Rows(ctx, u.Run, rowstate.Created, rowstate.Forgotten, rowstate.Sent, rowstate.Unknown), book.Rows(ctx, run)) {
			if err == nil && pair.Other == nil && pair.State != rowstate.Created && u.doubts[pair.Row] == "" {
				continue // in doubt, or forgotten by an earlier command
			}
			if id := u.doubts[pair.Row]; id != "" {
				pair.UserID = id
			}
			var line intake.LedgerRow
			if err == nil {
				line.Row = pair.Row
				line.Line, err = u.line(ctx, pair.Entry, pair.Other)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (u *Undo) line(ctx context.Context, row ledger.Entry, note *ledger.Entry) (report.Line, error) {
	s, err := u.subject(ctx, row)
	line := actionLine(s.Line, s.Key, note, ops.Delete())
	line.ID = s.UserID
	if s.Decision == Modified {
		line.Error, line.Hint = "user modified since creation", "add --changed to delete it"
	}
	return line, err
}
