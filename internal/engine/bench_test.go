package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// instant makes every user at once.
type instant struct{}

func (instant) Create(context.Context, schema.Record) (provider.User, error) {
	return provider.User{ID: "1", Key: "ann@example.com"}, nil
}

// forgetful is a journal that keeps nothing.
type forgetful struct{}

func (forgetful) Intend(context.Context, Item) error   { return nil }
func (forgetful) Withdraw(context.Context, Item) error { return nil }
func (forgetful) Record(context.Context, Result) error { return nil }

// BenchmarkRun measures what the engine itself costs a row.
func BenchmarkRun(b *testing.B) {
	for _, workers := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.ReportAllocs()
			item := itemOf(1, "ann@example.com")
			reported := 0
			err := Run(b.Context(), nil, creating(instant{}), forgetful{}, func(yield func(Item, error) bool) {
				for range b.N {
					if !yield(item, nil) {
						return
					}
				}
			}, Options{Concurrency: workers, Report: func(Result) { reported++ }})
			if err != nil || reported != b.N {
				b.Fatalf("%d of %d reported, %v", reported, b.N, err)
			}
		})
	}
}

// BenchmarkMessage measures what a failed row costs in the summary.
func BenchmarkMessage(b *testing.B) {
	b.ReportAllocs()
	outcome := Result{
		Item: Item{Key: "ann@example.com", Record: schema.Record{
			"email": "ann@example.com", "firstName": "Ann", "lastName": "Example", "organization": "org_123", "roles": []string{"Admin", "User"},
		}},
		State: rowstate.Failed, Err: refusal("the e-mail address ann@example.com is in use"),
	}
	for b.Loop() {
		_ = outcome.Message()
	}
}
