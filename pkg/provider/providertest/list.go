package providertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// listChecks judge lists and the check of the credentials, where the client has them.
func listChecks() []Check {
	return []Check{
		{"list yields every user", listing(checkListed)},
		{"list can be left early", listing(checkListLeft)},
		{"list tells how many requests it takes", listing(checkListRequests)},
		{"check accepts good credentials", checkCheck},
	}
}

// listing makes a check that passes where the client cannot list.
func listing(run func(tr *trial, lister provider.Lister, s *stage) error) func(testing.TB, Subject) error {
	return func(t testing.TB, subject Subject) error {
		tr := subject.begin(t)
		client, s := tr.connect(tr.pass)
		lister, ok := client.(provider.Lister)
		if !ok {
			return nil
		}
		return run(tr, lister, s)
	}
}

// aFewPages is a number of users that no provider's default page holds.
const aFewPages = 45

// createMany makes users and gives them by key.
func (tr *trial) createMany(users int) (map[string]provider.User, error) {
	client, _ := tr.connect(tr.pass)
	made := map[string]provider.User{}
	for n := range users {
		user, err := client.Create(tr.t.Context(), tr.record(n+1))
		if err != nil {
			return nil, fmt.Errorf("create on the live server: %w", err)
		}
		made[user.Key] = user
	}
	return made, nil
}

func checkListed(tr *trial, lister provider.Lister, _ *stage) error {
	var found findings
	for user, err := range lister.List(tr.t.Context(), nil) {
		if err != nil {
			return err
		}
		found.addf("the list has %q before there are users", user.Key)
	}
	made, err := tr.createMany(aFewPages)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for user, err := range lister.List(tr.t.Context(), nil) {
		if err != nil {
			return err
		}
		if user.ID == "" || user.ID != made[user.Key].ID {
			found.addf("the list has the user %q with the id %q, want %q", user.Key, user.ID, made[user.Key].ID)
		}
		if seen[user.Key] {
			found.addf("the list has the user %q twice", user.Key)
		}
		seen[user.Key] = true
		found.add(tr.checkAttributes(user))
	}
	if len(seen) != len(made) {
		found.addf("the list has %d users of %d", len(seen), len(made))
	}
	return found.err()
}

func checkListLeft(tr *trial, lister provider.Lister, _ *stage) error {
	if _, err := tr.createMany(2); err != nil {
		return err
	}
	var found findings
	yielded := 0
	lister.List(tr.t.Context(), nil)(func(_ provider.User, err error) bool {
		found.add(err)
		yielded++
		return false // a loop would panic where the list goes on
	})
	if yielded != 1 {
		found.addf("the list yields %d times to a loop that is left at the first user", yielded)
	}
	return found.err()
}

func checkListRequests(tr *trial, lister provider.Lister, s *stage) error {
	if _, err := tr.createMany(aFewPages); err != nil {
		return err
	}
	told, err := lister.ListRequests(tr.t.Context())
	if err != nil {
		return err
	}
	s.change(tr.pass)
	for _, err := range lister.List(tr.t.Context(), nil) {
		if err != nil {
			return err
		}
	}
	var found findings
	if sent := len(s.received()); sent > told || told < 1 {
		found.addf("the list took %d requests, and was to take %d", sent, told)
	}
	for _, exchange := range s.received() {
		found.add(tr.checkDocumented(operation{power: provider.PowerList}, exchange.sent))
	}
	return found.err()
}

func checkCheck(t testing.TB, subject Subject) error {
	tr := subject.begin(t)
	client, s := tr.connect(tr.pass)
	checker, ok := client.(provider.Checker)
	if !ok {
		return nil
	}
	var found findings
	found.in("without a user", checker.Check(t.Context()))
	if _, _, err := tr.create(tr.record(1)); err != nil {
		return err
	}
	found.in("with a user", checker.Check(t.Context()))
	for _, exchange := range s.received() {
		found.add(tr.checkDocumented(operation{power: provider.PowerCheck}, exchange.sent))
		if len(exchange.sent.body) > 0 {
			found.add(errors.New("it has a body: a check reads"))
		}
	}
	return found.err()
}
