package config

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/secret"
)

// Put writes a profile with exactly these settings, over one of the same name.
// A value is a text, a [secret.Reference], a map[string]any of defaults, or a
// map[string]string. It refuses what Load would refuse later, in particular a
// secret in clear text and the name of a built-in profile, and then writes nothing.
//
// This and every method that writes takes turns with other processes, reads
// the file anew, keeps comments and order, makes the file readable by its owner
// alone, and replaces it in one step. Afterwards c holds what the file holds.
func (c *Config) Put(name string, settings map[string]any) error {
	return c.write(name, settings, true)
}

// Update writes these settings of a profile, which it makes where there is
// none, and leaves its other settings as they are. Values are those of [Config.Put].
func (c *Config) Update(name string, settings map[string]any) error {
	return c.write(name, settings, false)
}

// SetMapping writes the field for each header of a roster into a profile of the
// file. An empty mapping removes it.
func (c *Config) SetMapping(name string, mapping map[string]string) error {
	return c.change(func(now *Config, d *document) error {
		if err := now.mustExist(name); err != nil {
			return err
		}
		path := []string{keyProfiles, name, settingMapping}
		if len(mapping) == 0 {
			return d.remove(path)
		}
		node, err := settingNode(Setting{Name: settingMapping, Kind: Map}, mapping)
		if err != nil {
			return err
		}
		return d.set(path, node)
	}, name)
}

// Remove takes a profile out of the file, and the default-profile that names it.
// Its secrets in the keyring stay.
func (c *Config) Remove(name string) error {
	return c.change(func(now *Config, d *document) error {
		if err := now.mustExist(name); err != nil {
			return err
		}
		if byDefault := now.file.byDefault; byDefault != nil && scalar(byDefault) == name {
			if err := d.remove([]string{keyDefaultProfile}); err != nil {
				return err
			}
		}
		return d.remove([]string{keyProfiles, name})
	}, "")
}

// Use makes a profile the one that is used where none is named.
func (c *Config) Use(name string) error {
	return c.change(func(now *Config, d *document) error {
		if !slices.Contains(now.Names(), name) {
			return now.unknownProfile(name, Source{})
		}
		return d.set([]string{keyDefaultProfile}, textNode(name))
	}, "")
}

func (c *Config) write(name string, settings map[string]any, whole bool) error {
	return c.change(func(now *Config, d *document) error {
		if _, builtin := now.builtin(name); builtin {
			return &Fault{Profile: name, Problem: "this profile is built in and cannot be changed", Hint: "choose another name"}
		}
		if err := CheckName(name); err != nil {
			return &Fault{Problem: err.Error(), Err: err}
		}
		body := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, key := range now.inOrder(settings) {
			setting, ok := named(now.settings(""), key)
			if !ok {
				problem, hint := now.unknownSetting(key, "")
				return &Fault{Profile: name, Problem: problem, Hint: hint}
			}
			value, err := settingNode(setting, settings[key])
			if err != nil {
				return &Fault{Profile: name, Setting: key, Problem: err.Error(), Err: err}
			}
			body.Content = append(body.Content, textNode(key), value)
		}
		path := []string{keyProfiles, name}
		if err := d.fill(path, body); err != nil || !whole {
			return err
		}
		return d.keepOnly(path, body)
	}, name)
}

// inOrder lists the names of settings in the order in which they are declared,
// unknown ones last.
func (c *Config) inOrder(settings map[string]any) []string {
	var names []string
	for _, s := range c.settings("") {
		if _, ok := settings[s.Name]; ok {
			names = append(names, s.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// settingNode writes a value as the setting's kind asks for.
func settingNode(setting Setting, given any) (*yaml.Node, error) {
	switch given := given.(type) {
	case secret.Reference:
		return textNode(given.String()), nil
	case string:
		if setting.Kind != Text || setting.Secret {
			return &yaml.Node{Kind: yaml.ScalarNode, Value: given}, nil
		}
		return textNode(given), nil
	case map[string]any, map[string]string:
		node := new(yaml.Node)
		return node, node.Encode(given)
	default:
		return nil, fmt.Errorf("a value of type %T cannot be written", given)
	}
}

// textNode is a text, which is quoted where YAML would take it for something else.
func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}
