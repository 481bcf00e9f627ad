package document

import (
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzEdit edits generated files: other values do not change, and the result can be parsed and edited.
func FuzzEdit(f *testing.F) {
	for _, value := range []string{"env:A", "{a: x}", "*a", "&a x", "|\n      a", "a: b", "# x", "keyring:", "[a, b]", "\"a"} {
		f.Add("profiles:\n  new:\n    provider: sulu\n    rate: " + value + "\n    timeout: 5s\n")
	}
	f.Add("profiles: &p\n  new: {a: &x 1, b: *x}\n  c: {<<: *x}\n")
	f.Add("a: \"foo\n# x\"\nprofiles: {\nnew: 1\n}\n")
	f.Add("profiles:\n  new:\n  # a\n\n    provider: |+\n      x\n\n\n  b: 1\n...\n")
	f.Add(`{"profiles": {"new": {"rate": "1/s"}}}`)
	f.Add("[profiles.new]\nrate = '1/s'\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []string{"yaml", "json", "toml"} {
			for _, edit := range []func(top *yaml.Node){
				func(top *yaml.Node) { Set(Child(Child(top, "profiles"), "new"), "rate", Text("5/s")) },
				func(top *yaml.Node) { Remove(Child(Child(top, "profiles"), "new"), "rate") },
				func(top *yaml.Node) { Remove(Child(top, "profiles"), "new") },
			} {
				was, err := Parse(format, []byte(text))
				if err != nil || was == nil {
					continue
				}
				var before, after map[string]any
				if was.Decode(&before) != nil {
					continue
				}
				changed, err := Edit(format, []byte(text), func(top *yaml.Node) error { edit(top); return nil })
				if err != nil {
					continue
				}
				again, err := Parse(format, changed)
				if err != nil || again == nil || again.Decode(&after) != nil {
					t.Fatalf("%q cannot be read: %v", changed, err)
				}
				if !reflect.DeepEqual(others(before), others(after)) {
					t.Fatalf("%q became %q", text, changed)
				}
			}
		}
	})
}

// others removes the values that an edit of the profile "new" changes.
func others(top map[string]any) map[string]any {
	profiles, _ := top["profiles"].(map[string]any)
	delete(profiles, "new")
	if len(profiles) == 0 {
		delete(top, "profiles")
	}
	return top
}
