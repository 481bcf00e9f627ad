package provider_test

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestSearch(t *testing.T) {
	user := func(id, key string) provider.User { return provider.User{ID: id, Key: key} }
	for name, test := range map[string]struct {
		users []provider.User
		id    string
		class provider.Class
		names []string
	}{
		"nobody":                           {nil, "", provider.NotFound, nil},
		"the user":                         {[]provider.User{user("1", "ada@x.org")}, "1", 0, nil},
		"the user, twice":                  {[]provider.User{user("1", "ada@x.org"), user("1", "ada@x.org")}, "1", 0, nil},
		"the user by the rule":             {[]provider.User{user("1", "Ada@x.org")}, "1", 0, nil},
		"the user among others":            {[]provider.User{user("2", "b@x.org"), user("1", "Ada@x.org"), user("3", "c@x.org")}, "1", 0, nil},
		"equal wins over the rule":         {[]provider.User{user("2", "ADA@x.org"), user("3", "Ada@x.org"), user("1", "ada@x.org")}, "1", 0, nil},
		"equal wins, in the other order":   {[]provider.User{user("1", "ada@x.org"), user("2", "ADA@x.org")}, "1", 0, nil},
		"two by the rule":                  {[]provider.User{user("2", "ADA@x.org"), user("3", "Ada@x.org")}, "", provider.Conflict, []string{"2", "3"}},
		"two that are equal":               {[]provider.User{user("2", "ada@x.org"), user("3", "ada@x.org")}, "", provider.Conflict, []string{"2", "3"}},
		"another user":                     {[]provider.User{user("7", "ad@x.org")}, "", provider.Unknown, []string{"7"}},
		"other users":                      {[]provider.User{user("7", "ad@x.org"), user("8", "adaa@x.org")}, "", provider.Unknown, []string{"7"}},
		"another user, by letters unlike":  {[]provider.User{user("7", "aда@x.org")}, "", provider.Unknown, []string{"7"}},
		"a user without a key":             {[]provider.User{user("7", "")}, "", provider.Unknown, []string{"7"}},
		"a user without a key and the one": {[]provider.User{user("7", ""), user("1", "ada@x.org")}, "1", 0, nil},
	} {
		search := provider.NewSearch("ada@x.org")
		for _, u := range test.users {
			search.Add(u)
		}
		got, err := search.Exact("look up the user")
		if got.ID != test.id || (err == nil) != (test.id != "") || err != nil && provider.ClassOf(err) != test.class {
			t.Errorf("%s: got %+v, %v", name, got, err)
			continue
		}
		for _, id := range test.names {
			if !slices.ContainsFunc(provider.UsersIn(err), func(u provider.User) bool { return u.ID == id }) {
				t.Errorf("%s: %v does not have the user %s", name, err, id)
			}
		}
	}
	empty := provider.NewSearch("")
	empty.Add(user("7", ""))
	if got, err := empty.Exact("look up the user"); err == nil {
		t.Errorf("no key at all: got %+v", got)
	}
}

func TestSameKeyTellsUsersApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"a.weiß@example.com", "a.weiss@example.com"}, {"ann@straße.example", "ann@strasse.example"}, {"o\uFB03ce@example.com", "office@example.com"},
		{"\u017Fam@example.com", "sam@example.com"}, {"\u212Aim@example.com", "kim@example.com"},
	} {
		if provider.SameKey(provider.User{Key: pair[0]}, pair[1]) == nil || provider.SameKey(provider.User{Key: pair[1]}, pair[0]) == nil {
			t.Errorf("%q is taken for %q", pair[0], pair[1])
		}
	}
}
