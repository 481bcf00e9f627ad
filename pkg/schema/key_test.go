package schema_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestCompareKeys(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want schema.KeyMatch
	}{
		{"ann@example.com", "ann@example.com", schema.KeyEqual},
		{"", "", schema.KeyEqual},
		{"a.weiß@example.com", "a.weiß@example.com", schema.KeyEqual},
		{"ann@example.com", "Ann@Example.COM", schema.KeySimilar},
		{"jose\u0301@example.com", "JOSÉ@example.com", schema.KeySimilar},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", schema.KeySimilar},
		{"J\u030C", "\u01F0", schema.KeySimilar}, // ǰ is composed in lower case only
		{"\u13A0", "\uAB70", schema.KeySimilar},  // Cherokee
		{"\u1C90", "\u10D0", schema.KeySimilar},  // Georgian
		{"\u1F88", "\u1F80", schema.KeySimilar},  // ᾈ and ᾀ
		{"\uFF21", "\uFF41", schema.KeySimilar},  // full-width A and a
		{"a.weiß@example.com", "a.weiss@example.com", schema.KeyDifferent},
		{"ann@straße.example", "ann@strasse.example", schema.KeyDifferent},
		{"straße", "STRASSE", schema.KeyDifferent},
		{"ẞ", "ß", schema.KeyDifferent},
		{"o\uFB03ce", "office", schema.KeyDifferent},
		{"\u017Fam", "sam", schema.KeyDifferent},
		{"\u212Aim", "kim", schema.KeyDifferent},
		{"\u212Aim", "Kim", schema.KeyDifferent},
		{"\u212Bke", "åke", schema.KeyDifferent},
		{"\u2126", "ω", schema.KeyDifferent},
		{"İ", "i", schema.KeyDifferent},
		{"İ", "i\u0307", schema.KeyDifferent},
		{"ı", "i", schema.KeyDifferent},
		{"I", "ı", schema.KeyDifferent},
		{"\u01C5", "\u01C6", schema.KeyDifferent}, // ǅ and ǆ
		{"\uFF41da", "ada", schema.KeyDifferent},  // full-width a
		{"ann@example.com", "anna@example.com", schema.KeyDifferent},
		{"a b", "ab", schema.KeyDifferent},
		{"é", "e", schema.KeyDifferent},
		{"", " ", schema.KeyDifferent},
		{"a\xff", "a\ufffd", schema.KeyDifferent},
	} {
		for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
			if got := schema.CompareKeys(pair[0], pair[1]); got != test.want {
				t.Errorf("CompareKeys(%+q, %+q) = %v, want %v", pair[0], pair[1], got, test.want)
			}
		}
	}
}

// Every code point has the form that an independent reading of the rule gives it:
// the mappings of package cases, and for characters to which those give several
// characters, the orbits of the case folding that regular expressions use.
func TestKeyFormOfEveryCodePoint(t *testing.T) {
	lower, upper := cases.Lower(language.Und), cases.Upper(language.Und)
	judged, lowered := 0, 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		judged++
		want := referee(r, lower, upper)
		if want != string(r) {
			lowered++
		}
		if got := schema.KeyForm(string(r)); got != want {
			t.Errorf("KeyForm(%U) = %+q, want %+q", r, got, want)
		}
	}
	if judged != 0x110000-0x800 || lowered < 1000 {
		t.Errorf("judged %d code points, %d of them with another form", judged, lowered)
	}
}

// referee is the rule for one character.
func referee(r rune, lower, upper cases.Caser) string {
	switch r {
	case 'ς':
		return "σ"
	case '\u2126', '\u212A', '\u212B': // NFC would make a letter of them
		return string(r)
	}
	composed := norm.NFC.String(string(r))
	if utf8.RuneCountInString(composed) > 1 { // has no case
		return composed
	}
	small := lower.String(composed)
	back := upper.String(small)
	if utf8.RuneCountInString(small) == 1 && utf8.RuneCountInString(back) == 1 {
		if back == composed {
			return norm.NFC.String(small)
		}
		return composed
	}
	// The full mapping has several characters: the simple one counts. A pair that
	// differs only in case is an orbit of two.
	first, _ := utf8.DecodeRuneInString(composed)
	other := unicode.SimpleFold(first)
	if other != first && unicode.SimpleFold(other) == first && unicode.IsLower(other) && !unicode.IsLower(first) &&
		regexp.MustCompile("(?i)^"+regexp.QuoteMeta(composed)+"$").MatchString(string(other)) && unicode.ToUpper(other) == first {
		return string(other)
	}
	return composed
}

func TestNoCaseOfAKeyIsAnotherKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[a-zäöüéşñ0-9.+_-]{1,12}@[a-z]{1,8}\.example`).Draw(t, "key")
		if schema.KeyForm(strings.ToUpper(key)) != schema.KeyForm(key) {
			t.Fatalf("%q is another key in capitals", key)
		}
	})
}

// The rule never unites what full case folding keeps apart, and canonically
// equivalent texts without the letter-like signs have one form.
func TestKeyFormIsNarrow(t *testing.T) {
	fold := func(text string) string { return norm.NFC.String(cases.Fold().String(norm.NFC.String(text))) }
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("aAbBsSßẞſkK\u212AiIİı\u0307\u0301éÉåÅ\u212BσΣςωΩ\u2126ﬃ\uFF41\uFF21ǅǆǄ"))
		draw := func(label string) string { return string(rapid.SliceOfN(letters, 0, 4).Draw(t, label)) }
		a, b := draw("a"), draw("b")
		if schema.CompareKeys(a, b) != schema.KeyDifferent && fold(a) != fold(b) {
			t.Fatalf("%+q and %+q are one, and not even full folding unites them", a, b)
		}
		if !strings.ContainsAny(a, "\u2126\u212A\u212B") && schema.CompareKeys(norm.NFD.String(a), norm.NFC.String(a)) == schema.KeyDifferent {
			t.Fatalf("%+q is another key when it is decomposed", a)
		}
	})
}

// FuzzKeyForm holds for any two texts: the form of a form is that form, forms
// agree with the comparison, and bytes that are not UTF-8 are not lost.
func FuzzKeyForm(f *testing.F) {
	for _, seed := range []string{"", "Ann@Example.com", "straße", "İstanbul", "jose\u0301", "\u1fb3\u0345\u0301", "\u03b1\u0345\u0301", "\ufb03\xff", "\u212A\u0301I\u0323\u0307", "J\u030C"} {
		f.Add(seed, strings.ToUpper(seed))
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		once := schema.KeyForm(a)
		if twice := schema.KeyForm(once); twice != once {
			t.Fatalf("KeyForm(%+q) = %+q, and of that %+q", a, once, twice)
		}
		if utf8.ValidString(a) != utf8.ValidString(once) {
			t.Fatalf("KeyForm(%+q) = %+q", a, once)
		}
		switch match := schema.CompareKeys(a, b); {
		case match != schema.CompareKeys(b, a):
			t.Fatalf("%+q and %+q compare in one order only", a, b)
		case (match == schema.KeyEqual) != (a == b), (match == schema.KeyDifferent) != (once != schema.KeyForm(b)):
			t.Fatalf("CompareKeys(%+q, %+q) = %v", a, b, match)
		}
	})
}

func TestCheckIdentifier(t *testing.T) {
	for _, text := range []string{"", "ada@example.com", "Ada Lovelace", "jose\u0301", "名前", "\u0645\u062d\u0645\u062f", "a\u0600", "\uFF41", "ß", "👩"} {
		if err := schema.CheckIdentifier(text); err != nil {
			t.Errorf("%+q: %v", text, err)
		}
	}
	for _, hidden := range []rune{
		0, '\t', '\n', '\r', 0x1B, 0x7F, 0x85, 0x9F, // control characters
		0xA0, 0x1680, 0x2000, 0x2003, 0x2007, 0x200A, 0x202F, 0x205F, 0x3000, 0x2028, 0x2029, 0x2800, // spaces
		0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202E,
		0x2060, 0x2064, 0x2066, 0x2069, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xE0001, 0xE0061, 0xE0100,
		0xFFFD,
	} {
		text := "a\u00e9" + string(hidden) + "@example.com"
		err := schema.CheckIdentifier(text)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%U at character 3", hidden)) {
			t.Errorf("%+q: %v", text, err)
		}
		for _, field := range []schema.Field{{Name: "key", Identifier: true}, {Name: "mail", Format: schema.Email}, {Name: "mails", Kind: schema.Strings, Format: schema.Email}} {
			value := any(text)
			if field.Kind == schema.Strings {
				value = []string{"b@example.com", text}
			}
			if fieldErrs := field.Check(value); len(fieldErrs) != 1 || !strings.Contains(fieldErrs[0].Message, fmt.Sprintf("%U", hidden)) {
				t.Errorf("%s %+q: %v", field.Name, text, fieldErrs)
			}
		}
		if fieldErrs := (schema.Field{Name: "name"}).Check(text); fieldErrs != nil {
			t.Errorf("a name with %U: %v", hidden, fieldErrs)
		}
	}
	if schema.CheckIdentifier("a\xff") == nil {
		t.Error("a byte that is not UTF-8 is taken")
	}
}
