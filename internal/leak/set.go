package leak

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// window is the number of consecutive runes of a secret that reveal it.
	window = 8
	// minJoined and minLetters are the minimum number of runes of a window in a canonical form, so that "a - b - c" is
	// not found in every text.
	minJoined, minLetters = 6, 7
	// keySize is the length in bytes of a pattern's beginning by which it is found.
	keySize = 4
)

// Set is a set of secrets, prepared for [Found]. It is safe for concurrent use.
// The zero Set is empty.
type Set struct {
	visible, joined, letters patterns
}

// NewSet returns a new set of these secrets. Those with fewer than [MinSecret] runes are omitted; white space and
// dashes do not count.
func NewSet(secrets []string) *Set {
	set := &Set{}
	for _, secret := range secrets {
		set.addDecoded(secret)
		if shown := strings.ToValidUTF8(secret, string(utf8.RuneError)); shown != secret {
			set.addDecoded(shown) // as a JSON encoder writes it
		}
	}
	return set
}

// addDecoded adds a secret and its form without escapes: it may contain what looks like one, and is decoded with the
// text that contains it.
func (s *Set) addDecoded(secret string) {
	for range 4 {
		s.add(secret)
		decoded := unescape(secret)
		if decoded == secret {
			return
		}
		secret = decoded
	}
}

// Empty reports whether the set has no secrets. A nil Set has none.
func (s *Set) Empty() bool { return s == nil || s.joined.byKey == nil }

// add adds a secret and its windows.
func (s *Set) add(secret string) {
	form := new(canonical)
	form.read(secret)
	s.joined.add(form.joined, MinSecret)
	s.letters.add(form.letters, minJoined)
	starts := make([]int, 0, len(secret)+1)
	for i := range secret {
		starts = append(starts, i)
	}
	starts = append(starts, len(secret))
	for first := 0; first+window < len(starts); first++ {
		s.addWindow(form, secret[starts[first]:], starts[first:])
	}
}

// addWindow adds the shortest sufficient beginning of a part of a secret, in
// each form. starts are the places of its runes and its end.
func (s *Set) addWindow(form *canonical, part string, starts []int) {
	s.visible.addBeginning(form, part, starts, minJoined, func(c *canonical) []byte { return c.visible })
	s.joined.addBeginning(form, part, starts, minJoined, func(c *canonical) []byte { return c.joined })
	s.letters.addBeginning(form, part, starts, minLetters, func(c *canonical) []byte { return c.letters })
}

// addBeginning adds the shortest beginning of a part that has a window's length
// and at least so many runes in a form, and whose first and last runes are in it.
func (p *patterns) addBeginning(form *canonical, part string, starts []int, least int, of func(*canonical) []byte) {
	form.read(part[:starts[1]-starts[0]])
	if len(of(form)) == 0 {
		return // the next window is the same
	}
	before := 0
	for last := window - 1; last < len(starts); last++ {
		form.read(part[:starts[last]-starts[0]])
		text := of(form)
		if last >= window && len(text) > before && utf8.RuneCount(text) >= least {
			if !isOrdinary(text) {
				p.add(text, 0)
			}
			return
		}
		before = len(text)
	}
}

// isOrdinary reports whether a part of a secret is within the word that every message about a password contains.
func isOrdinary(part []byte) bool {
	const ordinary = "password"
	return strings.Contains(ordinary, string(part))
}

// in reports whether a text contains a secret of the set.
func (s *Set) in(form *canonical) bool {
	return s.visible.in(form.visible) || s.joined.in(form.joined) || s.letters.in(form.letters)
}

// patterns are texts that are searched for by their first bytes.
type patterns struct {
	byKey         map[string][]string
	first, second [256]bool
}

// add adds a text of at least so many runes, forwards and backwards.
func (p *patterns) add(text []byte, least int) {
	if len(text) < keySize || utf8.RuneCount(text) < least {
		return
	}
	if p.byKey == nil {
		p.byKey = map[string][]string{}
	}
	for _, pattern := range []string{string(text), reverse(string(text))} {
		key := pattern[:keySize]
		if slices.Contains(p.byKey[key], pattern) {
			continue
		}
		p.byKey[key] = append(p.byKey[key], pattern)
		p.first[key[0]], p.second[key[1]] = true, true
	}
}

// in reports whether a text contains one of the patterns.
func (p *patterns) in(text []byte) bool {
	for i := 0; i+keySize <= len(text); i++ {
		if !p.first[text[i]] || !p.second[text[i+1]] {
			continue
		}
		for _, pattern := range p.byKey[string(text[i:i+keySize])] {
			if len(text)-i >= len(pattern) && string(text[i:i+len(pattern)]) == pattern {
				return true
			}
		}
	}
	return false
}
