package intake

import (
	"context"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Row is a row of the roster with what is known of it.
type Row struct {
	// Number is the ordinal of the row, from 1, and Line its place in the file.
	Number, Line int
	// Digest is that of the natural key.
	Digest ledger.Digest
	// Record is as it was read and validated. Its lists must not be modified.
	Record schema.Record
	// Groups are the ids of the groups in the column of the import; nil if the row has no value in it.
	Groups []string
	// Errors are all validation errors, including a key that an earlier row has.
	Errors roster.RowErrors
	// Lacks is why a carried value is missing, so that the user cannot be created; nil for none.
	Lacks error
	// Finding is the result of the last Resolve.
	Finding ledger.Finding
	// Entry is the ledger's entry of the row in the run of the selection; nil for none.
	Entry *ledger.Entry
}

// isInvalid reports whether the row must not be sent.
func (r Row) isInvalid() bool { return len(r.Errors) > 0 }

// Rows yields the selected rows of the roster after Read, in their order.
func (i *Import) Rows(ctx context.Context, selection ledger.Selection) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for planned, err := range i.Plan.Rows(ctx, selection) {
			var row Row
			if err == nil {
				row, err = i.row(planned)
			}
			if err == nil {
				err = i.carry(ctx, &row)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (i *Import) row(planned ledger.PlanRow) (Row, error) {
	row := Row{Number: planned.Row, Line: planned.Line, Finding: planned.Finding, Entry: planned.Entry}
	var err error
	stored := planned.Record[copy(row.Digest[:], planned.Record):]
	if row.Record, err = i.storage.readRecord(stored); err != nil {
		return Row{}, fmt.Errorf("row %d: %w", row.Number, err)
	}
	if i.Groups != nil {
		row.Groups, _ = row.Record[i.Groups.Name].([]string)
		delete(row.Record, i.Groups.Name)
	}
	if row.Errors, err = i.storage.readErrors(planned.Faults, i.Roster.Description()); err != nil {
		return Row{}, fmt.Errorf("row %d: %w", row.Number, err)
	}
	if planned.FirstLine > 0 {
		row.Errors = append(row.Errors, i.repetition(ledger.Duplicate{Row: row.Number, Line: row.Line, FirstLine: planned.FirstLine}))
	}
	return row, nil
}

// withGroups returns the record with the value of the column of groups, as it is stored.
func (i *Import) withGroups(record schema.Record, groups []string) schema.Record {
	if i.Groups == nil || groups == nil {
		return record
	}
	return record.With(schema.Record{i.Groups.Name: groups})
}

// add stores a row with the digests by which it is compared.
func (i *Import) add(ctx context.Context, row roster.Row) error {
	keys := i.keysOf(row)
	if i.Generated != nil {
		person, err := i.Generated.add(ctx, row)
		if err != nil {
			return err
		}
		if !keys.Form.IsZero() {
			keys = person
		}
	}
	digest := keys.Form
	if digest.IsZero() {
		digest = i.Digest(row.Record)
	}
	record, err := i.storage.record(digest[:], row.Record)
	if err != nil {
		return fmt.Errorf("row %d: %w", row.Number, err)
	}
	if err := i.Plan.Add(ctx, ledger.RosterRow{Row: row.Number, Line: row.Line, Record: record, Faults: i.storage.rowErrors(row.Errors)}, keys); err != nil {
		return err
	}
	if i.Respellings == nil || i.Generated != nil || keys.Form.IsZero() {
		return nil
	}
	return i.Plan.AddRespellings(ctx, i.Respellings(row.Record)...)
}

// valid yields the rows with one of these standings and without validation errors.
func (i *Import) valid(ctx context.Context, standings ...ledger.Presence) iter.Seq2[Row, error] {
	return i.Rows(ctx, ledger.Selection{Standings: standings, Valid: true})
}
