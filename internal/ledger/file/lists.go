package file

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
)

// fewestInList is the minimum number of intents in a list. Fewer are written as rows, which their outcomes then
// change.
const fewestInList = 8

// list is intents that were recorded together in one entry of the table of intents, so that each of their rows is
// written once, with its outcome.
type list struct {
	number  int64
	started int64
	rows    []int
	open    int // rows of which nothing else is known
}

// intentItem is the list with a row's intent. It is open until the row is also in the table of rows.
type intentItem struct {
	in     *list
	isOpen bool
	proof  int // of the intent
}

// lists are the lists of a run whose entries are still needed.
type lists struct {
	members map[int]intentItem // by row
	spent   []*list            // without an open row; to be deleted with the next commit
	moves   []move             // of the current transaction
	highest int                // no row beyond it was ever written
}

// move is what a transaction does to one row and its list.
type move struct {
	row   int
	to    moved
	in    *list // list that the row is added to
	proof int   // likewise
}

type moved int

const (
	enters   moved = iota // the intent is in the list
	resolved              // the row is in the table of rows
	leaves                // the intent is removed from the list
)

// openIn returns the list with all that is known of a row, or nil.
func (l *lists) openIn(row int) *list {
	if m := l.members[row]; m.isOpen {
		return m.in
	}
	return nil
}

// note adds a move, which [lists.committed] makes.
func (l *lists) note(m move) {
	l.moves = append(l.moves, m)
	l.highest = max(l.highest, m.row)
}

// committed makes the moves of a transaction that is durable.
func (l *lists) committed() {
	l.spent = l.spent[:0]
	for _, m := range l.moves {
		was := l.members[m.row]
		switch {
		case m.to == enters:
			l.members[m.row] = intentItem{in: m.in, isOpen: true, proof: m.proof}
			m.in.open++
			continue
		case was.in == nil:
			continue
		case m.to == leaves:
			delete(l.members, m.row)
		case was.isOpen:
			l.members[m.row] = intentItem{in: was.in}
		}
		if was.isOpen {
			l.close(was.in)
		}
	}
	l.moves = l.moves[:0]
}

// close records that a row of a list is no longer open.
func (l *lists) close(in *list) {
	if in.open--; in.open > 0 {
		return
	}
	l.spent = append(l.spent, in)
	for _, row := range in.rows {
		if l.members[row].in == in {
			delete(l.members, row)
		}
	}
}

// enlist makes intents durable as one list; ok is false if one of the rows is already in the run, or occurs twice, so
// that each must be checked, or if they are of several operations.
func (w *writer) enlist(ctx context.Context, intents []intentBatch) (ok bool, err error) {
	isOther := func(intent intentBatch) bool { return intent.state != intents[0].state }
	if len(intents) < fewestInList || slices.ContainsFunc(intents, isOther) {
		return false, nil
	}
	made := &list{started: intents[0].at, rows: make([]int, len(intents))}
	text := []byte{'['}
	for i := range intents {
		made.rows[i] = intents[i].Row
		if i > 0 {
			text = append(text, ',')
		}
		text = intents[i].appendJSON(text)
	}
	slices.Sort(made.rows)
	isMember := func(row int) bool { return w.lists.members[row].in != nil }
	if slices.ContainsFunc(made.rows, isMember) || len(slices.Compact(slices.Clone(made.rows))) < len(made.rows) {
		return false, nil
	}
	isNew := made.rows[0] > w.lists.highest // else the store must check it
	result, err := w.stmts.enlist.ExecContext(ctx, made.started, string(append(text, ']')), isNew, string(intents[0].state))
	changed := 0
	if err := affected(result, err, &changed); err != nil || changed == 0 {
		return false, err
	}
	if made.number, err = result.LastInsertId(); err != nil {
		return false, err
	}
	for _, intent := range intents {
		w.lists.note(move{row: intent.Row, to: enters, in: made, proof: intent.Proof})
	}
	return true, nil
}

// appendJSON writes the intent as an element of a list.
func (s *intentBatch) appendJSON(text []byte) []byte {
	text = strconv.AppendInt(append(text, '['), int64(s.Row), 10)
	text = strconv.AppendInt(append(text, ','), int64(s.Line), 10)
	text = append(text, ',', '"')
	text = hex.AppendEncode(text, s.Digest.Blob())
	text = append(text, '"', ',')
	text = strconv.AppendInt(text, int64(s.Proof), 10)
	ids := []string{s.UserID, s.Group}
	for len(ids) > 0 && ids[len(ids)-1] == "" {
		ids = ids[:len(ids)-1]
	}
	for _, id := range ids {
		encoded, _ := json.Marshal(id) // a string can always be encoded
		text = append(append(text, ','), encoded...)
	}
	return append(text, ']')
}

// removeIntents removes rows from a list.
func (w *writer) removeIntents(ctx context.Context, from *list, rows []int) error {
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	if _, err := w.stmts.strike.ExecContext(ctx, string(text), from.number); err != nil {
		return err
	}
	for _, row := range rows {
		w.lists.note(move{row: row, to: leaves})
	}
	return nil
}

// clear deletes the lists without open rows.
func (w *writer) clear(ctx context.Context) error {
	for _, spent := range w.lists.spent {
		if _, err := w.stmts.clear.ExecContext(ctx, spent.number); err != nil {
			return err
		}
	}
	return nil
}

// unlist writes the intents in lists as rows, for the runs in an SQL list with one parameter. Only runs in
// progress have lists.
func (l *Ledger) unlist(ctx context.Context, runs string, arg any) error {
	var found bool
	if err := l.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM intents WHERE run IN `+runs+`)`, arg).Scan(&found); err != nil || !found {
		return l.wrap("read the ledger", err)
	}
	return l.transact(ctx, "record the rows in the ledger", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO rows (`+rowColumns+`) SELECT `+rowColumns+` FROM intended WHERE run IN `+runs, arg); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM intents WHERE run IN `+runs, arg)
		return err
	})
}
