package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// fickle answers each create with the next of its errors, and finds nobody.
type fickle struct {
	errors []error
	finds  int
}

func (f *fickle) Create(_ context.Context, record schema.Record) (provider.User, error) {
	err := f.errors[0]
	f.errors = f.errors[1:]
	return provider.User{ID: "1", Key: record.Text("key")}, err
}

func (f *fickle) Find(context.Context, string) (provider.User, error) {
	f.finds++
	return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "find the change made"}
}

// A change that no read shows is sent once, and stays in doubt, whatever the provider documents about unique keys.
func TestChangeThatNothingShows(t *testing.T) {
	t.Parallel()
	lost := errors.New("no response")
	client := &fickle{errors: []error{lost}}
	op := creating(client)
	op.Repeatable, op.Confirm, op.Done, op.Already = true, nil, "updated", "unchanged"
	var got Result
	options := Options{Sleep: pretend, Unique: func(context.Context) provider.Uniqueness { return provider.UniqueEnforced }, Report: func(o Result) { got = o }}
	options.Concurrency = 1
	if err := Run(t.Context(), nil, op, silent{}, sequence([]Item{{Row: 1, Line: 2, Key: "a"}}), options); err != nil {
		t.Fatal(err)
	}
	if got.State != rowstate.Unknown || got.Attempts != 1 || got.Err != lost {
		t.Errorf("got %+v", got)
	}
}

// A change is taken for one: a conflict is the row's own failure, and the texts
// speak of changes.
func TestChanges(t *testing.T) {
	t.Parallel()
	conflict := &provider.Error{Class: provider.Conflict, Op: "update the user", Status: 409}
	lost := &provider.Error{Class: provider.Unknown, Op: "update the user"}
	for _, test := range []struct {
		name   string
		errors []error
		state  rowstate.State
		finds  int
		text   string
	}{
		{"a conflict", []error{conflict}, rowstate.Failed, 0, "could not update the user: the provider returned 409 Conflict"},
		{"lost, and then made", []error{lost, nil}, "updated", 2, ""},
		{"never made", []error{lost, lost, lost, lost}, rowstate.Failed, 8, "two later lookups showed that it had no effect"},
		{"denied", []error{&provider.Error{Class: provider.Denied, Op: "update the user", Status: 401}}, rowstate.Failed, 0, "401"},
	} {
		client := &fickle{errors: test.errors}
		var got Result
		options := Options{Sleep: pretend, Grace: time.Nanosecond}
		options.Concurrency = 1
		op := creating(client)
		op.Name, op.Repeatable, op.Done, op.Already = "update the user", true, "updated", "unchanged"
		options.Report = func(o Result) { got = o }
		err := Run(t.Context(), nil, op, silent{}, sequence([]Item{{Row: 1, Line: 2, Key: "a", Record: schema.Record{"key": "a"}}}), options)
		if err != nil && !strings.Contains(err.Error(), "after 0 rows updated") {
			t.Errorf("%s: %v", test.name, err)
		}
		if got.State != test.state || client.finds != test.finds || len(client.errors) > 0 || !strings.Contains(got.Message(), test.text) {
			t.Errorf("%s: %s after %d look-ups, %q", test.name, got.State, client.finds, got.Message())
		}
	}
}

// Ask tells every answer, and ends where the provider gives none any more.
func TestAskTellsEveryAnswer(t *testing.T) {
	t.Parallel()
	told := map[provider.Class]int{}
	options := Options{Sleep: pretend, Grace: time.Nanosecond}
	options.Concurrency = 1
	items := make([]Item, 20)
	for i := range items {
		items[i] = Item{Row: i + 1, Line: i + 2, Key: string(rune('a' + i))}
	}
	client := answers(func(key string) error {
		switch {
		case key == "a":
			return &provider.Error{Class: provider.NotFound, Op: "look the user up"}
		case key < "d" || key == "f":
			return &provider.Error{Class: provider.Unknown, Op: "look the user up"}
		case key < "h":
			return nil
		default:
			return &provider.Error{Class: provider.Unsent, Op: "look the user up"}
		}
	})
	found := 0
	err := Ask(t.Context(), creating(client), sequence(items), options, func(_ Item, _ provider.User, err error) {
		if err == nil {
			found++
			return
		}
		told[provider.ClassOf(err)]++
	})
	if provider.ClassOf(err) != provider.Unsent || found != 3 || told[provider.NotFound] != 1 || told[provider.Unknown] != 3 || told[provider.Unsent] != maxUnanswered {
		t.Errorf("found %d, told %v, %v", found, told, err)
	}
}

// answers looks users up by a function.
type answers func(key string) error

func (a answers) Create(context.Context, schema.Record) (provider.User, error) { panic("a look-up") }

func (a answers) Find(_ context.Context, key string) (provider.User, error) {
	return provider.User{ID: key, Key: key}, a(key)
}

// silent is a journal that keeps nothing.
type silent struct{}

func (silent) Intend(context.Context, Item) error   { return nil }
func (silent) Withdraw(context.Context, Item) error { return nil }
func (silent) Record(context.Context, Result) error { return nil }
