package ledger

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// fewestInList is how many intents are worth a list of their own. Fewer are
// written as rows, which their outcomes then change.
const fewestInList = 8

// list is intents that were made together and stand in one entry of the table of
// intents, so that each of their rows is written once, with its outcome.
type list struct {
	number  int64
	started int64
	// open has the rows of the entry; false are those that stand in the table of rows.
	open map[int]bool
	left int // how many are true
}

// lists are the lists of a run whose entries are still needed.
type lists struct {
	of    map[int]*list // by row
	spent []*list       // without an open row; to be deleted with the next commit
	moves []move        // of the transaction under way
}

// move is what a transaction does to one row and its list.
type move struct {
	row int
	to  moved
	in  *list // where the row enters it
}

type moved int

const (
	enters   moved = iota // the intent stands in the list
	resolved              // the row stands in the table of rows
	leaves                // the intent is taken out of the list
)

// open gives the list in which a row's intent stands and is all that is known of it, or nil.
func (l *lists) open(row int) *list {
	if in := l.of[row]; in != nil && in.open[row] {
		return in
	}
	return nil
}

// note takes up a move; [lists.committed] makes it.
func (l *lists) note(m move) { l.moves = append(l.moves, m) }

// committed makes the moves of a transaction that is durable.
func (l *lists) committed() {
	for _, m := range l.moves {
		if m.to == enters {
			l.of[m.row], m.in.open[m.row] = m.in, true
			m.in.left++
			continue
		}
		in := l.of[m.row]
		if in == nil {
			continue
		}
		wasOpen := in.open[m.row]
		if m.to == leaves {
			delete(l.of, m.row)
			delete(in.open, m.row)
		} else {
			in.open[m.row] = false
		}
		if !wasOpen {
			continue
		}
		if in.left--; in.left == 0 {
			l.spent = append(l.spent, in)
			for row := range in.open {
				delete(l.of, row)
			}
		}
	}
	l.moves = l.moves[:0]
}

// enlist makes intents durable as one list; ok is false where one of the rows
// stands in the run already, so that each must be looked at.
func (w *writer) enlist(ctx context.Context, intents []sending) (ok bool, err error) {
	if len(intents) < fewestInList {
		return false, nil
	}
	text := []byte{'['}
	for i := range intents {
		if w.lists.of[intents[i].Row] != nil {
			return false, nil
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = intents[i].appendJSON(text)
	}
	made := &list{started: intents[0].at, open: make(map[int]bool, len(intents))}
	result, err := w.stmts.enlist.ExecContext(ctx, made.started, string(append(text, ']')))
	changed := 0
	if err := affected(result, err, &changed); err != nil || changed == 0 {
		return false, err
	}
	if made.number, err = result.LastInsertId(); err != nil {
		return false, err
	}
	for i := range intents {
		w.lists.note(move{row: intents[i].Row, to: enters, in: made})
	}
	return true, nil
}

// appendJSON writes the intent as it stands in a list.
func (s *sending) appendJSON(text []byte) []byte {
	text = strconv.AppendInt(append(text, '['), int64(s.Row), 10)
	text = strconv.AppendInt(append(text, ','), int64(s.Line), 10)
	text = append(text, ',', '"')
	text = hex.AppendEncode(text, s.Digest.blob())
	return append(text, '"', ']')
}

// strike takes rows out of a list.
func (w *writer) strike(ctx context.Context, from *list, rows []int) error {
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

// clear deletes the lists of which no row is open.
func (w *writer) clear(ctx context.Context) error {
	for _, spent := range w.lists.spent {
		if _, err := w.stmts.clear.ExecContext(ctx, spent.number); err != nil {
			return err
		}
	}
	return nil
}

// unlist writes what stands in lists as rows; an SQL list of runs, with one
// parameter, says in whose. Runs under way alone have lists.
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
