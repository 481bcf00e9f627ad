package ops

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// forgetful is a server that reads a group, changes it and stores it: of two changes at once it loses one.
type forgetful struct {
	mu     sync.Mutex
	groups map[string]map[string]bool
}

func (f *forgetful) read(group string) map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.groups[group])
}

func (f *forgetful) change(group, user string, isMember bool) error {
	members := f.read(group)
	time.Sleep(time.Millisecond)
	members[user] = isMember
	f.mu.Lock()
	defer f.mu.Unlock()
	f.groups[group] = members
	return nil
}

func (f *forgetful) Create(context.Context, schema.Record) (provider.User, error) {
	panic("no user is created")
}

func (f *forgetful) Members(context.Context, string) iter.Seq2[provider.Member, error] {
	panic("no list is read")
}

func (f *forgetful) IsMember(_ context.Context, group, user string) (bool, error) {
	return f.read(group)[user], nil
}

func (f *forgetful) AddMember(_ context.Context, group, user string) error {
	return f.change(group, user, true)
}

func (f *forgetful) RemoveMember(_ context.Context, group, user string) error {
	return f.change(group, user, false)
}

// Of the members of one group, one is changed at a time. Other groups do not wait.
func TestOneChangeOfAGroupAtATime(t *testing.T) {
	t.Parallel()
	server := &forgetful{groups: map[string]map[string]bool{"a": {}, "b": {}}}
	add, err := AddToGroup().Operation(server, provider.Lifecycle{}, func() time.Time { return time.Time{} })
	if err != nil {
		t.Fatal(err)
	}
	var adding sync.WaitGroup
	for n := range 20 {
		for _, group := range []string{"a", "b"} {
			adding.Go(func() {
				if _, err := add.Do(t.Context(), engine.Item{UserID: fmt.Sprint(n), Group: group}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	adding.Wait()
	for _, group := range []string{"a", "b"} {
		if members := server.read(group); len(members) != 20 {
			t.Errorf("group %s has %d members of 20", group, len(members))
		}
	}
	if _, err := add.Confirm(t.Context(), engine.Item{UserID: "nobody", Group: "a"}); provider.ClassOf(err) != provider.NotFound {
		t.Errorf("got %v for a user who is no member", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := add.Do(ended, engine.Item{UserID: "late", Group: "a"}); provider.ClassOf(err) != provider.Unsent {
		t.Errorf("got %v after the end", err)
	}
}
