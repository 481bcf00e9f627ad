package ledgertest

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// assignments yields assignments of keys to people, and then an error if there is one.
func assignments(err error, list ...ledger.Assignment) iter.Seq2[ledger.Assignment, error] {
	return func(yield func(ledger.Assignment, error) bool) {
		for _, a := range list {
			if !yield(a, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Assignment{}, err)
		}
	}
}

// testAssign: keys are assigned all or none, for every process; a person has one key, and a key one person.
func testAssign(t *testing.T, fresh Fresh) {
	t.Parallel()
	open := fresh(t)
	l := closing(t, open)
	lock := Lock(t, l, "target")
	ada, bob := ledger.Assignment{Person: Person(1), Key: Person(101)}, ledger.Assignment{Person: Person(2), Key: Person(102)}
	broken := errors.New("broken")
	if err := lock.Assign(t.Context(), assignments(broken, ada)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	check(t, lock.Assign(t.Context(), assignments(nil, bob)))
	if err := lock.Assign(t.Context(), assignments(nil, ada, ledger.Assignment{Person: Person(3), Key: bob.Key})); err == nil {
		t.Error("a key was assigned to two people")
	}
	want := map[ledger.Digest]ledger.Digest{bob.Person: bob.Key}
	checkAssigned(t, closing(t, open), want, ada.Person, bob.Person, Person(3))

	bob.Key = Person(103)
	check(t, lock.Assign(t.Context(), assignments(nil, ada, bob)))
	want = map[ledger.Digest]ledger.Digest{ada.Person: ada.Key, bob.Person: bob.Key}
	checkAssigned(t, closing(t, open), want, ada.Person, bob.Person, Person(3))

	check(t, lock.Rename(t.Context(), ada.Key, Person(104), "", ""))
	want[ada.Person] = Person(104)
	checkAssigned(t, l, want, ada.Person, bob.Person)
}

// checkAssigned checks that these people have the wanted keys, and that no other keys are taken.
func checkAssigned(t *testing.T, l ledger.Store, want map[ledger.Digest]ledger.Digest, people ...ledger.Digest) {
	t.Helper()
	plan := newPlan(t, l)
	for _, person := range people {
		if key, ok, err := plan.AssignedKey(t.Context(), person); err != nil || key != want[person] || ok != !key.IsZero() {
			t.Errorf("%x has the key %x, %t, %v", person, key, ok, err)
		}
	}
	var keys []ledger.Digest
	for _, key := range want {
		keys = append(keys, key)
	}
	for n := 101; n < 110; n++ {
		if taken, err := plan.IsTaken(t.Context(), ledger.KeyDigests{Form: Person(n)}); err != nil || taken != slices.Contains(keys, Person(n)) {
			t.Errorf("the key %d is taken: %t, %v", n, taken, err)
		}
		if is, err := plan.IsAssigned(t.Context(), Person(n)); err != nil || is != slices.Contains(keys, Person(n)) {
			t.Errorf("the key %d is assigned: %t, %v", n, is, err)
		}
	}
}

// testIsForgotten: a user who was forgotten is known by the key and the id.
func testIsForgotten(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	run := Begin(t, lock)
	RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "u1"}, ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Created, UserID: "u2"})
	check(t, run.Finish(t.Context(), ledger.Summary{}))
	if _, err := lock.Forget(t.Context(), Past(t, l, run.ID()), 1); err != nil {
		t.Fatal(err)
	}
	plan := newPlan(t, l)
	for _, test := range []struct {
		person int
		id     string
		want   bool
	}{{1, "u1", true}, {1, "u2", false}, {1, "", false}, {2, "u2", false}, {3, "u1", false}} {
		if got, err := plan.IsForgotten(t.Context(), Person(test.person), test.id); err != nil || got != test.want {
			t.Errorf("person %d with the id %q: %t, %v", test.person, test.id, got, err)
		}
	}
}

// testChange: a changed row has its new record, key and errors, and no answers.
func testChange(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	check(t, run.Intend(t.Context(), ledger.Intent{Row: 5, Line: 6, Digest: Person(5)}))
	RecordAll(t, run, ledger.Outcome{Row: 6, Line: 7, Digest: Person(6), State: rowstate.Failed}, ledger.Outcome{Row: 7, Line: 8, Digest: Person(7), State: rowstate.Created, UserID: "u7"})
	plan := newPlan(t, l)
	for row := 1; row <= 3; row++ {
		check(t, plan.Add(t.Context(), ledger.RosterRow{Row: row, Line: row + 1, Record: []byte("old")}, ledger.KeyDigests{Form: Person(row)}))
	}
	check(t, plan.Keep(t.Context(), 1, ledger.Answer{UserID: "u1"}))
	check(t, plan.MarkExisting(t.Context(), ledger.KeyDigests{Form: Person(8)}, "u8"))
	check(t, plan.Change(t.Context(), ledger.RosterRow{Row: 1, Line: 2, Record: []byte("new")}, Person(1), ledger.KeyDigests{Form: Person(7)}))
	check(t, plan.Change(t.Context(), ledger.RosterRow{Row: 2, Line: 3, Record: []byte("bad"), Faults: []byte("faults")}, Person(2), ledger.KeyDigests{}))
	counts, err := plan.Resolve(t.Context(), func(string, []ledger.Listed) (string, bool) { return "", false })
	check(t, err)
	if counts.Rows != 3 || counts.Existing != 1 || counts.Invalid != 1 || counts.New != 1 || plan.Refused() != 1 {
		t.Errorf("got %+v", counts)
	}
	var records []string
	for row, err := range plan.Rows(t.Context(), ledger.Selection{}) {
		check(t, err)
		records = append(records, string(row.Record))
	}
	if !slices.Equal(records, []string{"new", "bad", "old"}) {
		t.Errorf("got %q", records)
	}
	if answers, err := plan.Kept(t.Context(), 1); err != nil || len(answers) > 0 {
		t.Errorf("got %v, %v", answers, err)
	}
	for n, want := range map[int]bool{1: false, 2: false, 3: true, 5: true, 6: false, 7: true, 8: true, 9: false} {
		if taken, err := plan.IsTaken(t.Context(), ledger.KeyDigests{Form: Person(n)}); err != nil || taken != want {
			t.Errorf("the key %d is taken: %t, %v", n, taken, err)
		}
	}
}
