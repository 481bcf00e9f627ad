package referee_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// people is a provider that is wrong in the ways that a test sets.
type people struct {
	users []provider.User
	next  int
	sent  []string

	// lost is the number of creates whose response is lost, and late that of lookups that do not show a user.
	lost, late                                                int
	acceptsTwins, forgetsChanges, keepsDeleted, refusesDelete bool
}

func fault(class provider.Class) error { return &provider.Error{Class: class, Op: "try"} }

func (p *people) Create(_ context.Context, record schema.Record) (provider.User, error) {
	p.sent = append(p.sent, "create")
	key := record.Text("email")
	if !p.acceptsTwins && slices.ContainsFunc(p.users, func(user provider.User) bool { return user.Key == key }) {
		return provider.User{}, fault(provider.Conflict)
	}
	p.next++
	text, err := json.Marshal(record)
	if err != nil {
		return provider.User{}, err
	}
	user := provider.User{ID: strconv.Itoa(p.next), Key: key, Attributes: text}
	p.users = append(p.users, user)
	if p.lost > 0 {
		p.lost--
		return provider.User{}, fault(provider.Unknown)
	}
	return user, nil
}

func (p *people) Find(_ context.Context, key string) (provider.User, error) {
	for _, user := range p.users {
		if p.late > 0 {
			p.late--
			break
		}
		if user.Key == key {
			return user, nil
		}
	}
	return provider.User{}, fault(provider.NotFound)
}

func (p *people) List(context.Context, map[string]string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		for _, user := range p.users {
			if !yield(user, nil) {
				return
			}
		}
	}
}

func (p *people) ListRequests(context.Context) (int, error) { return 1, nil }

func (p *people) at(id string) int {
	return slices.IndexFunc(p.users, func(user provider.User) bool { return user.ID == id })
}

func (p *people) Get(_ context.Context, id string) (provider.User, error) {
	if i := p.at(id); i >= 0 {
		return p.users[i], nil
	}
	return provider.User{}, fault(provider.NotFound)
}

func (p *people) Update(_ context.Context, id string, changes schema.Record) (provider.User, error) {
	p.sent = append(p.sent, "update")
	i := p.at(id)
	if i < 0 {
		return provider.User{}, fault(provider.NotFound)
	}
	text, err := json.Marshal(changes.With(schema.Record{"email": p.users[i].Key}))
	if err == nil && !p.forgetsChanges {
		p.users[i].Attributes = text
	}
	return p.users[i], err
}

func (p *people) Delete(_ context.Context, id string) error {
	p.sent = append(p.sent, "delete")
	if p.refusesDelete {
		return fault(provider.Denied)
	}
	if i := p.at(id); i >= 0 && !p.keepsDeleted {
		p.users = slices.Delete(p.users, i, i+1)
	}
	return nil
}

// creator is a provider that documents a create and nothing else.
type creator struct{ provider.Client }

func TestLive(t *testing.T) {
	adapter := provider.Adapter{Key: "email", Table: schema.Table{{Name: "email", Required: true, Identifier: true}, {Name: "name"}}}
	record := schema.Record{"email": "usher-test@example.com", "name": "Usher Test"}
	there := provider.User{ID: "7", Key: "usher-test@example.com", Attributes: json.RawMessage(`{}`)}
	all := "find before create works, create works, find works, list works, get works, update works, conflict works, delete works"
	for name, test := range map[string]struct {
		people people
		only   bool // the create
		want   string
		left   int
	}{
		"all of it":               {people{}, false, all, 0},
		"a lookup that lags":      {people{late: 2}, false, all, 0},
		"a create alone":          {people{}, true, "create works, find not described, list not described, get not described, update not described, conflict works, delete not described", 1},
		"a user who was there":    {people{users: []provider.User{there}}, false, "find before create fails", 0},
		"a lost response":         {people{lost: 1}, false, strings.Replace(all, "create works, find works", "create unknown, find works", 1), 0},
		"two users with one key":  {people{acceptsTwins: true}, false, strings.Replace(all, "conflict works", "conflict fails", 1), 0},
		"a change that is lost":   {people{forgetsChanges: true}, false, strings.Replace(all, "update works", "update fails", 1), 0},
		"a delete that is denied": {people{refusesDelete: true}, false, strings.Replace(all, "delete works", "delete fails", 1), 1},
		"a delete without effect": {people{keepsDeleted: true}, false, strings.Replace(all, "delete works", "delete fails", 1), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var client provider.Client = &test.people
			if test.only {
				client = creator{client}
			}
			before := len(test.people.users)
			result := referee.Live(t.Context(), client, adapter, record, schema.Record{"name": "Changed"}, 0)
			var steps []string
			for _, step := range result.Steps {
				steps = append(steps, step.Operation+" "+string(step.State))
			}
			if got := strings.Join(steps, ", "); got != test.want || len(result.Left) != test.left {
				t.Errorf("got %s; %d are left", got, len(result.Left))
			}
			if made := len(test.people.users) - before; made != test.left {
				t.Errorf("%d users are at the provider, %d are reported", made, test.left)
			}
			if works := !strings.Contains(test.want, "fails") && !strings.Contains(test.want, "unknown"); works != (result.Worst() == nil) {
				t.Errorf("the worst is %v", result.Worst())
			}
			if before > 0 && len(test.people.sent) > 0 {
				t.Errorf("sent %q, though the user was there", test.people.sent)
			}
		})
	}
}

// An interrupt ends the steps, and not the clean-up.
func TestLiveCleansUpAfterAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	people := &interrupted{cancel: cancel}
	adapter := provider.Adapter{Key: "email", Table: schema.Table{{Name: "email", Required: true, Identifier: true}}}
	result := referee.Live(ctx, people, adapter, schema.Record{"email": "usher-test@example.com"}, nil, 0)
	if len(people.users) != 0 || len(result.Left) != 0 || !slices.Contains(people.sent, "delete") {
		t.Errorf("left %v, sent %q", people.users, people.sent)
	}
	if got := slices.Index(people.sent, "create"); got != 0 || strings.Count(strings.Join(people.sent, " "), "create") != 1 {
		t.Errorf("sent %q", people.sent)
	}
}

// interrupted is interrupted after the create.
type interrupted struct {
	people
	cancel func()
}

func (i *interrupted) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	defer i.cancel()
	return i.people.Create(ctx, record)
}

func (i *interrupted) Get(ctx context.Context, id string) (provider.User, error) {
	if err := ctx.Err(); err != nil {
		return provider.User{}, errors.Join(err, fault(provider.Unsent))
	}
	return i.people.Get(ctx, id)
}
