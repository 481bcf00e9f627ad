package evidence

import (
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Route is what this process has observed of the route by which users are looked up. The zero Route has no
// observations. A lookup proves absence only if the route has shown that it can find such a key: servers unescape,
// filter and compare keys in ways that they do not document.
type Route struct {
	found     bool
	traits    trait
	rewritten bool
}

// trait is a set of properties of a key that a route may treat specially: one bit for capitals, one for letters beyond
// ASCII, and one for each of the other characters of ASCII.
type trait [3]uint64

func (t *trait) add(bit int) { t[bit/64] |= 1 << (bit % 64) }

func (t trait) contains(other trait) bool {
	for i := range t {
		if other[i]&^t[i] != 0 {
			return false
		}
	}
	return true
}

const (
	capitals    = 128
	beyondASCII = 129
)

// traitsOf returns the traits of a key. Small letters, digits and .-_@ have none.
func traitsOf(key string) (traits trait) {
	for _, r := range key {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.', r == '-', r == '_', r == '@':
		case 'A' <= r && r <= 'Z':
			traits.add(capitals)
		case r < unicode.MaxASCII:
			traits.add(int(r))
		default:
			traits.add(beyondASCII)
			if unicode.IsUpper(r) {
				traits.add(capitals)
			}
		}
	}
	return traits
}

// Found returns the route after a lookup of a key that found its user.
func (r Route) Found(key string) Route {
	traits := traitsOf(key)
	r.found = true
	for i := range r.traits {
		r.traits[i] |= traits[i]
	}
	return r
}

// Stored returns the route after the provider returned a key that was sent to it,
// in its own form.
func (r Route) Stored(sent, own string) Route {
	if own != "" && schema.CompareKeys(sent, own) == schema.KeyDifferent {
		r.rewritten = true
	}
	return r
}

// CanProve reports whether a lookup by this route that documents absence proves that no user has the key. A complete
// list that lacks the key, and every key of the same [Skeleton], replaces a route that has found no such key yet.
func (r Route) CanProve(key string, unlisted bool) bool {
	if r.rewritten {
		return false // the user may be there under a form that is not ours
	}
	return unlisted || r.found && r.traits.contains(traitsOf(key))
}

// Helps reports whether a lookup that finds a key would show more of what a proof
// about another key needs.
func (r Route) Helps(found, wanted string) bool {
	if !r.found {
		return true
	}
	has, needs := traitsOf(found), traitsOf(wanted)
	for i := range needs {
		if needs[i]&has[i]&^r.traits[i] != 0 {
			return true
		}
	}
	return false
}

// Skeleton returns the letters and digits of a key, in lower case. Providers that store a key in another form change
// what is between them: a phone number loses its spaces, a plus becomes a space.
func Skeleton(key string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, key)
}

// IsRewritten reports whether the provider has returned a key in a form that does
// not equal what was sent.
func (r Route) IsRewritten() bool { return r.rewritten }

// Absent is how it was found that a user is absent.
type Absent int

// The ways.
const (
	// NotAsked: there was no lookup, or the response proves nothing.
	NotAsked Absent = iota
	// ByLookup: a lookup documents it.
	ByLookup
	// ByList: a complete list lacks the user.
	ByList
)

// Proves reports whether the finding proves that no user had the key, by what is
// known of the route now.
func (a Absent) Proves(route Route, key string) bool {
	return a != NotAsked && route.CanProve(key, a == ByList)
}
