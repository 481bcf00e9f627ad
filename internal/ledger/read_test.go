package ledger

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFindRun(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	if _, err := l.Run(t.Context(), "last"); !is[*RunError](err) {
		t.Errorf("got %v from an empty ledger", err)
	}
	lock := lockTest(t, l, "target")
	ids := []string{"20261120-090000-aaaa", "20261121-181503-k3f9", "20261121-181504-k3fa"}
	for _, id := range ids {
		run := beginTest(t, l, lock)
		if _, err := l.db.ExecContext(t.Context(), "UPDATE runs SET id = ? WHERE id = ?", id, run.ID()); err != nil {
			t.Fatal(err)
		}
	}
	for word, want := range map[string]string{
		"last": ids[2], ids[0]: ids[0], "20261120": ids[0], "20261121-181503": ids[1],
		"k3f9": ids[1], "K3F9": ids[1], "aaaa": ids[0],
	} {
		if got, err := l.Run(t.Context(), word); err != nil || got.ID != want {
			t.Errorf("%q names %q, %v; want %q", word, got.ID, err, want)
		}
	}
	for word, want := range map[string]RunError{
		"20261121":             {Matches: []string{ids[2], ids[1]}},
		"20261121-181503-k3f8": {Nearest: ids[1]},
		"xyz":                  {},
		"":                     {},
		"2026112_":             {},
		"%":                    {},
	} {
		_, err := l.Run(t.Context(), word)
		got, ok := errors.AsType[*RunError](err)
		if !ok || !slices.Equal(got.Matches, want.Matches) || want.Nearest != "" && got.Nearest != want.Nearest {
			t.Errorf("%q gives %v; want %+v", word, err, want)
			continue
		}
		for _, id := range append(want.Matches, want.Nearest) {
			if !strings.Contains(err.Error(), id) {
				t.Errorf("%q does not name %s", err, id)
			}
		}
	}
}

// What is longer than a page comes whole and in order.
func TestReadingManyPages(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	const size = 2*pageSize + 10
	run := beginTest(t, l, lock)
	for row := 1; row <= size; row++ {
		state := Unknown
		if row%2 == 0 {
			state = Failed
		}
		if err := run.Record(t.Context(), Outcome{Row: row, Line: row / 2, Digest: person(row), State: state}); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Finish(t.Context(), Summary{}); err != nil {
		t.Fatal(err)
	}
	remembered := past(t, l, run.ID())
	for name, test := range map[string]struct {
		rows        []Row
		first, step int
	}{
		"all":     {all(t, l.Rows(t.Context(), remembered)), 1, 1},
		"unknown": {all(t, l.Rows(t.Context(), remembered, Unknown)), 1, 2},
		"failed":  {all(t, l.Rows(t.Context(), remembered, Failed)), 2, 2},
		"either":  {all(t, l.Rows(t.Context(), remembered, Failed, Unknown)), 1, 1},
	} {
		want := test.first
		for _, row := range test.rows {
			if row.Row != want {
				t.Fatalf("%s: got row %d, want %d", name, row.Row, want)
			}
			want += test.step
		}
		if want <= size {
			t.Errorf("%s: the rows end before %d", name, want)
		}
	}
	at, err := l.RowsAt(t.Context(), remembered, 7)
	if err != nil || len(at) != 2 || at[0].Row != 14 || at[1].Row != 15 {
		t.Errorf("on line 7 are %v, %v", at, err)
	}
	for range l.Rows(t.Context(), remembered) {
		break // a reader may stop
	}
}

func TestManyRuns(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	beginTest(t, l, lockTest(t, l, "target"))
	const size = pageSize + 10
	if _, err := l.db.ExecContext(t.Context(), `
		WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
		INSERT INTO runs (id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, pid, started)
		SELECT 'run ' || n, 'create', 'target', '', '', '', '', '', '', '', 'null', 1, 1 FROM n`, size); err != nil {
		t.Fatal(err)
	}
	runs := all(t, l.Runs(t.Context()))
	if len(runs) != size || !slices.IsSortedFunc(runs, func(a, b PastRun) int { return int(b.number - a.number) }) {
		t.Errorf("got %d runs, want %d, newest first", len(runs), size)
	}
}

func TestCountsAndCauses(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run,
		Outcome{Row: 1, Line: 2, State: Created},
		Outcome{Row: 2, Line: 3, State: Failed, Class: "invalid", Message: "no such role"},
		Outcome{Row: 3, Line: 4, State: Failed, Class: "busy", Message: "come back later"},
		Outcome{Row: 4, Line: 5, State: Failed, Class: "busy", Message: "come back later"},
		Outcome{Row: 5, Line: 6, State: Unknown, Class: "unknown", Message: "the answer was lost"},
		Outcome{Row: 6, Line: 7, State: Existing, Class: "conflict", Message: "is there"},
	)
	remembered := past(t, l, run.ID())
	counts, err := l.CountStates(t.Context(), remembered)
	if err != nil || counts[Created] != 1 || counts[Existing] != 1 || counts[Failed] != 3 || counts[Unknown] != 1 || len(counts) != 4 {
		t.Errorf("got %v, %v", counts, err)
	}
	want := []Cause{
		{Class: "busy", Message: "come back later", Rows: 2, Line: 4},
		{Class: "invalid", Message: "no such role", Rows: 1, Line: 3},
		{Class: "unknown", Message: "the answer was lost", Rows: 1, Line: 6},
	}
	for limit := 1; limit <= 4; limit++ {
		got, err := l.Causes(t.Context(), remembered, limit)
		if err != nil || !slices.Equal(got, want[:min(limit, len(want))]) {
			t.Errorf("the first %d causes are %v, %v", limit, got, err)
		}
	}
}

func TestKnownOfMany(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	const size = 2*mostAtOnce + 10
	var digests []Digest
	for row := 1; row <= size; row++ {
		digests = append(digests, person(row))
		if row%3 == 0 {
			if err := run.Record(t.Context(), Outcome{Row: row, Line: row, Digest: person(row), State: Created}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	known, err := l.Known(t.Context(), append(digests, Digest{})...)
	if err != nil || len(known) != size/3 {
		t.Fatalf("got %d people, %v; want %d", len(known), err, size/3)
	}
	for row := 3; row <= size; row += 3 {
		if got := known[person(row)]; got.Standing != Exists || got.Row != row || got.Run != run.ID() {
			t.Errorf("person %d is %+v", row, got)
		}
	}
}
