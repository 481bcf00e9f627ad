package target

import (
	"strings"
	"testing"
)

func TestTextOfATarget(t *testing.T) {
	for text, want := range map[string]string{
		"sulu https://api.sulu.sh/v0":                  "sulu https://api.sulu.sh/v0",
		"sulu HTTPS://API.sulu.sh:443/v0/":             "sulu https://api.sulu.sh/v0",
		"sulu http://localhost:4010":                   "sulu http://127.0.0.1:4010",
		"sulu https://api.sulu.sh/v0 (tenant Acme)":    "sulu https://api.sulu.sh/v0 (tenant acme)",
		"sulu https://api.sulu.sh/v0 (tenant a (b))":   "sulu https://api.sulu.sh/v0 (tenant a (b))",
		"sulu https://api.sulu.sh/v0 (tenant Ä\u0308)": "sulu https://api.sulu.sh/v0 (tenant ä\u0308)",
	} {
		got, ok := Parse(text)
		if !ok || got.String() != want {
			t.Errorf("%s: got %q, %v; want %q", text, got, ok, want)
		}
		if again, ok := Parse(got.String()); !ok || again != got {
			t.Errorf("%s: read again: %q, %v", text, again, ok)
		}
	}
	for _, text := range []string{
		"", "sulu", "sulu sandbox", "ejento (no base URL)", " https://api.sulu.sh", "sulu https://api.sulu.sh?x", "sulu https://api.sulu.sh/v0 acme",
		"sulu https://api.sulu.sh/v0 (tenant )", "sulu https://api.sulu.sh/v0 (tenant acme", "sulu https://api.sulu.sh/v0 (tenant a\u200b)",
	} {
		if got, ok := Parse(text); ok {
			t.Errorf("%q was read as %q", text, got)
		}
	}
	one, _ := Parse("sulu https://api.sulu.sh (tenant acme)")
	if got := one.WithoutTenant().String(); got != "sulu https://api.sulu.sh" {
		t.Errorf("without its tenant: %q", got)
	}
}

func TestCheckTenant(t *testing.T) {
	for _, good := range []string{"acme", "Acme GmbH (Köln)", "org_123", strings.Repeat("ä", maxTenant)} {
		if err := CheckTenant(good); err != nil {
			t.Errorf("%s: got %v", good, err)
		}
	}
	for _, bad := range []string{"", "  ", "a\nb", "a\tb", "a\u200bb", "a\u00a0b", "a\xff", strings.Repeat("a", maxTenant+1)} {
		if CheckTenant(bad) == nil {
			t.Errorf("%q is a tenant", bad)
		}
	}
}
