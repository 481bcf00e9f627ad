package ledger

import (
	"errors"
	"iter"
	"slices"
	"testing"
)

// rowsTest yields rows of these numbers, and an error at the end if there is one.
func rowsTest(end error, numbers ...int) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, number := range numbers {
			if !yield(Entry{Outcome: Outcome{Row: number}}, nil) {
				return
			}
		}
		if end != nil {
			yield(Entry{}, end)
		}
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	var alone, paired []int
	for pair, err := range Pairs(rowsTest(nil, 1, 3, 4, 9), rowsTest(nil, 2, 3, 4, 5, 8)) {
		switch {
		case err != nil:
			t.Fatal(err)
		case pair.Other == nil:
			alone = append(alone, pair.Entry.Row)
		case pair.Other.Row != pair.Entry.Row:
			t.Errorf("row %d has row %d", pair.Entry.Row, pair.Other.Row)
		default:
			paired = append(paired, pair.Entry.Row)
		}
	}
	if !slices.Equal(alone, []int{1, 9}) || !slices.Equal(paired, []int{3, 4}) {
		t.Errorf("alone are %v, in pairs %v", alone, paired)
	}
	broken := errors.New("broken")
	for name, pairs := range map[string]iter.Seq2[Pair, error]{
		"the rows": Pairs(rowsTest(broken, 1), rowsTest(nil, 1, 2)), "the others": Pairs(rowsTest(nil, 1, 2, 3), rowsTest(broken, 1)),
	} {
		var last error
		yielded := 0
		for _, err := range pairs {
			last = err
			yielded++
		}
		if !errors.Is(last, broken) || yielded != 2 {
			t.Errorf("%s end with %v after %d", name, last, yielded)
		}
	}
}
