package config

import (
	"strings"

	"github.com/bring-aboard/usher/internal/address"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// OverrideError is the error for variables that would change the connection of a profile in the file. Part of it would
// come from the file and part from the environment, and requests could reach another tenant.
type OverrideError struct {
	// Profile is the name of the profile, and Source its place in the file.
	Profile string
	Source  Source
	// Variables are the variables, and Settings the settings that they would change.
	Variables, Settings []string
	// Alone reports whether the variables define a complete profile.
	Alone bool
}

// Error returns the problem with the variables, the settings and the place of the profile.
func (e *OverrideError) Error() string {
	noun, change := "environment variable ", " would change "
	if len(e.Variables) > 1 {
		noun = "environment variables "
	}
	return noun + strings.Join(e.Variables, ", ") + change + strings.Join(e.Settings, ", ") + " of profile " + e.Profile +
		" (" + e.Source.String() + "); the address, tenant and secrets of a profile must have the same source"
}

// Steps returns the next steps.
func (e *OverrideError) Steps() []string {
	next := []string{"unset " + strings.Join(e.Variables, " ")}
	if e.Alone {
		next = append(next, failure.Again("-p "+environmentProfile))
	}
	return next
}

// checkOverrides returns an [*OverrideError] if a variable would change the connection of a profile in the file. A
// variable with the same value is allowed.
func (c *Config) checkOverrides(p *Profile) error {
	if p.section.key == nil {
		return nil
	}
	failure := &OverrideError{Profile: p.Name, Source: c.file.at(p.section.key)}
	for _, s := range p.settings {
		text, ok := c.variable(s)
		if ok && s.isConnection() && !s.isSame(text, p.section.value(s.Name)) {
			failure.Variables = append(failure.Variables, s.Variable())
			failure.Settings = append(failure.Settings, s.Name)
		}
	}
	if len(failure.Variables) == 0 {
		return nil
	}
	_, given := c.given(nil)
	failure.Alone = given.Layer == FromEnvironment
	return failure
}

// isSame reports whether the setting's variable has the same value as the file, "" for none.
func (s Setting) isSame(text, ofFile string) bool {
	switch {
	case s.Secret:
		reference, err := secret.Parse(ofFile)
		return err == nil && reference == secret.FromEnv(s.Variable())
	case ofFile == "":
		ofFile = s.Default
	}
	if s.Kind != URL {
		return text == ofFile
	}
	one, err := address.Normal(text)
	other, failure := address.Normal(ofFile)
	return err == nil && failure == nil && one == other
}

// Stored resolves a profile as [Config.Profile] does, without variables and flags.
func (c *Config) Stored(name string) (*Profile, error) {
	plain := *c
	plain.alone = true
	return plain.Profile(name, nil)
}
