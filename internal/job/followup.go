package job

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// followUp is the second run of an operation that reads a roster of users with a column of groups: it adds the users who
// are done to the groups. The two runs are planned and confirmed together.
type followUp struct {
	*run
	groups *Groups
}

// canFollow reports whether the rows of users to create may have groups. The runs of a route have no follow-up.
func (r *run) canFollow() bool { return mayHaveGroups(r.Selection.Adapter) && r.route == nil }

// mayHaveGroups reports whether a roster of users may have a column of groups: the provider documents how users are added,
// and has no field of that name.
func mayHaveGroups(adapter provider.Adapter) bool {
	_, adds := adapter.Endpoint(provider.CapabilityAddMember)
	_, isField := adapter.Table.Match(groupsField().Name)
	return adds && !isField
}

// follow prepares the second run, if the roster has a column of groups. With exact, it also removes the users from all other
// groups.
func (r *run) follow(ctx context.Context, exact bool) error {
	if r.reading.Memberships == 0 {
		if exact {
			return r.noGroups()
		}
		return nil
	}
	known, err := r.knownMemberships(ctx, r.intake.Plan)
	if err != nil {
		return err
	}
	groups := &Groups{Verb: ops.AddToGroup(), Exact: exact}
	groups.memberships = &amend.Memberships{Verb: groups.Verb, Users: r.usersBefore, Known: known, Adapter: r.Selection.Adapter, ReadAt: func() time.Time { return r.began }}
	groups.begin()
	second := r.newRun(groups)
	second.closers, second.reader, second.intake, second.reading, second.reads, second.source = r.closers, r.reader, r.intake, r.reading, r.reads, r.source
	second.names, second.isSecond = r.names, true
	r.after = &followUp{second, groups}
	return groups.check(second)
}

// usersWithGroups yields the users of the selected rows that have groups. IdOf returns the id of a row's user; ok is false if
// the row is left out.
func (r *run) usersWithGroups(ctx context.Context, selection ledger.Selection, idOf func(intake.Row) (id string, ok bool)) iter.Seq2[amend.User, error] {
	return func(yield func(amend.User, error) bool) {
		for row, err := range r.intake.Rows(ctx, selection) {
			var user amend.User
			if err == nil {
				id, ok := idOf(row)
				if !ok || row.Groups == nil {
					continue
				}
				user = amend.User{Groups: row.Groups, Candidate: amend.Candidate{Item: engine.Item{
					Row: row.Number, Line: row.Line, Key: row.Record.Text(r.Selection.Adapter.Key), Digest: row.Digest, UserID: id,
					Record: schema.Record{r.Selection.Adapter.Key: row.Record.Text(r.Selection.Adapter.Key)},
				}}}
			}
			if !yield(user, err) || err != nil {
				return
			}
		}
	}
}

// usersBefore yields the users who will probably be done. New ones have no id.
func (r *run) usersBefore(ctx context.Context) iter.Seq2[amend.User, error] {
	return r.usersWithGroups(ctx, ledger.Selection{Valid: true}, func(row intake.Row) (string, bool) {
		switch row.Finding.Standing {
		case ledger.New, ledger.Exists, ledger.Doubtful:
			return row.Finding.UserID, row.Lacks == nil
		default:
			return "", false
		}
	})
}

// usersDone yields the users that a run has left as wanted.
func (r *run) usersDone(past ledger.PastRun) func(context.Context) iter.Seq2[amend.User, error] {
	return func(ctx context.Context) iter.Seq2[amend.User, error] {
		users := r.usersWithGroups(ctx, ledger.Selection{Run: &past, Valid: true}, func(row intake.Row) (string, bool) {
			if row.Entry == nil || row.Entry.State.Kind() != rowstate.Good {
				return "", false
			}
			return row.Entry.UserID, true // none if several users have it
		})
		return func(yield func(amend.User, error) bool) {
			for user, err := range users {
				if user.UserID == "" {
					user.Decision = amend.NoID
				}
				if !yield(user, err) {
					return
				}
			}
		}
	}
}

// planAfter plans the second run, after the first was planned.
func (f *followUp) planAfter(ctx context.Context, first *run) error {
	f.book, f.lock, f.connection, f.link, f.options = first.book, first.lock, first.connection, first.link, first.options
	if err := f.groups.readMembers(ctx, f.run); err != nil {
		return err
	}
	return f.groups.survey(ctx, f.run)
}

// carryOut carries out the second run. It returns the error of the run, whose users are those that the first has left as
// wanted.
func (f *followUp) carryOut(ctx context.Context, first *run) (doc reportDoc, past ledger.PastRun, err error) {
	before, err := f.book.Run(ctx, first.entry.ID())
	if err != nil {
		return doc, past, err
	}
	f.groups.memberships.Users = first.usersDone(before)
	f.outputs, f.partOf = &outputs{}, first.entry.ID()
	if err := f.groups.survey(ctx, f.run); err != nil || f.rows == 0 {
		return doc, past, err
	}
	if err := f.run.begin(ctx); err != nil {
		return doc, past, failure.Fail(failure.StatusFailed, err, failure.StepsOf(err)...) // the first run has sent something
	}
	if err := f.run.send(ctx); err != nil {
		return doc, past, err
	}
	ctx = context.WithoutCancel(ctx)
	doc, err = f.finish(ctx, f.groups)
	past, failed := f.book.Run(ctx, f.entry.ID())
	return doc, past, cmp.Or(err, failed)
}

// membershipsDoc is the second run in the report of the first.
type membershipsDoc struct {
	Run    string         `json:"run"`
	Counts report.Counts  `json:"counts"`
	Causes []report.Cause `json:"causes"`

	people map[int]string // as in reportDoc
}

// allCounts returns the counts of the run and of the one that follows.
func (r *run) allCounts() rowstate.Counts {
	counts := maps.Clone(r.counts)
	if r.after != nil {
		for state, rows := range r.after.counts {
			counts[state] += rows
		}
	}
	return counts
}

// rows returns the lines of the summary, without those of the causes.
func (d *membershipsDoc) rows() [][2]string {
	rows := [][2]string{{"memberships", d.Run}}
	for _, count := range d.Counts {
		rows = append(rows, [2]string{"memberships " + count.Label(), strconv.Itoa(count.Rows)})
	}
	return rows
}

// reportBoth ends the first run, carries out the second, and prints one summary. If the first has stopped, the second is
// left to a resume.
func (r *run) reportBoth(ctx context.Context, op many) error {
	files := r.outputs
	r.outputs = &outputs{}
	last := context.WithoutCancel(ctx)
	doc, result := r.finish(last, op)
	past, err := r.book.Run(last, r.entry.ID())
	result = worse(result, err)
	lines := op.lines(last, r, past)
	if r.stopped == nil && err == nil {
		second, itsPast, failed := r.after.carryOut(ctx, r)
		result = both(result, failed)
		if second.Run != "" {
			doc.Memberships = &membershipsDoc{second.Run, second.Counts, second.Causes, second.people}
		}
		if itsPast.ID != "" {
			lines = interleaved(lines, r.after.groups.lines(last, r.after.run, itsPast))
		}
	}
	if r.outputs = files; err == nil {
		failed := r.writeOutputs(last, lines)
		if failed == nil {
			doc.FailedFile, doc.ResultsFile = r.Failed, r.Results
		}
		result = worse(result, failed)
	}
	if err := r.print(last, doc); result == nil {
		return err
	}
	return result
}

// both returns the errors of two runs as one, with the status that takes precedence.
func both(first, second error) error {
	if first == nil || second == nil {
		return cmp.Or(first, second)
	}
	statuses := []int{failure.StatusOf(first), failure.StatusOf(second)}
	slices.SortFunc(statuses, func(a, b int) int { return cmp.Compare(slices.Index(ranked(), a), slices.Index(ranked(), b)) })
	next := failure.StepsOf(first)
	for _, step := range failure.StepsOf(second) {
		if !slices.Contains(next, step) {
			next = append(next, step)
		}
	}
	return failure.Fail(statuses[1], errors.New(strings.Join([]string{first.Error(), second.Error()}, "\n")), next...)
}

// interleaved yields the lines of two runs of one roster in the order of their rows, those of the first run first.
func interleaved(first, second iter.Seq2[intake.LedgerRow, error]) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		next, stop := iter.Pull2(second)
		defer stop()
		other, err, more := next()
		pass := func(until func(row int) bool) bool {
			for ; more && (err != nil || until(other.Row)); other, err, more = next() {
				if !yield(other, err) || err != nil {
					return false
				}
			}
			return true
		}
		for line, failed := range first {
			if failed == nil && !pass(func(row int) bool { return row < line.Row }) || !yield(line, failed) || failed != nil {
				return
			}
		}
		pass(func(int) bool { return true })
	}
}
