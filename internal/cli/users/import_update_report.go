package users

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/fields"
)

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
