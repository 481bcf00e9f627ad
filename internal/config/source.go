package config

import (
	"fmt"
	"path/filepath"
)

// Layer is the kind of a source. A higher layer takes precedence over a lower one.
type Layer int

// The layers, lowest first.
const (
	// FromDefault is the default of the provider or of usher.
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

// Source is the source of a value. The zero Source is no source.
type Source struct {
	Layer Layer
	// Name is the flag without dashes, the variable, the path of the file, the built-in profile, or the provider of the
	// default ("" for usher's own).
	Name string
	// Line and Column are positions in the file, from 1; 0 if they are not known.
	Line, Column int
}

// String returns the source as lists show it: "flag --base-url", "environment USHER_BASE_URL", "config.yaml:12",
// "default of sulu".
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

// place returns the source as an error begins: with path, line and column.
func (s Source) place() string {
	if s.Layer != FromFile {
		return s.String()
	}
	if s.Line == 0 {
		return s.Name
	}
	return fmt.Sprintf("%s:%d:%d", s.Name, s.Line, s.Column)
}
