package leak_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/leak/leaktest"
)

const (
	password = "Gruß/2026 <Wien>'&ok(1)"
	token    = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
)

func TestImports(t *testing.T) { archtest.Below(t, "internal/leak", 1) }

// Every form in which servers were seen to repeat a secret is found, in a text.
func TestFormsAreFound(t *testing.T) {
	for _, secret := range []string{password, token} {
		set := leak.NewSet([]string{secret})
		for _, form := range leaktest.Forms() {
			for _, text := range []string{form.Of(secret), "The value " + form.Of(secret) + " is refused.", `{"value":"` + form.Of(secret) + `"}`} {
				if !leak.Found(text, set) {
					t.Errorf("%s: %q is not found", form.Name, text)
				}
			}
		}
	}
}

// A part of a secret is one from eight characters.
func TestParts(t *testing.T) {
	set := leak.NewSet([]string{token, "horse - battery - staple", "abc", "short", "- - - - -", "Password2026"})
	for text, want := range map[string]bool{
		"is 4eC39HqL…":               true,
		"is 4eC39Hq…":                false,
		"is _4eC39Hq…":               true,
		"ends in zdp7dc":             false,
		"abc":                        false,
		"too short":                  true,
		"SHORT":                      true,
		"s h o r t":                  true,
		"shor":                       false,
		"battery-staple":             true,
		"battery":                    false,
		"- - - - -":                  false,
		"the password is too weak":   false,
		"assword2 is too weak":       true,
		"the password 2026 is known": true,
		"":                           false,
	} {
		if got := leak.Found(text, set); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

// Nothing is found if there is nothing to look for.
func TestNoSecrets(t *testing.T) {
	for _, set := range []*leak.Set{nil, {}, leak.NewSet(nil), leak.NewSet([]string{"", "abc"})} {
		if !set.Empty() || leak.Found(strings.Repeat("x", leak.MaxText+1), set) {
			t.Error("an empty set is not empty")
		}
	}
}

// What cannot be looked through counts as found.
func TestLimits(t *testing.T) {
	set := leak.NewSet([]string{token})
	deep := "%41"
	for range 5_000 {
		deep = strings.Replace(deep, "%", "%25", 1)
	}
	for name, text := range map[string]string{
		"a text that is too large": strings.Repeat("x ", leak.MaxText/2+1),
		"an escape 5,000 deep":     deep,
	} {
		if !leak.Found(text, set) {
			t.Errorf("%s is taken for harmless", name)
		}
	}
	var large strings.Builder
	for n := 0; large.Len() < leak.MaxText-100; n++ {
		fmt.Fprintf(&large, `{"id":"%08x-7f3a-4c21-9d0e-%012x","email":"user%d@example.com","name":"Ada %d"},`, n*7919, n*104729, n, n)
	}
	if leak.Found(large.String(), set) {
		t.Error("an ordinary text below the limit is taken for harmful")
	}
}

// Texts of real providers hold no secret, and are found to hold none.
func TestOrdinaryMessagesPass(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "messages.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	set := leak.NewSet([]string{
		password, token, "Hunter2Hunter2", "Password123!", "7Kd-9xQ_mPz4vR2w", "correct horse battery staple", "ory_pat_Zk3mVb8QyXr7Lw2N",
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "7319",
	})
	count := 0
	for lines := bufio.NewScanner(file); lines.Scan(); count++ {
		if leak.Found(lines.Text(), set) {
			t.Errorf("not shown: %s", lines.Text())
		}
	}
	if count < 40 {
		t.Errorf("only %d messages", count)
	}
}

// FuzzCompositions: no composition of encodings hides a secret.
func FuzzCompositions(f *testing.F) {
	for n := range leaktest.Encoders() {
		f.Add(password, []byte{byte(n)})
		f.Add(token, []byte{byte(n), byte(n + 7), byte(n + 3)})
	}
	f.Fuzz(func(t *testing.T, secret string, steps []byte) {
		if !leaktest.IsPassword(secret) {
			return
		}
		text, names := leaktest.Compose(secret, steps)
		if len(text) < 20_000 && !leak.Found("The value "+text+" is refused.", leak.NewSet([]string{secret})) {
			t.Errorf("%q by %s is %q, and is not found", secret, names, text)
		}
	})
}

// FuzzFound: no text makes the search fail, and every text that contains a
// secret as it is has it found.
func FuzzFound(f *testing.F) {
	f.Add("%u00df \\u{10ffff} \\777 &#xdf; =C3==\n 0xdf Ã\u009f", "Gruß")
	f.Add("\xc3\x28 \xff\xfe %%% \\ & =", "\xff\xfe12345678")
	f.Fuzz(func(t *testing.T, text, secret string) {
		set := leak.NewSet([]string{secret})
		leak.Found(text, set)
		if leaktest.IsPassword(secret) && !leak.Found(text+secret+text, set) {
			t.Errorf("%q is not found in %q", secret, text+secret+text)
		}
	})
}

func BenchmarkFound(b *testing.B) {
	set := leak.NewSet([]string{password, token})
	message := "The attribute email of the user with the identifier 0192f3c4-7f3a-4c21-9d0e-3f1b2a4c5d6e is not unique: https://api.example.com/users?page=10"
	for name, text := range map[string]string{"message": message, "body": strings.Repeat(message+" ", 100)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				leak.Found(text, set)
			}
		})
	}
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			leak.NewSet([]string{password, token})
		}
	})
}
