package job

import (
	"path/filepath"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// labels say how an operation is called.
type labels struct {
	// command is what its runs are called in the ledger, and what its rows become.
	command rowstate.Command
	// line begins the command line.
	line string
	// schema is the document of the report, and plan that of a dry run.
	schema, plan string
	// passive is how a file of fixed rows is used.
	passive string
}

// labelsOf returns the words of a command over users.
func labelsOf(name string) labels {
	return labels{
		command: rowstate.CommandOf(name), line: "usher users " + name,
		schema: "usher." + name + "/v1", plan: "usher." + name + "-plan/v1", passive: "used again",
	}
}

// withArticle is the noun with its article.
func (w labels) withArticle() string {
	switch w.command.Noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + w.command.Noun
	default:
		return "a " + w.command.Noun
	}
}

// subject is what the operation is about, for the name of a report.
func (r *run) subject() string {
	if r.undoOf != "" {
		return r.undoOf
	}
	return filepath.Base(r.reader.File)
}
