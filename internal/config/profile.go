package config

import (
	"strings"
	"time"

	"github.com/spf13/viper"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Profile is a named connection with all settings resolved and validated.
type Profile struct {
	// Name is the profile's name.
	Name string
	// Provider is the name of a provider.
	Provider string
	// Builtin is true for a profile that always exists.
	Builtin bool
	// Source is the source of the profile's name.
	Source Source
	// Defaults are the field values for every new record, by any name of the field.
	Defaults map[string]schema.Text
	// Reading is how rosters are read.
	Reading Reading
	// Protected contains the keys or ids of users who are never removed by a sync.
	Protected []string

	settings []Setting
	// layers selects the values from flags, variables, the profile and defaults; sources has the source of each.
	layers  *viper.Viper
	sources map[string]Source
	file    *file
	section section
}

// Has reports whether the setting has a value.
func (p *Profile) Has(setting string) bool { return p.SourceOf(setting) != (Source{}) }

// Text returns the value of a setting as it was written; for a secret setting that is the reference. ok is false if it
// is not set.
func (p *Profile) Text(setting string) (text string, ok bool) {
	source, ok := p.sources[setting]
	if s, _ := named(p.settings, setting); s.Secret && source.Layer == FromEnvironment {
		return secret.FromEnv(source.Name).String(), true
	}
	if !ok {
		return "", false
	}
	return strings.TrimSpace(p.layers.GetString(setting)), true
}

// Secret returns the reference of a secret setting.
func (p *Profile) Secret(setting string) (ref secret.Reference, ok bool) {
	return parsed(p, setting, secret.Parse)
}

// Int returns the value of a setting of kind Int.
func (p *Profile) Int(setting string) (number int, ok bool) { return parsed(p, setting, parseInt) }

// Bool returns the value of a setting of kind Bool, false if it is not set.
func (p *Profile) Bool(setting string) bool {
	truth, _ := parsed(p, setting, parseBool)
	return truth
}

// Duration returns the value of a setting of kind Duration.
func (p *Profile) Duration(setting string) (length time.Duration, ok bool) {
	return parsed(p, setting, duration.Parse)
}

// Wait returns the value of a setting of kind Wait, negative for never.
func (p *Profile) Wait(setting string) (wait time.Duration, ok bool) {
	return parsed(p, setting, ParseWait)
}

// Rate returns the value of a setting of kind Rate in events per second.
func (p *Profile) Rate(setting string) (perSecond float64, ok bool) {
	return parsed(p, setting, ParseRate)
}

// parsed returns the parsed value of a setting, which was validated before. A setting of another kind counts as not
// set.
func parsed[T any](p *Profile, setting string, parse func(string) (T, error)) (T, bool) {
	var zero T
	text, ok := p.Text(setting)
	if !ok {
		return zero, false
	}
	result, err := parse(text)
	if err != nil {
		return zero, false
	}
	return result, true
}

// Resolved is one setting of a profile with the source of its value.
type Resolved struct {
	Setting Setting
	// Shown is the value to show: a string, a map[string]any for the defaults, or a map[string]string for the mapping.
	// Values that look like secrets are "[redacted]". The defaults may contain other secrets: whether a field is secret
	// is not known here.
	Shown  any
	Source Source
}

// All returns the settings that have a value, those of the file format first, then in the order of their declaration.
func (p *Profile) All() []Resolved {
	var all []Resolved
	for _, s := range p.settings {
		if source, ok := p.sources[s.Name]; ok {
			all = append(all, Resolved{Setting: s, Shown: p.shown(s), Source: source})
		}
	}
	return all
}

func (p *Profile) shown(s Setting) any {
	switch {
	case s.Name == settingDefaults:
		shown := map[string]any{}
		for name, value := range p.Defaults {
			shown[leak.Mask(name)] = schema.Text(leak.Mask(string(value)))
		}
		return shown
	case s.Name == settingProtect:
		return leak.Mask(strings.Join(p.Protected, ", "))
	case s.Kind == List:
		shown := map[string]string{}
		for name, value := range p.entries(s.Name) {
			shown[leak.Mask(name)] = leak.Mask(value)
		}
		return shown
	case s.Secret:
		ref, _ := p.Secret(s.Name)
		return ref.Shown()
	default:
		return p.Shown(s.Name)
	}
}

// Shown returns the value to show of a setting that is not secret: an address without credentials and query, a text
// without parts that look like secrets; "" if it is not set.
func (p *Profile) Shown(setting string) string {
	text, _ := p.Text(setting)
	if strings.HasSuffix(setting, "-url") {
		return leak.Address(text)
	}
	return leak.Mask(text)
}

// SourceOf returns the source of the value of a setting; the zero Source if it is not set.
func (p *Profile) SourceOf(setting string) Source { return p.sources[setting] }

// SettingError returns an error about the value of a setting, with its place. entry is the name of one entry of the
// defaults or the mapping; "" means the whole value.
func (p *Profile) SettingError(setting, entry string, cause error) *Error {
	configErr := &Error{Source: p.SourceOf(setting), Profile: p.Name, Setting: setting, Message: cause.Error(), Err: cause}
	if list := p.section.values[setting]; list != nil && entry != "" {
		s, _ := named(p.settings, setting)
		for _, item := range list.Content {
			if name, _, ok := s.cut(document.Scalar(document.Followed(item))); ok && name == entry {
				configErr.Source = p.file.at(document.Followed(item))
			}
		}
	}
	return configErr
}

// entries returns the entries of a list setting by name, nil for none.
func (p *Profile) entries(setting string) map[string]string {
	s, _ := named(p.settings, setting)
	var entries map[string]string
	for _, text := range p.layers.GetStringSlice(setting) {
		if name, value, ok := s.cut(text); ok {
			if entries == nil {
				entries = map[string]string{}
			}
			entries[name] = value
		}
	}
	return entries
}
