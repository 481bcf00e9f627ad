package provider

import (
	"errors"
	"net/url"
)

// PathSegment escapes an id as one segment of a path. An id that cannot be a segment (none, ".", "..") is an error of
// class Invalid.
func PathSegment(op, id string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", &Error{Class: Invalid, Op: op, Err: errors.New("the id cannot be part of a path")}
	}
	return url.PathEscape(id), nil
}

// SameID fails if a response describes another user than the one with this id.
func SameID(user User, id string) error {
	if user.ID != id {
		return errors.New("response is for another user")
	}
	return nil
}
