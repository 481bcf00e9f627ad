package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The keys at the top of the file.
const (
	keyProfiles       = "profiles"
	keyDefaultProfile = "default-profile"
)

// file is a profile file as it was read. It is a decoder of viper.
type file struct {
	path   string
	format string
	// byDefault is the value of default-profile, nil if it is not set.
	byDefault *yaml.Node
	sections  []section
}

// section is one profile of the file, unchecked.
type section struct {
	name string
	// key is the profile's name in the file, nil for a profile that is not in it.
	key *yaml.Node
	// keys are the names of the settings, and values their values by name: only
	// those that are not null, with aliases and merge keys resolved.
	keys   []*yaml.Node
	values map[string]*yaml.Node
	// faults are those of the section's shape.
	faults Errors
}

// Decoder returns the file itself, for each format.
func (f *file) Decoder(string) (viper.Decoder, error) { return f, nil }

// Decode reads the text of the file into a map of texts and lists of texts. It
// fails with a [*Fault] or [Errors].
func (f *file) Decode(text []byte, into map[string]any) error {
	top, err := document.Parse(f.format, text)
	if wrong, ok := errors.AsType[*document.SyntaxError](err); ok {
		return &Error{Source: Source{Layer: FromFile, Name: f.path, Line: wrong.Line, Column: wrong.Column}, Message: wrong.Problem,
			Hint: "fix the file, or specify another one with --config"}
	}
	if top == nil {
		return nil
	}
	if err := f.readTop(top); err != nil {
		return err
	}
	if f.byDefault != nil {
		into[keyDefaultProfile] = document.Scalar(f.byDefault)
	}
	profiles := map[string]any{}
	for _, s := range f.sections {
		if CheckName(s.name) == nil {
			profiles[s.name] = s.texts()
		}
	}
	into[keyProfiles] = profiles
	return nil
}

// texts returns the settings of a section as viper layers them.
func (s section) texts() map[string]any {
	texts := map[string]any{}
	for name, value := range s.values {
		switch value.Kind {
		case yaml.ScalarNode:
			texts[name] = document.Scalar(value)
		case yaml.SequenceNode:
			var items []string
			for _, item := range value.Content {
				items = append(items, document.Scalar(document.Followed(item)))
			}
			texts[name] = items
		}
	}
	return texts
}

// readTop reads the outer shape of the file: its keys and the names of its profiles.
func (f *file) readTop(top *yaml.Node) error {
	configErrs := f.duplicates(top, "")
	if top.Kind != yaml.MappingNode {
		return Errors{{Source: f.at(top), Message: "the file must hold the key profiles, not " + document.KindOf(top)}}.err()
	}
	for key, value := range document.Pairs(top) {
		switch key.Value {
		case keyDefaultProfile:
			if value.Kind != yaml.ScalarNode {
				configErrs = append(configErrs, &Error{Source: f.at(value), Message: keyDefaultProfile + " must be the name of a profile, not " + document.KindOf(value)})
			} else if !document.IsNull(value) {
				f.byDefault = value
			}
		case keyProfiles:
			configErrs = append(configErrs, f.readSections(value)...)
		default:
			configErrs = append(configErrs, &Error{Source: f.at(key), Message: "unknown key" + leak.Name(key.Value),
				Hint: cmp.Or(schema.DidYouMean(key.Value, []string{keyDefaultProfile, keyProfiles}), "the top keys are default-profile and profiles")})
		}
	}
	return configErrs.err()
}

func (f *file) readSections(profiles *yaml.Node) Errors {
	if document.IsNull(profiles) {
		return nil
	}
	if profiles.Kind != yaml.MappingNode {
		return Errors{{Source: f.at(profiles), Message: "profiles must hold one key for each profile, not " + document.KindOf(profiles)}}
	}
	for key, body := range document.Pairs(profiles) {
		f.sections = append(f.sections, f.readSection(key, body))
	}
	return f.duplicates(profiles, "")
}

// readSection reads one profile.
func (f *file) readSection(key, body *yaml.Node) section {
	s := section{name: key.Value, key: key, values: map[string]*yaml.Node{}}
	report := func(problem string) {
		s.faults = append(s.faults, &Error{Source: f.at(body), Profile: s.shownName(), Message: problem})
	}
	if document.IsNull(body) {
		return s
	}
	if body.Kind != yaml.MappingNode {
		report("a profile must hold settings, not " + document.KindOf(body))
		return s
	}
	if s.faults = f.duplicates(body, s.shownName()); s.faults != nil {
		return s
	}
	var err error
	if s.values, err = document.Members(body); err != nil { // the library's text may repeat values
		report("an alias or a merge key (<<) cannot be resolved")
		return s
	}
	for name := range document.Pairs(body) {
		if name.Tag != "!!merge" {
			s.keys = append(s.keys, name)
		}
	}
	for name := range s.values {
		if !slices.ContainsFunc(s.keys, func(own *yaml.Node) bool { return own.Value == name }) { // of a merge key
			s.keys = append(s.keys, &yaml.Node{Kind: yaml.ScalarNode, Value: name, Line: body.Line, Column: body.Column})
		}
	}
	return s
}

// duplicates reports the keys of a mapping that are there twice, and those that
// are not a plain text.
func (f *file) duplicates(mapping *yaml.Node, profile string) Errors {
	var configErrs Errors
	seen := map[string]int{}
	for key := range document.Pairs(mapping) {
		configErr := Error{Source: f.at(key), Profile: profile}
		line, twice := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			configErr.Message = "a key must be a text, not " + document.KindOf(key)
		case twice:
			configErr.Message, configErr.Hint = fmt.Sprintf("duplicate key%s, first in line %d", leak.Name(key.Value), line), "remove one"
		default:
			seen[key.Value] = key.Line
			continue
		}
		configErrs = append(configErrs, &configErr)
	}
	return configErrs
}

// at returns the place of a node.
func (f *file) at(node *yaml.Node) Source {
	return Source{Layer: FromFile, Name: f.path, Line: node.Line, Column: node.Column}
}

func (f *file) section(name string) (section, bool) {
	i := slices.IndexFunc(f.sections, func(s section) bool { return s.name == name })
	if i < 0 {
		return section{}, false
	}
	return f.sections[i], true
}

// value returns the text of a setting in the file, "" for none.
func (s section) value(setting string) string {
	return document.Scalar(s.values[setting])
}

// shownName returns the profile's name if it is one.
func (s section) shownName() string {
	if CheckName(s.name) != nil {
		return ""
	}
	return s.name
}
