package leak

import "iter"

// alphabet is an encoding of bytes as characters of so many bits each.
type alphabet struct {
	values [256]int8 // -1 for a character that is not in it
	bits   int
	// least is the length of the shortest run that can be a secret.
	least int
}

func newAlphabet(bits, least int, groups ...string) *alphabet {
	a := &alphabet{bits: bits, least: least}
	for i := range a.values {
		a.values[i] = -1
	}
	for _, group := range groups {
		for i := range len(group) {
			a.values[group[i]] = int8(i)
		}
	}
	return a
}

// alphabets returns base64 with base64url, hexadecimal, and base32 in either case.
func alphabets() [4]*alphabet {
	const upper, lower, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
	return [4]*alphabet{
		newAlphabet(6, 6, upper+lower+digits+"+/", upper+lower+digits+"-_"),
		newAlphabet(4, 8, digits+"abcdef", digits+"ABCDEF"),
		newAlphabet(5, 7, upper+"234567"),
		newAlphabet(5, 7, lower+"234567"),
	}
}

// run is a run of characters of an alphabet.
type run struct {
	text string
	of   *alphabet
}

// runs yields the runs of a text that may be encoded, in each alphabet.
func runs(text string, alphabets [4]*alphabet) iter.Seq[run] {
	return func(yield func(run) bool) {
		for _, a := range alphabets {
			start := 0
			for i := 0; i <= len(text); i++ {
				if i < len(text) && a.values[text[i]] >= 0 {
					continue
				}
				if i-start >= a.least && !yield(run{text[start:i], a}) {
					return
				}
				start = i + 1
			}
		}
	}
}

// reversed returns the run backwards.
func (r run) reversed() run { return run{reverse(r.text), r.of} }

// decode decodes the run from each place at which a group of whole bytes can
// begin: what is encoded may begin anywhere.
func (r run) decode(push func(text string)) {
	group := 8
	for group > 1 && group/2*r.of.bits%8 == 0 {
		group /= 2
	}
	for skip := range min(group, len(r.text)-r.of.least+1) {
		push(r.from(skip))
	}
}

// from decodes the run behind so many characters.
func (r run) from(skip int) string {
	out := make([]byte, 0, len(r.text)*r.of.bits/8)
	buffer, held := 0, 0
	for i := skip; i < len(r.text); i++ {
		buffer, held = buffer<<r.of.bits|int(r.of.values[r.text[i]]), held+r.of.bits
		if held >= 8 {
			held -= 8
			out = append(out, byte(buffer>>held))
			buffer &= 1<<held - 1
		}
	}
	return string(out)
}
