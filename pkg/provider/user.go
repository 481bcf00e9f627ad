package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/pkg/schema"
)

// ReadUser makes a [User] of the JSON object in which a provider describes it.
// The names are those of the members that hold the id (a string or a number)
// and the natural key. Members at the places of secret fields are left out. It
// fails where the object is none, or lacks its id or key.
func ReadUser(object json.RawMessage, table schema.Table, id, key string) (User, error) {
	members, err := Members(object)
	if err != nil {
		return User{}, err
	}
	user := User{Attributes: bytes.TrimSpace(object)}
	if user.ID, err = scalar(members, id); err != nil {
		return User{}, err
	}
	if user.Key, err = scalar(members, key); err != nil {
		return User{}, err
	}
	removed := false
	for _, secret := range table.Secrets() {
		removed = remove(members, secret.WirePath()) || removed
	}
	if removed {
		user.Attributes, err = json.Marshal(members)
	}
	return user, err
}

// ReadExpected is [ReadUser] for the answer to a request about one user, whose
// natural key is want. What cannot be read, or describes another user, is
// [Garbled].
func ReadExpected(op string, status int, object json.RawMessage, table schema.Table, id, key, want string) (User, error) {
	user, err := ReadUser(object, table, id, key)
	if err == nil {
		err = SameKey(user, want)
	}
	if err != nil {
		return User{}, Garbled(op, status, err)
	}
	return user, nil
}

// Members decodes one JSON object, numbers kept as they are written.
func Members(object json.RawMessage) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		return nil, fmt.Errorf("no JSON object: %w", err)
	}
	if members == nil {
		return nil, errors.New("no JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON object")
	}
	return members, nil
}

// SameKey fails where an answer describes another user than the one asked for.
func SameKey(user User, key string) error {
	if schema.FoldKey(user.Key) != schema.FoldKey(key) {
		return errors.New("it describes another user")
	}
	return nil
}

// SecretPlaces lists the places in the body whose values are secret, for [Request].
func SecretPlaces(table schema.Table) [][]string {
	var places [][]string
	for _, field := range table.Secrets() {
		places = append(places, field.WirePath())
	}
	return places
}

func scalar(members map[string]any, name string) (string, error) {
	switch value := members[name].(type) {
	case string:
		if value != "" {
			return value, nil
		}
	case json.Number:
		return value.String(), nil
	}
	return "", fmt.Errorf("no %q in it", name)
}

func remove(members map[string]any, path []string) bool {
	value, ok := members[path[0]]
	if !ok {
		return false
	}
	if len(path) == 1 {
		delete(members, path[0])
		return true
	}
	inner, ok := value.(map[string]any)
	return ok && remove(inner, path[1:])
}
