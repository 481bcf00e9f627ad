package amend

import (
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// hints are what an administrator can do about a row that is not done.
type hints struct {
	again    string // how to try the row again
	before   string // what is done with the user then, before anything is sent
	mend     string // what to do with an invalid row
	missing  string // about a user who was not found
	conflict string // about a value that another user has; empty for no special hint
	nothing  string // the state after the failure
}

func updateHints() hints {
	return hints{
		again: "update with that file again", before: "compared", mend: "fix the row and update with that file again",
		missing: "import it to create the user", conflict: "another user may have the same unique value", nothing: "not updated",
	}
}

func actionHints(verb ops.Verb) hints {
	again := "run the same command again"
	if !verb.Removes && verb.IsDone == nil && verb.Confirm == nil {
		again = "resume the run" // the command would send the rows that are done as well
	}
	return hints{
		again: again, before: "looked up", mend: "fix the row and run the command with that file",
		missing: "check the key; if the user has been deleted at the provider, run usher runs forget",
		nothing: "not " + rowstate.CommandOf(verb.Command).Done.Label(),
	}
}

// of returns the hint for a row; empty if it is done.
func (h hints) of(line report.Line) string {
	switch rowstate.State(line.State).Kind() {
	case rowstate.Good:
		return ""
	case rowstate.InDoubt, rowstate.Open:
		return h.again + "; the user is " + h.before + " first"
	}
	switch {
	case line.Class == provider.Invalid.String():
		return h.mend
	case line.Class == provider.NotFound.String():
		return h.missing
	case line.Class == provider.Denied.String():
		return "renew the credentials or request the permission, then " + h.again
	case line.Class == provider.Conflict.String() && h.conflict != "":
		return h.conflict
	default:
		return h.nothing + "; " + h.again
	}
}
