package providertest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

// wholeListChecks returns the checks whether a list reports that it may be incomplete.
func wholeListChecks() []Check {
	return []Check{
		{"a list reports whether it is complete", having(checkWhole)},
		{"a list of a round number needs a total", having(checkRound)},
	}
}

// recorded is a list that was read from the live server, page by page.
type recorded struct {
	*trial
	lister provider.Lister
	stage  *stage
	users  []provider.User
	pages  []exchange
}

// recordList creates so many users and lists them.
func (tr *trial) recordList(lister provider.Lister, s *stage, users int) (recorded, error) {
	r := recorded{trial: tr, lister: lister, stage: s}
	if _, err := tr.createMany(users); err != nil {
		return r, err
	}
	s.change(tr.pass)
	for user, err := range lister.List(tr.t.Context(), nil) {
		if err != nil && !provider.IsIncomplete(err) {
			return r, err
		}
		if err == nil {
			r.users = append(r.users, user)
		}
	}
	for _, exchange := range s.received() {
		if itemsOf(exchange.answer.body) != nil {
			r.pages = append(r.pages, exchange)
		}
	}
	if len(r.users) != users || len(r.pages) == 0 {
		return r, fmt.Errorf("the list has %d users of %d", len(r.users), users)
	}
	return r, nil
}

// byNumber reports whether the pages are asked for by a number that grows.
func (r recorded) byNumber() bool {
	if len(r.pages) < 2 {
		return false
	}
	first, second := r.pages[0].url.Query(), r.pages[1].url.Query()
	for name := range second {
		a, errA := strconv.Atoi(first.Get(name))
		b, errB := strconv.Atoi(second.Get(name))
		if errA == nil && errB == nil && a < b {
			return true
		}
	}
	return false
}

// itemsOf returns the longest list in a document, outermost first; nil for none.
func itemsOf(text []byte) []any {
	document, err := parse(text)
	if err != nil {
		return nil
	}
	if list, ok := document.([]any); ok {
		return list
	}
	members, _ := document.(map[string]any)
	var longest []any
	for _, value := range members {
		if list, ok := value.([]any); ok && (longest == nil || len(list) > len(longest)) {
			longest = list
		}
	}
	return longest
}

// withItems returns a page with another list instead of its longest.
func withItems(page answer, change func(items []any) []any) answer {
	document, err := parse(page.body)
	if err != nil {
		return page
	}
	items := itemsOf(page.body)
	if _, ok := document.([]any); ok {
		return page.with(format(change(items)))
	}
	members, _ := document.(map[string]any)
	for name, value := range members {
		if list, ok := value.([]any); ok && len(list) == len(items) {
			members[name] = change(list)
		}
	}
	return page.with(format(members))
}

// checkWhole reads a list of several pages, and lists that differ from it as if users
// had come and gone in between.
func checkWhole(tr *trial, lister provider.Lister, s *stage) error {
	r, err := tr.recordList(lister, s, many)
	if err != nil {
		return err
	}
	var found findings
	if r.byNumber() {
		found.in("pages by number", r.checkOverlap())
		found.in("a list that moved", r.checkMoved())
	}
	if r.hasTotal() {
		found.in("a list with a total", r.checkTotals())
	}
	return found.err()
}

func (r recorded) checkOverlap() error {
	var found findings
	for i, page := range r.pages[1:] {
		before, these := itemsOf(r.pages[i].answer.body), itemsOf(page.answer.body)
		overlaps := len(before) > 0 && slices.ContainsFunc(these, func(item any) bool {
			return string(format(item)) == string(format(before[len(before)-1]))
		})
		if !overlaps {
			found.addf("page %d does not have the last user of the page before", i+2)
		}
	}
	return found.err()
}

// again lists the users while every response passes a change, and returns the error in which the list ends.
func (r recorded) again(change func(request sent, reply answer) answer) (users int, failure error) {
	r.stage.change(func(request sent) answer { return change(request, r.pass(request)) })
	for _, err := range r.lister.List(r.t.Context(), nil) {
		if err != nil {
			failure = err
			continue
		}
		users++
	}
	return users, failure
}

// checkMoved changes the pages but the first as if a user had been deleted in between, one had been deleted and another
// one created, and one had been created.
func (r recorded) checkMoved() error {
	before := itemsOf(r.pages[0].answer.body)
	var found findings
	for name, change := range map[string]func(items []any, second bool) []any{
		"a user left": func(items []any, _ bool) []any { return items[1:] },
		"a user left and another came": func(items []any, _ bool) []any {
			return append(slices.Clone(items[1:]), r.stranger(items[len(items)-1]))
		},
		"a user came": func(items []any, second bool) []any {
			if second {
				return append([]any{before[len(before)-2]}, items...)
			}
			return items
		},
	} {
		_, failure := r.again(func(request sent, reply answer) answer {
			if request.url.RawQuery == r.pages[0].url.RawQuery || len(itemsOf(reply.body)) == 0 {
				return reply
			}
			return withItems(reply, func(items []any) []any { return change(items, request.url.RawQuery == r.pages[1].url.RawQuery) })
		})
		found.in(name, judgeIncomplete(failure))
	}
	return found.err()
}

// stranger returns a user of a list another id and another key.
func (r recorded) stranger(item any) any {
	texts := textsIn(item)
	for _, user := range r.users {
		if slices.Contains(texts, user.Key) {
			return edit(item, func(_ string, value any) (any, bool) {
				if isScalar(value, user.ID) || isScalar(value, user.Key) {
					return fmt.Sprintf("other-%s", value), true
				}
				return value, true
			})
		}
	}
	return item
}

// judgeIncomplete returns what is wrong with the error in which a list ends.
func judgeIncomplete(err error) error {
	if err == nil {
		return errors.New("the list is taken for whole")
	}
	return judge(err, provider.Unknown)
}

// checkTotals changes the number of all users, if the responses have one: on every page, and on one of them.
func (r recorded) checkTotals() error {
	var found findings
	for _, total := range []int{many - 1, many + 1} {
		users, failure := r.again(func(_ sent, reply answer) answer { return r.withTotal(reply, total) })
		found.in(fmt.Sprintf("a total of %d for %d users", total, many), judgeIncomplete(failure))
		if users < many-1 {
			found.addf("a total of %d: the list has %d users", total, users)
		}
	}
	if len(r.pages) < 2 {
		return found.err() // one page has one total
	}
	_, failure := r.again(func(request sent, reply answer) answer {
		if request.url.RawQuery == r.pages[0].url.RawQuery {
			return reply
		}
		return r.withTotal(reply, many+1)
	})
	found.in("a total that changes", judgeIncomplete(failure))
	return found.err()
}

// hasTotal reports whether a page has the number of all users.
func (r recorded) hasTotal() bool {
	page := r.pages[0].answer
	changed := r.withTotal(page, len(r.users)+1)
	return string(changed.body) != string(page.body) || fmt.Sprint(changed.header) != fmt.Sprint(page.header)
}

// withTotal returns a page that states another number of all users, in a header or
// beside the list, if it states one.
func (r recorded) withTotal(page answer, total int) answer {
	was, now := strconv.Itoa(len(r.users)), strconv.Itoa(total)
	for name := range page.header {
		if page.header.Get(name) == was {
			page = page.withHeader(name, now)
		}
	}
	document, _ := parse(page.body)
	members, ok := document.(map[string]any)
	if !ok {
		return page
	}
	if !replaceScalar(members, was, normal(total)) {
		return page
	}
	return page.with(format(members))
}

// replaceScalar replaces a text or a number in an object, and in the objects in it that are not items of a list.
func replaceScalar(members map[string]any, was string, now any) (changed bool) {
	for name, value := range members {
		if inner, ok := value.(map[string]any); ok {
			changed = replaceScalar(inner, was, now) || changed
		} else if isScalar(value, was) {
			members[name], changed = now, true
		}
	}
	return changed
}

// checkRound lists a number of users that may be the limit of a server.
func checkRound(tr *trial, lister provider.Lister, s *stage) error {
	const round = 50
	r, err := tr.recordList(lister, s, round)
	if err != nil || r.hasTotal() {
		return err
	}
	users, failure := r.again(func(_ sent, reply answer) answer { return reply })
	var found findings
	found.in(fmt.Sprintf("%d users without a total", round), judgeIncomplete(failure))
	if users != round {
		found.addf("the list has %d users, want %d", users, round)
	}
	return found.err()
}
