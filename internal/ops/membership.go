package ops

import (
	"context"
	"sync"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// AddToGroup returns the verb that adds a user to the group of an item.
func AddToGroup() Verb {
	return membership(rowstate.CommandJoin, provider.CapabilityAddMember, true, provider.MembershipManager.AddMember)
}

// RemoveFromGroup returns the verb that removes a user from the group of an item.
func RemoveFromGroup() Verb {
	return membership(rowstate.CommandLeave, provider.CapabilityRemoveMember, false, provider.MembershipManager.RemoveMember)
}

// membership returns a verb that changes whether a user is a member of a group. Only the group shows that.
func membership(command string, capability provider.Capability, joins bool, send func(provider.MembershipManager, context.Context, string, string) error) Verb {
	return Verb{
		Command: command, Capabilities: []provider.Capability{capability},
		Request: func(client provider.Client) Request {
			manager, ok := provider.As[provider.MembershipManager](client)
			if !ok {
				return nil
			}
			turns := &turns{}
			return func(ctx context.Context, item engine.Item) (provider.User, error) {
				done, err := turns.wait(ctx, item.Group)
				if err != nil {
					return provider.User{}, &provider.Error{Class: provider.Unsent, Op: rowstate.CommandOf(command).Verb + " the user", Err: err}
				}
				defer done()
				return provider.User{ID: item.UserID}, send(manager, ctx, item.Group, item.UserID)
			}
		},
		Confirm: func(client provider.Client) Request {
			return func(ctx context.Context, item engine.Item) (provider.User, error) {
				is, err := provider.Must[provider.MembershipManager](client).IsMember(ctx, item.Group, item.UserID)
				if err == nil && is != joins {
					err = notDone()
				}
				return provider.User{ID: item.UserID}, err
			}
		},
	}
}

// turns lets one change of each group be sent at a time: a server that reads a group, changes it and stores it loses one of
// two changes at once, and affirms both. It is safe for concurrent use.
type turns struct {
	mu     sync.Mutex
	groups map[string]chan struct{} // with a value while a change is sent
}

// wait returns when no other change of the group is sent. Done lets the next one be sent. The error is that of the context.
func (t *turns) wait(ctx context.Context, group string) (done func(), err error) {
	t.mu.Lock()
	turn, ok := t.groups[group]
	if !ok {
		if t.groups == nil {
			t.groups = map[string]chan struct{}{}
		}
		turn = make(chan struct{}, 1)
		t.groups[group] = turn
	}
	t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
