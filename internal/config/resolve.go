package config

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Profile returns a resolved profile. An empty name means the one of USHER_PROFILE, the file's default-profile, or, if
// a variable or flag specifies a provider, a profile named "environment" that consists only of variables and flags.
// flags contains the values of the specified flags by setting.
//
// It fails with an [*UnknownProfileError], a [*NoProfileError], an [*OverrideError], or an [*Error] or [Errors] for
// invalid values from any source.
func (c *Config) Profile(name string, flags map[string]string) (*Profile, error) {
	p, err := c.choose(name, flags)
	if err != nil {
		return nil, err
	}
	if configErrs := c.check(p.section, ""); len(configErrs) > 0 {
		return nil, configErrs.err()
	}
	if err := c.chooseProvider(p, flags); err != nil {
		return nil, err
	}
	if configErrs := c.check(p.section, p.Provider); len(configErrs) > 0 {
		return nil, configErrs.err()
	}
	p.settings = c.settings(p.Provider)
	if err := c.checkOverrides(p); err != nil {
		return nil, err
	}
	if configErrs := append(c.layer(p, flags), p.checkValues()...); len(configErrs) > 0 {
		return nil, configErrs.err()
	}
	for name, value := range p.entries(settingDefaults) {
		if p.Defaults == nil {
			p.Defaults = map[string]schema.Text{}
		}
		p.Defaults[name] = schema.Text(value)
	}
	p.Reading = Reading{Mapping: p.entries(settingMapping), Set: p.entries(settingSet), Form: p.entries(settingRoster)}
	p.Protected = slices.Sorted(maps.Keys(p.entries(settingProtect)))
	return p, nil
}

// choose returns the selected profile, not yet resolved.
func (c *Config) choose(name string, flags map[string]string) (*Profile, error) {
	p := &Profile{Name: name, Source: Source{Layer: FromFlag, Name: "profile"}, file: c.file}
	if name == "" {
		p.Name, p.Source = c.Default()
		if err := CheckName(p.Name); err != nil && p.Source.Layer == FromFile {
			return nil, &Error{Source: p.Source, Message: keyDefaultProfile + ": " + err.Error(), Hint: "set one: usher profiles use NAME", Err: err}
		}
	}
	_, given := c.given(flags)
	if p.Name == "" && given.Layer != 0 {
		p.Name, p.Source = environmentProfile, given
	}
	if p.Name == "" {
		return nil, &NoProfileError{File: c.place(), Empty: len(c.file.sections) == 0, Own: c.own()}
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

// Default returns the profile that is used without a flag, and the source of its name; "" for none.
func (c *Config) Default() (name string, source Source) {
	switch {
	case os.Getenv(variableProfile) != "":
		source = Source{Layer: FromEnvironment, Name: variableProfile}
	case c.file.byDefault != nil:
		source = c.file.at(c.file.byDefault)
	}
	return c.layers.GetString(keyDefaultProfile), source
}

func (c *Config) unknownProfile(name string, source Source) error {
	return &UnknownProfileError{Name: name, Source: source, File: c.place(), Nearest: schema.Nearest(name, c.Names())}
}

// given returns the provider of a flag or a variable, "" for none.
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

// chooseProvider sets the provider, which determines the settings. A provider other than the profile's own is refused:
// the profile's credentials would be sent to it.
func (c *Config) chooseProvider(p *Profile, flags map[string]string) error {
	p.Provider = p.section.value(settingProvider)
	if builtin, ok := c.builtin(p.Name); ok {
		p.Provider = builtin.Settings[settingProvider]
		return nil
	}
	name, source := c.given(flags)
	fail := func(problem, hint string) error {
		return &Error{Source: source, Profile: p.Name, Setting: settingProvider, Message: problem, Hint: hint}
	}
	switch {
	case name == "" && p.Provider == "":
		return c.missingProvider(p.section)
	case name == "":
		return nil
	case !slices.Contains(c.providers(), name):
		return fail(c.unknownProvider(name))
	case p.Provider != "" && p.Provider != name:
		return fail(fmt.Sprintf("is %s, but profile %s is for %s", name, p.Name, p.Provider), "unset it, or use another profile with -p")
	}
	p.Provider = name
	return nil
}

// missingProvider returns the error for a profile in the file without a provider.
func (c *Config) missingProvider(s section) *Error {
	return &Error{Source: c.file.at(s.key), Profile: s.name, Message: "provider is required", Hint: "add provider: NAME; to list the names: usher providers list"}
}

// layer adds the sources of the profile's values to viper: defaults, the profile, variables and flags, each with
// precedence over those before it. It records the source of each value.
func (c *Config) layer(p *Profile, flags map[string]string) Errors {
	builtin, _ := c.builtin(p.Name)
	if p.layers = c.layers.Sub(keyProfiles + delimiter + p.Name); p.layers == nil {
		p.layers = viper.NewWithOptions(viper.KeyDelimiter(delimiter))
	}
	for name, value := range builtin.Settings {
		p.layers.SetDefault(name, value)
	}
	p.sources = map[string]Source{}
	for _, s := range p.settings {
		_, isFixed := builtin.Settings[s.Name]
		_, isSet := c.variable(s)
		switch node := p.section.values[s.Name]; {
		case isFixed:
			p.sources[s.Name] = Source{Layer: FromBuiltin, Name: p.Name}
			continue
		case isSet && !(p.Builtin && s.isConnection()):
			_ = p.layers.BindEnv(s.Name, s.Variable()) // it fails without a name
			p.sources[s.Name] = Source{Layer: FromEnvironment, Name: s.Variable()}
		case node != nil && p.layers.InConfig(s.Name):
			p.sources[s.Name] = c.file.at(node)
		case s.Default != "":
			p.sources[s.Name] = c.defaultSource(s, p.Provider)
		}
		if s.Default != "" {
			p.layers.SetDefault(s.Name, s.Default)
		}
	}
	return p.layerFlags(flags, builtin.Settings)
}

// layerFlags binds the flags.
func (p *Profile) layerFlags(flags, fixed map[string]string) Errors {
	var configErrs Errors
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		source := Source{Layer: FromFlag, Name: name}
		refuse := func(problem, hint string) {
			configErrs = append(configErrs, &Error{Source: source, Profile: p.Name, Message: problem, Hint: hint})
		}
		setting, known := named(p.settings, name)
		own, isFixed := fixed[name]
		switch {
		case !known || setting.Kind == List:
			refuse("unknown setting for "+p.Provider, "to list the settings: usher providers show "+p.Provider)
		case setting.Secret:
			refuse("secrets are not accepted as arguments", "set "+setting.Variable()+", or store it: usher profiles add NAME --"+name+"-stdin")
		case isFixed && own != flags[name]:
			refuse("profile "+p.Name+" is built in, and this setting is fixed", "omit the flag, or use another profile with -p")
		default:
			given := pflag.NewFlagSet("", pflag.ContinueOnError)
			given.String(name, flags[name], "")
			given.Lookup(name).Changed = true
			_ = p.layers.BindPFlag(name, given.Lookup(name)) // it fails without a flag
			p.sources[name] = source
		}
	}
	return configErrs
}

// defaultSource returns the source of the default of a setting.
func (c *Config) defaultSource(s Setting, provider string) Source {
	for _, p := range c.options.Providers {
		if p.Name != provider {
			continue
		}
		if _, own := named(p.all(), s.Name); own {
			return Source{Layer: FromDefault, Name: provider}
		}
	}
	return Source{Layer: FromDefault}
}

// checkValues returns errors for values that are invalid for their settings.
func (p *Profile) checkValues() Errors {
	var configErrs Errors
	for _, s := range p.settings {
		text, ok := p.Text(s.Name)
		switch {
		case !ok || s.Kind == List:
		case s.Secret:
			reference, err := secret.Parse(text)
			configErrs = append(configErrs, referenceError(p.Name, s.Name, p.SourceOf(s.Name), err)...)
			if err == nil && reference.IsCommand() {
				configErrs = append(configErrs, commandError(p.Name, s.Name, p.SourceOf(s.Name))...)
			}
		default:
			if err := s.check(text); err != nil {
				configErrs = append(configErrs, p.SettingError(s.Name, "", err))
			}
		}
	}
	return configErrs
}
