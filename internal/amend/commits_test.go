package amend

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/schema"
)

// commits counts the transactions in the log of a ledger, of which each is one
// write to the disk that is waited for: https://www.sqlite.org/fileformat2.html#walformat
func commits(t *testing.T, book ledger.Store) (n int) {
	t.Helper()
	log, err := os.ReadFile(book.Place() + "-wal")
	check(t, err)
	const header, frame = 32, 24 + 4096
	for at := header; at+frame <= len(log); at += frame {
		if string(log[at+8:at+16]) != string(log[16:24]) {
			t.Fatal("the log began anew, so that its transactions cannot be counted")
		}
		if binary.BigEndian.Uint32(log[at+4:]) != 0 {
			n++
		}
	}
	return n
}

// many is a roster of so many people, and a directory that has them.
func many(rows int) (string, *directory) {
	var text strings.Builder
	text.WriteString("email,name\n")
	d := newDirectory()
	for n := range rows {
		email := fmt.Sprintf("p%d@example.com", n)
		fmt.Fprintf(&text, "%s,New\n", email)
		d.users[email] = schema.Record{"email": email, "name": "Old"}
	}
	return text.String(), d
}

// A change of many users takes few writes to the disk, as an import does.
func TestManyChangesTakeFewCommits(t *testing.T) {
	t.Parallel()
	const (
		rows = 3000
		most = rows / 5
	)
	roster, d := many(rows)
	t.Run("update", func(t *testing.T) {
		s := newStage(t, "people.csv", roster)
		before := commits(t, s.book)
		_, states, err := s.carryOut(listing{d}, intake.ByList, filepath.Join(t.TempDir(), "before.ndjson"), quick())
		check(t, err)
		took := commits(t, s.book) - before
		if took > most || took < 2 || len(states) != rows || states[rows] != rowstate.Updated {
			t.Errorf("%d commits for %d rows, of which one is %s", took, len(states), states[rows])
		}
	})
	t.Run("delete", func(t *testing.T) {
		s := newStage(t, "people.csv", roster)
		client := register{exits{directory: d}}
		r := &acting{stage: s, Action: s.Comparison.Action(ops.Delete()), counts: map[rowstate.State]int{}}
		check(t, s.Ask(t.Context(), listing{d}, intake.ByList, quick(), func() {}))
		before := commits(t, s.book)
		past := r.send(client, rowstate.CommandDelete)
		took := commits(t, s.book) - before
		counts, err := s.book.CountStates(t.Context(), past)
		check(t, err)
		if took > most || took < 2 || counts[rowstate.Deleted] != rows || len(d.users) > 0 {
			t.Errorf("%d commits for %v", took, counts)
		}
	})
}
