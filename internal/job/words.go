package job

import (
	"path/filepath"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// words are the names of an operation.
type words struct {
	// command is its name in the ledger, with the states of its rows.
	command rowstate.Command
	// line is the beginning of the command line.
	line string
	// schema is the name of the report's document, and plan that of a dry run's.
	schema, plan string
	// again is what to do with a file of fixed rows, and passive the same in the passive voice.
	again, passive string
}

// wordsOf returns the names of a command over users.
func wordsOf(name string) words {
	return words{
		command: rowstate.CommandOf(name), line: "usher users " + name,
		schema: "usher." + name + "/v1", plan: "usher." + name + "-plan/v1", again: name + " with that file", passive: "used again",
	}
}

// one returns the noun with its article.
func (w words) one() string {
	switch w.command.Noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + w.command.Noun
	default:
		return "a " + w.command.Noun
	}
}

// subject returns the input of the operation, for the name of a report.
func (r *run) subject() string {
	if r.undoes != "" {
		return r.undoes
	}
	return filepath.Base(r.reader.File)
}
