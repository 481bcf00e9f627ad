package providertest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// identityChecks returns the checks of operations on one user, by the provider's id, if the client has them.
func identityChecks() []Check {
	return []Check{
		{"get returns the created user", having(checkGet)},
		{"deactivate returns the user and keeps it", having(checkDeactivate)},
		{"activate returns the user and keeps it", having(checkActivate)},
		{"delete removes the user", having(checkDelete)},
		{"an unknown id is not found", checkUnknownIDs},
		{"ids are escaped in paths", checkEscapedIDs},
	}
}

// having returns a check that passes if the client lacks a power.
func having[Power any](run func(tr *trial, power Power, s *stage) error) checkFunc {
	return func(t TB, subject Subject) error {
		tr := subject.begin(t)
		client, s := tr.connect(tr.pass)
		power, ok := provider.As[Power](client)
		if !ok {
			return nil
		}
		return run(tr, power, s)
	}
}

func checkGet(tr *trial, getter provider.Getter, s *stage) error {
	record := tr.record(1)
	if _, _, err := tr.create(tr.record(2)); err != nil {
		return err
	}
	made, _, err := tr.create(record)
	if err != nil {
		return err
	}
	user, err := getter.Get(tr.t.Context(), made.ID)
	if err != nil {
		return err
	}
	var found findings
	if user.ID != made.ID {
		found.addf("got the id %q, want %q", user.ID, made.ID)
	}
	found.add(tr.checkUser(user, record))
	found.add(tr.checkAttributes(user))
	found.add(tr.checkSent(s, provider.CapabilityGet))
	return found.err()
}

// checkSent compares the last request on a stage with its documentation.
func (tr *trial) checkSent(s *stage, power provider.Capability) error {
	last, err := s.last()
	if err != nil {
		return err
	}
	return tr.checkDocumented(power, last.sent)
}

// checkChange compares the last request on a stage that does not only read with its documentation. The user may be read
// afterwards.
func (tr *trial) checkChange(s *stage, power provider.Capability) error {
	for _, exchange := range slices.Backward(s.received()) {
		if !exchange.sent.reads() {
			return tr.checkDocumented(power, exchange.sent)
		}
	}
	return errors.New("nothing was changed")
}

func checkDeactivate(tr *trial, deactivator provider.Deactivator, s *stage) error {
	return tr.checkAccess(s, provider.CapabilityDeactivate, deactivator.Deactivate, provider.Lifecycle.Activated)
}

func checkActivate(tr *trial, activator provider.Activator, s *stage) error {
	return tr.checkAccess(s, provider.CapabilityActivate, activator.Activate, provider.Lifecycle.Deactivated)
}

// checkAccess changes the access of a user, who is there afterwards and no longer in the other state.
func (tr *trial) checkAccess(s *stage, power provider.Capability, change func(context.Context, string) (provider.User, error),
	isOther func(provider.Lifecycle, provider.User) bool,
) error {
	record := tr.record(1)
	made, _, err := tr.create(record)
	if err != nil {
		return err
	}
	user, err := change(tr.t.Context(), made.ID)
	if err != nil {
		return err
	}
	var found findings
	if user.ID != made.ID {
		found.addf("gave the id %q, want %q", user.ID, made.ID)
	}
	if isOther(tr.Adapter.Lifecycle, user) {
		found.addf("the object shows that nothing has changed: %s", user.Attributes)
	}
	found.add(tr.checkUser(user, record))
	found.add(tr.checkAttributes(user))
	found.add(tr.checkChange(s, power))
	if _, err := tr.read(made, target{record, made}); err != nil {
		found.in("the user afterwards", err)
	}
	return found.err()
}

func checkDelete(tr *trial, deleter provider.Deleter, s *stage) error {
	made, _, err := tr.create(tr.record(1))
	if err != nil {
		return err
	}
	if _, _, err := tr.create(tr.record(2)); err != nil {
		return err
	}
	var found findings
	found.add(deleter.Delete(tr.t.Context(), made.ID))
	found.add(tr.checkSent(s, provider.CapabilityDelete))
	found.in("the same user again", judge(deleter.Delete(tr.t.Context(), made.ID), provider.NotFound))
	if _, _, err := tr.create(tr.record(1)); err != nil {
		found.in("the same record afterwards", err)
	}
	return found.err()
}

// read returns a user as the provider has it now, by any operation that reads it; the given user if there is none.
func (tr *trial) read(user provider.User, about target) (provider.User, error) {
	client, _ := tr.connect(tr.pass)
	for _, op := range tr.readings(client) {
		if op.user != nil && op.power != provider.CapabilityList {
			return op.user(tr.t.Context(), client, about)
		}
	}
	return user, nil
}

// byID lists the operations on an existing user by its id.
func (tr *trial) byID(client provider.Client) []operation {
	var listed []operation
	for _, op := range tr.operations(client) {
		switch op.power {
		case provider.CapabilityGet, provider.CapabilityUpdate, provider.CapabilityDeactivate, provider.CapabilityActivate, provider.CapabilityDelete,
			provider.CapabilityAPIKeys, provider.CapabilityNewAPIKey:
			listed = append(listed, op)
		}
	}
	return listed
}

// checkUnknownIDs names a user by an id that differs from a genuine one in its
// last character.
func checkUnknownIDs(t TB, subject Subject) error {
	tr := subject.begin(t)
	client, _ := tr.connect(tr.pass)
	operations := tr.byID(client)
	if len(operations) == 0 {
		return nil
	}
	record := tr.record(1)
	user, _, err := tr.create(record)
	if err != nil {
		return err
	}
	if user.ID == "" {
		return errors.New("the user has no id")
	}
	user.ID = otherID(user.ID)
	var found findings
	for _, op := range operations {
		found.in(string(op.power), judge(op.run(t.Context(), client, target{record, user}), provider.NotFound))
	}
	return found.err()
}

// checkEscapedIDs sends ids with characters that have a meaning in URLs, to a server that does not have them.
func checkEscapedIDs(t TB, subject Subject) error {
	tr := subject.begin(t)
	probe, _ := tr.connect(tr.pass)
	operations := tr.byID(probe)
	client, s := tr.connect(tr.pass)
	var found findings
	for _, op := range operations {
		for _, id := range append(specialKeys(), "", ".", "..", "../users", "a?b=c") {
			classes := []provider.Class{provider.NotFound}
			switch id {
			case "", ".", "..":
				classes = []provider.Class{provider.Invalid}
			case "../users": // a path can hold it, and a server might understand another one
				classes = append(classes, provider.Invalid)
			}
			s.change(always(plainAnswer(404, "text/plain", "")))
			err := op.run(t.Context(), client, target{tr.record(1), provider.User{ID: id}})
			place := fmt.Sprintf("%s of %q", op.power, id)
			found.in(place, judge(err, classes...))
			if n := len(s.received()); n != 0 && provider.ClassOf(err) == provider.Invalid {
				found.addf("%s: %d requests were sent", place, n)
			}
			for _, exchange := range s.received() {
				found.in(place, tr.checkNamed(exchange.sent, id))
			}
		}
	}
	return found.err()
}

// checkNamed returns an error if a request's path is not documented, or does not contain the id as one segment. A read
// that is documented without an id does not have to.
func (tr *trial) checkNamed(request sent, id string) error {
	documented := slices.ContainsFunc(tr.Adapter.Endpoints, func(o provider.Endpoint) bool {
		return tr.checkDocumented(o.Capability, request) == nil
	})
	named := slices.ContainsFunc(strings.Split(request.url.EscapedPath(), "/"), func(segment string) bool {
		text, err := url.PathUnescape(segment)
		return err == nil && slices.Contains(tr.spellings(id), text)
	})
	if !documented || !named && !tr.readsInGeneral(request) {
		return fmt.Errorf("%s %s was sent", request.method, request.url.RequestURI())
	}
	return nil
}

// spellings lists the segments with which documented paths name an id.
func (tr *trial) spellings(id string) []string {
	listed := []string{id}
	for _, operation := range tr.Adapter.Endpoints {
		for _, documented := range documentedRequests(operation.Request) {
			for _, segment := range documented.path {
				if before, after, ok := placeholder(segment); ok {
					listed = append(listed, before+id+after)
				}
			}
		}
	}
	return listed
}

// readsInGeneral reports whether a request reads what belongs to no user, such as the server's capabilities.
func (tr *trial) readsInGeneral(request sent) bool {
	return request.reads() && slices.ContainsFunc(tr.Adapter.Endpoints, func(o provider.Endpoint) bool {
		return slices.ContainsFunc(documentedRequests(o.Request), func(d documentedRequest) bool {
			return !strings.Contains(strings.Join(d.path, "/"), "{") && d.matches(request, tr.live.EscapedPath())
		})
	})
}
