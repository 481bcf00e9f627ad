package term

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSanitize(t *testing.T) {
	const family = "\U0001F468\u200d\U0001F469\u200d\U0001F467"
	const wales = "\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F"
	tests := []struct{ name, in, text, line string }{
		{"plain", "Ann Lee", "Ann Lee", "Ann Lee"},
		{"empty", "", "", ""},
		{"lines and tabs", "a\tb\nc", "a\tb\nc", "a b c"},
		{"windows lines", "a\r\nb", "a\nb", "a  b"},
		{"overwriting", "real\rfake", "real\ufffdfake", "real fake"},
		{"clear the screen", "\x1b[2Jx", "\ufffd[2Jx", "\ufffd[2Jx"},
		{"set the title", "\x1b]0;owned\x07", "\ufffd]0;owned\ufffd", "\ufffd]0;owned\ufffd"},
		{"control sequence of C1", "\u009b2J", "\ufffd2J", "\ufffd2J"},
		{"backspace, NUL, DEL", "a\x08\x00\x7f", "a\ufffd\ufffd\ufffd", "a\ufffd\ufffd\ufffd"},
		{"bidi override", "user\u202etxt.exe", "user\ufffdtxt.exe", "user\ufffdtxt.exe"},
		{"bidi isolate", "\u2066a\u2069", "\ufffda\ufffd", "\ufffda\ufffd"},
		{"bidi marks", "\u200e\u200f\u061c", "\ufffd\ufffd\ufffd", "\ufffd\ufffd\ufffd"},
		{"zero-width space and BOM", "\u200b\ufeff", "\ufffd\ufffd", "\ufffd\ufffd"},
		{"separators", "a\u2028b\u2029c\u0085d", "a\ufffdb\ufffdc\ufffdd", "a b c d"},
		{"not UTF-8", "a\xff\x9bb", "a\ufffd\ufffdb", "a\ufffd\ufffdb"},
		{"joined emoji", family, family, family},
		{"flag of tags", wales, wales, wales},
		{"tags that hide a text", "Ann\U000E0065\U000E0076", "Ann\ufffd\ufffd", "Ann\ufffd\ufffd"},
		{"tags behind a flag's end", wales + "x\U000E0067", wales + "x\ufffd", wales + "x\ufffd"},
		{"zero-width joiner within a name", "An\u200dn", "An\u200dn", "An\u200dn"},
		{"marks of Vietnamese", "Nguye\u0302\u0303n", "Nguye\u0302\u0303n", "Nguye\u0302\u0303n"},
		{"a heap of marks", "a" + strings.Repeat("\u0335", 32), "a" + strings.Repeat("\u0335", 30) + "\ufffd\u0335", "a" + strings.Repeat("\u0335", 30) + "\ufffd\u0335"},
		{"wide characters", "ｗｉｄｅ 王小明", "ｗｉｄｅ 王小明", "ｗｉｄｅ 王小明"},
		{"title and clipboard", "\x1b]52;c;bHM=\x07\u009d0;t\u009c", "\ufffd]52;c;bHM=\ufffd\ufffd0;t\ufffd", "\ufffd]52;c;bHM=\ufffd\ufffd0;t\ufffd"},
		{"Persian", "می\u200cخواهم", "می\u200cخواهم", "می\u200cخواهم"},
		{"Arabic sign", "\u0600١", "\u0600١", "\u0600١"},
		{"CJK and accents", "王小明 Zoë", "王小明 Zoë", "王小明 Zoë"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sanitize(tt.in); got != tt.text {
				t.Errorf("Sanitize(%q) = %q, want %q", tt.in, got, tt.text)
			}
			if got := SanitizeLine(tt.in); got != tt.line {
				t.Errorf("SanitizeLine(%q) = %q, want %q", tt.in, got, tt.line)
			}
		})
	}
}

func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{
		"plain", "\x1b[31mred\x1b[0m", "\x1b]8;;http://example.com\x07link\x1b\\", "a\r\r\nb\r\n",
		"\u202e\u2066\u200f", "\xff\xc2\x9b\x9b", "\u0085\u2028\u2029", "\U000e0001\U000e0041", "tab\tline\n",
		"\U0001F3F4\U000E0067\U000E007Fx\U000E0067", "a" + strings.Repeat("\u0335", 70), "\u0335\xff\u0335",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(name, got, again, allowed string) {
			if got != again {
				t.Errorf("%s(%q) is not idempotent: %q, then %q", name, s, got, again)
			}
			if !utf8.ValidString(got) {
				t.Errorf("%s(%q) = %q is not UTF-8", name, s, got)
			}
			for _, r := range got {
				if IsControl(r) && !strings.ContainsRune(allowed, r) {
					t.Errorf("%s(%q) = %q keeps %U", name, s, got, r)
				}
			}
		}
		check("Sanitize", Sanitize(s), Sanitize(Sanitize(s)), "\n\t")
		check("SanitizeLine", SanitizeLine(s), SanitizeLine(SanitizeLine(s)), "")
	})
}

// The fuzz test measures with IsControl, so IsControl has a test of its own.
func TestIsControl(t *testing.T) {
	inRange := func(r, first, last rune) bool { return first <= r && r <= last }
	for r := rune(0); r <= utf8.MaxRune; r++ {
		must := inRange(r, 0, 0x1f) || inRange(r, 0x7f, 0x9f) ||
			inRange(r, 0x200e, 0x200f) || inRange(r, 0x2028, 0x202e) || inRange(r, 0x2060, 0x2064) || inRange(r, 0x2066, 0x206f) ||
			inRange(r, 0xfff9, 0xfffb) || r == 0x61c || r == 0x200b || r == 0xfeff || r == 0xe0001
		if must && !IsControl(r) {
			t.Errorf("IsControl(%U) = false", r)
		}
		if inRange(r, 0x20, 0x7e) && IsControl(r) {
			t.Errorf("IsControl(%U) = true", r)
		}
	}
}
