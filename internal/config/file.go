package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	keyRoutes         = "routes"
)

// file is the content of a profile file. It implements viper's decoder.
type file struct {
	path   string
	format string
	// byDefault is the value of default-profile, nil if it is not set.
	byDefault *yaml.Node
	sections  []section
	routes    []route
	// top are the values of the other keys at the top, except null.
	top map[string]*yaml.Node
}

// section is one profile of the file, unchecked.
type section struct {
	name string
	// key is the node of the profile's name, nil for a profile that is not in the file.
	key *yaml.Node
	// keys are the names of the settings, and values their values by name, except null. Aliases and merge keys are
	// resolved.
	keys   []*yaml.Node
	values map[string]*yaml.Node
	// faults are the errors in the structure of the section.
	faults Errors
}

// Decoder returns the file itself, for each format.
func (f *file) Decoder(string) (viper.Decoder, error) { return f, nil }

// Decode decodes the text of the file into a map of strings and lists of strings. It fails with an [*Error] or
// [Errors].
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

// texts returns the settings of a section as values for viper.
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

// readTop reads the top-level keys of the file and the sections of its profiles.
func (f *file) readTop(top *yaml.Node) error {
	configErrs := f.duplicates(top, "")
	f.top = map[string]*yaml.Node{}
	if top.Kind != yaml.MappingNode {
		return Errors{{Source: f.at(top), Message: "the file must contain the key profiles, not " + document.KindOf(top)}}.err()
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
		case keyRoutes:
			configErrs = append(configErrs, f.readRoutes(value)...)
		case SettingLedger, SettingLedgerKey, SettingLedgerLease:
			if value.Kind != yaml.ScalarNode {
				configErrs = append(configErrs, &Error{Source: f.at(value), Message: key.Value + " must be a single value, not " + document.KindOf(value)})
			} else if !document.IsNull(value) {
				f.top[key.Value] = value
			}
		default:
			known := []string{keyDefaultProfile, SettingLedger, SettingLedgerKey, SettingLedgerLease, keyProfiles, keyRoutes}
			configErrs = append(configErrs, &Error{Source: f.at(key), Message: "unknown key" + leak.Name(key.Value) + schema.Suggestion(key.Value, known),
				Hint: "the top-level keys are " + strings.Join(known, ", ")})
		}
	}
	return configErrs.err()
}

func (f *file) readSections(profiles *yaml.Node) Errors {
	if document.IsNull(profiles) {
		return nil
	}
	if profiles.Kind != yaml.MappingNode {
		return Errors{{Source: f.at(profiles), Message: "profiles must contain one key for each profile, not " + document.KindOf(profiles)}}
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
		report("a profile must contain settings, not " + document.KindOf(body))
		return s
	}
	if s.faults = f.duplicates(body, s.shownName()); s.faults != nil {
		return s
	}
	var err error
	if s.values, err = document.Members(body); err != nil { // the library's message may repeat values
		report("an alias or a merge key (<<) cannot be resolved")
		return s
	}
	for name := range document.Pairs(body) {
		if name.Tag != "!!merge" {
			s.keys = append(s.keys, name)
		}
	}
	for name := range s.values {
		if !slices.ContainsFunc(s.keys, func(own *yaml.Node) bool { return own.Value == name }) { // from a merge key
			s.keys = append(s.keys, &yaml.Node{Kind: yaml.ScalarNode, Value: name, Line: body.Line, Column: body.Column})
		}
	}
	return s
}

// duplicates returns errors for the duplicate keys of a mapping and for keys that are not plain text.
func (f *file) duplicates(mapping *yaml.Node, profile string) Errors {
	var configErrs Errors
	seen := map[string]int{}
	for key := range document.Pairs(mapping) {
		configErr := Error{Source: f.at(key), Profile: profile}
		line, twice := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			configErr.Message = "a key must be text, not " + document.KindOf(key)
		case twice:
			configErr.Message, configErr.Hint = fmt.Sprintf("duplicate key%s, first on line %d", leak.Name(key.Value), line), "remove one"
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

// shownName returns the profile's name if it is valid, else "".
func (s section) shownName() string {
	if CheckName(s.name) != nil {
		return ""
	}
	return s.name
}
