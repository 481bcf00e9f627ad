package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

// commented has comments in every place, and the spacing of the writer, so that an edit changes only its own lines.
const commented = `# The connections of the platform team.

default-profile: acme # ask Ana before changing this
profiles:
  # production
  acme:
    provider: sulu
    token: "keyring:" # rotated in May
    # rate: 50/s  (too fast)
    rate: 5/s # agreed with the vendor
    defaults: [organization=org_123] # ours
  # the second one,
  # for tests
  acme-test:
    provider: 'sulu'
    token: "env:TEST_TOKEN"
    base-url: >-
      https://test.example.com
    # end of test
  last: {provider: ejento, token: 'env:A'} # in one line
# the end
`

func editing(t *testing.T, text string, edit func(c *Config) error) string {
	t.Helper()
	path := writeConfig(t, text)
	c := load(t, path)
	if err := edit(c); err != nil {
		t.Fatal(err)
	}
	return readBack(t, path)
}

func readBack(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if c := load(t, path); len(c.Errors()) > 0 {
		t.Errorf("what was written has faults: %v\n%s", c.Errors(), text)
	}
	return string(text)
}

// wantLines checks that two texts differ only in these lines, which begin with - and +, in their order.
func wantLines(t *testing.T, before, after string, want ...string) {
	t.Helper()
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	var got []string
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(a) > 0 && (len(b) == 0 || !slices.Contains(b, a[0]) || len(a) > len(b)):
			got, a = append(got, "-"+a[0]), a[1:]
		default:
			got, b = append(got, "+"+b[0]), b[1:]
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("changed\n%s\nwant\n%s\nin\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), after)
	}
}

func TestEditsChangeNothingElse(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(c *Config) error
		want []string
	}{
		{"use", func(c *Config) error { return c.Use("last") },
			[]string{"-default-profile: acme # ask Ana before changing this", "+default-profile: last # ask Ana before changing this"}},
		{"use the same", func(c *Config) error { return c.Use("acme") }, nil},
		{"update", func(c *Config) error {
			return c.Update("acme", map[string]any{"rate": "9/s", "token": "keyring:", "concurrency": "8"})
		},
			[]string{"-    rate: 5/s # agreed with the vendor", "+    rate: 9/s # agreed with the vendor", "+    concurrency: 8"}},
		{"update in one line", func(c *Config) error { return c.Update("last", map[string]any{"api": "v2"}) },
			[]string{"-  last: {provider: ejento, token: 'env:A'} # in one line", "+  last: {provider: ejento, token: 'env:A', api: v2} # in one line"}},
		{"put the same", func(c *Config) error {
			return c.Put("acme", map[string]any{"provider": "sulu", "token": secret.FromKeyring(""), "rate": "5/s", "defaults": []string{"organization=org_123"}})
		}, nil},
		{"put less", func(c *Config) error {
			return c.Put("acme", map[string]any{"provider": "sulu", "token": secret.FromEnv("A")})
		}, []string{
			`-    token: "keyring:" # rotated in May`, "-    # rate: 50/s  (too fast)", "-    rate: 5/s # agreed with the vendor",
			"-    defaults: [organization=org_123] # ours", "+    token: env:A # rotated in May",
		}},
		{"put new", func(c *Config) error {
			return c.Put("fresh", map[string]any{"token": "file:~/a b", "provider": "sulu", "allow-http": "true", "tenant": "true"})
		}, []string{"+  fresh:", "+    provider: sulu", `+    tenant: "true"`, "+    allow-http: true", "+    token: file:~/a b"}},
		{"defaults", func(c *Config) error {
			return c.Update("acme-test", map[string]any{"defaults": []string{"zip=00123", "roles=a;yes", "address.line1=x: y"}})
		}, []string{"+", "+    defaults:", "+      - zip=00123", "+      - roles=a;yes", "+      - 'address.line1=x: y'"}},
		{"mapping", func(c *Config) error {
			return c.SetReading("acme", Reading{Mapping: map[string]string{"Work e-mail": "email", " oryID": "oryId"}})
		}, []string{"+    mapping:", "+      - ' oryID=oryId'", "+      - Work e-mail=email"}},
		{"no mapping", func(c *Config) error { return c.SetReading("acme", Reading{}) }, nil},
		{"remove", func(c *Config) error { return c.Remove("acme-test") }, []string{"-  # the second one,", "-  # for tests", "-  acme-test:",
			"-    provider: 'sulu'", `-    token: "env:TEST_TOKEN"`, "-    base-url: >-", "-      https://test.example.com", "-    # end of test"}},
		{"remove the last", func(c *Config) error { return c.Remove("last") }, []string{"-  last: {provider: ejento, token: 'env:A'} # in one line"}},
		{"remove the default", func(c *Config) error { return c.Remove("acme") }, []string{
			"-default-profile: acme # ask Ana before changing this",
			"-  # production", "-  acme:", "-    provider: sulu", `-    token: "keyring:" # rotated in May`, "-    # rate: 50/s  (too fast)",
			"-    rate: 5/s # agreed with the vendor", "-    defaults: [organization=org_123] # ours"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantLines(t, commented, editing(t, commented, test.edit), test.want...)
			windows := strings.ReplaceAll(commented, "\n", "\r\n")
			after := editing(t, windows, test.edit)
			if strings.Count(after, "\n") != strings.Count(after, "\r\n") {
				t.Errorf("the line breaks are mixed:\n%q", after)
			}
			wantLines(t, commented, strings.ReplaceAll(after, "\r\n", "\n"), test.want...)
		})
	}
}

func TestFirstProfile(t *testing.T) {
	add := func(c *Config) error {
		if err := c.Put("acme", map[string]any{"provider": "sulu", "token": secret.FromKeyring("")}); err != nil {
			return err
		}
		return c.Use("acme")
	}
	const written = "profiles:\n  acme:\n    provider: sulu\n    token: 'keyring:'\ndefault-profile: acme\n"
	for before, want := range map[string]string{
		"":                            written,
		"# mine\n":                    "# mine\n" + written,
		"# mine":                      "# mine\n" + written,
		"---\n":                       written,
		"profiles:\n":                 written,
		"profiles: {}\n":              written,
		"# a\nprofiles: # b\n# c\n":   "# a\nprofiles: # b\n  acme:\n    provider: sulu\n    token: 'keyring:'\ndefault-profile: acme\n\n# c\n",
		"{}\n":                        written,
		"~\n":                         written,
		"default-profile: x # c":      "default-profile: acme # c\nprofiles:\n  acme:\n    provider: sulu\n    token: 'keyring:'\n",
		`{"profiles": {}}`:            `{"profiles": {acme: {provider: sulu, token: 'keyring:'}}, default-profile: acme}` + "\n",
		"profiles:\n  acme:\n":        written,
		"profiles:\n  acme: wrong\n":  written,
		"profiles:\n  acme: [a, b]\n": written,
	} {
		if after := editing(t, before, add); after != want {
			t.Errorf("%q became\n%swant\n%s", before, after, want)
		}
	}
}

// Comments and order are preserved, spacing is not.
func TestCommentsOfAnySpacingStay(t *testing.T) {
	const spaced = "# one\n\n\ndefault-profile:   acme     # two\n\nprofiles:\n\n    # three\n    acme:\n        provider:  sulu   # four\n\n        rate: 5/s\n\n    # five\n    b: {provider: sulu}\n# six\n"
	for _, text := range []string{spaced, strings.ReplaceAll(spaced, "\n", "\r\n")} {
		after := editing(t, text, func(c *Config) error { return c.Update("acme", map[string]any{"rate": "6/s"}) })
		at := -1
		for _, word := range []string{"# one", "default-profile: acme # two", "profiles:", "# three", "acme:", "provider: sulu # four", "rate: 6/s", "# five", "b: {provider: sulu}", "# six"} {
			next := strings.Index(after, word)
			if next <= at {
				t.Errorf("%q is missing or moved in\n%s", word, after)
			}
			at = next
		}
	}
}

// Defaults and a mapping in their old form are refused with the command that rewrites them, without their values.
func TestTheOldFormOfListsIsRewritten(t *testing.T) {
	const old = `profiles:
  acme:
    provider: sulu
    defaults: # ours
      organization: ` + canary + `
      address: {zipCode: 00123, line1: "1 Way"}
      roles: [admin, 1e3]
      phone: ~
    mapping: {Work e-mail: email, "a=b": c}
`
	path := writeConfig(t, old)
	_, err := load(t, path).Profile("acme", nil)
	wantText(t, err, "config.yaml:5:7: profile acme: defaults: ", "config.yaml:9:14: profile acme: mapping: ", "usher profiles edit acme")
	if err := load(t, path).Update("acme", nil); err != nil {
		t.Fatal(err)
	}
	p, err := load(t, path).Profile("acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]schema.Text{"organization": canary, "address.zipCode": "00123", "address.line1": "1 Way", "roles": "admin;1e3"}; !maps.Equal(p.Defaults, want) {
		t.Errorf("defaults: %v", p.Defaults)
	}
	if want := map[string]string{"Work e-mail": "email", "a=b": "c"}; !maps.Equal(p.Reading.Mapping, want) {
		t.Errorf("mapping: %v", p.Reading.Mapping)
	}
}

// JSON and TOML files are written in their own form.
func TestOtherFormats(t *testing.T) {
	for name, want := range map[string]string{
		"config.json": `{
  "default-profile": "acme",
  "profiles": {
    "acme": {
      "allow-http": true,
      "defaults": [
        "zip=00123"
      ],
      "mapping": [
        "Work e-mail=email"
      ],
      "provider": "sulu",
      "tenant": "00123",
      "token": "keyring:"
    }
  }
}
`,
		"config.toml": `default-profile = 'acme'

[profiles]
[profiles.acme]
allow-http = true
defaults = ['zip=00123']
mapping = ['Work e-mail=email']
provider = 'sulu'
tenant = '00123'
token = 'keyring:'
`,
	} {
		path := filepath.Join(t.TempDir(), name)
		c := load(t, path)
		for _, edit := range []func() error{
			func() error {
				return c.Put("acme", map[string]any{"provider": "sulu", "token": secret.FromKeyring(""), "tenant": "00123", "allow-http": "true", "defaults": []string{"zip=00123"}})
			},
			func() error { return c.Put("other", map[string]any{"provider": "ejento"}) },
			func() error { return c.SetReading("acme", Reading{Mapping: map[string]string{"Work e-mail": "email"}}) },
			func() error { return c.Use("acme") },
			func() error { return c.Remove("other") },
		} {
			if err := edit(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if text := readBack(t, path); text != want {
			t.Errorf("%s is\n%s", name, text)
		}
		p, err := load(t, path, "USHER_TIMEOUT=5s").Profile("", map[string]string{"rate": "1/s"})
		if err != nil {
			t.Fatal(err)
		}
		tenant, _ := p.Text("tenant")
		if tenant != "00123" || !p.Bool("allow-http") || p.Defaults["zip"] != "00123" || p.Reading.Mapping["Work e-mail"] != "email" {
			t.Errorf("%s: tenant %s, %+v", name, tenant, p)
		}
		for setting, want := range map[string]string{"tenant": name, "rate": "flag --rate", "timeout": "environment USHER_TIMEOUT", "base-url": "default of sulu"} {
			if source, _, _ := strings.Cut(p.SourceOf(setting).String(), ":"); source != want {
				t.Errorf("%s: %s comes from %s", name, setting, source)
			}
		}
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestRemoveTheOnlyProfile(t *testing.T) {
	for before, want := range map[string]string{
		"# a\nprofiles:\n  acme:\n    provider: sulu\n# b\n":        "# a\nprofiles: {}\n# b\n",
		"default-profile: acme\nprofiles: {acme: {provider: sulu}}": "profiles: {}\n",
		"{profiles: {acme: {provider: sulu}, b: {provider: sulu}}}": "{profiles: {b: {provider: sulu}}}\n",
	} {
		if after := editing(t, before, func(c *Config) error { return c.Remove("acme") }); after != want {
			t.Errorf("%q became\n%q, want\n%q", before, after, want)
		}
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		edit  func(c *Config) error
		words []string
	}{
		{"literal", func(c *Config) error {
			return c.Put("fresh", map[string]any{"provider": "sulu", "token": canary})
		}, []string{"profile fresh: token: secret in plain text", "usher profiles edit fresh --token-stdin"}},
		{"literal in an update", func(c *Config) error { return c.Update("acme", map[string]any{"token": canary}) }, []string{"profile acme: token:"}},
		{"wrong type", func(c *Config) error { return c.Update("acme", map[string]any{"concurrency": "many"}) }, []string{"profile acme: concurrency: must be a whole number"}},
		{"unknown setting", func(c *Config) error { return c.Update("acme", map[string]any{"toekn": "env:A"}) }, []string{`profile acme: unknown setting "toekn" (did you mean token?)`}},
		{"other provider's", func(c *Config) error { return c.Update("acme", map[string]any{"api": "v2"}) }, []string{"unknown setting api for sulu (it is a setting of ejento)"}},
		{"no provider", func(c *Config) error { return c.Put("fresh", map[string]any{"rate": "5/s"}) }, []string{"profile fresh: provider is required"}},
		{"unwritable value", func(c *Config) error { return c.Put("fresh", map[string]any{"provider": 5}) }, []string{"profile fresh: provider: cannot write a value of type int"}},
		{"name", func(c *Config) error { return c.Put("Fresh One", map[string]any{"provider": "sulu"}) }, []string{"lower-case letters, digits and hyphens"}},
		{"reserved", func(c *Config) error { return c.Put("environment", map[string]any{"provider": "sulu"}) }, []string{"profile name environment is reserved"}},
		{"built in", func(c *Config) error { return c.Put("sandbox-sulu", map[string]any{"provider": "sulu"}) }, []string{"profile sandbox-sulu: built in"}},
		{"remove built in", func(c *Config) error { return c.Remove("sandbox-sulu") }, []string{"built in"}},
		{"map built in", func(c *Config) error {
			return c.SetReading("sandbox-sulu", Reading{Mapping: map[string]string{"a": "b"}})
		}, []string{"built in"}},
		{"remove unknown", func(c *Config) error { return c.Remove("acme-tset") }, []string{`"acme-tset"`, "did you mean acme-test?"}},
		{"use unknown", func(c *Config) error { return c.Use("acmee") }, []string{"did you mean acme?"}},
		{"map unknown", func(c *Config) error { return c.SetReading("zzz", Reading{}) }, []string{`"zzz"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := writeConfig(t, commented)
			err := test.edit(load(t, path))
			wantText(t, err, test.words...)
			if strings.Contains(err.Error(), "config.yaml:") {
				t.Errorf("the error names a line of a text that is not in the file: %v", err)
			}
			if after := readBack(t, path); after != commented {
				t.Errorf("the file was changed:\n%s", after)
			}
		})
	}
}

func TestEditOfOddLineBreaks(t *testing.T) {
	for _, text := range []string{
		"default-profile: acme\rprofiles:\r  acme: {provider: sulu}\r  b: {provider: sulu}\r",
		"default-profile: acme\u2028profiles:\u2028  acme: {provider: sulu}\n  b: {provider: sulu}\n",
	} {
		const want = "default-profile: b\nprofiles:\n  acme: {provider: sulu}\n  b: {provider: sulu}\n"
		if after := editing(t, text, func(c *Config) error { return c.Use("b") }); after != want {
			t.Errorf("%q became\n%q", text, after)
		}
	}
}

func TestAnchorThatIsInUse(t *testing.T) {
	const text = "profiles:\n  a: &a {provider: sulu}\n  b: *a\n  c:\n    <<: *a\n    rate: 1/s\n"
	path := writeConfig(t, text)
	err := load(t, path).Remove("a")
	wantText(t, err, "cannot be edited safely", "by hand", path)
	if !errors.Is(err, document.ErrNotEditable) || readBack(t, path) != text {
		t.Error("the file was changed")
	}
	after := editing(t, text, func(c *Config) error { return c.Put("b", map[string]any{"provider": "ejento"}) })
	wantLines(t, text, after, "-  b: *a", "+  b:", "+    provider: ejento")
	after = editing(t, text, func(c *Config) error { return c.Put("c", map[string]any{"provider": "ejento"}) })
	wantLines(t, text, after, "-    <<: *a", "-    rate: 1/s", "+    provider: ejento")
}

func TestAProfileWithFaultsCanBeReplaced(t *testing.T) {
	text := "profiles:\n  acme:\n    provider: sulu\n    token: " + canary + "\n    colour: red\n"
	after := editing(t, text, func(c *Config) error {
		return c.Put("acme", map[string]any{"provider": "sulu", "token": secret.FromKeyring("")})
	})
	if want := "profiles:\n  acme:\n    provider: sulu\n    token: 'keyring:'\n"; after != want {
		t.Errorf("got\n%s", after)
	}
	broken := writeConfig(t, text)
	wantText(t, load(t, broken).Update("acme", map[string]any{"rate": "5/s"}), "token", "unknown setting")
}

func TestConfigFollowsItsEdits(t *testing.T) {
	c := load(t, filepath.Join(t.TempDir(), "a", "b", "config.yaml"))
	if err := c.Put("acme", map[string]any{"provider": "sulu", "rate": "5/s"}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReading("acme", Reading{Mapping: map[string]string{"A": "email"}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Use("acme"); err != nil {
		t.Fatal(err)
	}
	p, err := c.Profile("", nil)
	if err != nil || p.Name != "acme" || p.Reading.Mapping["A"] != "email" {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := c.Remove("acme"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Profile("acme", nil); err == nil {
		t.Error("the removed profile is still there")
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{c.Path(): 0o600, filepath.Dir(c.Path()): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %o", path, info.Mode(), err, want)
		}
	}
}

func TestEditsThroughLinks(t *testing.T) {
	folder := t.TempDir()
	target := filepath.Join(folder, "dotfiles", "usher.yaml")
	link, second := filepath.Join(folder, "config.yaml"), filepath.Join(folder, "second.yaml")
	if err := os.Symlink(filepath.Join("dotfiles", "usher.yaml"), link); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(link, second); err != nil {
		t.Fatal(err)
	}
	c := load(t, second) // the target does not exist yet
	if err := c.Put("acme", map[string]any{"provider": "sulu"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(target, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := load(t, link).Use("acme"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, second} {
		if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", path, err)
		}
	}
	if info, err := os.Stat(target); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("target: %v, %v", info.Mode(), err)
	}
	if text := readBack(t, target); !strings.Contains(text, "default-profile: acme") {
		t.Errorf("the target holds\n%s", text)
	}
	circle := filepath.Join(folder, "circle")
	if err := os.Symlink(circle, circle); err != nil {
		t.Fatal(err)
	}
	if _, err := followLinks(circle); err == nil {
		t.Error("a circle of links was followed")
	}
}

func TestManyWriters(t *testing.T) {
	path := writeConfig(t, commented)
	const writers = 12
	var group sync.WaitGroup
	errs := make(chan error, writers)
	for i := range writers {
		c := load(t, path) // both have read the same file
		group.Go(func() {
			errs <- c.Put(fmt.Sprintf("writer-%d", i), map[string]any{"provider": "sulu"})
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	c := load(t, path)
	for i := range writers {
		if _, err := c.Profile(fmt.Sprintf("writer-%d", i), nil); err != nil {
			t.Errorf("a profile was lost: %v", err)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "config.yaml" && name != "config.yaml.lock" {
			t.Errorf("%s was left behind", name)
		}
	}
}

func TestFailedWriteLeavesTheFile(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		folder := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(folder, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(filepath.Join(folder, "config.yaml"), options())
		if err == nil {
			err = c.Put("acme", map[string]any{"provider": "sulu"})
		}
		wantText(t, err, "could not ", "--config")
		return
	}
	path := writeConfig(t, commented)
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(filepath.Dir(path), 0o700) }()
	wantText(t, load(t, path).Use("last"), path, "cannot be written", "permission denied", "--config")
	if after := readBack(t, path); after != commented {
		t.Errorf("the file was changed:\n%s", after)
	}
}
