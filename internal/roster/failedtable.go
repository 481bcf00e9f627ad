package roster

import (
	"slices"
	"strconv"
)

// noted adds a note to the cells of a row, after at least as many cells as the header has, and without those of an
// earlier note.
type noted struct {
	width int
	own   []int // the columns of an earlier note, from the last to the first
}

func newNoted(header []string) noted {
	n := noted{width: len(header)}
	for i, name := range slices.Backward(header) {
		if isOwn(name) && !isClearColumn(name) {
			n.own = append(n.own, i)
		}
	}
	return n
}

func (n noted) row(cells []string, added ...string) []string {
	row := slices.Grow(slices.Clone(cells), n.width+len(added))
	for len(row) < n.width {
		row = append(row, "")
	}
	for _, i := range n.own {
		row = slices.Delete(row, i, i+1)
	}
	return append(row, added...)
}

func (n noted) header(header []string) []string {
	return n.row(header, lineHeader, errorHeader, hintHeader)
}

func (n noted) with(cells []string, note note) []string {
	return n.row(cells, strconv.Itoa(note.line), note.error, note.hint)
}
