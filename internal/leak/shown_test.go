package leak

import (
	"strings"
	"testing"
)

// A pasted secret is not shown, wherever it was pasted.
func TestMask(t *testing.T) {
	for _, secret := range []string{
		"sk_live_canary42", "SK-canary42x", "AGE-SECRET-KEY-1CANARY42", "age-secret-key-1canary42", "ghp_canary42", "github_pat_canary42", "glpat-canary42",
		"xoxb-canary42", "ory_pat_canary42", "eyJhbGciOiJIUzI1NiJ9.canary42.x", "-----BEGIN OPENSSH PRIVATE KEY-----canary42", "whsec_canary42",
		"Bearer canary42", "basic canary42==", "https://ada:canary42@api.example.com", "postgres://canary42@db",
	} {
		for _, text := range []string{secret, "curl -H 'X: " + secret + "' x", "--token=" + secret, `{"a":"` + secret + `"}`} {
			if shown := Mask(text); !Looks(text) || strings.Contains(strings.ToLower(shown), "canary42") || !strings.Contains(shown, Redacted) {
				t.Errorf("%s is shown as %s", text, shown)
			}
		}
	}
	for _, text := range []string{
		"", "org_123", "ory", "basic", "3f1b2a4c-5d6e-4f70-8a9b-0c1d2e3f4a5b", "op read op://ops/orange/key", "https://api.example.com/v1",
		"/run/secrets/token", "ask-me-later", "risk_level_high", "bearer", "HTTP Basic authentication, a Bearer token", "ada@example.com", "acme/token", "eyJ",
	} {
		if shown := Mask(text); shown != text || Looks(text) {
			t.Errorf("%s is shown as %s", text, shown)
		}
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"https://api.example.com/v1":                   "https://api.example.com/v1",
		"https://ada:canary@api.example.com/v1":        "https://[redacted]@api.example.com/v1",
		"https://ada:can/a?r#y@api.example.com/v1":     "https://[redacted]@api.example.com/v1",
		"https://canary@api.example.com:8443?k=canary": "https://[redacted]@api.example.com:8443?[redacted]",
		"https://api.example.com/?t=canary#x":          "https://api.example.com/?[redacted]",
		"https://api.example.com/#canary":              "https://api.example.com/#[redacted]",
		"ada:canary@api.example.com?canary":            "[redacted]@api.example.com?[redacted]",
		"https://api.example.com/sk_live_canary42/v1":  "https://api.example.com/[redacted]",
		"sk_live_canary42":                             "[redacted]",
		"":                                             "",
	} {
		if got := Address(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"base-ulr": ` "base-ulr"`, "Hunter2Hunter2": "", "sk_live_canary": "", "": "", "a name": "", strings.Repeat("x", 25): "",
	} {
		if got := Name(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
