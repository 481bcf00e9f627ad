package provider

import (
	"fmt"
	"time"
)

// Lifecycle are the documented properties of a user's object that show what has happened to the user since creation, as
// paths; the zero Traces shows nothing.
type Lifecycle struct {
	// Created and Modified contain when the user was created and last changed, as RFC 3339 times.
	Created, Modified []string
	// State contains Inactive once the user is deactivated.
	State []string
	// Inactive is a text or a boolean.
	Inactive any
}

// Changed reports whether the user was changed since creation; known is false if the object does not show it.
func (t Lifecycle) Changed(user User) (changed, known bool) {
	members, err := Properties(user.Attributes)
	if err != nil {
		return false, false
	}
	created, ok := timeAt(members, t.Created)
	modified, also := timeAt(members, t.Modified)
	return modified.After(created), ok && also
}

// CreatedAt returns when the user was created, the zero time if the object does
// not have it.
func (t Lifecycle) CreatedAt(user User) time.Time {
	members, err := Properties(user.Attributes)
	if err != nil {
		return time.Time{}
	}
	created, _ := timeAt(members, t.Created)
	return created
}

// Deactivated reports whether the user is deactivated, as far as the object shows it.
func (t Lifecycle) Deactivated(user User) bool {
	inactive, known := t.inactive(user)
	return known && inactive
}

// Activated reports whether the object shows that the user is not deactivated.
func (t Lifecycle) Activated(user User) bool {
	inactive, known := t.inactive(user)
	return known && !inactive
}

// StateOf returns the state of the user as lists show it: the provider's own word if the property is a text, otherwise
// "active" or "deactivated"; "" if the object does not show it.
func (t Lifecycle) StateOf(user User) string {
	members, err := Properties(user.Attributes)
	if err != nil || t.Inactive == nil {
		return ""
	}
	value, ok := memberAt(members, t.State)
	if word, isText := value.(string); isText || !ok || value == nil {
		return word
	}
	if fmt.Sprint(value) == fmt.Sprint(t.Inactive) {
		return "deactivated"
	}
	return "active"
}

// inactive reports whether the user is deactivated; known is false if the object does
// not show it.
func (t Lifecycle) inactive(user User) (inactive, known bool) {
	members, err := Properties(user.Attributes)
	if err != nil || t.Inactive == nil {
		return false, false
	}
	value, ok := memberAt(members, t.State)
	return ok && fmt.Sprint(value) == fmt.Sprint(t.Inactive), ok
}

func timeAt(members map[string]any, path []string) (time.Time, bool) {
	value, _ := memberAt(members, path)
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// memberAt returns the value at a path; ok is false if there is none.
func memberAt(members map[string]any, path []string) (value any, ok bool) {
	for i, name := range path {
		if value, ok = members[name]; !ok || i == len(path)-1 {
			return value, ok
		}
		if members, ok = value.(map[string]any); !ok {
			return nil, false
		}
	}
	return nil, false
}
