package secret

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"env:SULU_TOKEN":                        "env:SULU_TOKEN",
		"  env:_A1 ":                            "env:_A1",
		"env: SPACED":                           "env:SPACED",
		"file:/run/secrets/orange":              "file:/run/secrets/orange",
		"file:~/token":                          "file:~/token",
		"file:C:\\keys\\token":                  "file:C:\\keys\\token",
		"keyring:":                              "keyring:",
		"keyring:shared account":                "keyring:shared account",
		"exec:op read op://ops/orange/key":      "exec:op read op://ops/orange/key",
		`exec:sh -c 'pass show a | head -1'`:    `exec:sh -c 'pass show a | head -1'`,
		"exec:echo $HOME `id` $(id) # no shell": "exec:echo $HOME `id` $(id) # no shell",
	} {
		ref, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if ref.String() != want {
			t.Errorf("%q became %q, want %q", text, ref, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, literal := range map[string]bool{
		"":                                   true,
		"sk_live_" + canary:                  true,
		"Bearer " + canary:                   true,
		"https://u:" + canary + "@x":         true,
		"ENV:" + canary:                      true,
		"keyring":                            true,
		"env:":                               false,
		"env:9" + canary:                     false,
		"env:A=" + canary:                    false,
		"file:":                              false,
		"file:/a\x00" + canary:               false,
		"exec:":                              false,
		"exec:''":                            false,
		"exec:echo '" + canary:               false,
		"exec:echo " + canary + " | head":    false,
		"exec:echo (" + canary:               false,
		"keyring:a\x1b[2J" + canary:          false,
		"exec:echo " + canary + "\nrm -rf /": false,
		"file:\xff" + canary:                 false,
	} {
		ref, err := Parse(text)
		refused, ok := errors.AsType[*ParseError](err)
		if !ok {
			t.Errorf("%q: %v, error %v", text, ref, err)
			continue
		}
		if refused.IsLiteral() != literal {
			t.Errorf("%q: literal is %v", text, refused.IsLiteral())
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("%q: the error repeats the text: %v", text, err)
		}
		if !ref.IsZero() {
			t.Errorf("%q: refused, and yet gave %v", text, ref)
		}
	}
}

func TestCommandWords(t *testing.T) {
	ref, err := Parse(`exec:op 'a b' "c $HOME" d\ e $(id) "" ` + "`id`")
	if err != nil {
		t.Fatal(err)
	}
	words, err := ref.command()
	if want := []string{"op", "a b", "c $HOME", "d e", "$(id)", "", "`id`"}; err != nil || !slices.Equal(words, want) {
		t.Errorf("got %q, %v; want %q", words, err, want)
	}
}

func TestKeyringAccount(t *testing.T) {
	for text, want := range map[string]string{"keyring:": "acme/token", "keyring:shared": "shared"} {
		ref, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := ref.KeyringAccount(Account("acme", "token")); !ok || name != want {
			t.Errorf("%s: %q, %v", text, name, ok)
		}
	}
	if _, ok := FromEnv("A").KeyringAccount("acme/token"); ok {
		t.Error("a variable has no keyring account")
	}
	if encoded, err := json.Marshal(FromKeyring("x")); err != nil || string(encoded) != `"keyring:x"` {
		t.Errorf("as JSON: %s, %v", encoded, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "env:A", "env:", "file:~/x", "file:", "keyring:", "keyring:a/b", "exec:a 'b c' \"d\"",
		"exec:a | b", "exec:a \\", "exec:$(a", "exec:`a", "sk_live_1", "a:b", ":", "exec:\xff", "file:\x00", "exec:a >1", "exec:'' x"} {
		f.Add(seed, "")
		f.Add("", seed)
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		ref, err := Parse(before + canary + after)
		if err != nil {
			if _, ok := errors.AsType[*ParseError](err); !ok || strings.Contains(err.Error(), canary) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		again, err := Parse(ref.String())
		if err != nil || again != ref {
			t.Fatalf("%q is read back as %q, %v", ref, again, err)
		}
		if ref.scheme == schemeExec {
			if words, err := ref.command(); err != nil || len(words) == 0 || words[0] == "" {
				t.Fatalf("%q: words %q, %v", ref, words, err)
			}
		}
	})
}
