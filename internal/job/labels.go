package job

import (
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// labels are the names of an operation.
type labels struct {
	// command is its name in the ledger, with the states of its rows.
	command rowstate.Command
	// line is the beginning of the command line.
	line string
	// schema is the name of the report's document, and plan that of a dry run's.
	schema, plan string
	// passive is how a file of fixed rows is used.
	passive string
}

// labelsOf returns the names of a command over users.
func labelsOf(name string) labels {
	return labels{
		command: rowstate.CommandOf(name), line: strings.Join(CommandWords(name), " "),
		schema: "usher." + name + "/v1", plan: "usher." + name + "-plan/v1", passive: "used again",
	}
}

// CommandWords returns the words of the command line of a command over users: "sessions-revoke" is usher users sessions
// revoke.
func CommandWords(name string) []string {
	return append([]string{"usher", "users"}, strings.Split(name, "-")...)
}

// withArticle returns the noun with its article.
func (w labels) withArticle() string {
	switch w.command.Noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + w.command.Noun
	default:
		return "a " + w.command.Noun
	}
}

// subject returns the input of the operation, for the name of a report.
func (r *run) subject() string {
	if r.undoOf != "" {
		return r.undoOf
	}
	return filepath.Base(r.reader.File)
}
