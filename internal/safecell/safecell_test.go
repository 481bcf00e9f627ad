package safecell

import (
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		"Ada":         "Ada",
		"00123":       "00123",
		"O'Neil":      "O'Neil",
		"'t Hart":     "'t Hart",
		"=1+1":        "'=1+1",
		"+4930":       "'+4930",
		"-1":          "'-1",
		"@home":       "'@home",
		"\tx":         "'\tx",
		"＝1":          "'＝1",
		"'=1":         "''=1",
		"''=1":        "'''=1",
		"'00123":      "''00123",
		"'":           "'",
		"\xff":        "\xff",
		"=\"00123\"":  "'=\"00123\"",
		"'=\"00123\"": "''=\"00123\"",
	} {
		if got := Guard(text); got != want {
			t.Errorf("Guard(%q) = %q, want %q", text, got, want)
		}
	}
}

// Every text is restored, and no cell begins as a formula does.
func FuzzGuard(f *testing.F) {
	for _, text := range []string{"", "=1", "'=1", "''1", "＝", "\t", "'t", "\xff=", "'\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := Guard(text)
		if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r\n") {
			t.Errorf("Guard(%q) = %q begins as a formula", text, cell)
		}
		if got, _ := Unguard(cell); got != text {
			t.Errorf("Guard(%q) = %q, which is read as %q", text, cell, got)
		}
	})
}
