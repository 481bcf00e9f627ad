package provider

import (
	"errors"
	"net/url"
)

// PathSegment escapes an id as one segment of a path. An id that no path can
// name (none, ".", "..") is an error of class Invalid.
func PathSegment(op, id string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", &Error{Class: Invalid, Op: op, Err: errors.New("no path can name this id")}
	}
	return url.PathEscape(id), nil
}

// SameID fails where an answer describes another user than the one with this id.
func SameID(user User, id string) error {
	if user.ID != id {
		return errors.New("it describes another user")
	}
	return nil
}
