package config

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/leak"
)

// Error is an error in the profiles.
type Error struct {
	// Source is the place; the zero Source if it is not written yet.
	Source Source
	// Profile or Route, and Setting, are the subject; they may be empty.
	Profile, Route, Setting string
	// Message is a phrase without a full stop. It repeats no value.
	Message string
	// Hint is the way to fix it; it may be empty.
	Hint string
	// Next are the next steps that are commands, and notes before them; it may be empty.
	Next []string
	// Err is the cause, nil for none.
	Err error
}

// Error returns place, subject, problem and hint on one line.
func (f *Error) Error() string {
	var parts []string
	if place := f.Source.place(); place != "" {
		parts = append(parts, place)
	}
	if f.Source.Layer != FromFlag && f.Source.Layer != FromEnvironment { // their place includes the setting
		if f.Profile != "" {
			parts = append(parts, "profile "+f.Profile)
		}
		if f.Route != "" {
			parts = append(parts, "route "+f.Route)
		}
		if f.Setting != "" {
			parts = append(parts, f.Setting)
		}
	}
	text := strings.Join(append(parts, f.Message), ": ")
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// Steps returns the next steps that are commands.
func (f *Error) Steps() []string { return f.Next }

// Unwrap returns the cause.
func (f *Error) Unwrap() error { return f.Err }

// Errors is a list of errors in the profiles.
type Errors []*Error

// Error returns the errors, one a line.
func (f Errors) Error() string {
	lines := make([]string, len(f))
	for i, configErr := range f {
		lines[i] = configErr.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors.
func (f Errors) Unwrap() []error {
	errs := make([]error, len(f))
	for i, configErr := range f {
		errs[i] = configErr
	}
	return errs
}

// err returns the list as an error: nil if it is empty, the element if there is only one.
func (f Errors) err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return f[0]
	default:
		return f
	}
}

// UnknownProfileError is the error for a profile that does not exist.
type UnknownProfileError struct {
	// Name is the requested name.
	Name string
	// Source is the source of the name.
	Source Source
	// File is the path of the profile file, or the words for the environment without one.
	File string
	// Nearest is the profile with the most similar name, "" for none.
	Nearest string
}

// Error returns the problem with its place and the nearest profile.
func (e *UnknownProfileError) Error() string {
	text := e.Message()
	if place := e.Source.place(); place != "" {
		text = place + ": " + text
	}
	if e.Nearest != "" {
		text += fmt.Sprintf(" (did you mean %s?)", e.Nearest)
	}
	return text
}

// Steps returns the next step.
func (e *UnknownProfileError) Steps() []string { return []string{"usher profiles list"} }

// Message returns the problem. It repeats the name unless it may be a secret.
func (e *UnknownProfileError) Message() string {
	if name := leak.Name(e.Name); name != "" {
		return fmt.Sprintf("profile%s not found in %s", name, e.File)
	}
	return "profile not found in " + e.File
}

// NoProfileError is the error if no profile is specified.
type NoProfileError struct {
	// File is the path of the profile file, or the words for the environment without one.
	File string
	// Empty is true if the file contains no profile.
	Empty bool
	// Own are the names of the profiles in the file.
	Own []string
}

// Use returns the command that sets the default profile.
func (e *NoProfileError) Use() string {
	if len(e.Own) == 1 {
		return "usher profiles use " + e.Own[0]
	}
	return "usher profiles use NAME"
}

// Error returns the problem and the ways to specify a profile.
func (e *NoProfileError) Error() string {
	if e.Empty {
		return fmt.Sprintf("no profiles in %s; add one: usher profiles add NAME", e.File)
	}
	return "profile is required; use -p or USHER_PROFILE, or set a default: " + e.Use()
}
