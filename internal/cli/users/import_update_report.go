package users

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/fields"
)

// schema names the document of the report.
func (s *sending) schema() string {
	if s.o.update {
		return "usher.update/v1"
	}
	return "usher.import/v1"
}

// noun is what is going on.
func (o *importOptions) noun() string {
	if o.update {
		return "update"
	}
	return "import"
}

// withUpdate is the flag with which rows of an update are imported again.
func (o *importOptions) withUpdate() string {
	if o.update {
		return " with --update"
	}
	return ""
}

// closeBefore completes the file of what the users were like, says how the
// changes are taken back, and gives the file's name, "" where there is none.
func (s *sending) closeBefore() (string, error) {
	if s.before == nil {
		return "", nil
	}
	if err := s.before.Close(); err != nil || s.before.Rows() == 0 {
		return "", err
	}
	path := s.before.Path()
	fmt.Fprintf(s.o.app.Streams.Err, "%s: what %s like before. To take the changes back:\n  usher users import %s --update --profile=%s\n",
		path, were(s.before.Rows()), fields.Quote(path), s.o.selection.Profile.Name)
	return path, nil
}

func were(users int) string {
	if users == 1 {
		return "1 user was"
	}
	return count(users, "user") + " were"
}
