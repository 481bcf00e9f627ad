package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
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
		c, err := parse("config.yaml", []byte(before+canary+after), options())
		if quiet(err); err != nil {
			return
		}
		for _, fault := range c.Faults() {
			quiet(fault)
		}
		for _, name := range append(c.Names(), "", "nothing-of-it") {
			p, err := c.Profile(name, map[string]string{"rate": "5/s"})
			if quiet(err); err != nil {
				continue
			}
			for _, r := range p.All() {
				if r.Setting.Secret && strings.Contains(fmt.Sprint(r.Value), canary) && !strings.Contains(fmt.Sprint(r.Value), ":") {
					t.Fatalf("a literal was accepted: %v", r)
				}
			}
		}
	})
}

// FuzzEdit changes files of every shape: what was not meant to change means
// the same afterwards, and what was written can be read and changed again.
func FuzzEdit(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed[0] + "env:A" + seed[1])
	}
	f.Add("profiles: &p\n  new: {a: &x 1, b: *x}\n  c: {<<: *x}\n")
	f.Add("a: \"foo\n# x\"\nprofiles: {\nnew: 1\n}\n")
	f.Add("profiles:\n  new:\n  # a\n\n    provider: |+\n      x\n\n\n  b: 1\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, edit := range []func(d *document) error{
			func(d *document) error {
				return d.set([]string{"profiles", "new"}, nest([]string{"rate"}, textNode("5/s")))
			},
			func(d *document) error { return d.set([]string{"profiles", "new", "rate"}, textNode("keyring:")) },
			func(d *document) error { return d.remove([]string{"profiles", "new", "rate"}) },
			func(d *document) error { return d.remove([]string{"profiles", "new"}) },
		} {
			d, err := openDocument([]byte(text))
			if err != nil {
				return
			}
			before := others(d.top)
			if edit(d) != nil {
				continue
			}
			again, err := openDocument(d.text)
			if err != nil || !same(again.top, d.top) {
				t.Fatalf("%q reads back as something else: %v", d.text, err)
			}
			if !slices.EqualFunc(before, others(again.top), same) {
				t.Fatalf("%q became %q", text, d.text)
			}
		}
	})
}

// others gives what no edit of the profile "new" concerns.
func others(top *yaml.Node) []*yaml.Node {
	if top == nil || top.Kind != yaml.MappingNode {
		return nil
	}
	var nodes []*yaml.Node
	for key, value := range pairs(top) {
		if key.Value != "profiles" {
			nodes = append(nodes, key, value)
			continue
		}
		if value.Kind == yaml.MappingNode {
			for name, body := range pairs(value) {
				if name.Value != "new" {
					nodes = append(nodes, name, body)
				}
			}
		}
	}
	return nodes
}
