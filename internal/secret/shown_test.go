package secret

import "testing"

func TestShownReference(t *testing.T) {
	for text, want := range map[string]string{
		"env:TOKEN":            "env:TOKEN",
		"env:sk_live_canary42": "env:[redacted]",
		"exec:curl -H 'X-Key: Bearer canary42' URL": "exec:curl -H 'X-Key: Bearer [redacted]' URL",
		"exec:op read op://ops/orange/key":          "exec:op read op://ops/orange/key",
	} {
		reference, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := reference.Shown(); got != want || reference.String() != text {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
