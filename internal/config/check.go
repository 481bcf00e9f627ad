package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/owner"
	"github.com/bring-aboard/usher/internal/secret"
)

// check reports everything that is wrong inside one profile of the file. It
// judges the settings by the given provider, or the section's own where that is "".
func (c *Config) check(s section, provider string) Faults {
	report := func(source Source, setting, problem, hint string) *Fault {
		return &Fault{Source: source, Profile: s.shownName(), Setting: setting, Problem: problem, Hint: hint}
	}
	if s.key == nil {
		return nil
	}
	if err := CheckName(s.name); err != nil {
		return Faults{report(c.file.at(s.key), "", err.Error(), "rename it")}
	}
	if _, ok := c.builtin(s.name); ok {
		return Faults{report(c.file.at(s.key), "", "this profile is built in and cannot be set", "rename it")}
	}
	if isNull(s.body) {
		return nil
	}
	if s.body.Kind != yaml.MappingNode {
		return Faults{report(c.file.at(s.body), "", "a profile must hold settings, not "+nameKind(s.body), "")}
	}
	if provider == "" {
		provider = s.value(settingProvider)
	}
	if !slices.Contains(c.providers(), provider) {
		provider = "" // reported by checkValue, or missing: judge by the settings of all
	}
	faults := c.file.duplicates(s.body, Fault{Profile: s.name})
	settings := c.settings(provider)
	for key, value := range pairs(s.body) {
		if key.Kind != yaml.ScalarNode {
			continue // reported as a duplicate is
		}
		setting, ok := named(settings, key.Value)
		if !ok {
			problem, hint := c.unknownSetting(key.Value, provider)
			faults = append(faults, report(c.file.at(key), "", problem, hint))
			continue
		}
		faults = append(faults, c.checkValue(s, setting, value)...)
	}
	return faults
}

// unknownSetting says that a provider has no such setting, "" being any provider.
func (c *Config) unknownSetting(name, provider string) (problem, hint string) {
	var known []string
	for _, s := range c.settings(provider) {
		known = append(known, s.Name)
	}
	for _, p := range c.options.Providers {
		if _, ok := named(p.Settings, name); ok && provider != "" {
			return fmt.Sprintf("%s has no setting %s, %s has", provider, name, p.Name), "remove it, or correct the provider"
		}
	}
	return "unknown setting" + leak.Name(name), meant(name, known, "the settings are "+strings.Join(known, ", "))
}

// checkValue reports what is wrong with the value of one setting.
func (c *Config) checkValue(s section, setting Setting, value *yaml.Node) Faults {
	report := func(node *yaml.Node, problem, hint string) Faults {
		return Faults{{Source: c.file.at(node), Profile: s.name, Setting: setting.Name, Problem: problem, Hint: hint}}
	}
	text := scalar(value)
	switch {
	case isNull(value):
		return nil
	case setting.Kind == Map:
		return c.checkMap(s, setting, value)
	case value.Kind != yaml.ScalarNode:
		return report(value, "must be a single value, not "+nameKind(value), "")
	case setting.Secret:
		_, err := secret.Parse(text)
		return referenceFault(s.name, setting.Name, c.file.at(value), err)
	case setting.Name == settingProvider && !slices.Contains(c.providers(), text):
		return report(value, "unknown provider"+leak.Name(text), c.providerHint(text))
	}
	if err := setting.check(text); err != nil {
		return report(value, err.Error(), "")
	}
	return nil
}

func (c *Config) providerHint(name string) string {
	return meant(name, c.providers(), "the providers are: usher providers list")
}

// referenceFault reports a setting that holds no reference, with the way to
// store a secret that stands there in clear text.
func referenceFault(profile, setting string, source Source, err error) Faults {
	if err == nil {
		return nil
	}
	fault := &Fault{Source: source, Profile: profile, Setting: setting, Problem: err.Error(), Err: err}
	if refused, ok := errors.AsType[*secret.ParseError](err); ok && refused.IsLiteral() {
		fault.Hint = fmt.Sprintf("to store it in the keyring: usher profiles add %s --update --%s-stdin", profile, setting)
	}
	return Faults{fault}
}

// commandFault reports a command in a file that others can change: it would be
// theirs that is run.
func commandFault(profile, setting string, source Source) Faults {
	if source.Layer != FromFile {
		return nil
	}
	err := owner.CheckChange(source.Name)
	if err == nil {
		return nil
	}
	return Faults{{Source: source, Profile: profile, Setting: setting, Err: err,
		Problem: "no command is run from this file: " + err.Error(), Hint: "make it yours alone: chmod 600 " + source.Name}}
}

// checkMap reports what is wrong with a setting that holds values by name.
func (c *Config) checkMap(s section, setting Setting, value *yaml.Node) Faults {
	about := Fault{Profile: s.name, Setting: setting.Name}
	if value.Kind != yaml.MappingNode {
		about.Source, about.Problem = c.file.at(value), "must hold values by name, not "+nameKind(value)
		return Faults{&about}
	}
	faults := c.file.duplicates(value, about)
	for _, inner := range pairs(value) {
		if setting.Name == settingMapping && (inner.Kind != yaml.ScalarNode || isNull(inner)) {
			wrong := about
			wrong.Source, wrong.Problem = c.file.at(inner), "each header needs the name of a field, not "+nameKind(inner)
			faults = append(faults, &wrong)
		}
		faults = append(faults, c.checkNested(inner, about)...)
	}
	return faults
}

// checkNested reports duplicate keys at any depth.
func (c *Config) checkNested(node *yaml.Node, about Fault) Faults {
	faults := c.file.duplicates(node, about)
	for _, child := range node.Content {
		faults = append(faults, c.checkNested(child, about)...)
	}
	return faults
}

// value gives the text of a setting in the file, "" where there is none.
func (s section) value(setting string) string {
	if node := s.node(setting); node != nil {
		return scalar(node)
	}
	return ""
}

// scalar gives the text of a single value without white space around it, ""
// of anything else.
func scalar(node *yaml.Node) string {
	if node.Kind != yaml.ScalarNode {
		return ""
	}
	return strings.TrimSpace(node.Value)
}

// node gives the value of a setting in the file, nil where there is none.
func (s section) node(setting string) *yaml.Node {
	if s.body == nil || s.body.Kind != yaml.MappingNode {
		return nil
	}
	if i := member(s.body, setting); i >= 0 && !isNull(s.body.Content[i+1]) {
		return s.body.Content[i+1]
	}
	return nil
}

// shownName gives the profile's name where it is one.
func (s section) shownName() string {
	if CheckName(s.name) != nil {
		return ""
	}
	return s.name
}
