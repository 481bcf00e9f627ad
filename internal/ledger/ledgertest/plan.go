package ledgertest

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

func testPlanClassifies(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	first := Begin(t, lock)
	RecordAll(t, first,
		ledger.Outcome{Row: 1, Line: 10, Digest: Person(1), State: rowstate.Created, UserID: "u1"},
		ledger.Outcome{Row: 2, Line: 20, Digest: Person(2), State: rowstate.Failed},
		ledger.Outcome{Row: 3, Line: 30, Digest: Person(3), State: rowstate.Unknown},
		ledger.Outcome{Row: 5, Line: 50, Digest: Person(5), State: rowstate.Unknown},
		ledger.Outcome{Row: 8, Line: 80, Digest: Person(8), State: rowstate.Created, UserID: "old id"},
		ledger.Outcome{Row: 9, Line: 90, Digest: Person(9), State: rowstate.Unknown},
	)
	second := Begin(t, lock)
	if err := second.Intend(t.Context(), ledger.Intent{Row: 4, Line: 40, Digest: Person(4)}); err != nil {
		t.Fatal(err)
	}
	RecordAll(t, second,
		ledger.Outcome{Row: 1, Line: 11, Digest: Person(1), State: rowstate.Failed, Class: "conflict"}, // still created
		ledger.Outcome{Row: 5, Line: 51, Digest: Person(5), State: rowstate.Failed},                    // still in doubt
		ledger.Outcome{Row: 3, Line: 31, Digest: Person(3), State: rowstate.Unknown},                   // that doubt is of the first run
	)

	p := newPlan(t, l)
	AddAll(t, p, Person(1), Person(2), Person(3), Person(4), Person(5), Person(6), ledger.Digest{}, Person(8), Person(9))
	for _, listed := range []struct {
		digest ledger.Digest
		id     string
	}{{Person(6), "u6"}, {Person(8), "u8"}, {Person(9), "u9"}, {Person(99), "u99"}, {ledger.Digest{}, "no user"}, {Person(6), "u6 again"}} {
		if err := p.MarkExisting(t.Context(), ledger.KeyDigests{Form: listed.digest}, listed.id); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := p.Resolve(t.Context(), FirstListed)
	if want := (ledger.PlanCounts{Rows: 9, New: 2, Existing: 4, InDoubt: 3, Unlisted: 1}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v", counts, err, want)
	}
	want := []ledger.Finding{
		{Standing: ledger.Exists, Run: first.ID(), Row: 1, Line: 10, UserID: "u1"},
		{},
		{Standing: ledger.Doubtful, Run: first.ID(), Row: 3, Line: 30},
		{Standing: ledger.Doubtful, Run: second.ID(), Row: 4, Line: 40},
		{Standing: ledger.Doubtful, Run: first.ID(), Row: 5, Line: 50},
		{Standing: ledger.Exists, UserID: "u6", Listed: true},
		{},
		{Standing: ledger.Exists, Run: first.ID(), Row: 8, Line: 80, UserID: "u8", Listed: true},
		{Standing: ledger.Exists, Run: first.ID(), Row: 9, Line: 90, UserID: "u9", Listed: true},
	}
	found := make([]ledger.Finding, len(want))
	last := 0
	for _, row := range All(t, p.Rows(t.Context(), Known())) {
		if row.Row <= last || row.Finding == (ledger.Finding{}) {
			t.Errorf("after row %d came %+v", last, row)
		}
		last = row.Row
		found[row.Row-1] = row.Finding
	}
	for i := range want {
		if want[i].Standing == ledger.Doubtful {
			want[i].Doubt, want[i].Sends, want[i].First = "lost", found[i].Sends, found[i].First
		}
		if found[i] != want[i] {
			t.Errorf("of row %d is found %+v, want %+v", i+1, found[i], want[i])
		}
	}

	// Records and rows added later are found by another Resolve.
	RecordAll(t, second, ledger.Outcome{Row: 2, Line: 21, Digest: Person(2), State: rowstate.Created})
	if err := p.Add(t.Context(), ledger.RosterRow{Row: 10, Line: 11}, ledger.KeyDigests{Form: Person(10)}); err != nil {
		t.Fatal(err)
	}
	counts, err = p.Resolve(t.Context(), FirstListed)
	if want := (ledger.PlanCounts{Rows: 10, New: 2, Existing: 5, InDoubt: 3, Unlisted: 2}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v", counts, err, want)
	}
}

// A plan of many batches finds each duplicate once, in the order of the
// roster, and yields every row.
func testPlanOfManyBatches(t *testing.T, fresh Fresh) {
	t.Parallel()
	const size = 17_384 // more than a store has in memory
	p := newPlan(t, fresh.open(t))
	for row := 1; row <= size; row++ {
		digest := Person(row)
		if row%1000 == 0 {
			digest = Person(500) // one person in many rows
		}
		if err := p.Add(t.Context(), ledger.RosterRow{Row: row, Line: row * 2}, ledger.KeyDigests{Form: digest}); err != nil {
			t.Fatal(err)
		}
	}
	duplicates := All(t, p.Duplicates(t.Context()))
	if len(duplicates) != size/1000 {
		t.Errorf("got %d duplicates, want %d", len(duplicates), size/1000)
	}
	for i, d := range duplicates {
		row := (i + 1) * 1000
		if want := (ledger.Duplicate{Row: row, Line: row * 2, FirstRow: 500, FirstLine: 1000}); d != want {
			t.Errorf("got %+v, want %+v", d, want)
		}
	}
	for row := 2; row <= size; row += 2 {
		if err := p.MarkExisting(t.Context(), ledger.KeyDigests{Form: Person(row)}, "listed"); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := p.Resolve(t.Context(), FirstListed)
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for row, err := range p.Rows(t.Context(), Known()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, row.Row)
	}
	// Rows of the user in row 500 exist as that one does.
	if counts.Rows != size || counts.Existing != size/2-size/1000 || counts.Repeated != size/1000 || len(found) != size/2 || !slices.IsSorted(found) || found[0] != 2 {
		t.Errorf("got %+v and %d findings", counts, len(found))
	}
}

// Duplicates equal those found with a map.
func testDuplicatesAgainstModel(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	rapid.Check(t, func(rt *rapid.T) {
		p, err := l.NewPlan(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = p.Close() }()
		first := make(map[int]int)
		var want []ledger.Duplicate
		for i, n := range rapid.SliceOf(rapid.IntRange(0, 8)).Draw(rt, "people") {
			row, digest := i+1, Person(n)
			if n == 0 {
				digest = ledger.Digest{}
			}
			if err := p.Add(t.Context(), ledger.RosterRow{Row: row, Line: row + 1}, ledger.KeyDigests{Form: digest}); err != nil {
				rt.Fatal(err)
			}
			if at, ok := first[n]; ok && n != 0 {
				want = append(want, ledger.Duplicate{Row: row, Line: row + 1, FirstRow: at, FirstLine: at + 1})
			} else {
				first[n] = row
			}
		}
		if got := All(t, p.Duplicates(t.Context())); !slices.Equal(got, want) {
			rt.Fatalf("got %v, want %v", got, want)
		}
	})
}

// Rows equal those of a plain loop over all of them, whatever the selection.
func testRowsAgainstModel(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	past := Begin(t, Lock(t, l, "target"))
	p := newPlan(t, l)
	const size = 1041
	valid := func(row int) bool { return row%7 != 0 && row%50 != 0 }
	for row := 1; row <= size; row++ {
		added, digest := ledger.RosterRow{Row: row, Line: 2 * row, Record: []byte("record " + strconv.Itoa(row))}, Person(row)
		if row%7 == 0 {
			added.Faults = []byte("fault")
			digest = ledger.Digest{}
		} else if row%50 == 0 {
			digest = Person(1)
		}
		check(t, p.Add(t.Context(), added, ledger.KeyDigests{Form: digest}))
		if row%3 == 0 && row%50 != 0 {
			check(t, p.MarkExisting(t.Context(), ledger.KeyDigests{Form: digest}, "u"+strconv.Itoa(row)))
		}
		if row%11 == 0 {
			RecordAll(t, past, ledger.Outcome{Row: row, Line: 2 * row, State: rowstate.Failed, Message: strconv.Itoa(row)})
		}
	}
	if err := past.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Fatal(err)
	}
	run, err := l.Run(t.Context(), past.ID())
	check(t, err)
	if repeated := len(All(t, p.Duplicates(t.Context()))); p.Refused() != repeated+size/7 {
		t.Errorf("%d rows are refused, with %d repeated", p.Refused(), repeated)
	}
	if _, err := p.Resolve(t.Context(), FirstListed); err != nil {
		t.Fatal(err)
	}
	standing := func(row int) ledger.Presence {
		if row%3 == 0 && row%7 != 0 && row%50 != 0 {
			return ledger.Exists
		}
		return ledger.New
	}
	for _, selection := range []ledger.Selection{
		{}, {Run: &run}, {Valid: true}, {Invalid: true}, {Invalid: true, Run: &run},
		{Standings: []ledger.Presence{ledger.New}}, {Standings: []ledger.Presence{ledger.Exists}, Run: &run}, {Standings: []ledger.Presence{ledger.Exists, ledger.Doubtful}, Valid: true}, {Standings: []ledger.Presence{ledger.New, ledger.Exists}, Valid: true},
	} {
		var want, got []int
		for row := 1; row <= size; row++ {
			if (len(selection.Standings) == 0 || slices.Contains(selection.Standings, standing(row))) && (!selection.Valid || valid(row)) && (!selection.Invalid || !valid(row)) {
				want = append(want, row)
			}
		}
		for _, row := range All(t, p.Rows(t.Context(), selection)) {
			got = append(got, row.Row)
			wantLine, wantEntry := 0, selection.Run != nil && row.Row%11 == 0
			if row.Row%50 == 0 && row.Row%7 != 0 {
				wantLine = 2
			}
			switch {
			case row.Line != 2*row.Row || string(row.Record) != "record "+strconv.Itoa(row.Row) || (row.Faults != nil) != (row.Row%7 == 0) || row.FirstLine != wantLine,
				row.Finding.Standing != standing(row.Row), row.Finding.Standing == ledger.Exists && row.Finding.UserID != "u"+strconv.Itoa(row.Row),
				(row.Entry != nil) != wantEntry, wantEntry && row.Entry.Message != strconv.Itoa(row.Row):
				t.Fatalf("with %+v: got %+v", selection, row)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("with %+v: got %d rows, want %d", selection, len(got), len(want))
		}
	}
}

// A list decides by the bytes of the keys: the chooser receives which are equal.
func testPlanTellsSpellingsApart(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: l.Digester().Digest("target", "", "cyd"), State: rowstate.Created, UserID: "c9"})
	plan, err := l.NewPlan(t.Context())
	check(t, err)
	defer func() { check(t, plan.Close()) }()
	for i, key := range []string{"ada", "Ada", "bea", "cyd", "dee", "eve"} {
		check(t, plan.Add(t.Context(), ledger.RosterRow{Row: i + 1, Line: i + 2}, l.Digester().KeyDigests("target", "", key)))
	}
	for _, user := range [][2]string{{"Ada", "a1"}, {"ADA", "a2"}, {"Bea", "b1"}, {"Cyd", "c9"}, {"Cyd", "c9"}, {"zoe", "z1"}} {
		check(t, plan.MarkExisting(t.Context(), l.Digester().KeyDigests("target", "", user[0]), user[1]))
	}
	check(t, plan.MarkUnclear(t.Context(), l.Digester().KeyDigests("target", "", "dee")))
	type call struct {
		ledgerID string
		equal    int
		listed   int
	}
	var calls []call
	counts, err := plan.Resolve(t.Context(), func(ledgerID string, listed []ledger.Listed) (string, bool) {
		c := call{ledgerID: ledgerID, listed: len(listed)}
		id := ""
		for _, user := range listed {
			if user.Equal {
				c.equal++
				id = user.UserID
			}
		}
		calls = append(calls, c)
		return id, id != ""
	})
	if want := (ledger.PlanCounts{Rows: 6, New: 1, Existing: 1, Unclear: 4}); err != nil || counts != want {
		t.Errorf("%+v, %v, want %+v; %v", counts, err, want, calls)
	}
	want := map[call]int{{"", 0, 2}: 1, {"", 1, 2}: 1, {"", 0, 1}: 1, {"c9", 0, 1}: 1}
	for _, c := range calls {
		want[c]--
	}
	for c, n := range want {
		if n != 0 {
			t.Errorf("%+v: %d", c, n)
		}
	}
	for found, err := range plan.Rows(t.Context(), Known()) {
		check(t, err)
		if found.Row == 2 && (found.Finding.UserID != "a1" || found.Finding.Standing != ledger.Exists || !found.Finding.Listed) {
			t.Errorf("%+v", found)
		}
	}
}
