package config

import (
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

// environmentProfile is the name of the profile that variables and flags make
// where no profile is named.
const environmentProfile = "environment"

// variable reads the variable of a setting. An empty variable counts as unset,
// as shells and CI systems mean it.
func (c *Config) variable(s Setting) (string, bool) {
	if s.Kind == Map {
		return "", false
	}
	text, ok := c.options.Env(s.Variable())
	return text, ok && text != ""
}

// variables lists the USHER_ variables that are read.
func (c *Config) variables() []string {
	known := slices.Concat([]string{variableConfig, variableProfile}, c.options.Variables)
	for _, s := range c.settings("") {
		if s.Kind != Map {
			known = append(known, s.Variable())
		}
	}
	return known
}

// unknownVariables warns of USHER_ variables that nothing reads.
func (c *Config) unknownVariables() []string {
	var warnings []string
	known := c.variables()
	for _, entry := range c.options.Environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, variablePrefix) || slices.Contains(known, name) {
			continue
		}
		warning := "the environment variable " + name + " is not one of usher's"
		if nearest := nearestVariable(name, known); nearest != "" {
			warning += "; did you mean " + nearest + "?"
		}
		warnings = append(warnings, warning)
	}
	return warnings
}

// nearestVariable compares without the prefix, which would make all of them alike.
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
