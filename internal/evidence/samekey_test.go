package evidence

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

func TestSelect(t *testing.T) {
	const key = "ada@example.com"
	equal, again := MemberOf(key, key, "e1"), MemberOf(key, key, "e2")
	similar, other := MemberOf(key, "Ada@example.com", "s1"), MemberOf(key, "ADA@example.com", "s2")
	stranger := MemberOf(key, "adä@example.com", "x1")
	for _, members := range []struct {
		list     []Member
		of       Member
		certain  Identity // if a similar key is enough
		doubtful Identity // if it is not
	}{
		{nil, Member{}, Nobody, Nobody},
		{[]Member{stranger}, Member{}, Nobody, Nobody},
		{[]Member{equal}, equal, TheUser, TheUser},
		{[]Member{equal, equal}, equal, TheUser, TheUser},
		{[]Member{stranger, equal}, equal, TheUser, TheUser},
		{[]Member{equal, similar}, equal, TheUser, TheUser},
		{[]Member{equal, similar, other}, equal, TheUser, TheUser},
		{[]Member{equal, again}, Member{}, Several, Several},
		{[]Member{equal, again, similar}, Member{}, Several, Several},
		{[]Member{similar}, similar, TheUser, NotCertain},
		{[]Member{similar, similar}, similar, TheUser, NotCertain},
		{[]Member{stranger, similar}, similar, TheUser, NotCertain},
		{[]Member{similar, other}, Member{}, Several, Several},
		{[]Member{similar, stranger, other}, Member{}, Several, Several},
	} {
		for _, w := range everyWanted() {
			// The rule once more, case by case.
			enough := map[provider.KeyCase]bool{provider.KeyCaseUnknown: w.IsEmail, provider.KeyCaseIgnored: true, provider.KeyCaseExact: false}[w.Case]
			enough = enough || w.LedgerID == similar.ID
			of, identity := members.of, members.doubtful
			if enough {
				identity = members.certain
			}
			forward := slices.Clone(members.list)
			slices.Reverse(forward)
			for _, list := range [][]Member{members.list, forward} {
				if got, said := w.Select(list...); got != of || said != identity {
					t.Errorf("%+v among %v: %v, %d, want %v, %d", w, list, got, said, of, identity)
				}
			}
		}
	}
}

// everyWanted lists each combination of what may be known.
func everyWanted() []Wanted {
	var all []Wanted
	for _, isEmail := range []bool{false, true} {
		for _, keyCase := range []provider.KeyCase{provider.KeyCaseUnknown, provider.KeyCaseIgnored, provider.KeyCaseExact} {
			for _, id := range []string{"", "s1", "e1", "gone"} {
				all = append(all, Wanted{IsEmail: isEmail, Case: keyCase, LedgerID: id})
			}
		}
	}
	return all
}

// Nothing that is known of a key makes two people of different letters one.
func TestSelectTellsLettersApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"a.weiß@example.com", "a.weiss@example.com"}, {"ann@straße.example", "ann@strasse.example"}, {"o\uFB03ce@example.com", "office@example.com"},
		{"\u017Fam@example.com", "sam@example.com"}, {"\u212Aim@example.com", "kim@example.com"}, {"İ@example.com", "i@example.com"}, {"ada\uFF41@example.com", "adaa@example.com"},
	} {
		for _, keys := range [][2]string{pair, {pair[1], pair[0]}} {
			for _, w := range everyWanted() {
				w.LedgerID = "1"
				if got, said := w.Select(MemberOf(keys[0], keys[1], "1")); said != Nobody {
					t.Errorf("%+v: %v, %d", w, got, said)
				}
			}
		}
	}
	// ς, composition and case are no other letters.
	for _, pair := range [][2]string{{"σίσυφος", "ΣΊΣΥΦΟΣ"}, {"jose\u0301@example.com", "JOSÉ@example.com"}} {
		w := Wanted{Case: provider.KeyCaseIgnored}
		if got, said := w.Select(MemberOf(pair[0], pair[1], "1")); said != TheUser || got.ID != "1" {
			t.Error(fmt.Sprintf("%+q", pair), got, said)
		}
	}
}

func TestWantedOf(t *testing.T) {
	adapter := provider.Adapter{Key: "login", KeyCase: provider.KeyCaseExact, Table: schema.Table{{Name: "login"}, {Name: "mail", Format: schema.Email}}}
	if got := WantedOf(adapter).WithLedgerID("7"); got != (Wanted{Case: provider.KeyCaseExact, LedgerID: "7"}) {
		t.Errorf("got %+v", got)
	}
	adapter.Key = "mail"
	if got := WantedOf(adapter); got != (Wanted{IsEmail: true, Case: provider.KeyCaseExact}) {
		t.Errorf("got %+v", got)
	}
}
