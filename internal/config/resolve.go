package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/viper"

	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Profile resolves a profile. An empty name means the one of USHER_PROFILE, the
// file's default-profile, or, where a provider is given by variable or flag, a
// profile named "environment" that is made of variables and flags alone. flags
// holds the values of the flags that were given, by setting.
//
// It fails with an [*UnknownProfileError], a [*NoProfileError], an
// [*OverrideError], or a [*Fault] or [Faults] for values that are wrong, wherever
// they come from.
func (c *Config) Profile(name string, flags map[string]string) (*Profile, error) {
	p, err := c.choose(name, flags)
	if err != nil {
		return nil, err
	}
	if faults := c.check(p.section, ""); len(faults) > 0 {
		return nil, faults.err()
	}
	if err := c.chooseProvider(p, flags); err != nil {
		return nil, err
	}
	if faults := c.check(p.section, p.Provider); len(faults) > 0 {
		return nil, faults.err()
	}
	p.settings = c.settings(p.Provider)
	if err := c.checkOverrides(p); err != nil {
		return nil, err
	}
	if faults := append(c.layer(p, flags), p.checkValues()...); len(faults) > 0 {
		return nil, faults.err()
	}
	p.Defaults = defaultsOf(p.section.node(settingDefaults))
	p.Mapping = mappingOf(p.section.node(settingMapping))
	return p, nil
}

// choose finds the profile that is meant.
func (c *Config) choose(name string, flags map[string]string) (*Profile, error) {
	p := &Profile{Name: name, Source: Source{Layer: FromFlag, Name: "profile"}, file: c.file}
	if name == "" {
		p.Name, p.Source = c.Default()
		if err := CheckName(p.Name); err != nil && p.Source.Layer == FromFile {
			return nil, &Fault{Source: p.Source, Problem: keyDefaultProfile + " names no profile: " + err.Error(), Hint: "choose one with: usher profiles use NAME", Err: err}
		}
	}
	_, given := c.given(flags)
	if p.Name == "" && given.Layer != 0 {
		p.Name, p.Source = environmentProfile, given
	}
	if p.Name == "" {
		return nil, &NoProfileError{File: c.path, Empty: len(c.file.sections) == 0, Own: c.own()}
	}
	var known bool
	if p.section, known = c.file.section(p.Name); known {
		return p, nil
	}
	if _, p.Builtin = c.builtin(p.Name); p.Builtin || p.Name == environmentProfile && given.Layer != 0 {
		return p, nil
	}
	return nil, c.unknownProfile(p.Name, p.Source)
}

// Default gives the profile that is used where no flag names one, and what says
// so; "" where nothing does.
func (c *Config) Default() (name string, source Source) {
	if name, ok := c.options.Env(variableProfile); ok && name != "" {
		return name, Source{Layer: FromEnvironment, Name: variableProfile}
	}
	if c.file.byDefault != nil {
		return scalar(c.file.byDefault), c.file.at(c.file.byDefault)
	}
	return "", Source{}
}

func (c *Config) unknownProfile(name string, source Source) error {
	return &UnknownProfileError{Name: name, Source: source, File: c.path, Nearest: schema.Nearest(name, c.Names())}
}

// given gives the provider that a flag or a variable names.
func (c *Config) given(flags map[string]string) (name string, source Source) {
	if name := flags[settingProvider]; name != "" {
		return name, Source{Layer: FromFlag, Name: settingProvider}
	}
	setting := Setting{Name: settingProvider}
	if name, ok := c.variable(setting); ok {
		return name, Source{Layer: FromEnvironment, Name: setting.Variable()}
	}
	return "", Source{}
}

// chooseProvider settles the provider first, since it says which settings there
// are. A provider that differs from the profile's own is refused: the profile's
// credentials would be sent to it.
func (c *Config) chooseProvider(p *Profile, flags map[string]string) error {
	p.Provider = p.section.value(settingProvider)
	if builtin, ok := c.builtin(p.Name); ok {
		p.Provider = builtin.Settings[settingProvider]
		return nil
	}
	name, source := c.given(flags)
	fail := func(problem, hint string) error {
		return &Fault{Source: source, Profile: p.Name, Setting: settingProvider, Problem: problem, Hint: hint}
	}
	switch {
	case name == "" && p.Provider == "":
		return c.missingProvider(p.section)
	case name == "":
		return nil
	case !slices.Contains(c.providers(), name):
		return fail("unknown provider"+leak.Name(name), c.providerHint(name))
	case p.Provider != "" && p.Provider != name:
		return fail(fmt.Sprintf("is %s, and the profile %s is for %s", name, p.Name, p.Provider), "unset it, or name another profile with --profile")
	}
	p.Provider = name
	return nil
}

// missingProvider says that a profile of the file names no provider.
func (c *Config) missingProvider(s section) *Fault {
	return &Fault{Source: c.file.at(s.key), Profile: s.name, Problem: "the provider is missing", Hint: "add it as provider: NAME; the names are: usher providers list"}
}

// layer lays the sources of the profile's values over each other: defaults, the
// profile, variables, flags.
func (c *Config) layer(p *Profile, flags map[string]string) Faults {
	p.values = viper.NewWithOptions(viper.KeyDelimiter("::"))
	builtin, _ := c.builtin(p.Name)
	profile := map[string]any{}
	for _, s := range p.settings {
		if s.Kind == Map {
			continue
		}
		if s.Default != "" {
			p.values.SetDefault(s.Name, value{s.Default, c.defaultSource(s, p.Provider)})
		}
		fixed, isFixed := builtin.Settings[s.Name]
		if isFixed {
			profile[s.Name] = value{fixed, Source{Layer: FromBuiltin, Name: p.Name}}
		} else if node := p.section.node(s.Name); node != nil {
			profile[s.Name] = value{scalar(node), c.file.at(node)}
		}
		if text, ok := c.variable(s); ok && !isFixed && (!s.isConnection() || !p.Builtin) {
			if s.Secret {
				text = secret.FromEnv(s.Variable()).String()
			}
			p.values.Set(s.Name, value{text, Source{Layer: FromEnvironment, Name: s.Variable()}})
		}
	}
	// The map is the profile's own, so that there is nothing to merge with and to fail on.
	_ = p.values.MergeConfigMap(profile)
	return p.layerFlags(flags, builtin.Settings)
}

// layerFlags lays the flags on top.
func (p *Profile) layerFlags(flags, fixed map[string]string) Faults {
	var faults Faults
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		source := Source{Layer: FromFlag, Name: name}
		refuse := func(problem, hint string) {
			faults = append(faults, &Fault{Source: source, Profile: p.Name, Problem: problem, Hint: hint})
		}
		setting, known := named(p.settings, name)
		own, isFixed := fixed[name]
		switch {
		case !known || setting.Kind == Map:
			refuse(p.Provider+" has no such setting", "its settings are listed by: usher providers show "+p.Provider)
		case setting.Secret:
			refuse("a secret is never given as a flag", "set "+setting.Variable()+", or store it with: usher profiles add NAME --"+name+"-stdin")
		case isFixed && own != flags[name]:
			refuse("the profile "+p.Name+" is built in, and this setting of it is fixed", "leave the flag out, or name another profile with --profile")
		default:
			p.values.Set(name, value{flags[name], source})
		}
	}
	return faults
}

// defaultSource says whose default a setting has.
func (c *Config) defaultSource(s Setting, provider string) Source {
	for _, p := range c.options.Providers {
		if _, own := named(p.Settings, s.Name); own && p.Name == provider {
			return Source{Layer: FromDefault, Name: provider}
		}
	}
	return Source{Layer: FromDefault}
}

// checkValues reports the values that do not fit their settings.
func (p *Profile) checkValues() Faults {
	var faults Faults
	for _, s := range p.settings {
		found, ok := p.lookup(s.Name)
		switch {
		case !ok:
		case s.Secret:
			reference, err := secret.Parse(found.text)
			faults = append(faults, referenceFault(p.Name, s.Name, found.source, err)...)
			if err == nil && reference.IsCommand() {
				faults = append(faults, commandFault(p.Name, s.Name, found.source)...)
			}
		default:
			if err := s.check(found.text); err != nil {
				faults = append(faults, p.Fault(s.Name, "", err))
			}
		}
	}
	return faults
}
