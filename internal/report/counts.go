package report

import (
	"bytes"
	"strconv"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// Counts are the counts of a run in documents: an object with one property a count, in the order of the list.
type Counts []rowstate.Count

// CountsOf returns the counts of a run of this command for documents.
func CountsOf(counts rowstate.Counts, command string) Counts {
	return rowstate.CommandOf(command).Listed(counts)
}

// MarshalJSON implements [json.Marshaler].
func (c Counts) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	for _, count := range c {
		if text.Len() > 0 {
			text.WriteByte(',')
		}
		text.WriteString(strconv.Quote(count.Name) + ":" + strconv.Itoa(count.Rows))
	}
	return []byte("{" + text.String() + "}"), nil
}
