package config

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/leak"
)

// Error is one thing that is wrong with the profiles.
type Error struct {
	// Source is the place; zero where the fault is not in anything written yet.
	Source Source
	// Profile and Setting say what it is about; they may be empty.
	Profile, Setting string
	// Message is a phrase without a full stop. It repeats no value.
	Message string
	// Hint says what to do about it; it may be empty.
	Hint string
	// Err is the cause, where there is one.
	Err error
}

// Error gives place, subject, problem and hint in one line.
func (f *Error) Error() string {
	var parts []string
	if place := f.Source.place(); place != "" {
		parts = append(parts, place)
	}
	if f.Source.Layer != FromFlag && f.Source.Layer != FromEnvironment { // these name the setting
		if f.Profile != "" {
			parts = append(parts, "profile "+f.Profile)
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

// Unwrap gives the cause.
func (f *Error) Unwrap() error { return f.Err }

// Errors are all the things wrong at once.
type Errors []*Error

// Error gives the faults, one a line.
func (f Errors) Error() string {
	lines := make([]string, len(f))
	for i, configErr := range f {
		lines[i] = configErr.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault.
func (f Errors) Unwrap() []error {
	errs := make([]error, len(f))
	for i, configErr := range f {
		errs[i] = configErr
	}
	return errs
}

// err gives the faults as an error: nil where there is none, the fault itself
// where it is the only one.
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

// UnknownProfileError says that no profile has the name.
type UnknownProfileError struct {
	// Name is the name that was asked for.
	Name string
	// Source is who asked for it.
	Source Source
	// File is the path of the profile file.
	File string
	// Nearest is the profile that was most likely meant, or "".
	Nearest string
}

// Error names the profile, and the nearest one where there is one.
func (e *UnknownProfileError) Error() string {
	text := e.Message()
	if place := e.Source.place(); place != "" {
		text = place + ": " + text
	}
	if e.Nearest != "" {
		text += fmt.Sprintf(" (did you mean %s?)", e.Nearest)
	}
	return text + "; usher profiles list shows them all"
}

// Message says that there is no such profile. It repeats the name unless that
// may be a secret.
func (e *UnknownProfileError) Message() string {
	if name := leak.Name(e.Name); name != "" {
		return fmt.Sprintf("there is no profile%s in %s", name, e.File)
	}
	return "there is no profile of that name in " + e.File
}

// NoProfileError says that nothing names a profile.
type NoProfileError struct {
	// File is the path of the profile file.
	File string
	// Empty tells that it holds no profile at all.
	Empty bool
	// Own are the names of those that it holds.
	Own []string
}

// Use is the command that makes a profile the default one.
func (e *NoProfileError) Use() string {
	if len(e.Own) == 1 {
		return "usher profiles use " + e.Own[0]
	}
	return "usher profiles use NAME"
}

// Error says how to name a profile.
func (e *NoProfileError) Error() string {
	if e.Empty {
		return fmt.Sprintf("there is no profile yet in %s; make one with: usher profiles add NAME", e.File)
	}
	return "no profile is named; name one with --profile or USHER_PROFILE, or for good with: " + e.Use()
}
