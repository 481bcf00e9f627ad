// Package leak finds secrets in texts that come from outside, however they are encoded there.
//
// A text is decoded repeatedly, in every way that [Found] lists, and each layer is compared with the secrets in a
// canonical form. The package imports nothing of the project and has no state.
package leak

import "html"

const (
	// MinSecret is the minimum length in runes of a secret that is searched for: a shorter one is a part of too many
	// ordinary texts.
	MinSecret = 4
	// MaxText is the size in bytes of the longest text that is decoded.
	MaxText = 64 << 10
	// maxWork is the size in bytes of all layers of a text together. An ordinary
	// text has about forty times its own size.
	maxWork = 4 << 20
)

// Found reports whether a text contains a secret of one of the sets, or eight
// consecutive characters of a longer one, under any composition of these
// encodings:
//
//   - percent escapes, HTML and XML entities, the backslash escapes of JSON, C,
//     Python and PHP, quoted-printable, 0xXX;
//   - base64, base64url, hexadecimal and base32, of the secret or of a text that
//     contains it, at any place in a longer run;
//   - UTF-8 that was read as Latin-1 or Windows-1252, and Latin-1 itself;
//   - another case, another Unicode form, without accents, written backwards;
//   - white space, dashes, control or invisible characters between the characters,
//     doubled quotes, other punctuation.
//
// It also reports true for a text that is larger than [MaxText], or so nested
// that not all of its layers can be looked at, unless all sets are empty.
func Found(text string, sets ...*Set) bool {
	s := search{alphabets: alphabets(), seen: map[string]bool{}}
	for _, set := range sets {
		if !set.Empty() {
			s.sets = append(s.sets, set)
		}
	}
	if len(s.sets) == 0 || text == "" {
		return false
	}
	return len(text) > MaxText || s.run(text)
}

// search is the state of one call of [Found].
type search struct {
	sets      []*Set
	alphabets [4]*alphabet
	seen      map[string]bool
	queue     []string
	work      int
	form      canonical
}

// run checks the text and all that can be decoded of it.
func (s *search) run(text string) bool {
	s.push(text)
	for len(s.queue) > 0 && s.work <= maxWork {
		layer := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		if s.matches(layer) {
			return true
		}
		s.decode(layer)
		if joined := withoutDashes(layer); joined != layer {
			s.decode(joined)
		}
		if joined := withoutSeparators(layer); joined != layer {
			s.push(joined)
		}
	}
	return s.work > maxWork
}

// matches reports whether a layer contains a secret without decoding.
func (s *search) matches(layer string) bool {
	s.form.read(layer)
	for _, set := range s.sets {
		if set.in(&s.form) {
			return true
		}
	}
	return false
}

// push adds a layer, without what a reader would not see.
func (s *search) push(text string) {
	if repaired := demojibake(text); repaired != text {
		s.push(repaired)
	}
	text = compact(text)
	if len(text) < MinSecret || s.seen[text] {
		return
	}
	s.seen[text] = true
	s.work += len(text)
	s.queue = append(s.queue, text)
}

// decode adds the layers that a compact text contains.
func (s *search) decode(text string) {
	for _, from := range []string{text, reverse(text)} {
		for _, decoded := range []string{
			unescape(from), unescapeForm(from), unescapeBackslash(from), unescapePercent(from), html.UnescapeString(from),
			unquote(from), demojibake(from),
		} {
			if decoded != from {
				s.push(decoded)
			}
		}
	}
	for run := range runs(text, s.alphabets) {
		run.decode(s.push)
		run.reversed().decode(s.push)
	}
}
