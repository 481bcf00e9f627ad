package config

import (
	"fmt"
	"path/filepath"
)

// Layer is where a value comes from. A higher layer lies over a lower one.
type Layer int

// The layers, from the bottom.
const (
	// FromDefault is the provider's default, or that of usher.
	FromDefault Layer = iota + 1
	// FromBuiltin is a profile that always exists.
	FromBuiltin
	// FromFile is the profile file.
	FromFile
	// FromEnvironment is a USHER_ variable.
	FromEnvironment
	// FromFlag is a flag of the command.
	FromFlag
)

// Source says where a value comes from. The zero Source says nothing.
type Source struct {
	Layer Layer
	// Name is the flag without dashes, the variable, the file's path, the built-in
	// profile, or the provider whose default it is ("" for usher's own).
	Name string
	// Line and Column count from 1, in a file; 0 if they are not known.
	Line, Column int
}

// String gives the source in short, as lists show it: "flag --base-url",
// "environment USHER_BASE_URL", "config.yaml:12", "default of sulu".
func (s Source) String() string {
	switch s.Layer {
	case FromFlag:
		return "flag --" + s.Name
	case FromEnvironment:
		return "environment " + s.Name
	case FromFile:
		if s.Line == 0 {
			return filepath.Base(s.Name)
		}
		return fmt.Sprintf("%s:%d", filepath.Base(s.Name), s.Line)
	case FromBuiltin:
		return "built-in profile " + s.Name
	case FromDefault:
		if s.Name != "" {
			return "default of " + s.Name
		}
		return "default"
	default:
		return ""
	}
}

// place gives the source in full, as an error begins: with path and column.
func (s Source) place() string {
	if s.Layer != FromFile {
		return s.String()
	}
	if s.Line == 0 {
		return s.Name
	}
	return fmt.Sprintf("%s:%d:%d", s.Name, s.Line, s.Column)
}
