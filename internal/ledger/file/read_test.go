package file

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
)

func TestFindRun(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	if _, err := l.Run(t.Context(), "last"); !is[*ledger.RunError](err) {
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
	for word, want := range map[string]ledger.RunError{
		"20261121":             {Matches: []string{ids[2], ids[1]}},
		"20261121-181503-k3f8": {Nearest: ids[1]},
		"xyz":                  {},
		"":                     {},
		"2026112_":             {},
		"%":                    {},
	} {
		_, err := l.Run(t.Context(), word)
		got, ok := errors.AsType[*ledger.RunError](err)
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

func TestManyRuns(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	beginTest(t, l, lockTest(t, l, "target"))
	const size = ledger.PageSize + 10
	if _, err := l.db.ExecContext(t.Context(), `
		WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
		INSERT INTO runs (id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, pid, started)
		SELECT 'run ' || n, 'create', 'target', '', '', '', '', '', '', '', 'null', 1, 1 FROM n`, size); err != nil {
		t.Fatal(err)
	}
	runs := ledgertest.All(t, l.Runs(t.Context()))
	if len(runs) != size || !slices.IsSortedFunc(runs, func(a, b ledger.PastRun) int { return int(b.Number - a.Number) }) {
		t.Errorf("got %d runs, want %d, newest first", len(runs), size)
	}
}
