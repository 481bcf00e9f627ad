package names

import (
	"slices"
	"strings"
	"unicode"
)

// power returns the rank of a role by the words of its name, 0 for the least powerful. No provider documents an order. A
// name without a known word is ranked between those that read and those that write.
func power(role string) int {
	const unknown = 2
	words := strings.FieldsFunc(strings.ToLower(role), func(r rune) bool { return !unicode.IsLetter(r) })
	rank := -1
	for at, known := range [][]string{
		{"guest", "read", "reader", "readonly", "viewer", "view", "observer", "auditor"},
		{"user", "member", "customer", "employee"},
		{},
		{"editor", "edit", "writer", "write", "contributor", "author", "buyer", "operator", "developer"},
		{"manager", "manage", "maintainer", "moderator", "supervisor"},
		{"admin", "administrator", "administrators", "owner", "root", "super", "superuser", "superadmin", "master", "full"},
	} {
		if slices.ContainsFunc(words, func(word string) bool { return slices.Contains(known, word) }) {
			rank = at
		}
	}
	if rank < 0 {
		return unknown
	}
	return rank
}
