package job

import "path/filepath"

// words say how an operation is called.
type words struct {
	// command is the name of the run in the ledger.
	command string
	// line begins the command line, noun is the name of the operation, and verb what it
	// does to a user.
	line, noun, verb string
	// schema is the document of the report, and plan that of a dry run.
	schema, plan string
	// again is what is done with a file of fixed rows, and passive how such a file is used.
	again, passive string
	// repeatable: what was perhaps done can be done again.
	repeatable bool
}

// one is the noun with its article.
func (w words) one() string {
	switch w.noun[0] {
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + w.noun
	default:
		return "a " + w.noun
	}
}

// subject is what the operation is about, for the name of a report.
func (r *run) subject() string {
	if r.undoes != "" {
		return r.undoes
	}
	return filepath.Base(r.File)
}
