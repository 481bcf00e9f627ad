package roster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/shell"
)

// searched is the number of rows that are searched for the header.
const searched = 30

// headerElsewhere returns an error if another row, or another worksheet, is more likely to contain the header than
// the row that was read.
func (r *Roster) headerElsewhere(ctx context.Context, names []string, p *plan, line int) error {
	here := r.score(names)
	if p.isComplete() && here > 1 {
		return nil
	}
	best, bestLine, err := r.likelyHeader(ctx, r.cells)
	if err != nil || best > here && best > 1 {
		if err != nil {
			return nil //nolint:nilerr // the reading of the rows reports it
		}
		return &Error{
			Kind: NoHeaderRow, Line: line, Column: 1, Message: fmt.Sprintf("%q is not a header of users; the header seems to be in row %d", shorten(strings.Join(nonEmpty(names), ", ")), bestLine),
			Hint: "--header-row " + strconv.Itoa(bestLine), Flags: []string{"--header-row " + strconv.Itoa(bestLine)},
		}
	}
	return r.sheetElsewhere(ctx, names, here, line)
}

// sheetElsewhere returns an error if another worksheet is more likely to contain the users.
func (r *Roster) sheetElsewhere(ctx context.Context, names []string, here, line int) error {
	book, ok := r.cells.(interface{ others() []otherSheet })
	if !ok || cmp.Or(r.options.Sheet, r.options.UsualSheet) != "" {
		return nil
	}
	e := &Error{
		Kind: NoHeaderRow, Line: line, Column: 1, Message: fmt.Sprintf("worksheet %q: %q is not a header of users", r.description.Sheet, shorten(strings.Join(nonEmpty(names), ", "))),
	}
	for _, other := range book.others() {
		if score, _, err := r.likelyHeader(ctx, other.form); err == nil && score > here && score > 1 {
			e.Flags = append(e.Flags, "--sheet "+shell.Quote(other.name))
		}
	}
	if e.Flags == nil {
		return nil
	}
	e.Hint = "use the worksheet with the users: " + strings.Join(e.Flags, ", or ")
	return e
}

// otherSheet is a worksheet that is not read.
type otherSheet struct {
	name string
	form tableForm
}

// likelyHeader returns the line of the first rows that has the most headers of fields, and their number.
func (r *Roster) likelyHeader(ctx context.Context, form tableForm) (best, line int, err error) {
	t, done, err := form.table(ctx, r.content.pass(ctx), &tally{})
	if err != nil {
		return 0, 0, err
	}
	defer done()
	for range searched {
		row, err := nextFilled(t, &tally{})
		if isEnd(err) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		names := make([]string, len(row.cells))
		for i, cell := range row.cells {
			names[i], _ = clean(cell)
		}
		if score := r.score(names); score > best {
			best, line = score, row.line
		}
	}
	return best, line, nil
}

// score returns the number of headers of a row that match fields.
func (r *Roster) score(names []string) int {
	score := 0
	for _, name := range names {
		if name != "" && r.matcher.find(name).verdict == matched {
			score++
		}
	}
	return score
}

// isComplete reports whether the plan has every required field.
func (p *plan) isComplete() bool { return len(p.findMissing()) == 0 }

func nonEmpty(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return text == "" })
}
