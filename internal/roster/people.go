package roster

import (
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// peopleRows are the rows of a table without those that are not users: comments, repeated headers, the totals of a
// table. Skipped rows are counted as warnings.
type peopleRows struct {
	table
	header []string // cleaned
	plan   *plan    // nil before the columns are matched
	m      *matcher
	tally  *tally
	at     Place // the file and the sheet
}

// next returns the next row that may be a user.
func (p *peopleRows) next() (tableRow, error) {
	for {
		row, err := p.table.next()
		if err != nil {
			return row, err
		}
		reason := p.reason(row)
		if reason == "" {
			return row, nil
		}
		at := p.at
		at.Line = row.line
		p.tally.warn(reason, at)
	}
}

// reason returns why a row is not a user, "" if it may be one.
func (p *peopleRows) reason(row tableRow) Concern {
	switch {
	case row.broken != nil:
		return ""
	case row.totals:
		return TotalsRow
	case isComment(row) && (len(p.header) > 1 || strings.HasPrefix(row.cells[0], "# ")):
		return CommentRow
	case p.isHeader(row.cells):
		return HeaderRow
	default:
		return ""
	}
}

// isComment reports whether the first cell of a row begins with # and all others are empty.
func isComment(row tableRow) bool {
	return len(row.cells) > 0 && strings.HasPrefix(row.cells[0], "#") && onlyFirst(row) && !isErrorText(strings.TrimSpace(row.cells[0]))
}

// onlyFirst reports whether all cells of a row except the first are empty.
func onlyFirst(row tableRow) bool {
	for _, cell := range row.cells[min(1, len(row.cells)):] {
		if text, _ := clean(cell); text != "" {
			return false
		}
	}
	return true
}

// isHeader reports whether all values of a row are headers of their columns: the same ones, or at least two other
// words for the same fields.
func (p *peopleRows) isHeader(cells []string) bool {
	same, other := 0, 0
	for i, cell := range cells {
		text, _ := clean(cell)
		switch {
		case text == "":
		case i >= len(p.header):
			return false
		case strings.EqualFold(text, p.header[i]):
			same++
		case p.isWordFor(i, text):
			other++
		default:
			return false
		}
	}
	return same == len(p.header) || same > 1 || same+other > 1
}

// isWordFor reports whether a text is a header that matches the field of a column.
func (p *peopleRows) isWordFor(i int, text string) bool {
	const longest = 60
	if p.plan == nil || p.plan.columns[i].skip || len(text) > longest || strings.ContainsAny(text, "@0123456789") || !p.m.isWord(text) {
		return false
	}
	found := p.m.find(text)
	return found.verdict == matched && found.target.field.Name == p.plan.columns[i].field.Name
}

// isPreamble reports whether a row is one that programs write above the header: comments, the type in exports of
// PowerShell, the version of a template of Microsoft Entra.
func isPreamble(row tableRow) bool {
	if row.broken != nil || len(row.cells) == 0 || !onlyFirst(row) {
		return false
	}
	first, _ := clean(row.cells[0])
	version, ok := strings.CutPrefix(strings.ToLower(first), "version:")
	return ok && strings.HasPrefix(version, "v") || strings.HasPrefix(first, "#")
}

// isTotal reports whether a text is a word for a row of totals.
func isTotal(text string) bool {
	switch schema.FoldName(strings.TrimRight(text, ":. ")) {
	case "total", "totals", "grandtotal", "totalusers", "totalcount", "subtotal", "sum", "count", "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt", "anzahl",
		"somme", "totalgénéral", "totale", "suma", "sumacałkowita", "soma", "totaal", "eindtotaal", "summa", "totalt", "итого", "всего", "合計", "総計", "合计", "总计", "합계", "총계":
		return true
	}
	return false
}

// foreignRow returns the error of a row whose key is not that of a user: a row of totals, or a note below the
// table.
func (r *tableReader) foreignRow(raw tableRow) *cellError {
	r.gap = r.gap || r.tally.Blank > r.blank && r.tally.Rows > 1 || raw.kinds != nil && r.lastLine > 0 && raw.line > r.lastLine+1
	r.blank, r.lastLine = r.tally.Blank, raw.line
	key := r.plan.key
	if key < 0 || key >= len(r.cleaned) || r.cleaned[key] == "" {
		return nil
	}
	text := r.cleaned[key]
	fail := func(message string) *cellError {
		return &cellError{column: key, FieldError: &schema.FieldError{
			Field: r.plan.columns[key].field.Name, Cause: NotUser, Value: text, Message: message, Hint: "delete the row if it is not a user",
		}}
	}
	spaced := strings.ContainsAny(text, " \t\n") || strings.HasSuffix(text, ":")
	switch {
	case isTotal(text):
		return fail("row with the totals of the table")
	case spaced && r.gap && !r.spaced:
		return fail("row below the table, with words instead of a " + r.plan.columns[key].field.Name)
	}
	r.spaced = r.spaced || spaced
	return nil
}
