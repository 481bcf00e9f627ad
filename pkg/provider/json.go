package provider

import (
	"bytes"
	encoding "encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Lenient returns the options with which responses are read: repeated names and invalid UTF-8 are accepted, and the names
// of properties match regardless of case, as in encoding/json.
func Lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), json.MatchCaseInsensitiveNames(true))
}

// Unmarshal decodes a response that may be long, such as a page of users, like [encoding.Unmarshal] and in a quarter of its
// time.
func Unmarshal(body []byte, into any) error {
	return withoutNames(json.Unmarshal(body, into, Lenient()))
}

// withoutNames returns an error of decoding without the place in the document, whose names may contain a secret.
func withoutNames(err error) error {
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return &jsontext.SyntacticError{ByteOffset: syntactic.ByteOffset, Err: syntactic.Err}
	}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("unexpected %v after offset %d", semantic.JSONKind, semantic.ByteOffset)
	}
	return err
}

// Properties decodes one JSON object, numbers kept as they are written.
func Properties(object encoding.RawMessage) (map[string]any, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(object), Lenient())
	value, err := readValue(decoder)
	if err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", withoutNames(err))
	}
	properties, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON object")
	}
	return properties, nil
}

// readValue reads the next value: a map[string]any, []any, string, [encoding.Number], bool or nil.
func readValue(from *jsontext.Decoder) (any, error) {
	token, err := from.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case jsontext.KindBeginObject:
		return readObject(from)
	case jsontext.KindBeginArray:
		return readArray(from)
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return encoding.Number(token.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

// readObject reads the rest of an object. Of two properties with one name the last one counts.
func readObject(from *jsontext.Decoder) (map[string]any, error) {
	object := map[string]any{}
	for from.PeekKind() != jsontext.KindEndObject {
		name, err := from.ReadToken()
		if err != nil {
			return nil, err
		}
		property := name.String() // the token is valid until the next read
		if object[property], err = readValue(from); err != nil {
			return nil, err
		}
	}
	_, err := from.ReadToken()
	return object, err
}

// readArray reads the rest of an array.
func readArray(from *jsontext.Decoder) ([]any, error) {
	array := []any{}
	for from.PeekKind() != jsontext.KindEndArray {
		item, err := readValue(from)
		if err != nil {
			return nil, err
		}
		array = append(array, item)
	}
	_, err := from.ReadToken()
	return array, err
}
