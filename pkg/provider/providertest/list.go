package providertest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/bring-aboard/usher/pkg/provider"
)

// listChecks returns the checks of lists and of the check of the credentials, if the client has them.
func listChecks() []Check {
	return []Check{
		{"list yields every user", having(checkListed)},
		{"list can be left early", having(checkListLeft)},
		{"list reports how many requests it takes", having(checkListRequests)},
		{"a list that never ends is an error", having(checkEndless)},
		{"list sends its filters", having(checkFilters)},
		{"check accepts good credentials", checkCheck},
	}
}

// aFewPages is a number of users that no provider's default page can contain.
const aFewPages = 45

// createMany creates users and returns them by key.
func (tr *trial) createMany(users int) (map[string]provider.User, error) {
	client, _ := tr.connect(tr.pass)
	made := map[string]provider.User{}
	for n := range users {
		record := tr.record(n + 1)
		user, err := client.Create(tr.t.Context(), record)
		if err != nil {
			return nil, fmt.Errorf("create on the live server: %w", err)
		}
		made[tr.key(record)] = user
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
		found.add(tr.checkDocumented(provider.CapabilityList, exchange.sent))
	}
	return found.err()
}

// many is a number of users that takes several of the largest pages.
const many = 205

// aLot is a number of requests that no list of so many users takes.
const aLot = 2 * many

// bounded is a script that returns the n-th response for the n-th request, and after too many requests none.
func bounded(reply func(n int) answer) script {
	var asked atomic.Int64
	return func(sent) answer {
		n := int(asked.Add(1)) - 1
		if n >= aLot {
			return plainAnswer(http.StatusTeapot, "text/plain", "")
		}
		return reply(n)
	}
}

// checkBounded reports whether a list went on until it was stopped.
func checkBounded(s *stage) error {
	if n := len(s.received()); n >= aLot {
		return fmt.Errorf("it asked %d times and would ask for ever", n)
	}
	return nil
}

// checkEndless repeats the first page of a list that has several, and all but
// its last page by turns. A list that is one response has nothing to repeat.
func checkEndless(tr *trial, lister provider.Lister, s *stage) error {
	if _, err := tr.createMany(many); err != nil {
		return err
	}
	s.change(tr.pass)
	for _, err := range lister.List(tr.t.Context(), nil) {
		if err != nil {
			return err
		}
	}
	pages := s.received()
	if len(pages) < 2 {
		return nil
	}
	var found findings
	for name, turns := range map[string]int{"the first page for ever": 1, "the pages but the last for ever": len(pages) - 1} {
		s.change(bounded(func(n int) answer { return pages[n%turns].answer }))
		var failure error
		for _, err := range lister.List(tr.t.Context(), nil) {
			failure = err
		}
		found.in(name, judge(failure, provider.Unknown))
		found.in(name, checkBounded(s))
	}
	return found.err()
}

// checkFilters lists with each documented filter, with all of them, and with an undocumented one.
func checkFilters(tr *trial, lister provider.Lister, s *stage) error {
	all := map[string]string{}
	cases := []map[string]string{all}
	for i, filter := range tr.Adapter.Filters {
		all[filter.Name] = cmp.Or(filter.Example, fmt.Sprintf("a b&c=%d/é?#%%2F", i))
		cases = append(cases, map[string]string{filter.Name: all[filter.Name]})
	}
	var found findings
	for _, filter := range cases {
		place := fmt.Sprintf("%q", slices.Sorted(maps.Keys(filter)))
		s.change(tr.pass)
		for _, err := range lister.List(tr.t.Context(), filter) {
			found.in(place, err)
		}
		for _, exchange := range s.received() {
			found.in(place, tr.checkFiltered(exchange.sent, filter))
		}
	}
	s.change(tr.pass)
	errs := 0
	for _, err := range lister.List(tr.t.Context(), map[string]string{"noSuchFilter": "x"}) {
		found.in("an undocumented filter", judge(err, provider.Invalid))
		errs++
	}
	if n := len(s.received()); n != 0 || errs != 1 {
		found.addf("an undocumented filter: %d requests were sent, and %d errors returned", n, errs)
	}
	return found.err()
}

// checkFiltered returns an error if a request of a list does not have the filters as query parameters, in addition to
// the documented ones.
func (tr *trial) checkFiltered(request sent, filter map[string]string) error {
	query := request.url.Query()
	for name, value := range filter {
		if !slices.Equal(query[name], []string{value}) {
			return fmt.Errorf("the parameter %s is %q, want %q", name, query[name], value)
		}
		query.Del(name)
	}
	rest := *request.url
	rest.RawQuery = query.Encode()
	request.url = &rest
	return tr.checkDocumented(provider.CapabilityList, request)
}

func checkCheck(t TB, subject Subject) error {
	tr := subject.begin(t)
	client, s := tr.connect(tr.pass)
	checker, ok := provider.As[provider.Checker](client)
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
		found.add(tr.checkDocumented(provider.CapabilityCheck, exchange.sent))
		if len(exchange.sent.body) > 0 {
			found.add(errors.New("it has a body: a check reads"))
		}
	}
	return found.err()
}
