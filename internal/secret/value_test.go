package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const canary = "CANARY-4f1e9c"

func secretOf(t *testing.T, text string) Value {
	t.Helper()
	value, err := NewValue(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestValueNeverPrintsItself(t *testing.T) {
	type exported struct{ Token Value }
	type hidden struct{ token Value }
	value := secretOf(t, canary)
	holders := []any{value, &value, exported{value}, &exported{value}, hidden{value}, &hidden{value},
		[]Value{value}, map[string]Value{"token": value}, fmt.Errorf("failed: %v", value)}

	var printed []string
	for _, holder := range holders {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
			printed = append(printed, fmt.Sprintf(verb, holder))
		}
		encoded, err := json.Marshal(holder)
		if err != nil {
			t.Fatal(err)
		}
		asYAML, err := yaml.Marshal(holder)
		if err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).Info("seen", "holder", holder)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("seen", "holder", holder)
		printed = append(printed, string(encoded), string(asYAML), logged.String())
	}
	hex := fmt.Sprintf("%x", canary)
	for _, text := range printed {
		if strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), hex) {
			t.Errorf("the secret was printed: %s", text)
		}
	}
	if got := fmt.Sprint(value); got != "[redacted]" {
		t.Errorf("printed as %s", got)
	}
	if value.Reveal() != canary {
		t.Errorf("Reveal gave %q", value.Reveal())
	}
}

func TestNewValue(t *testing.T) {
	for text, want := range map[string]string{"a\n": "a", "a\r\n": "a", "a\n\n": "a\n", " a ": " a ", "a": "a"} {
		if got := secretOf(t, text).Reveal(); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "\n", " \t\r\n"} {
		if value, err := NewValue(text); err == nil || !value.IsZero() {
			t.Errorf("%q was taken for a secret", text)
		}
	}
	if (Value{}).Reveal() != "" {
		t.Error("the zero value holds something")
	}
}

func TestCheckHeader(t *testing.T) {
	for _, good := range []string{"abc", "a b", "ünïcode", "sk_live_~!@#$%^&*()"} {
		if err := secretOf(t, good).CheckHeader(); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		canary + "\nX-Evil: 1":    "a line break at position 14",
		canary + "\r":             "", // one line break at the end is removed
		canary + "\rx":            "a line break",
		"a\tb" + canary:           "a tab at position 2",
		"a\x00b" + canary:         "U+0000 at position 2",
		"\u200b" + canary:         "U+200B at position 1",
		"a\ufeff" + canary:        "U+FEFF at position 2",
		canary + "\xff\xfe" + "x": "UTF-8",
	} {
		err := secretOf(t, bad).CheckHeader()
		if says == "" {
			if err != nil {
				t.Errorf("%q: %v", bad, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%q was accepted", bad)
			continue
		}
		if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v, want %q and no secret", bad, err, says)
		}
	}
}
