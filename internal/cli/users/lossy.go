package users

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// lossy counts, by field, the users whose value no cell of a table gives back.
type lossy struct {
	fields schema.Table
	counts map[string]int
}

func newLossy(fields schema.Table) *lossy { return &lossy{fields, map[string]int{}} }

func (l *lossy) add(record schema.Record) {
	for _, f := range l.fields {
		if value, ok := record[f.Name]; ok && !record.IsEmpty(f.Name) && !roster.FitsCell(f, value) {
			l.counts[f.Name]++
		}
	}
}

// warn names the fields that cannot be read back.
func (l *lossy) warn(streams *term.Streams) {
	for _, f := range l.fields {
		if n := l.counts[f.Name]; n > 0 {
			streams.Warn(fmt.Sprintf("%s: the values of %s are not read back from a table; use ndjson", f.Name, progress.Count(n, "user")))
		}
	}
}
