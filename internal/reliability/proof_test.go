package reliability

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// part is one part of the proof: one way of going wrong.
type part string

// The parts, in the order of the table.
const (
	kills     part = "killed at a random moment (SIGKILL)"
	oneFault  part = "one fault, one user created"
	someFault part = "one fault, a roster imported"
	badDay    part = "a roster with every fault at once"
	fullDisk  part = "a disk that is full"
	clock     part = "a clock that jumps by three hours"
	twoAtOnce part = "two processes at once"
	cutLedger part = "a ledger cut off or changed at any byte"
)

func parts() []part {
	return []part{kills, oneFault, someFault, badDay, fullDisk, clock, twoAtOnce, cutLedger}
}

// score is what was measured for one part.
type score struct {
	points  int // the moments, cells, disks, jumps or places that were really met
	lost    int // people whom the provider lacks at the end, or whom the report says wrongly to be there
	doubled int // people whom the provider has more than once
	unknown int // rows that the program left to the administrator, and said so
}

// scores gathers what all tests measure. It is safe for concurrent use.
type scores struct {
	mu     sync.Mutex
	byPart map[part]score
}

// add adds to the score of a part.
func (s *scores) add(p part, more score) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byPart == nil {
		s.byPart = map[part]score{}
	}
	sum := s.byPart[p]
	sum.points += more.points
	sum.lost += more.lost
	sum.doubled += more.doubled
	sum.unknown += more.unknown
	s.byPart[p] = sum
}

// print writes the table, as docs/reliability.md has it. A part that met
// nothing, on this system or with these flags of go test, says so.
func (s *scores) print(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byPart) == 0 {
		return
	}
	rows := [][]string{{"part", "points tried", "lost", "doubled", "unknown"}}
	for _, p := range parts() {
		row := []string{string(p), "not tried", "", "", ""}
		if sum := s.byPart[p]; sum.points > 0 {
			row = []string{string(p), fmt.Sprint(sum.points), fmt.Sprint(sum.lost), fmt.Sprint(sum.doubled), fmt.Sprint(sum.unknown)}
		}
		rows = append(rows, row)
	}
	printTable(w, rows)
}

// printTable writes a table whose first row is the header, in Markdown. All columns
// but the first are numbers.
func printTable(w io.Writer, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	rule := []string{"---"}
	for range rows[0][1:] {
		rule = append(rule, "---:")
	}
	rows = slices.Insert(rows, 1, rule)
	for _, row := range rows {
		for column, cell := range row {
			width := 0
			for _, other := range rows {
				width = max(width, len(other[column]))
			}
			_, _ = fmt.Fprintf(w, "| %s%s ", cell, strings.Repeat(" ", width-len(cell))) // a table that is not printed fails no test
		}
		_, _ = fmt.Fprintln(w, "|")
	}
}
