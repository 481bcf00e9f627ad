package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/fileperm"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

// check returns all errors in one profile of the file. It checks the settings for the provider, or for the section's
// own provider if that is "".
func (c *Config) check(s section, provider string) Errors {
	report := func(source Source, problem, hint string) Errors {
		return Errors{{Source: source, Profile: s.shownName(), Message: problem, Hint: hint}}
	}
	if s.key == nil {
		return nil
	}
	if err := CheckName(s.name); err != nil {
		return report(c.file.at(s.key), err.Error(), "rename it")
	}
	if _, ok := c.builtin(s.name); ok {
		return report(c.file.at(s.key), "built in, cannot be set", "rename it")
	}
	if provider == "" {
		provider = s.value(settingProvider)
	}
	if !slices.Contains(c.providers(), provider) {
		provider = "" // reported by checkValue, or missing: check against the settings of all providers
	}
	configErrs, settings := slices.Clone(s.faults), c.settings(provider)
	for _, key := range s.keys {
		setting, ok := named(settings, key.Value)
		if !ok {
			problem, hint := c.unknownSetting(key.Value, provider)
			configErrs = append(configErrs, report(c.file.at(key), problem, hint)...)
		} else if value := s.values[key.Value]; value != nil {
			configErrs = append(configErrs, c.checkValue(s, setting, value)...)
		}
	}
	return configErrs
}

// unknownSetting returns the error for a setting that a provider does not have; "" is any provider.
func (c *Config) unknownSetting(name, provider string) (problem, hint string) {
	var known []string
	for _, s := range c.settings(provider) {
		known = append(known, s.Name)
	}
	for _, p := range c.options.Providers {
		if _, ok := named(p.all(), name); ok && provider != "" {
			return fmt.Sprintf("unknown setting %s for %s (it is a setting of %s)", name, provider, p.Name), "remove it, or correct the provider"
		}
	}
	if near := schema.Suggestion(name, known); near != "" {
		return "unknown setting" + leak.Name(name) + near, ""
	}
	return "unknown setting" + leak.Name(name), "the settings are " + strings.Join(known, ", ")
}

// checkValue returns the errors in the value of one setting.
func (c *Config) checkValue(s section, setting Setting, value *yaml.Node) Errors {
	report := func(node *yaml.Node, problem, hint string) Errors {
		return Errors{{Source: c.file.at(node), Profile: s.name, Setting: setting.Name, Message: problem, Hint: hint}}
	}
	text := document.Scalar(value)
	switch {
	case setting.Kind == List:
		return c.checkList(s, setting, value)
	case value.Kind != yaml.ScalarNode:
		return report(value, "must be a single value, not "+document.KindOf(value), "")
	case setting.Secret:
		_, err := secret.Parse(text)
		return referenceError(s.name, setting.Name, c.file.at(value), err)
	case setting.Name == settingProvider && !slices.Contains(c.providers(), text):
		message, hint := c.unknownProvider(text)
		return report(value, message, hint)
	}
	if err := setting.check(text); err != nil {
		return report(value, err.Error(), "")
	}
	return nil
}

// unknownProvider returns the error for a provider that does not exist.
func (c *Config) unknownProvider(name string) (message, hint string) {
	if near := schema.Suggestion(name, c.providers()); near != "" {
		return "unknown provider" + leak.Name(name) + near, ""
	}
	return "unknown provider" + leak.Name(name), "to list the providers: usher providers list"
}

// referenceError returns an error for a setting that is not a reference. If it is a secret in plain text, the hint is
// the command that stores it.
func referenceError(profile, setting string, source Source, err error) Errors {
	if err == nil {
		return nil
	}
	configErr := &Error{Source: source, Profile: profile, Setting: setting, Message: err.Error(), Err: err}
	if refused, ok := errors.AsType[*secret.ParseError](err); ok && refused.IsLiteral() {
		configErr.Hint = fmt.Sprintf("to store it in the keyring: usher profiles edit %s --%s-stdin", profile, setting)
	}
	return Errors{configErr}
}

// commandError returns an error for a command in a file that other users can change: they could run any command.
func commandError(profile, setting string, source Source) Errors {
	if source.Layer != FromFile {
		return nil
	}
	err := fileperm.CheckChange(source.Name)
	if err == nil {
		return nil
	}
	return Errors{{Source: source, Profile: profile, Setting: setting, Err: err,
		Message: "exec: is not allowed in this file, which " + err.Error(), Hint: "run: chmod 600 " + source.Name}}
}

// checkList returns the errors in a list of NAME=VALUE texts.
func (c *Config) checkList(s section, setting Setting, list *yaml.Node) Errors {
	var configErrs Errors
	report := func(node *yaml.Node, problem, hint string) {
		configErrs = append(configErrs, &Error{Source: c.file.at(node), Profile: s.name, Setting: setting.Name, Message: problem, Hint: hint})
	}
	form := setting.Name + ": [ \"" + setting.entryForm() + "\" ]"
	if list.Kind == yaml.MappingNode {
		hint := "" // a route is not rewritten
		if s.name != "" {
			hint = "to rewrite it as a list: usher profiles edit " + s.name
		}
		report(list, "must be a list, for example "+form+", not a mapping", hint)
		return configErrs
	}
	if list.Kind != yaml.SequenceNode {
		report(list, "must be a list, for example "+form+", not "+document.KindOf(list), "")
	}
	seen := map[string]bool{}
	for _, item := range list.Content {
		item = document.Followed(item)
		name, _, ok := setting.cut(document.Scalar(item))
		switch {
		case !ok:
			report(item, "must have the form "+setting.entryForm(), "")
		case seen[name]:
			report(item, "duplicate entry"+leak.Name(name), "remove one")
		}
		seen[name] = true
	}
	return configErrs
}

// CheckName returns an error unless the name of a new profile is valid.
func CheckName(name string) error {
	if err := checkName("profile", name); err != nil {
		return err
	}
	if name == environmentProfile {
		return fmt.Errorf("profile name %s is reserved", environmentProfile)
	}
	return nil
}
