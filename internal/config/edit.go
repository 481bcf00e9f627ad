package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/secret"
)

// Put writes a profile with exactly these settings. It replaces a profile of the same name. A value is a string, a
// [secret.Reference], or a []string of NAME=VALUE texts. It fails without a write for what Load would refuse, in
// particular a secret in plain text and the name of a built-in profile.
//
// This and every other method that writes locks the file against other processes, reads it again, and replaces it
// atomically by a file in the same format that only its owner can read. Order and comments of a YAML file are
// preserved, its spacing is not. Afterwards c has the content of the file.
func (c *Config) Put(name string, settings map[string]any) error {
	return c.write(name, settings, true)
}

// Update writes these settings of a profile, which it creates if it does not exist. An empty string removes a setting. The
// other settings are unchanged, except that defaults and a mapping in their old form become lists. Values are those of
// [Config.Put].
func (c *Config) Update(name string, settings map[string]any) error {
	return c.write(name, settings, false)
}

// Preview returns the content that [Config.Update] would write, and its errors. It writes nothing.
func (c *Config) Preview(name string, settings map[string]any) (*Config, error) {
	text, err := readFile(c.path)
	if err != nil {
		return nil, err
	}
	_, next, err := c.edited(text, setter(name, settings, false), name)
	return next, err
}

// Rename renames a profile of the file, also as the default-profile and in the routes. It does not move secrets in the
// keyring. It fails without a write if there is a profile with the new name.
func (c *Config) Rename(name, newName string) error {
	return c.change(func(now *Config, top *yaml.Node) error {
		if err := now.Exists(name); err != nil {
			return err
		}
		if err := CheckName(newName); err != nil {
			return &Error{Message: err.Error(), Err: err}
		}
		if slices.Contains(now.Names(), newName) {
			return &Error{Profile: newName, Message: "exists already", Hint: "choose another name"}
		}
		for key := range document.Pairs(document.Child(top, keyProfiles)) {
			if key.Value == name {
				key.Value = newName
			}
		}
		if byDefault := now.file.byDefault; byDefault != nil && document.Scalar(byDefault) == name {
			document.Set(top, keyDefaultProfile, document.Text(newName))
		}
		if len(now.file.routes) > 0 {
			renameInRoutes(document.Child(top, keyRoutes), name, newName)
		}
		return nil
	}, "")
}

// renameInRoutes renames a profile in the steps of routes, and in the values that are carried from it.
func renameInRoutes(routes *yaml.Node, name, newName string) {
	for _, body := range document.Pairs(routes) {
		for _, step := range document.Followed(body).Content {
			for key, value := range document.Pairs(document.Followed(step)) {
				switch {
				case key.Value == keyProfile && document.Scalar(value) == name:
					document.Followed(value).Value = newName
				case key.Value == settingSet:
					renameInValues(document.Followed(value), name, newName)
				}
			}
		}
	}
}

func renameInValues(list *yaml.Node, name, newName string) {
	for _, item := range list.Content {
		item = document.Followed(item)
		if field, column, ok := strings.Cut(item.Value, "=@"+name+"."); ok && !strings.Contains(field, "=") {
			item.Value = field + "=@" + newName + "." + column
		}
	}
}

// SetReading writes how rosters are read into a profile of the file. It removes what is empty.
func (c *Config) SetReading(name string, reading Reading) error {
	return c.change(func(now *Config, top *yaml.Node) error {
		if err := now.Exists(name); err != nil {
			return err
		}
		profile := document.Child(document.Child(top, keyProfiles), name)
		for _, list := range []struct {
			setting string
			entries map[string]string
		}{{settingMapping, reading.Mapping}, {settingSet, reading.Set}, {settingRoster, reading.Form}} {
			if len(list.entries) == 0 {
				document.Remove(profile, list.setting)
				continue
			}
			var texts []string
			for _, entry := range slices.Sorted(maps.Keys(list.entries)) {
				texts = append(texts, entry+"="+list.entries[entry])
			}
			document.Set(profile, list.setting, document.List(texts))
		}
		return nil
	}, name)
}

// Remove removes a profile from the file, and the default-profile if it is this one. It does not remove secrets from
// the keyring.
func (c *Config) Remove(name string) error {
	return c.change(func(now *Config, top *yaml.Node) error {
		if err := now.Exists(name); err != nil {
			return err
		}
		if byDefault := now.file.byDefault; byDefault != nil && document.Scalar(byDefault) == name {
			document.Remove(top, keyDefaultProfile)
		}
		document.Remove(document.Child(top, keyProfiles), name)
		return nil
	}, "")
}

// Use sets the default profile.
func (c *Config) Use(name string) error {
	return c.change(func(now *Config, top *yaml.Node) error {
		if !slices.Contains(now.Names(), name) {
			return now.unknownProfile(name, Source{})
		}
		document.Set(top, keyDefaultProfile, document.Text(name))
		return nil
	}, "")
}

func (c *Config) write(name string, settings map[string]any, whole bool) error {
	return c.change(setter(name, settings, whole), name)
}

// setter returns the change that writes these settings of a profile, and removes the others if it is whole.
func setter(name string, settings map[string]any, whole bool) func(now *Config, top *yaml.Node) error {
	return func(now *Config, top *yaml.Node) error {
		if _, builtin := now.builtin(name); builtin {
			return &Error{Profile: name, Message: "built in, cannot be changed", Hint: "choose another name"}
		}
		if err := CheckName(name); err != nil {
			return &Error{Message: err.Error(), Err: err}
		}
		profile := document.Child(document.Child(top, keyProfiles), name)
		for key := range settings {
			if _, known := named(now.settings(""), key); !known {
				problem, hint := now.unknownSetting(key, "")
				return &Error{Profile: name, Message: problem, Hint: hint}
			}
		}
		for _, setting := range now.settings("") {
			value, given := settings[setting.Name]
			if !given {
				continue
			}
			if value == "" {
				document.Remove(profile, setting.Name)
				continue
			}
			node, err := settingNode(setting, value)
			if err != nil {
				return &Error{Profile: name, Setting: setting.Name, Message: err.Error(), Err: err}
			}
			document.Set(profile, setting.Name, node)
		}
		var surplus []string
		for key, value := range document.Pairs(profile) {
			setting, _ := named(structural(), key.Value)
			if _, given := settings[key.Value]; whole && !given {
				surplus = append(surplus, key.Value)
			} else if setting.Kind == List && value.Kind == yaml.MappingNode {
				*value = *document.List(entriesOf(value, ""))
			}
		}
		for _, key := range surplus {
			document.Remove(profile, key)
		}
		return nil
	}
}

// entriesOf returns the old form of a list setting, values by name, as NAME=VALUE texts.
func entriesOf(mapping *yaml.Node, prefix string) []string {
	var entries []string
	for key, value := range document.Pairs(mapping) {
		name, value := prefix+key.Value, document.Followed(value)
		switch {
		case document.IsNull(value):
		case value.Kind == yaml.MappingNode:
			entries = append(entries, entriesOf(value, name+".")...)
		case value.Kind == yaml.SequenceNode:
			var items []string
			for _, item := range value.Content {
				items = append(items, document.Scalar(item))
			}
			entries = append(entries, name+"="+strings.Join(items, ";"))
		default:
			entries = append(entries, name+"="+document.Scalar(value))
		}
	}
	return entries
}

// settingNode returns the node for a value of the setting's kind.
func settingNode(setting Setting, given any) (*yaml.Node, error) {
	switch given := given.(type) {
	case secret.Reference:
		return document.Text(given.String()), nil
	case string:
		if setting.Kind != Text || setting.Secret {
			return &yaml.Node{Kind: yaml.ScalarNode, Value: given}, nil
		}
		return document.Text(given), nil
	case []string:
		return document.List(given), nil
	default:
		return nil, fmt.Errorf("cannot write a value of type %T", given)
	}
}
