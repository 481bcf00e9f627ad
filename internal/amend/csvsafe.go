package amend

import (
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// FitsCSV reports whether CSV can contain the previous values of a user without a loss. NDJSON always can.
func FitsCSV(adapter provider.Adapter, v RowDiff) bool {
	for _, f := range append(imaged(adapter), keyField(adapter)) {
		if !v.Have.IsEmpty(f.Name) && !roster.FitsCell(f, v.Have[f.Name]) {
			return false
		}
	}
	return true
}

func keyField(adapter provider.Adapter) schema.Field {
	key, _ := adapter.Table.Field(adapter.Key)
	return key
}

// DefaultFormat returns the format of a before file if none is specified: CSV for a tabular roster whose values
// fit, else NDJSON.
func DefaultFormat(of roster.Format, fits bool) roster.Format {
	if fits && of.IsTable() {
		return roster.CSV
	}
	return roster.NDJSON
}
