package users

import (
	"path/filepath"

	"github.com/bring-aboard/usher/internal/ledger"
)

// task is what is done with many users, in words.
type task struct {
	// words begin the command line, and noun is what goes on: "import".
	words, noun string
	// schema names the document of the report, and plan that of a dry run of a removal.
	schema, plan string
	// again says what is done with a file of mended rows, and passive how such a file is used.
	again, passive string
	// repeatable: what was perhaps done can be done again.
	repeatable bool
}

// command is the ledger's word for the task.
func (o *importOptions) command() string {
	switch {
	case o.removal != "":
		return o.removal
	case o.update:
		return ledger.CommandUpdate
	default:
		return "import"
	}
}

func (o *importOptions) task() task {
	switch o.command() {
	case ledger.CommandUpdate:
		return task{"usher users import", "update", "usher.update/v1", "", "import that file with --update", "imported", true}
	case ledger.CommandDelete:
		return task{"usher users delete", "deletion", "usher.delete/v1", "usher.delete-plan/v1", "delete with that file", "used again", true}
	case ledger.CommandDeactivate:
		return task{"usher users deactivate", "deactivation", "usher.deactivate/v1", "usher.deactivate-plan/v1", "deactivate with that file", "used again", true}
	case ledger.CommandUndo:
		return task{"usher runs undo", "deletion", "usher.undo/v1", "usher.undo-plan/v1", "", "", true}
	default:
		return task{"usher users import", "import", "usher.import/v1", "", "import that file", "imported", false}
	}
}

// one is the noun with its article.
func (t task) one() string {
	switch t.noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + t.noun
	default:
		return "a " + t.noun
	}
}

// subject is what the task is about, for the name of a report.
func (o *importOptions) subject() string {
	if o.undoes != "" {
		return o.undoes
	}
	return filepath.Base(o.file)
}

// repeats gives the command that goes on with a task that is not resumed by its
// own run.
func (o *importOptions) repeats() (command string, ok bool) {
	return "usher runs undo " + o.undoes, o.undoes != ""
}
