package config

import (
	"strings"
	"time"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Profile is a connection with every setting resolved and checked.
type Profile struct {
	// Name is the profile's name.
	Name string
	// Provider is the name of a provider.
	Provider string
	// Builtin tells that the profile always exists.
	Builtin bool
	// Source says what chose the profile.
	Source Source
	// Defaults are the values of fields that every record starts with, in the
	// provider's documented shape: schema.Text, whose type the file leaves open,
	// []any, map[string]any, and nil.
	Defaults map[string]any
	// Mapping is the documented field for each header of a roster.
	Mapping map[string]string

	settings []Setting
	values   *viper.Viper
	file     file
	section  section
}

// value is what a layer holds for a setting.
type value struct {
	text   string
	source Source
}

// lookup gives the value of the highest layer that has one.
func (p *Profile) lookup(setting string) (value, bool) {
	found, ok := p.values.Get(setting).(value)
	return found, ok
}

// Has tells whether anything sets the setting.
func (p *Profile) Has(setting string) bool { return p.SourceOf(setting) != (Source{}) }

// Text gives the value of a setting as it was written; for a secret setting
// that is the reference. ok is false where nothing sets it.
func (p *Profile) Text(setting string) (text string, ok bool) {
	found, ok := p.lookup(setting)
	return found.text, ok
}

// Secret gives the reference that a secret setting holds.
func (p *Profile) Secret(setting string) (ref secret.Reference, ok bool) {
	return parsed(p, setting, secret.Parse)
}

// Int gives the value of a setting of kind Int.
func (p *Profile) Int(setting string) (number int, ok bool) { return parsed(p, setting, parseInt) }

// Bool gives the value of a setting of kind Bool, false where nothing sets it.
func (p *Profile) Bool(setting string) bool {
	truth, _ := parsed(p, setting, parseBool)
	return truth
}

// Duration gives the value of a setting of kind Duration.
func (p *Profile) Duration(setting string) (duration time.Duration, ok bool) {
	return parsed(p, setting, parseDuration)
}

// Wait returns the value of a setting of kind Wait, negative for never.
func (p *Profile) Wait(setting string) (wait time.Duration, ok bool) {
	return parsed(p, setting, ParseWait)
}

// Rate gives the value of a setting of kind Rate as events a second.
func (p *Profile) Rate(setting string) (perSecond float64, ok bool) {
	return parsed(p, setting, ParseRate)
}

// parsed reads a value that was checked when the profile was resolved. A
// setting of another kind counts as not set.
func parsed[T any](p *Profile, setting string, parse func(string) (T, error)) (T, bool) {
	var zero T
	found, ok := p.lookup(setting)
	if !ok {
		return zero, false
	}
	result, err := parse(found.text)
	if err != nil {
		return zero, false
	}
	return result, true
}

// Resolved is one setting of a profile with its value and where that comes from.
type Resolved struct {
	Setting Setting
	// Value is a string, a secret.Reference, a map[string]any for the defaults, or
	// a map[string]string for the mapping.
	Value any
	// Shown is the value as it may be shown: a string, or a map as in Value. What
	// looks like a secret is "[redacted]"; the defaults may contain others, which
	// only their fields tell.
	Shown  any
	Source Source
}

// All lists the settings that have a value, those of the format first, then in
// the order in which they were declared.
func (p *Profile) All() []Resolved {
	var all []Resolved
	for _, s := range p.settings {
		if source := p.SourceOf(s.Name); source != (Source{}) {
			all = append(all, Resolved{Setting: s, Value: p.value(s), Shown: p.shown(s), Source: source})
		}
	}
	return all
}

func (p *Profile) value(s Setting) any {
	switch {
	case s.Name == settingDefaults:
		return p.Defaults
	case s.Name == settingMapping:
		return p.Mapping
	case s.Secret:
		ref, _ := p.Secret(s.Name)
		return ref
	default:
		text, _ := p.Text(s.Name)
		return text
	}
}

func (p *Profile) shown(s Setting) any {
	switch {
	case s.Name == settingDefaults:
		return masked(p.Defaults)
	case s.Name == settingMapping:
		shown := map[string]string{}
		for header, field := range p.Mapping {
			shown[leak.Mask(header)] = leak.Mask(field)
		}
		return shown
	case s.Secret:
		ref, _ := p.Secret(s.Name)
		return ref.Shown()
	default:
		return p.Shown(s.Name)
	}
}

// Shown returns the value of a setting that is not secret as it may be shown:
// an address without credentials and query, a text without what looks like a
// secret; "" if nothing sets it.
func (p *Profile) Shown(setting string) string {
	text, _ := p.Text(setting)
	if strings.HasSuffix(setting, "-url") {
		return leak.Address(text)
	}
	return leak.Mask(text)
}

// masked returns a value of the defaults without what looks like a secret.
func masked(value any) any {
	switch value := value.(type) {
	case map[string]any:
		members := map[string]any{}
		for name, inner := range value {
			members[leak.Mask(name)] = masked(inner)
		}
		return members
	case []any:
		items := make([]any, len(value))
		for i, inner := range value {
			items[i] = masked(inner)
		}
		return items
	case schema.Text:
		return schema.Text(leak.Mask(string(value)))
	default:
		return value
	}
}

// SourceOf says where the value of a setting comes from; the zero Source where
// nothing sets it.
func (p *Profile) SourceOf(setting string) Source {
	if found, ok := p.lookup(setting); ok {
		return found.source
	}
	if node := p.section.node(setting); node != nil && node.Kind == yaml.MappingNode {
		return p.file.at(node)
	}
	return Source{}
}

// Fault makes an error about the value of a setting that names the place of the
// value. pointer leads to a member of the defaults or the mapping (RFC 6901);
// "" means the whole value.
func (p *Profile) Fault(setting, pointer string, cause error) *Fault {
	fault := &Fault{Source: p.SourceOf(setting), Profile: p.Name, Setting: setting, Problem: cause.Error(), Err: cause}
	if node := pointedAt(p.section.node(setting), pointer); node != nil && pointer != "" {
		fault.Source = p.file.at(node)
	}
	return fault
}
