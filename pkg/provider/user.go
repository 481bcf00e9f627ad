package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/bring-aboard/usher/pkg/schema"
)

// ReadUser returns the [User] in the JSON object in which a provider describes it. The id is the property of this name
// (a string or a number), the natural key the field of this name, or the property if the table has no such field. An
// empty name means no key. Properties at the paths of secret fields are omitted. It fails if there is no object, or it
// lacks its id or key.
func ReadUser(object json.RawMessage, table schema.Table, id, key string) (User, error) {
	user, err := ReadPart(object, table, id, key)
	if err != nil {
		return User{}, err
	}
	return user, nil
}

// ReadPart is [ReadUser] for a response whose user counts even if it is incomplete: the user that is returned with an
// error has what could be read.
func ReadPart(object json.RawMessage, table schema.Table, id, key string) (User, error) {
	object = bytes.TrimSpace(object)
	if !isObject(object) {
		_, err := Properties(object)
		return User{}, cmp.Or(err, errors.New("not a JSON object"))
	}
	place := keyPlace(table, key)
	user, secrets := User{Attributes: object}, table.Secrets()
	secret := false
	for name, value := range membersOf(object) {
		if name.is(id) {
			user.ID = scalar(value)
		}
		if key != "" && name.is(place[0]) { // which may be the id
			user.Key = scalar(valueAt(value, place[1:]))
		}
		secret = secret || slices.ContainsFunc(secrets, func(f schema.Field) bool { return name.is(f.WirePath()[0]) })
	}
	var err error
	if secret {
		user.Attributes, err = without(object, secrets)
	}
	for _, missing := range [][2]string{{id, user.ID}, {key, user.Key}} {
		if err == nil && missing[0] != "" && missing[1] == "" {
			err = fmt.Errorf("%q is missing", missing[0])
		}
	}
	return user, err
}

// ReadExpected is [ReadUser] for the response to a request about one user, whose natural key is want. What cannot be
// read, or describes another user, is [BadResponse]; the error has that other user.
func ReadExpected(op string, status int, object json.RawMessage, table schema.Table, id, key, want string) (User, error) {
	user, err := ReadUser(object, table, id, key)
	if err != nil {
		return User{}, BadResponse(op, status, err)
	}
	if err := SameKey(user, want); err != nil {
		failure := BadResponse(op, status, err)
		failure.Users = []User{user}
		return User{}, failure
	}
	return user, nil
}

// SecretPlaces returns the paths in the body whose values are secret, for [Request].
func SecretPlaces(table schema.Table) [][]string {
	var places [][]string
	for _, field := range table.Secrets() {
		places = append(places, field.WirePath())
	}
	return places
}

// scalar returns a text or a number as it is written, "" for anything else.
func scalar(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		return unquote(value)
	case '{', '[', 't', 'f', 'n':
		return ""
	default:
		return string(value)
	}
}

// keyPlace returns the path of the natural key in a response.
func keyPlace(table schema.Table, key string) []string {
	if field, ok := table.Field(key); ok {
		return field.WirePath()
	}
	return []string{key}
}

// valueAt returns the value at a path below a value, nil if there is none.
func valueAt(value json.RawMessage, place []string) json.RawMessage {
	for _, step := range place {
		if !isObject(value) {
			return nil
		}
		var found json.RawMessage
		for name, inner := range membersOf(value) {
			if name.is(step) {
				found = inner
			}
		}
		value = found
	}
	return value
}

// without returns a JSON object without the properties at the paths of fields.
func without(object json.RawMessage, fields schema.Table) (json.RawMessage, error) {
	members, err := Properties(object)
	if err != nil {
		return nil, err
	}
	for _, field := range fields {
		remove(members, field.WirePath())
	}
	return json.Marshal(members)
}

func remove(members map[string]any, path []string) {
	if len(path) == 1 {
		delete(members, path[0])
	} else if inner, ok := members[path[0]].(map[string]any); ok {
		remove(inner, path[1:])
	}
}
