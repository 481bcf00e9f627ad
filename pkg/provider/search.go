package provider

import (
	"errors"
	"fmt"
	"slices"
)

// mostFound is the maximum number of users in the error of a failed lookup.
const mostFound = 10

// Search is a lookup by key among the users that a provider returned. It stores those who have the key and the first
// few others.
type Search struct {
	key          string
	same, others []User
}

// NewSearch returns a new Search for a key.
func NewSearch(key string) *Search { return &Search{key: key} }

// Add adds a user that the provider returned.
func (s *Search) Add(user User) {
	to := &s.others
	if user.Key != "" && SameKey(user, s.key) == nil {
		to = &s.same
	}
	if (len(*to) < mostFound || user.Key == s.key) && !slices.ContainsFunc(*to, func(u User) bool { return u.ID == user.ID }) {
		*to = append(*to, user)
	}
}

// Exact returns the user of a route that finds users by the key alone, as [Finder] documents. A user with another key
// is neither the requested one nor a proof of absence.
func (s *Search) Exact(op string) (User, error) {
	if len(s.same) == 0 && len(s.others) > 0 {
		return User{}, &Error{Class: Unknown, Op: op, Users: s.others, Err: fmt.Errorf("%w (%w)", ErrAnotherUser, Quotef("id %s", s.others[0].ID))}
	}
	return s.Among(op)
}

// Among returns the user among all users of a complete list, or among those that a
// search by parts found.
func (s *Search) Among(op string) (User, error) {
	found := s.same
	if exact := slices.DeleteFunc(slices.Clone(found), func(u User) bool { return u.Key != s.key }); len(exact) > 0 {
		found = exact
	}
	switch len(found) {
	case 0:
		return User{}, &Error{Class: NotFound, Op: op, Absence: AbsenceDocumented}
	case 1:
		return found[0], nil
	default:
		return User{}, &Error{Class: Conflict, Op: op, Users: found, Err: fmt.Errorf("%d users have this key, %w", len(found), Quotef("ids %s and %s", found[0].ID, found[1].ID))}
	}
}

// Unproved returns the user among the users of a list that ended with an error of [Incomplete], or the error. No user
// is absent because of such a list.
func (s *Search) Unproved(op string, incomplete error) (User, error) {
	user, err := s.Among(op)
	if failure, ok := errors.AsType[*Error](err); ok && failure.Class == NotFound {
		failure.Absence, failure.Err = AbsenceUnproved, incomplete
	}
	return user, err
}
