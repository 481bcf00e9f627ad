package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/document"
)

func TestLocate(t *testing.T) {
	own, err := os.UserConfigDir()
	if err != nil {
		t.Skip("there is no folder for settings here")
	}
	xdg := t.TempDir()
	for _, test := range []struct {
		name, flag, want string
		environment      []string
	}{
		{"flag", "a.yaml", "a.yaml", []string{"USHER_CONFIG=b.yaml", "XDG_CONFIG_HOME=" + xdg}},
		{"variable", "", "b.yaml", []string{"USHER_CONFIG=b.yaml", "XDG_CONFIG_HOME=" + xdg}},
		{"xdg", "", filepath.Join(xdg, "usher", "config.yaml"), []string{"USHER_CONFIG=", "XDG_CONFIG_HOME=" + xdg}},
		{"nothing", "", filepath.Join(own, "usher", "config.yaml"), nil},
	} {
		setenv(t, test.environment)
		if path, err := Locate(test.flag); err != nil || path != test.want {
			t.Errorf("%s: %q, %v, want %q", test.name, path, err, test.want)
		}
	}
}

// One file of any format is read; two files are an error.
func TestOneFileOfAnyFormat(t *testing.T) {
	setenv(t, nil)
	for _, name := range []string{"config.yaml", "config.yml", "config.json", "config.toml"} {
		home := t.TempDir()
		t.Setenv("XDG_CONFIG_HOME", home)
		path, other := filepath.Join(home, "usher", name), filepath.Join(home, "usher", "config.json")
		if name == "config.json" {
			other = filepath.Join(home, "usher", "config.toml")
		}
		for _, file := range []string{path, filepath.Join(home, "usher", "config.yaml.lock"), filepath.Join(home, "usher", "config.yaml.orig")} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if found, err := Locate(""); err != nil || found != path {
			t.Errorf("%s: %q, %v", name, found, err)
		}
		if err := os.WriteFile(other, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Locate("")
		wantText(t, err, path, other, "--config")
	}
}

func TestBrokenFilesOfOtherFormats(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		words []string
	}{
		"json":           {"{\"profiles\": {\n  \"a\": " + canary + "}}\n", []string{"config.json:2:8: not valid JSON"}},
		"open json":      {"{\"profiles\": {\n", []string{"config.json:", "not valid JSON"}},
		"json shape":     {"{\n  \"profile\": {}}\n", []string{`config.json:2:3: unknown key "profile"`}},
		"json list":      {"[1]\n", []string{"config.json:1:1", "not a list"}},
		"toml":           {"[profiles.a]\ntoken = " + canary + "\n", []string{"config.toml:2:9: not valid TOML"}},
		"duplicate toml": {"[profiles.a]\nrate = '1/s'\nrate = '" + canary + "'\n", []string{"config.toml:", "not valid TOML"}},
		"toml shape":     {"[profile.a]\n", []string{`config.toml: unknown key "profile"`}},
	} {
		path := filepath.Join(t.TempDir(), "config."+strings.Fields(name)[0])
		for _, format := range document.Formats() {
			if strings.Contains(name, format) {
				path = filepath.Join(t.TempDir(), "config."+format)
			}
		}
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, options())
		wantText(t, err, test.words...)
	}
	for name, text := range map[string]string{
		"config.json": "{\"profiles\": {\"acme\": {\n \"provider\": \"sulu\", \"rate\": \"" + canary + "\", \"concurrency\": 8, \"defaults\": {\"a\": \"" + canary + "\"}}}}",
		"config.toml": "[profiles.acme]\nprovider = 'sulu'\nrate = '" + canary + "'\nconcurrency = 8\n[profiles.acme.defaults]\na = '" + canary + "'\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := load(t, path).Profile("acme", nil)
		wantText(t, err, name, "profile acme: rate: ", "profile acme: defaults: must be a list")
	}
	text := "{\n\t\"profiles\": {\"acme\": {\n\t\t\"provider\": \"sulu\",\n\t\t\"tenant\": \"\\ud83d\\ude00\", \"max-rows\": 12345678901}}}" // YAML has no pairs of \u
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := load(t, path).Profile("acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := p.Int("max-rows")
	if tenant, _ := p.Text("tenant"); tenant != "\U0001f600" || rows != 12345678901 || p.SourceOf("tenant").String() != "config.json" {
		t.Errorf("tenant %q of %s, %d rows", tenant, p.SourceOf("tenant"), rows)
	}
}

func TestFilesThatHoldNothing(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment\n", "---\n", "~\n", "profiles:\n", "profiles: {}\n", "{}\n", "default-profile:\n", "\ufeff"} {
		c, err := Load(writeConfig(t, text), options())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if names := c.Names(); len(names) != 2 || len(c.Errors()) != 0 {
			t.Errorf("%q: names %v, faults %v", text, names, c.Errors())
		}
	}
}

func TestBareKeyring(t *testing.T) {
	for _, line := range []string{"token: keyring:", "token: keyring: # the desktop's", "token:   keyring:\t", `token: "keyring:"`, "token: 'keyring:' # x", "token: keyring:\r"} {
		p, err := load(t, writeConfig(t, "profiles:\n  a:\n    provider: sulu\n    "+line+"\n    rate: 1/s\n")).Profile("a", nil)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		if ref, ok := p.Secret("token"); !ok || ref.String() != "keyring:" {
			t.Errorf("%q: %s", line, ref)
		}
	}
	if _, err := load(t, writeConfig(t, "profiles: {a: {provider: sulu, token: keyring:}, b: {provider: sulu, token: keyring:, rate: 1/s}}\n")).Profile("b", nil); err != nil {
		t.Error(err)
	}
}

func TestAliasesAndMerges(t *testing.T) {
	c := load(t, writeConfig(t, `profiles:
  base: &base
    provider: sulu
    rate: &rate 5/s
    token: env:A
  one:
    <<: *base
    token: env:B
  two:
    provider: sulu
    rate: *rate
  three:
    <<: [{rate: 1/s}, *base]
`))
	for name, want := range map[string]string{"base": "5/s env:A", "one": "5/s env:B", "two": "5/s ", "three": "1/s env:A"} {
		p, err := c.Profile(name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rate, _ := p.Text("rate")
		token, _ := p.Text("token")
		if rate+" "+token != want {
			t.Errorf("%s: %s %s, want %s", name, rate, token, want)
		}
	}
	bomb := "profiles:\n  a0: &a0 {defaults: {x: [1,2,3,4,5,6,7,8,9]}}\n"
	for i := range 8 {
		now, next := string(rune('0'+i)), string(rune('1'+i))
		bomb += "  a" + next + ": &a" + next + " {defaults: {x: [*a" + now + strings.Repeat(", *a"+now, 8) + "]}}\n"
	}
	for _, text := range []string{bomb, "profiles: &p\n  a: *p\n", "a: &a\n  <<: *a\n"} {
		path := writeConfig(t, text)
		c, err := Load(path, options())
		if err == nil && len(c.Errors()) == 0 {
			t.Errorf("no fault is found in %q", text)
		}
		if err == nil {
			err = c.Use("sandbox-sulu")
		}
		if err == nil || readBackText(t, path) != text {
			t.Errorf("%q was changed: %v", text, err)
		}
	}
	wantText(t, profileError(t, "profiles:\n  a:\n    <<: 5\n", "a", nil), "config.yaml:3:5", "<<")
}

func TestBrokenYAML(t *testing.T) {
	for _, test := range []struct {
		name, text string
		words      []string
	}{
		{"open quote", "profiles:\n  a:\n    provider: sulu\n    token: \"" + canary + "\n    rate: 5/s\n", []string{"config.yaml:4:12"}},
		{"tab", "profiles:\n  a:\n\tprovider: sulu\n", []string{"config.yaml:3:1:"}},
		{"at sign", "profiles:\n  a:\n    provider: sulu\n    token: @" + canary + "\n", []string{"config.yaml:4:12:"}},
		{"two values", "profiles:\n  a:\n    provider: sulu\n    base-url: 'x' y\n    rate: 1/s\n", []string{"config.yaml:4:19:"}},
		{"colon", "profiles:\n  a:\n    provider: sulu\n    token: " + canary + ": b\n", []string{"config.yaml:4:25:"}},
		{"no space", "profiles:\n  a:\n    provider: sulu\n    token:" + canary + "\n    rate: 5/s\n", []string{"config.yaml:4:5:"}},
		{"indentation", "profiles:\n  a:\n    provider: sulu\n     rate: 5/s\n", []string{"config.yaml:4:10:"}},
		{"open list", "profiles:\n  a:\n    defaults: {a: [1, 2}\n", []string{"config.yaml:3:"}},
		{"anchor", "profiles:\n  a:\n    provider: sulu\n    token: *" + canary + "\n", []string{"config.yaml:4:", "alias"}},
		{"control", "profiles:\n  a:\n    base-url: \x01" + canary + "\n", []string{"config.yaml:3:", "control characters"}},
		{"late in a long file", strings.Repeat("# x\n", 500) + "profiles:\n  a: {provider: sulu}\n  b: c: d\n", []string{"config.yaml:503:7:"}},
		{"after quotes over many lines", "profiles:\n" + strings.Repeat("  a: \"1\n    2\n    3\"\n", 50) + "  z: \"1\n    2\n", []string{"config.yaml:152:"}},
		{"second document", "profiles: {}\n---\nprofiles: {}\n", []string{"more than one YAML document"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(writeConfig(t, test.text), options())
			wantText(t, err, test.words...)
		})
	}
}

func TestWrongShape(t *testing.T) {
	for _, test := range []struct {
		name, text string
		words      []string
	}{
		{"list", "- a\n", []string{"config.yaml:1:1", "profiles", "not a list"}},
		{"word", canary + "\n", []string{"config.yaml:1:1", "not a single value"}},
		{"top key", "profile:\n  a: {}\n", []string{`config.yaml:1:1: unknown key "profile"`, "did you mean profiles?"}},
		{"secret as top key", "profiles: {}\n" + canary + ": x\n", []string{"config.yaml:2:1: unknown key;"}},
		{"profiles list", "profiles: [a]\n", []string{"config.yaml:1:11", "not a list"}},
		{"default list", "default-profile: [a]\n", []string{"config.yaml:1:18", "not a list"}},
		{"profile twice", "profiles:\n  acme: {provider: sulu}\n  acme: {provider: ejento}\n", []string{`config.yaml:3:3: duplicate key "acme", first on line 2`}},
		{"key list", "profiles:\n  ? [a]\n  : b\n", []string{"config.yaml:2:5: a key must be text, not a list"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(writeConfig(t, test.text), options())
			wantText(t, err, test.words...)
		})
	}
}

func TestFaultsOfAProfile(t *testing.T) {
	for _, test := range []struct {
		name, body string
		words      []string
	}{
		{"unknown setting", "provider: sulu\ntoekn: env:A\n", []string{`config.yaml:4:5: profile acme: unknown setting "toekn" (did you mean token?)`}},
		{"snake case", "provider: sulu\nbase_url: x\n", []string{`unknown setting "base_url" (did you mean base-url?)`}},
		{"secret as setting", "provider: sulu\n" + canary + ": x\n", []string{"config.yaml:4:5: profile acme: unknown setting; the settings are provider"}},
		{"missing space", "{provider: sulu, token:" + canary + "}\n", []string{"config.yaml:2:26: profile acme: unknown setting;"}},
		{"other provider's", "provider: sulu\napi-key: env:A\n", []string{"config.yaml:4:5", "unknown setting api-key for sulu (it is a setting of evolution)"}},
		{"unknown provider", "provider: sulo\n", []string{`config.yaml:3:15: profile acme: provider: unknown provider "sulo" (did you mean sulu?)`}},
		{"no provider", "rate: 5/s\n", []string{"config.yaml:2:3", "provider is required", "usher providers list"}},
		{"literal", "provider: sulu\ntoken: " + canary + "\n", []string{"config.yaml:4:12: profile acme: token: secret in plain text", "env:NAME", "usher profiles edit acme --token-stdin"}},
		{"literal number", "provider: sulu\ntoken: 12345678\n", []string{"config.yaml:4:12", "plain text"}},
		{"literal in quotes", "provider: evolution\nclient-secret: '" + canary + "'\n", []string{"config.yaml:4:20", "usher profiles edit acme --client-secret-stdin"}},
		{"bad reference", "provider: sulu\ntoken: 'env: " + canary + "'\n", []string{"config.yaml:4:12: profile acme: token: env: name of an environment variable required"}},
		{"secret list", "provider: sulu\ntoken: [" + canary + "]\n", []string{"config.yaml:4:12", "not a list"}},
		{"secret mapping", "provider: sulu\ntoken: {" + canary + ": x}\n", []string{"config.yaml:4:12", "not a mapping"}},
		{"wrong int", "provider: sulu\nconcurrency: many\n", []string{"config.yaml:4:18: profile acme: concurrency: must be a whole number"}},
		{"secret as int", "provider: sulu\nconcurrency: " + canary + "\n", []string{"config.yaml:4:18"}},
		{"negative", "provider: sulu\nconcurrency: -1\n", []string{"whole number"}},
		{"fraction", "provider: sulu\nconcurrency: 1.5\n", []string{"whole number"}},
		{"list for int", "provider: sulu\nconcurrency: [4]\n", []string{"config.yaml:4:18", "must be a single value, not a list"}},
		{"wrong bool", "provider: sulu\nallow-http: maybe\n", []string{"config.yaml:4:17", "true or false"}},
		{"duration without unit", "provider: sulu\ntimeout: 30\n", []string{"config.yaml:4:14", "30s"}},
		{"wrong rate", "provider: sulu\nrate: 5 per second\n", []string{"config.yaml:4:11", "5/s"}},
		{"wrong word", "provider: ejento\napi: v3\n", []string{"config.yaml:4:10", "must be one of v2-legacy, v2"}},
		{"default without a value", "provider: sulu\ndefaults: [a=b, CANARY-4f1e9c]\n", []string{"config.yaml:4:21", "defaults: must have the form FIELD=VALUE"}},
		{"default without a name", "provider: sulu\ndefaults: ['=a']\n", []string{"config.yaml:4:16", "FIELD=VALUE"}},
		{"text as defaults", "provider: sulu\ndefaults: a=b\n", []string{"config.yaml:4:15", `defaults: [ "FIELD=VALUE" ], not a single value`}},
		{"mapping of lists", "provider: sulu\nmapping: [[b]]\n", []string{"config.yaml:4:15", "mapping: must have the form HEADER=FIELD"}},
		{"setting twice", "provider: sulu\nrate: 1/s\nrate: 2/s\n", []string{`config.yaml:5:5: profile acme: duplicate key "rate", first on line 4`}},
		{"default twice", "provider: sulu\ndefaults: [b=1, a=1, b=2]\n", []string{`config.yaml:4:26: profile acme: defaults: duplicate entry "b"`}},
		{"several", "provider: sulu\nrate: x\ntimeout: y\n", []string{"config.yaml:4:11", "\n", "config.yaml:5:14"}},
		{"no settings", "- a\n", []string{"config.yaml:3:5", "must contain settings, not a list"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := strings.ReplaceAll(strings.TrimSuffix(test.body, "\n"), "\n", "\n    ")
			text := "profiles:\n  acme: " + body + "\n  fine: {provider: sulu}\n"
			if !strings.HasPrefix(body, "{") {
				text = "profiles:\n  acme:\n    " + body + "\n  fine:\n    provider: sulu\n"
			}
			path := writeConfig(t, text)
			c := load(t, path)
			_, err := c.Profile("acme", nil)
			wantText(t, err, test.words...)
			if _, err := c.Profile("fine", nil); err != nil {
				t.Errorf("the other profile is refused as well: %v", err)
			}
			if test.name != "no provider" && len(c.Errors()) == 0 {
				t.Error("Faults does not report it")
			}
		})
	}
	for _, name := range []string{"Acme", "ac me", "", "ümläut", canary, "environment", strings.Repeat("a", 65)} {
		c := load(t, writeConfig(t, "profiles:\n  '"+name+"': {provider: sulu}\n"))
		_, err := c.Profile(name, nil)
		if name != "" {
			wantNoSecret(t, err, "profile name")
		}
		wantText(t, c.Errors(), "config.yaml:2:3", "rename it")
		if len(c.Names()) != 2 {
			t.Errorf("%q is listed: %v", name, c.Names())
		}
	}
}

// wantNoSecret is wantText for a name of the caller, which the error may repeat.
func wantNoSecret(t *testing.T, err error, word string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), word) {
		t.Errorf("got %v, want %q", err, word)
	}
}

func TestUnreadableFile(t *testing.T) {
	folder := t.TempDir()
	_, err := Load(folder, options())
	wantText(t, err, folder, "could not read", "--config")
	_, err = Load(writeConfig(t, strings.Repeat("#", maxFile+1)), options())
	wantText(t, err, "larger than 1024 KiB")
	if configErr, ok := errors.AsType[*Error](err); !ok || configErr.Source.Layer != FromFile {
		t.Errorf("got %T", err)
	}
	if os.Getuid() > 0 {
		path := writeConfig(t, documented)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, options())
		wantText(t, err, path, "permission denied")
	}
}

func TestWarnings(t *testing.T) {
	path := writeConfig(t, documented)
	c := load(t, path, "USHER_TOKN="+canary, "USHER_TOKEN="+canary, "USHER_STATE_DIR=/x", "USHER_CONFIG=x", "USHER_PROFILE=x",
		"USHER_BASEURL=x", "USHER_DEFAULTS=x", "USHER_XYZZY=x", "HOME=/x", "OTHER_TOKN=x")
	want := []string{
		"unknown environment variable USHER_TOKN (did you mean USHER_TOKEN?)",
		"unknown environment variable USHER_BASEURL (did you mean USHER_BASE_URL?)",
		"unknown environment variable USHER_DEFAULTS",
		"unknown environment variable USHER_XYZZY",
	}
	if got := c.Warnings(); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if got := load(t, path).Warnings(); len(got) != 1 || !strings.Contains(got[0], "chmod 600 "+path) {
		t.Errorf("mode 0640: %q", got)
	}
}

// A command in a file that other users can change is not run.
func TestNoCommandOfAFileThatOthersCanChange(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file modes do not tell here")
	}
	path := writeConfig(t, "profiles:\n  a:\n    provider: sulu\n    token: exec:op read x\n  b:\n    provider: sulu\n    token: env:X\n")
	for mode, refused := range map[os.FileMode]bool{0o600: false, 0o644: false, 0o664: false, 0o602: true, 0o666: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c := load(t, path)
		_, err := c.Profile("a", nil)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "is writable by every user; run: chmod 600 "+path) {
			t.Errorf("mode %o: %v", mode, err)
		}
		if _, err := c.Profile("b", nil); err != nil {
			t.Errorf("mode %o, without a command: %v", mode, err)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]float64{"5/s": 5, "0.5/s": 0.5, "120/m": 2, "60/min": 1, "7200/h": 2, " 5 / s ": 5} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "5", "/s", "0/s", "-1/s", "5/", "5/d", "NaN/s", "Inf/s", "5/s/s", "x/s"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}
