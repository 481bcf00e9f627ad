package config

import (
	"os"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// The variables that are not settings.
const (
	variablePrefix  = "USHER_"
	variableConfig  = "USHER_CONFIG"
	variableProfile = "USHER_PROFILE"
)

// environmentProfile is the name of the profile that consists of variables and flags, if no profile is specified.
const environmentProfile = "environment"

// variable returns the variable of a setting. An empty variable counts as unset, as in shells and CI systems.
func (c *Config) variable(s Setting) (string, bool) {
	if s.Kind == List || c.alone {
		return "", false
	}
	text := os.Getenv(s.Variable())
	return text, text != ""
}

// variables returns the names of the USHER_ variables that are read.
func (c *Config) variables() []string {
	known := slices.Concat([]string{variableConfig, variableProfile}, c.options.Variables)
	for _, s := range slices.Concat(SharedSettings(), c.settings("")) {
		if s.Kind != List {
			known = append(known, s.Variable())
		}
	}
	return known
}

// hasForeign reports whether a variable is set that is neither a setting of every profile nor one of the providers that
// are known without reading a file.
func (c *Config) hasForeign() bool {
	known := slices.Concat([]string{variableConfig, variableProfile}, c.options.Variables)
	for _, s := range slices.Concat(SharedSettings(), structural(), c.options.Common) {
		known = append(known, s.Variable())
	}
	for _, p := range c.options.Providers {
		for _, s := range p.Settings {
			known = append(known, s.Variable())
		}
	}
	return slices.ContainsFunc(os.Environ(), func(entry string) bool {
		name, value, _ := strings.Cut(entry, "=")
		return value != "" && strings.HasPrefix(name, variablePrefix) && !slices.Contains(known, name)
	})
}

// UnknownVariable is a USHER_ variable that nothing reads.
type UnknownVariable struct {
	// Name is its name, and Nearest the known one with a similar name, "" for none.
	Name, Nearest string
}

// String returns a sentence without a full stop. It does not repeat the value.
func (v UnknownVariable) String() string {
	text := "unknown environment variable " + v.Name
	if v.Nearest != "" {
		text += " (did you mean " + v.Nearest + "?)"
	}
	return text
}

// UnknownVariables returns the USHER_ variables that are set and not read.
func (c *Config) UnknownVariables() []UnknownVariable {
	var unknown []UnknownVariable
	if !c.hasForeign() {
		return nil
	}
	known := c.variables()
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && strings.HasPrefix(name, variablePrefix) && !slices.Contains(known, name) {
			unknown = append(unknown, UnknownVariable{Name: name, Nearest: nearestVariable(name, known)})
		}
	}
	return unknown
}

// nearestVariable returns the most similar variable, "" for none. It compares names without the common prefix.
func nearestVariable(name string, known []string) string {
	suffixes := make([]string, len(known))
	for i, variable := range known {
		suffixes[i] = strings.TrimPrefix(variable, variablePrefix)
	}
	if nearest := schema.Nearest(strings.TrimPrefix(name, variablePrefix), suffixes); nearest != "" {
		return variablePrefix + nearest
	}
	return ""
}
