package ledgertest

import (
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

func testSeen(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	before := time.Now().Add(-time.Second)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created},
		ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Deleted},
	)
	check(t, run.Intend(t.Context(), intentsOf(3, 20)...))
	seen, err := l.Seen(t.Context(), Person(1), Person(2), Person(3), Person(99))
	check(t, err)
	for n := 1; n <= 3; n++ {
		if at := seen[Person(n)]; at.Before(before) {
			t.Errorf("person %d was seen at %s", n, at)
		}
	}
	if at, ok := seen[Person(99)]; ok {
		t.Errorf("person 99 is unknown, but was seen at %s", at)
	}
}
