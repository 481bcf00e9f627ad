package config

import (
	"fmt"
	"strings"
	"testing"
)

// seeds are profile files, good and bad, as they stand around a secret.
func seeds() [][2]string {
	around := [][2]string{{"", ""}, {"profiles: ", ""}, {"default-profile: ", "\n"}, {"profiles:\n  ", ": {provider: sulu}\n"}, {"\ufeff# ", "\n"}}
	for _, value := range []string{"§", "\"§\"", "'§'", "\"§", "'§", "[§]", "{§: x}", "{§}", "*§", "&a §", "!§ x", "!!int §", "!!binary §", "|\n      §", ">-\n      §",
		"@§", "%§", "`§`", "a: §", "§: a", "§ # x", "keyring:\n    base-url: §", "env:9§", "exec:'§", "file:\x00§", "?§", "- §", "\t§", "{a: [1, §}"} {
		for _, setting := range []string{"token", "concurrency", "provider", "defaults", "mapping", "rate", "unknown", "<<"} {
			text := "profiles:\n  acme:\n    provider: sulu\n    " + setting + ": " + value + "\n    timeout: 5s\n"
			before, after, _ := strings.Cut(text, "§")
			around = append(around, [2]string{before, after})
		}
	}
	return append(around, [2]string{documented, ""}, [2]string{commented, ""}, [2]string{commented + "token:", "\n"}, [2]string{commented, ":x\n"})
}

// FuzzLoad reads files with a secret somewhere in them: nothing panics, and
// nothing that is said about the file contains the secret.
func FuzzLoad(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		quiet := func(err error) {
			if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), canary) {
				t.Fatalf("the secret is in the error: %v", err)
			}
		}
		for _, path := range []string{"config.yaml", "config.json", "config.toml"} {
			c, err := parse(path, []byte(before+canary+after), options())
			if quiet(err); err != nil {
				continue
			}
			for _, configErr := range c.Errors() {
				quiet(configErr)
			}
			for _, name := range append(c.Names(), "", "nothing-of-it") {
				p, err := c.Profile(name, map[string]string{"rate": "5/s"})
				if quiet(err); err != nil {
					continue
				}
				for _, r := range p.All() {
					if reference, _ := p.Text(r.Setting.Name); r.Setting.Secret && strings.Contains(reference, canary) && !strings.Contains(reference, ":") {
						t.Fatalf("a literal was accepted for %s", r.Setting.Name)
					}
				}
			}
		}
	})
}
