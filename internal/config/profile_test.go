package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

func TestProfileOfTheFile(t *testing.T) {
	c := load(t, writeConfig(t, documented))
	p, err := c.Profile("acme-orange", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "acme-orange" || p.Provider != "evolution" || p.Builtin {
		t.Errorf("profile is %+v", p)
	}
	for setting, want := range map[string]string{
		"client-id": "env:ORANGE_CLIENT_ID", "client-secret": "file:/run/secrets/orange", "api-key": "exec:op read op://ops/orange/key",
	} {
		if ref, ok := p.Secret(setting); !ok || ref.String() != want {
			t.Errorf("%s: %q, %v", setting, ref, ok)
		}
	}
	if n, ok := p.Int("concurrency"); n != 8 || !ok {
		t.Errorf("concurrency: %d, %v", n, ok)
	}
	if d, ok := p.Duration("timeout"); d != 90*time.Second || !ok {
		t.Errorf("timeout: %v, %v", d, ok)
	}
	if !p.Bool("allow-http") || !p.Has("allow-http") {
		t.Error("allow-http is not true")
	}
	if _, ok := p.Secret("token"); ok || p.Has("token") || p.Has("rate") || p.Has("no-such-setting") {
		t.Error("something is set that nothing sets")
	}
	wantDefaults := map[string]schema.Text{"address.zipCode": "00123", "address.line1": "1 = Way", "oryId": "0x1F", "roles": "admin;1e3"}
	if !reflect.DeepEqual(p.Defaults, wantDefaults) {
		t.Errorf("defaults: %#v", p.Defaults)
	}
	if want := map[string]string{"Work e-mail": "email", "Äußerer = Name": "displayName"}; !maps.Equal(p.Reading.Mapping, want) {
		t.Errorf("mapping: %v", p.Reading.Mapping)
	}
}

func TestDefaultProfile(t *testing.T) {
	c := load(t, writeConfig(t, documented))
	p, err := c.Profile("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if ref, _ := p.Secret("token"); p.Name != "acme" || p.Source.String() != "config.yaml:1" || ref.String() != "keyring:" {
		t.Errorf("%s by %s, token %s", p.Name, p.Source, ref)
	}
	if rate, ok := p.Rate("rate"); rate != 5 || !ok {
		t.Errorf("rate: %v, %v", rate, ok)
	}
	c = load(t, c.Path(), "USHER_PROFILE=acme-orange")
	if p, err = c.Profile("", nil); err != nil || p.Name != "acme-orange" || p.Source.String() != "environment USHER_PROFILE" {
		t.Errorf("%v, %v", p, err)
	}
	if p, err = c.Profile("acme", nil); err != nil || p.Name != "acme" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestSourcesAndTheirOrder(t *testing.T) {
	path := writeConfig(t, documented)
	for _, test := range []struct {
		name, setting, want, source string
		flags                       map[string]string
		environment                 []string
	}{
		{name: "provider's default", setting: "base-url", want: "https://api.sulu.sh/v0", source: "default of sulu"},
		{name: "usher's default", setting: "timeout", want: "30s", source: "default"},
		{name: "file", setting: "rate", want: "5/s", source: "config.yaml:7"},
		{name: "variable over file", setting: "rate", want: "9/s", source: "environment USHER_RATE", environment: []string{"USHER_RATE=9/s"}},
		{name: "flag over variable", setting: "rate", want: "1/s", source: "flag --rate", environment: []string{"USHER_RATE=9/s"}, flags: map[string]string{"rate": "1/s"}},
		{name: "empty variable", setting: "rate", want: "5/s", source: "config.yaml:7", environment: []string{"USHER_RATE="}},
		{name: "variable over default", setting: "timeout", want: "5s", source: "environment USHER_TIMEOUT", environment: []string{"USHER_TIMEOUT=5s"}},
		{name: "the same address", setting: "base-url", want: "https://api.sulu.sh:443/v0/", source: "environment USHER_BASE_URL", environment: []string{"USHER_BASE_URL=https://api.sulu.sh:443/v0/"}},
		{name: "secret of the file", setting: "token", want: "keyring:", source: "config.yaml:5"},
		{name: "same provider", setting: "provider", want: "sulu", source: "environment USHER_PROVIDER", environment: []string{"USHER_PROVIDER=sulu"}},
		{name: "the other provider's variable", setting: "api-key", environment: []string{"USHER_API_KEY=" + canary}},
		{name: "empty flag", setting: "base-url", want: "", source: "flag --base-url", flags: map[string]string{"base-url": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := load(t, path, test.environment...).Profile("acme", test.flags)
			if err != nil {
				t.Fatal(err)
			}
			text, ok := p.Text(test.setting)
			if source := p.SourceOf(test.setting).String(); text != test.want || source != test.source || ok != (test.source != "") {
				t.Errorf("%q (%v) from %q, want %q from %q", text, ok, source, test.want, test.source)
			}
		})
	}
}

func TestAll(t *testing.T) {
	p, err := load(t, writeConfig(t, documented), "USHER_TIMEOUT=7s").Profile("acme", map[string]string{"concurrency": "2"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range p.All() {
		lines = append(lines, fmt.Sprintf("%s=%v from %s", r.Setting.Name, r.Shown, r.Source))
	}
	want := []string{
		"provider=sulu from config.yaml:4",
		"defaults=map[organization:org_123] from config.yaml:6",
		"base-url=https://api.sulu.sh/v0 from default of sulu",
		"rate=5/s from config.yaml:7",
		"concurrency=2 from flag --concurrency",
		"timeout=7s from environment USHER_TIMEOUT",
		"token=keyring: from config.yaml:5",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestProfileOfTheEnvironment(t *testing.T) {
	missing := t.TempDir() + "/config.yaml"
	c := load(t, missing, "USHER_PROVIDER=ejento", "USHER_BASE_URL=https://ejento.example.com", "USHER_TOKEN="+canary, "USHER_API=v2")
	for _, name := range []string{"", "environment"} {
		p, err := c.Profile(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		ref, _ := p.Secret("token")
		api, _ := p.Text("api")
		if p.Name != "environment" || p.Provider != "ejento" || ref.String() != "env:USHER_TOKEN" || api != "v2" || p.Defaults != nil || p.Reading.Mapping != nil {
			t.Errorf("profile %+v, token %s", p, ref)
		}
	}
	p, err := load(t, missing).Profile("", map[string]string{"provider": "sulu"})
	if err != nil || p.Name != "environment" || p.Source.String() != "flag --provider" {
		t.Errorf("by flag: %+v, %v", p, err)
	}
	_, err = load(t, missing, "USHER_PROVIDER=sulo").Profile("", nil)
	wantText(t, err, "environment USHER_PROVIDER", `"sulo"`, "did you mean sulu?")
	_, err = load(t, missing).Profile("environment", nil)
	if _, ok := errors.AsType[*UnknownProfileError](err); !ok {
		t.Errorf("without variables: %v", err)
	}
	_, err = load(t, missing, "USHER_PROVIDER=ejento", "USHER_CONCURRENCY="+canary, "USHER_API="+canary).Profile("", map[string]string{"rate": canary})
	wantText(t, err, "environment USHER_CONCURRENCY: must be a whole number", "environment USHER_API: must be one of v2-legacy, v2", "flag --rate: must be a rate")
}

func TestBuiltinProfiles(t *testing.T) {
	c := load(t, writeConfig(t, documented), "USHER_BASE_URL=https://api.sulu.sh/v0", "USHER_PROVIDER=evolution", "USHER_TOKEN="+canary, "USHER_RATE=7/s")
	p, err := c.Profile("sandbox-sulu", map[string]string{"concurrency": "2", "base-url": "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	base, _ := p.Text("base-url")
	rate, _ := p.Rate("rate")
	if !p.Builtin || p.Provider != "sulu" || base != "http://127.0.0.1:1" || p.Has("token") || rate != 7 {
		t.Errorf("profile %+v, base-url %s, token from %s, rate %v", p, base, p.SourceOf("token"), rate)
	}
	if got := p.SourceOf("provider").String(); got != "built-in profile sandbox-sulu" {
		t.Errorf("the provider comes from %q", got)
	}
	_, err = c.Profile("sandbox-sulu", map[string]string{"base-url": "https://api.sulu.sh/v0"})
	wantText(t, err, "flag --base-url", "built in", "fixed")
	if want := []string{"acme", "acme-orange", "sandbox-sulu", "sandbox-ejento"}; !slices.Equal(c.Names(), want) {
		t.Errorf("names: %v", c.Names())
	}
	err = profileError(t, "profiles:\n  sandbox-sulu: {provider: sulu}\n", "sandbox-sulu", nil)
	wantText(t, err, "config.yaml:2:3", "built in", "rename it")
}

func TestProfileThatIsNotThere(t *testing.T) {
	path := writeConfig(t, documented)
	_, err := load(t, path).Profile("acme-ornage", nil)
	unknown, ok := errors.AsType[*UnknownProfileError](err)
	if !ok || unknown.Nearest != "acme-orange" {
		t.Fatalf("got %T: %v", err, err)
	}
	wantText(t, err, `flag --profile: profile "acme-ornage" not found in `, path, "did you mean acme-orange?")
	_, err = load(t, path, "USHER_PROFILE=nothing-like-it").Profile("", nil)
	wantText(t, err, "environment USHER_PROFILE", `"nothing-like-it"`)
	wantText(t, profileError(t, "default-profile: zzz\n", "", nil), "config.yaml:1:18", `"zzz"`)
	wantText(t, profileError(t, "default-profile: "+canary+"\n", "", nil), "config.yaml:1:18", "usher profiles use NAME")

	_, err = load(t, writeConfig(t, "profiles: {acme: {provider: sulu}}\n")).Profile("", nil)
	if none, ok := errors.AsType[*NoProfileError](err); !ok || none.Empty {
		t.Errorf("got %T: %v", err, err)
	}
	wantText(t, err, "-p", "USHER_PROFILE", "usher profiles use acme")
	_, err = load(t, writeConfig(t, "profiles: {acme: {provider: sulu}, other: {provider: sulu}}\n")).Profile("", nil)
	wantText(t, err, "usher profiles use NAME")
	_, err = load(t, t.TempDir()+"/none.yaml").Profile("", nil)
	if none, ok := errors.AsType[*NoProfileError](err); !ok || !none.Empty {
		t.Errorf("got %T: %v", err, err)
	}
	wantText(t, err, "usher profiles add NAME", "none.yaml")
}

func TestFlagsThatDoNotFit(t *testing.T) {
	for setting, words := range map[string][]string{
		"api":      {"flag --api", "unknown setting for sulu", "usher providers show sulu"},
		"token":    {"flag --token", "secrets are not accepted as arguments", "USHER_TOKEN"},
		"defaults": {"flag --defaults"},
		"provider": {"flag --provider", "unknown provider"},
	} {
		wantText(t, profileError(t, documented, "acme", map[string]string{setting: "other"}), words...)
	}
	wantText(t, profileError(t, documented, "acme", nil, "USHER_PROVIDER=evolution"),
		"environment USHER_PROVIDER: is evolution, but profile acme is for sulu", "-p")
}

func TestProviderFromElsewhere(t *testing.T) {
	const text = "profiles:\n  half:\n    api: v2\n    token: env:A\n"
	path := writeConfig(t, text)
	p, err := load(t, path, "USHER_PROVIDER=ejento").Profile("half", nil)
	if err != nil || p.Provider != "ejento" || p.SourceOf("api").Line != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = load(t, path).Profile("half", map[string]string{"provider": "sulu"})
	wantText(t, err, "config.yaml:3:5: profile half: unknown setting api for sulu (it is a setting of ejento)")
}

func TestFaultsAreErrorsEach(t *testing.T) {
	err := profileError(t, "profiles:\n  a: {provider: sulu, token: x, rate: y}\n", "a", nil)
	refused, ok := errors.AsType[*secret.ParseError](err)
	if configErrs, many := errors.AsType[Errors](err); !ok || !refused.IsLiteral() || !many || len(configErrs) != 2 {
		t.Errorf("got %T: %v", err, err)
	}
}

func TestFaultNamesThePlace(t *testing.T) {
	c := load(t, writeConfig(t, documented), "USHER_CONCURRENCY=7")
	p, err := c.Profile("acme-orange", nil)
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("is wrong")
	for _, test := range []struct{ setting, pointer, want string }{
		{"concurrency", "", "environment USHER_CONCURRENCY: is wrong"},
		{"timeout", "", "config.yaml:14:14: profile acme-orange: timeout: is wrong"},
		{"token-url", "", "default of evolution: profile acme-orange: token-url: is wrong"},
		{"rate", "", "profile acme-orange: rate: is wrong"},
		{"defaults", "address.zipCode", "config.yaml:18:9: profile acme-orange: defaults: is wrong"},
		{"defaults", "none", "config.yaml:18:7"},
		{"defaults", "", "config.yaml:18:7"},
		{"mapping", "Work e-mail", "config.yaml:23:9"},
	} {
		configErr := p.SettingError(test.setting, test.pointer, cause)
		if got := strings.TrimPrefix(configErr.Error(), strings.TrimSuffix(c.Path(), "config.yaml")); !strings.HasPrefix(got, test.want) || !errors.Is(configErr, cause) {
			t.Errorf("%s %s: %s", test.setting, test.pointer, got)
		}
	}
}

// All parts of a connection come from one layer: variables define all of it or none.
func TestVariablesDoNotChangeAConnection(t *testing.T) {
	const text = `profiles:
  acme: {provider: sulu, token: env:USHER_TOKEN, base-url: "https://acme.example.com/v0", tenant: acme}
  plain: {provider: evolution, token-url: "https://auth.example.com"}
`
	for _, test := range []struct {
		profile     string
		environment []string
		changed     string
	}{
		{"acme", []string{"USHER_TOKEN=" + canary, "USHER_TIMEOUT=5s", "USHER_RATE=1/s", "USHER_API_KEY=" + canary}, ""},
		{"acme", []string{"USHER_BASE_URL=HTTPS://acme.example.com:443/v0/", "USHER_TENANT=acme", "USHER_PROVIDER=sulu"}, ""},
		{"acme", []string{"USHER_BASE_URL=https://other.example.com/v0"}, "base-url"},
		{"acme", []string{"USHER_BASE_URL=" + canary}, "base-url"},
		{"acme", []string{"USHER_TENANT=globex"}, "tenant"},
		{"acme", []string{"USHER_TENANT=globex", "USHER_BASE_URL=https://other.example.com"}, "base-url tenant"},
		{"plain", []string{"USHER_TOKEN=" + canary}, "token"},
		{"plain", []string{"USHER_CLIENT_ID=" + canary, "USHER_CLIENT_SECRET=" + canary}, "client-id client-secret"},
		{"plain", []string{"USHER_TOKEN_URL=https://auth.example.com/"}, ""},
		{"plain", []string{"USHER_TOKEN_URL=https://auth2.example.com/"}, "token-url"},
		{"plain", []string{"USHER_BASE_URL=https://other.example.com"}, "base-url"},
	} {
		c := load(t, writeConfig(t, text), test.environment...)
		_, err := c.Profile(test.profile, nil)
		failure, refused := errors.AsType[*OverrideError](err)
		if test.changed == "" {
			if err != nil {
				t.Errorf("%v: %v", test.environment, err)
			}
			continue
		}
		if !refused || strings.Join(failure.Settings, " ") != test.changed {
			t.Errorf("%v: got %v, want a refusal of %s", test.environment, err, test.changed)
			continue
		}
		wantText(t, err, append(failure.Variables, test.profile, "config.yaml:")...)
		if next := strings.Join(failure.Steps(), "\n"); !strings.HasPrefix(next, "unset USHER_") || strings.Contains(next, "-p environment") {
			t.Errorf("next: %s", next)
		}
		if p, err := c.Stored(test.profile); err != nil || p.Provider == "" {
			t.Errorf("as it is stored: %+v, %v", p, err)
		}
	}
	c := load(t, writeConfig(t, text), "USHER_PROVIDER=sulu", "USHER_TENANT=globex")
	_, err := c.Profile("acme", nil)
	if failure, ok := errors.AsType[*OverrideError](err); !ok || !strings.Contains(strings.Join(failure.Steps(), "\n"), "-p environment") {
		t.Errorf("got %v", err)
	}
	p, err := c.Profile("environment", nil)
	if tenant, _ := p.Text("tenant"); err != nil || tenant != "globex" {
		t.Errorf("of variables: %v, %v", p, err)
	}
}

// An invalid address is refused with its place.
func TestAddressesAreChecked(t *testing.T) {
	for _, address := range []string{
		"https://api.sulu.sh/v0http://127.0.0.1:4010", "api.sulu.sh", "https://ann:" + canary + "@api.sulu.sh", "https://api.sulu.sh?t=" + canary, "ftp://" + canary,
	} {
		err := profileError(t, "profiles:\n  acme:\n    provider: evolution\n    base-url: "+address+"\n    token-url: "+address+"\n", "acme", nil)
		wantText(t, err, "config.yaml:4:15: profile acme: base-url: ", "config.yaml:5:16: profile acme: token-url: ")
		err = profileError(t, "", "", nil, "USHER_PROVIDER=sulu", "USHER_BASE_URL="+address)
		wantText(t, err, "environment USHER_BASE_URL: ")
	}
}
