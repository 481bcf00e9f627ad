package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// target is the user of an operation: a record, and the user that the live server has created from it if the operation
// requires an existing one.
type target struct {
	record schema.Record
	user   provider.User
}

// operation is one call of a client, as the checks of failures make it.
type operation struct {
	power provider.Capability
	// about reports that the user must exist before.
	about bool
	// changes reports that the call changes something at the provider.
	changes bool
	// user makes a call that returns a user; call makes any other one, and comes first if there are both.
	user func(ctx context.Context, client provider.Client, target target) (provider.User, error)
	call func(ctx context.Context, client provider.Client, target target) error
	// before prepares the live server for the call; nil for nothing.
	before func(ctx context.Context, client provider.Client, target target) error
}

// run makes the call.
func (op operation) run(ctx context.Context, client provider.Client, target target) error {
	if op.call != nil {
		return op.call(ctx, client, target)
	}
	_, err := op.user(ctx, client, target)
	return err
}

// operations lists what a client can do. It may request the size of a batch, and the groups, from the client.
func (tr *trial) operations(client provider.Client) []operation {
	listed := []operation{{power: provider.CapabilityCreate, changes: true, user: func(ctx context.Context, client provider.Client, target target) (provider.User, error) {
		return client.Create(ctx, target.record)
	}}}
	listed = append(listed, tr.readings(client)...)
	listed = append(listed, tr.alterations(client)...)
	if _, ok := provider.As[provider.Batcher](client); ok && tr.batchSize(client) >= batched {
		listed = append(listed, operation{power: provider.CapabilityBatch, changes: true, call: func(ctx context.Context, client provider.Client, target target) error {
			return oneError(provider.Must[provider.Batcher](client).CreateBatch(ctx, tr.batchOf(target.record)))
		}})
	}
	if _, ok := provider.As[provider.Directory](client); ok {
		for power, kind := range tr.kinds() {
			listed = append(listed, operation{power: power, about: true, call: func(ctx context.Context, client provider.Client, _ target) error {
				_, err := entriesOf(ctx, client, kind)
				return err
			}})
		}
	}
	return slices.Concat(listed, tr.memberOperations(client), tr.keyOperations(client), sessionOperations(client))
}

// readings lists the operations that read users.
func (tr *trial) readings(client provider.Client) []operation {
	var listed []operation
	if _, ok := provider.As[provider.Finder](client); ok {
		listed = append(listed, operation{power: provider.CapabilityFind, about: true, user: func(ctx context.Context, client provider.Client, target target) (provider.User, error) {
			return provider.Must[provider.Finder](client).Find(ctx, tr.key(target.record))
		}})
	}
	if _, ok := provider.As[provider.Lister](client); ok {
		listed = append(listed, operation{power: provider.CapabilityList, about: true, user: tr.listed, call: func(ctx context.Context, client provider.Client, _ target) error {
			_, err := listAll(ctx, client)
			return err
		}})
	}
	if _, ok := provider.As[provider.Getter](client); ok {
		listed = append(listed, operation{power: provider.CapabilityGet, about: true, user: func(ctx context.Context, client provider.Client, target target) (provider.User, error) {
			return provider.Must[provider.Getter](client).Get(ctx, target.user.ID)
		}})
	}
	if _, ok := provider.As[provider.Checker](client); ok {
		listed = append(listed, operation{power: provider.CapabilityCheck, call: func(ctx context.Context, client provider.Client, _ target) error {
			return provider.Must[provider.Checker](client).Check(ctx)
		}})
	}
	return listed
}

// alterations lists the operations that change an existing user.
func (tr *trial) alterations(client provider.Client) []operation {
	var listed []operation
	if _, ok := provider.As[provider.Updater](client); ok {
		listed = append(listed, operation{power: provider.CapabilityUpdate, about: true, changes: true, user: func(ctx context.Context, client provider.Client, target target) (provider.User, error) {
			return provider.Must[provider.Updater](client).Update(ctx, target.user.ID, tr.someChanges())
		}})
	}
	if _, ok := provider.As[provider.Deactivator](client); ok {
		listed = append(listed, operation{power: provider.CapabilityDeactivate, about: true, changes: true, user: func(ctx context.Context, client provider.Client, target target) (provider.User, error) {
			return provider.Must[provider.Deactivator](client).Deactivate(ctx, target.user.ID)
		}})
	}
	if _, ok := provider.As[provider.Activator](client); ok {
		listed = append(listed, operation{power: provider.CapabilityActivate, about: true, changes: true, user: func(ctx context.Context, client provider.Client, target target) (provider.User, error) {
			return provider.Must[provider.Activator](client).Activate(ctx, target.user.ID)
		}})
	}
	if _, ok := provider.As[provider.Deleter](client); ok {
		listed = append(listed, operation{power: provider.CapabilityDelete, about: true, changes: true, call: func(ctx context.Context, client provider.Client, target target) error {
			return provider.Must[provider.Deleter](client).Delete(ctx, target.user.ID)
		}})
	}
	return listed
}

// keyOperations lists the operations on a user's API keys.
func (tr *trial) keyOperations(client provider.Client) []operation {
	if _, ok := provider.As[provider.APIKeyManager](client); !ok {
		return nil
	}
	return []operation{
		{power: provider.CapabilityAPIKeys, about: true, call: func(ctx context.Context, client provider.Client, target target) error {
			_, err := provider.Must[provider.APIKeyManager](client).APIKeys(ctx, target.user.ID)
			return err
		}},
		{power: provider.CapabilityNewAPIKey, about: true, changes: true, call: func(ctx context.Context, client provider.Client, target target) error {
			_, err := provider.Must[provider.APIKeyManager](client).CreateAPIKey(ctx, target.user.ID, nil)
			return err
		}},
	}
}

// kinds returns the documented kinds of entries by their power.
func (s Subject) kinds() map[provider.Capability]string {
	kinds := map[provider.Capability]string{
		provider.CapabilityRoles: provider.Role, provider.CapabilityOrganizations: provider.Organization, provider.CapabilityGroups: provider.Group,
	}
	for power := range kinds {
		if _, documented := s.Adapter.Endpoint(power); !documented {
			delete(kinds, power)
		}
	}
	return kinds
}

// listAll returns the users that a client lists before the first error.
func listAll(ctx context.Context, client provider.Client) ([]provider.User, error) {
	var users []provider.User
	for user, err := range provider.Must[provider.Lister](client).List(ctx, nil) {
		if err != nil {
			return users, err
		}
		users = append(users, user)
	}
	return users, nil
}

// listed lists all users and returns the one of the record.
func (tr *trial) listed(ctx context.Context, client provider.Client, target target) (provider.User, error) {
	users, err := listAll(ctx, client)
	if err != nil {
		return provider.User{}, err
	}
	for _, user := range users {
		if user.Key == tr.key(target.record) {
			return user, nil
		}
	}
	return provider.User{}, errors.New("the user is not in the list")
}

// rehearsal is an operation that has succeeded on the live server, and a stage
// on which it can be tried again under another script.
type rehearsal struct {
	operation
	target
	// genuine is the exchange of the request that identifies the operation: the last one.
	genuine exchange
	// before are the exchanges that come first, such as a reading of the user.
	before []exchange
	// conflict is the status with which the live server refuses a user who exists; 0 if that does not matter.
	conflict int

	tr     *trial
	client provider.Client
	stage  *stage
}

// connect returns a client with a stage that plays this script, once the exchanges of the trial's preludes are over.
func (r *rehearsal) connect(play script) (provider.Client, *stage) {
	client, s := r.tr.connect(play)
	s.preludes = r.stage.preludes
	return client, s
}

// again makes the call on the rehearsal's stage.
func (r *rehearsal) again(ctx context.Context) error {
	return r.run(ctx, r.client, r.target)
}

// rehearse runs an operation that succeeds.
func (tr *trial) rehearse(op operation, record schema.Record) (*rehearsal, error) {
	about := target{record: record}
	if op.about {
		user, _, err := tr.create(record)
		if err != nil {
			return nil, err
		}
		about.user = user
	}
	client, s := tr.connect(tr.pass)
	if op.before != nil {
		preparing, _ := tr.connect(tr.pass)
		if err := op.before(tr.t.Context(), preparing, about); err != nil {
			return nil, fmt.Errorf("before %s on the live server: %w", op.power, err)
		}
	}
	if err := op.run(tr.t.Context(), client, about); err != nil {
		return nil, fmt.Errorf("%s on the live server: %w", op.power, err)
	}
	received := s.received()
	if len(received) == 0 {
		return nil, fmt.Errorf("%s sends no request", op.power)
	}
	last := len(received) - 1
	r := &rehearsal{operation: op, target: about, genuine: received[last], before: received[:last], tr: tr}
	r.client, r.stage = tr.connect(tr.pass)
	return r, nil
}

// each rehearses every operation of the client and has it tried. An operation
// of several requests is tried twice: so that its first request meets the
// script, and so that its last one does.
func (tr *trial) each(try func(r *rehearsal) error) error {
	probe, _ := tr.connect(tr.pass)
	var found findings
	for i, op := range tr.operations(probe) {
		r, err := tr.rehearse(op, tr.record(i+1))
		if err != nil {
			found.add(err)
			continue
		}
		found.in(string(op.power), try(r))
		if preludes := preludesOf(r.before, r.genuine); len(preludes) > 0 {
			r.stage.preludes = preludes
			found.in(fmt.Sprintf("%s, in its last request", op.power), try(r))
		}
	}
	return found.err()
}

// preludesOf lists the exchanges that a stage may repeat without taking the
// operation's last request for one of them.
func preludesOf(before []exchange, last exchange) []exchange {
	var preludes []exchange
	for _, exchange := range before {
		if !exchange.sent.like(last.sent) {
			preludes = append(preludes, exchange)
		}
	}
	return preludes
}

// like reports whether two requests have the same method, path and query.
func (s sent) like(other sent) bool {
	return s.method == other.method && s.url.RequestURI() == other.url.RequestURI()
}

// reads reports whether a request only reads.
func (s sent) reads() bool { return s.method == http.MethodGet || s.method == http.MethodHead }
