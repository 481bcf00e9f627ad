package bulk

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/pkg/provider"
)

func outcomeOf(row int, state State, err error) Outcome {
	return Outcome{Item: itemOf(row, fmt.Sprintf("user%d@example.com", row)), State: state, Err: err}
}

func TestSummaryGroupsByCause(t *testing.T) {
	var s Summary
	s.Expect(6000)
	for row := 1; row <= 5000; row++ {
		s.Add(outcomeOf(row, Failed, refusal(fmt.Sprintf("user%d@example.com is not valid", row))))
	}
	s.Add(outcomeOf(5001, Created, nil))
	s.Add(outcomeOf(5002, Existing, nil))
	lost := &provider.Error{Op: "create the user"}
	s.Add(outcomeOf(5003, Unknown, lost))
	s.Add(outcomeOf(5004, Unknown, lost))
	s.Add(outcomeOf(5005, Failed, errors.New("the run ended")))

	want := Summary{Rows: 6000, Created: 1, Existing: 1, Failed: 5001, Unknown: 2, NotTried: 995}
	got := s
	got.causes = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	causes := []Cause{
		{Class: "invalid", Message: `could not create the user: the provider answered 400 Bad Request ("[email] is not valid")`, Rows: 5000, FirstLines: []int{2, 3, 4, 5, 6}},
		{Class: "unknown", Message: "could not create the user", Rows: 2, FirstLines: []int{5004, 5005}},
		{Class: "unknown", Message: "the run ended", Rows: 1, FirstLines: []int{5006}},
	}
	if got := s.Causes(); !reflect.DeepEqual(got, causes) {
		t.Errorf("got  %+v\nwant %+v", got, causes)
	}
}

func TestSummaryIsBounded(t *testing.T) {
	var s Summary
	add := func(from, to int) {
		for row := from; row < to; row++ {
			s.Add(outcomeOf(row, Failed, refusal(fmt.Sprintf("mood %d", row))))
		}
	}
	add(0, 1000)
	before := heap()
	add(1000, 20_000)
	if grown := heap() - before; grown > 100_000 {
		t.Errorf("19,000 causes more took %d bytes", grown)
	}
	causes := s.Causes()
	if len(causes) != mostCauses+1 {
		t.Fatalf("%d causes", len(causes))
	}
	last := causes[mostCauses]
	if last.Class != "other" || last.Rows != 20_000-mostCauses || len(last.FirstLines) != mostFirstLines {
		t.Errorf("got %+v", last)
	}
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestSummaryAddsUp: at every moment, whatever is expected and whatever comes.
func TestSummaryAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Summary
		expected, added := 0, 0
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			if rapid.IntRange(0, 20).Draw(t, "expects") == 0 {
				n := rapid.IntRange(0, 50).Draw(t, "rows")
				s.Expect(n)
				expected += n
			} else {
				state := rapid.SampledFrom([]State{Created, Existing, Failed, Unknown}).Draw(t, "state")
				var err error
				if state == Failed || state == Unknown {
					err = refusal(fmt.Sprintf("mood %d", rapid.IntRange(0, 200).Draw(t, "mood")))
				}
				added++
				s.Add(outcomeOf(added, state, err))
			}
			if sum := s.Created + s.Existing + s.Failed + s.Unknown + s.NotTried; sum != s.Rows || s.Rows < max(expected, added) {
				t.Fatalf("%+v adds up to %d", s, sum)
			}
			blamed := 0
			for _, cause := range s.Causes() {
				blamed += cause.Rows
			}
			if blamed != s.Failed+s.Unknown {
				t.Fatalf("%d rows have a cause, %d need one", blamed, s.Failed+s.Unknown)
			}
		}
	})
}

func TestSummaryOfRowsThatWereNotTried(t *testing.T) {
	var s Summary
	s.Expect(1)
	s.Add(outcomeOf(1, NotTried, nil))
	s.Add(outcomeOf(2, Failed, errors.New("no luck")))
	if s.Rows != 1 || s.Failed != 1 || s.NotTried != 0 {
		t.Errorf("got %+v", s)
	}
}
