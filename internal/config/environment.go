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

// environmentProfile is the name of the profile that variables and flags make
// where no profile is named.
const environmentProfile = "environment"

// variable reads the variable of a setting. An empty variable counts as unset,
// as shells and CI systems mean it.
func (c *Config) variable(s Setting) (string, bool) {
	if s.Kind == List || c.alone {
		return "", false
	}
	text := os.Getenv(s.Variable())
	return text, text != ""
}

// variables lists the USHER_ variables that are read.
func (c *Config) variables() []string {
	known := slices.Concat([]string{variableConfig, variableProfile}, c.options.Variables)
	for _, s := range c.settings("") {
		if s.Kind != List {
			known = append(known, s.Variable())
		}
	}
	return known
}

// UnknownVariable is a USHER_ variable that nothing reads.
type UnknownVariable struct {
	// Name is its name, and Nearest the one that was probably meant, "" for none.
	Name, Nearest string
}

// String returns a sentence without a full stop. It does not repeat the value.
func (v UnknownVariable) String() string {
	text := "the environment variable " + v.Name + " is not one of usher's"
	if v.Nearest != "" {
		text += "; did you mean " + v.Nearest + "?"
	}
	return text
}

// UnknownVariables returns the USHER_ variables that are set and that nothing reads.
func (c *Config) UnknownVariables() []UnknownVariable {
	var unknown []UnknownVariable
	known := c.variables()
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && strings.HasPrefix(name, variablePrefix) && !slices.Contains(known, name) {
			unknown = append(unknown, UnknownVariable{Name: name, Nearest: nearestVariable(name, known)})
		}
	}
	return unknown
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
