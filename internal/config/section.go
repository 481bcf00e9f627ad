package config

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The keys at the top of the file.
const (
	keyProfiles       = "profiles"
	keyDefaultProfile = "default-profile"
)

// file is a profile file whose outer shape is right.
type file struct {
	path string
	// byDefault is the value of default-profile, nil where it is not set.
	byDefault *yaml.Node
	sections  []section
}

// section is one profile as the file has it, unchecked.
type section struct {
	name string
	// key is the profile's name in the file, nil for a profile that is not in it.
	key *yaml.Node
	// body holds the settings; nil where there are none.
	body *yaml.Node
}

// at gives the place of a node.
func (f file) at(node *yaml.Node) Source {
	return Source{Layer: FromFile, Name: f.path, Line: node.Line, Column: node.Column}
}

func (f file) section(name string) (section, bool) {
	for _, s := range f.sections {
		if s.name == name {
			return s, true
		}
	}
	return section{}, false
}

// readProfiles reads the outer shape of a profile file: its top keys and the
// names of its profiles.
func readProfiles(path string, text []byte, isWord func(string) bool) (file, error) {
	f := file{path: path}
	tree, err := parseTree(text)
	if err != nil {
		return f, syntaxFault(path, text, err, isWord)
	}
	if tree == nil || isNull(tree) {
		return f, nil
	}
	top, err := (&expander{}).expand(tree)
	if err != nil {
		return f, &Fault{Source: f.at(tree), Problem: err.Error(), Err: err}
	}
	return f, f.readTop(top)
}

func (f *file) readTop(top *yaml.Node) error {
	faults := f.duplicates(top, Fault{})
	if top.Kind != yaml.MappingNode {
		return Faults{{Source: f.at(top), Problem: "the file must hold the key profiles, not " + nameKind(top)}}.err()
	}
	for key, value := range pairs(top) {
		switch key.Value {
		case keyDefaultProfile:
			if value.Kind != yaml.ScalarNode {
				faults = append(faults, &Fault{Source: f.at(value), Problem: keyDefaultProfile + " must be the name of a profile, not " + nameKind(value)})
			} else if !isNull(value) {
				f.byDefault = value
			}
		case keyProfiles:
			faults = append(faults, f.readSections(value)...)
		default:
			faults = append(faults, &Fault{Source: f.at(key), Problem: "unknown key" + leak.Name(key.Value),
				Hint: meant(key.Value, []string{keyDefaultProfile, keyProfiles}, "the top keys are default-profile and profiles")})
		}
	}
	return faults.err()
}

func (f *file) readSections(profiles *yaml.Node) Faults {
	if isNull(profiles) {
		return nil
	}
	if profiles.Kind != yaml.MappingNode {
		return Faults{{Source: f.at(profiles), Problem: "profiles must hold one key for each profile, not " + nameKind(profiles)}}
	}
	for key, value := range pairs(profiles) {
		f.sections = append(f.sections, section{name: key.Value, key: key, body: value})
	}
	return f.duplicates(profiles, Fault{})
}

// duplicates reports the keys that stand twice in a mapping, and those that
// are not a plain text. about says what the mapping is.
func (f *file) duplicates(mapping *yaml.Node, about Fault) Faults {
	if mapping.Kind != yaml.MappingNode {
		return nil
	}
	var faults Faults
	seen := map[string]int{}
	report := func(key *yaml.Node, problem, hint string) {
		fault := about
		fault.Source, fault.Problem, fault.Hint = f.at(key), problem, hint
		faults = append(faults, &fault)
	}
	for key := range pairs(mapping) {
		if key.Kind != yaml.ScalarNode {
			report(key, "a key must be a text, not "+nameKind(key), "")
			continue
		}
		if line, ok := seen[key.Value]; ok {
			report(key, fmt.Sprintf("the key%s stands twice, first in line %d", leak.Name(key.Value), line), "keep one")
			continue
		}
		seen[key.Value] = key.Line
	}
	return faults
}

// nameKind names what a node is.
func nameKind(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(node):
		return "nothing"
	default:
		return "a single value"
	}
}

// meant gives a hint that names the word that was most likely meant.
func meant(word string, known []string, otherwise string) string {
	if nearest := schema.Nearest(word, known); nearest != "" {
		return "did you mean " + nearest + "?"
	}
	return otherwise
}

// CheckName says what is wrong with the name of a new profile, nil for nothing.
func CheckName(name string) error {
	if name == "" || len(name) > 64 {
		return errors.New("the name of a profile has 1 to 64 characters")
	}
	for _, r := range name {
		if r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return errors.New("the name of a profile has only lower-case letters, digits and hyphens")
		}
	}
	if name == environmentProfile {
		return fmt.Errorf("the name %s is kept for the profile that USHER_ variables make", environmentProfile)
	}
	return nil
}
