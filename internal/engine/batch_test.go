package engine

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Rows travel together: full batches while there are enough rows, and the rest
// after a moment.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		r := perform(t.Context(), nil, s, true, numbered(25), Options{Concurrency: 10, Batch: 10})
		if r.err != nil || r.count(rowstate.Created) != 25 {
			t.Errorf("created %d, %v", r.count(rowstate.Created), r.err)
		}
		if want := []int{10, 10, 5}; !slices.Equal(s.batches, want) {
			t.Errorf("the batches were %v, want %v", s.batches, want)
		}
		expectNone(t, s.violations, s.journal.violations)
	})
}

// A batch whose answer is lost as a whole is settled row by row, and what the
// answer says nothing of is as good as lost.
func TestLostBatch(t *testing.T) {
	for name, answer := range map[string]func([]provider.BatchResult) []provider.BatchResult{
		"lost": func(results []provider.BatchResult) []provider.BatchResult {
			for i := range results {
				results[i] = provider.BatchResult{Err: &provider.Error{Class: provider.Unknown, Op: "create the users"}}
			}
			return results
		},
		"cut short": func(results []provider.BatchResult) []provider.BatchResult { return results[:1] },
		"empty":     func([]provider.BatchResult) []provider.BatchResult { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer()
				reports := &reports{}
				client := forgetfulBatcher{findingServer{s}, answer}
				err := Run(t.Context(), nil, creating(client), s.journal, sequence(numbered(12)), Options{
					Concurrency: 12, Batch: 4, Report: func(o Result) { reports.all = append(reports.all, o) },
				})
				if err != nil || reports.count(rowstate.Created) != 12 {
					t.Errorf("created %d, %v", reports.count(rowstate.Created), err)
				}
				for _, item := range numbered(12) {
					if n := len(s.commits[item.Key]); n != 1 {
						t.Errorf("%s was made %d times", item.Key, n)
					}
				}
			})
		})
	}
}

// forgetfulBatcher answers a batch as the function says.
type forgetfulBatcher struct {
	findingServer
	answer func([]provider.BatchResult) []provider.BatchResult
}

func (f forgetfulBatcher) CreateBatch(ctx context.Context, records []schema.Record) []provider.BatchResult {
	return f.answer(f.findingServer.CreateBatch(ctx, records))
}

// What is being collected when the run is to end does not leave.
func TestBatchIsHeldAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		drain, stop := closedAfter(linger / 2)
		defer stop()
		r := perform(t.Context(), drain, s, true, numbered(3), Options{Concurrency: 8, Batch: 8})
		if len(r.all) != 0 || len(s.events) != 0 || r.err == nil {
			t.Errorf("reported %v, sent %v, %v", r.all, s.events, r.err)
		}
		for _, item := range numbered(3) {
			if state := s.journal.stateOf(item.Row); state != "" {
				t.Errorf("the journal says %q of row %d", state, item.Row)
			}
		}
	})
}

// And not in a pause that a provider asked for meanwhile.
func TestBatchIsHeldInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		keys := numbered(20)
		s.fates[keys[0].Key] = []fate{{kind: turnedAway, after: 30 * time.Second}}
		r := perform(t.Context(), nil, s, true, keys, Options{Concurrency: 6, Batch: 4})
		if r.err != nil || r.count(rowstate.Created) != 20 {
			t.Errorf("created %d, %v", r.count(rowstate.Created), r.err)
		}
		expectNone(t, s.violations, s.journal.violations)
	})
}
