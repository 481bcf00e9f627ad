package providertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// findChecks returns the checks of lookups, if the client has them.
func findChecks() []Check {
	return []Check{
		{"find returns the created user", having(checkFound)},
		{"find accepts a key in another case", having(checkOtherCase)},
		{"find reports an unknown key", having(checkUnknownKeys)},
		{"find escapes keys", having(checkEscapes)},
		{"find returns no other user", having(checkFilterIgnored)},
		{"find sends the documented request", having(checkFindRequest)},
	}
}

func checkFound(tr *trial, finder provider.Finder, _ *stage) error {
	record := tr.record(1)
	if _, _, err := tr.create(tr.record(2)); err != nil {
		return err
	}
	made, _, err := tr.create(record)
	if err != nil {
		return err
	}
	user, err := finder.Find(tr.t.Context(), tr.key(record))
	if err != nil {
		return err
	}
	var found findings
	if user.ID != made.ID {
		found.addf("found the id %q, want %q", user.ID, made.ID)
	}
	found.add(tr.checkUser(user, record))
	found.add(tr.checkAttributes(user))
	return found.err()
}

func checkOtherCase(tr *trial, finder provider.Finder, _ *stage) error {
	record := tr.record(1)
	if _, _, err := tr.create(record); err != nil {
		return err
	}
	var found findings
	for _, key := range []string{strings.ToUpper(tr.key(record)), strings.ToLower(tr.key(record))} {
		user, err := finder.Find(tr.t.Context(), key)
		if tr.Adapter.KeyCase == provider.KeyCaseExact && key != tr.key(record) {
			found.in(fmt.Sprintf("%q", key), judge(err, provider.NotFound))
			continue
		}
		if err != nil {
			found.in(fmt.Sprintf("%q", key), err)
			continue
		}
		found.in(fmt.Sprintf("%q", key), tr.checkUser(user, record))
	}
	return found.err()
}

// checkUnknownKeys looks up users who do not exist. A key that is empty, or that a path cannot contain, may be refused;
// it must not lead to a user.
func checkUnknownKeys(tr *trial, finder provider.Finder, _ *stage) error {
	var found findings
	for _, users := range []int{0, 2} {
		for n := range users {
			if _, _, err := tr.create(tr.record(n + 1)); err != nil {
				return err
			}
		}
		_, err := finder.Find(tr.t.Context(), tr.key(tr.record(3)))
		found.in(fmt.Sprintf("an unknown key among %d users", users), judge(err, provider.NotFound))
		for _, key := range []string{"", ".", "..", "../users", "*", "%"} {
			if user, err := finder.Find(tr.t.Context(), key); err == nil {
				found.addf("the key %q gave the user %q", key, user.Key)
			}
		}
	}
	return found.err()
}

// checkEscapes creates and finds users whose keys contain characters with a meaning in URLs.
func checkEscapes(tr *trial, finder provider.Finder, _ *stage) error {
	var found findings
	field, _ := tr.Adapter.Table.Field(tr.Adapter.Key)
	tried := 0
	for i, key := range specialKeys() {
		if len(field.Check(key)) > 0 {
			continue // not a key of this provider
		}
		tried++
		_, err := finder.Find(tr.t.Context(), key)
		found.in(fmt.Sprintf("%q before it exists", key), judge(err, provider.NotFound))
		record := tr.record(i + 1)
		record[field.Name] = key
		made, _, err := tr.create(record)
		if err != nil {
			found.in(fmt.Sprintf("%q", key), err)
			continue
		}
		found.in(fmt.Sprintf("%q created", key), tr.checkUser(made, record))
		user, err := finder.Find(tr.t.Context(), key)
		if err != nil {
			found.in(fmt.Sprintf("%q", key), err)
			continue
		}
		found.in(fmt.Sprintf("%q found", key), tr.checkUser(user, record))
	}
	if tried == 0 {
		found.addf("no key of the suite is valid for %s", field.Name)
	}
	return found.err()
}

// specialKeys lists keys of any text and keys that are email addresses.
func specialKeys() []string {
	keys := []string{
		"a/b", "a//b", "?", "#1", "100%", "%2F", "%2e%2e", "a+b", "a b", `"quoted"`, `back\slash`, "o'hara",
		"a&b=c;d", "a:b@c", "[x]{y}|z", "Zoë 李 😀", "~tilde", "a,b", "<a>", "$(a)`b`",
	}
	for _, local := range []string{"a/b", "?", "#1", "100%", "%2F", "a+b", "o'hara", "a&b=c", "{y}|z", "Zoë.李", "$a`b`"} {
		keys = append(keys, local+"@example.com")
	}
	return keys
}

// checkFilterIgnored answers a lookup of one user with another one, and with
// several of which it is the last.
func checkFilterIgnored(tr *trial, finder provider.Finder, s *stage) error {
	var replies [2]answer
	for i := range replies {
		if _, _, err := tr.create(tr.record(i + 1)); err != nil {
			return err
		}
		if _, err := finder.Find(tr.t.Context(), tr.key(tr.record(i+1))); err != nil {
			return err
		}
		last, err := s.last()
		if err != nil {
			return err
		}
		replies[i] = last.answer
	}
	first, err := parse(replies[0].body)
	if err != nil {
		return err
	}
	second, err := parse(replies[1].body)
	if err != nil {
		return err
	}
	var found findings
	s.change(always(replies[0]))
	_, err = finder.Find(tr.t.Context(), tr.key(tr.record(2)))
	found.in("the response is about another user", judge(err, provider.NotFound, provider.Unknown))
	// A server that ignores the requested key shows that in more than one response.
	proved := provider.AbsenceOf(err) == provider.AbsenceDocumented && (len(s.received()) > 1 || tr.Adapter.FindsParts)
	if users := provider.UsersIn(err); !proved && (len(users) != 1 || users[0].Key != tr.key(tr.record(1))) {
		found.addf("the response is about another user: the error has %d users, want that one", len(users))
	}

	s.change(always(replies[1].with(format(merge(first, second)))))
	user, err := finder.Find(tr.t.Context(), tr.key(tr.record(2)))
	if err != nil {
		found.in("the answer holds another user as well", err)
	} else {
		found.in("the answer holds another user as well", tr.checkUser(user, tr.record(2)))
	}
	found.in("the answer holds two users with the key", tr.checkTwins(finder, s, replies[1], second))
	return found.err()
}

// checkTwins answers a lookup with the user and another one who has the same key, if
// the response has a list.
func (tr *trial) checkTwins(finder provider.Finder, s *stage, reply answer, document any) error {
	s.change(always(reply))
	user, err := finder.Find(tr.t.Context(), tr.key(tr.record(2)))
	if err != nil {
		return err
	}
	twins := merge(edit(document, func(_ string, value any) (any, bool) {
		if isScalar(value, user.ID) {
			return otherID(user.ID), true
		}
		return value, true
	}), document)
	if !inList(document, user.ID, false) {
		return nil // the route has room for one
	}
	s.change(always(reply.with(format(twins))))
	_, err = finder.Find(tr.t.Context(), tr.key(tr.record(2)))
	if wrong := judge(err, provider.Conflict); wrong != nil {
		return wrong
	}
	if users := provider.UsersIn(err); len(users) != 2 {
		return fmt.Errorf("the error has %d users, want both", len(users))
	}
	return nil
}

// inList reports whether a document has a text or a number, inside a list.
func inList(document any, text string, isListed bool) bool {
	switch document := document.(type) {
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(document)), func(inner any) bool { return inList(inner, text, isListed) })
	case []any:
		return slices.ContainsFunc(document, func(inner any) bool { return inList(inner, text, true) })
	default:
		return isListed && isScalar(document, text)
	}
}

func checkFindRequest(tr *trial, finder provider.Finder, s *stage) error {
	_, err := finder.Find(tr.t.Context(), tr.key(tr.record(1)))
	if wrong := judge(err, provider.NotFound); wrong != nil {
		return wrong
	}
	last, err := s.last()
	if err != nil {
		return err
	}
	return tr.checkDocumented(provider.CapabilityFind, last.sent)
}
