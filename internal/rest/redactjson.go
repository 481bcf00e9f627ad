package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxDepth is how deeply JSON may be nested that is shown: the walk is recursive, and a provider's response must not
// exhaust the stack.
const maxDepth = 100

// body returns a JSON body as it may be shown, on one line, its properties in their order: without the values at these
// places, without every text that may contain a known secret, and, if guess is set, without the values of properties
// whose name looks like a secret's. For anything but JSON, and for a body that still leaks, it returns only the size.
func (r *redactor) body(body []byte, places [][]string, guess bool) string {
	for _, hide := range []bool{false, true} {
		walk := &jsonWalk{in: json.NewDecoder(bytes.NewReader(body)), redactor: r, places: places, guess: guess, hide: hide}
		walk.in.UseNumber()
		if walk.document() != nil {
			break
		}
		if shown := walk.out.String(); !r.leaks(shown) {
			return shown
		}
	}
	return fmt.Sprintf("[body of %d bytes]", len(body))
}

// jsonWalk copies one JSON document, token by token.
type jsonWalk struct {
	in       *json.Decoder
	out      strings.Builder
	redactor *redactor
	places   [][]string
	guess    bool
	hide     bool // each text that may contain a secret
}

// text returns a text as it is copied.
func (w *jsonWalk) text(text string) string {
	if w.hide {
		return w.redactor.text(text)
	}
	return text
}

func (w *jsonWalk) document() error {
	if err := w.value(nil, 0); err != nil {
		return err
	}
	if _, err := w.in.Token(); err != io.EOF {
		return errors.New("more than one document")
	}
	return nil
}

// value copies the value at a place. Items of a list have the place of the list.
func (w *jsonWalk) value(place []string, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deeply")
	}
	token, err := w.in.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return w.object(place, depth)
		}
		return w.list(place, depth)
	case string:
		w.out.WriteString(encodeText(w.text(token)))
	case json.Number:
		w.number(token.String())
	case bool:
		fmt.Fprintf(&w.out, "%t", token)
	default:
		w.out.WriteString("null")
	}
	return nil
}

func (w *jsonWalk) object(place []string, depth int) error {
	w.out.WriteByte('{')
	for first := true; w.in.More(); first = false {
		if !first {
			w.out.WriteByte(',')
		}
		token, err := w.in.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return errors.New("property name is not a string")
		}
		w.out.WriteString(encodeText(w.text(name)) + ":")
		if err := w.member(append(slices.Clip(place), name), depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return w.end()
}

func (w *jsonWalk) list(place []string, depth int) error {
	w.out.WriteByte('[')
	for first := true; w.in.More(); first = false {
		if !first {
			w.out.WriteByte(',')
		}
		if err := w.value(place, depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte(']')
	return w.end()
}

// end reads the delimiter that closes an object or a list.
func (w *jsonWalk) end() error {
	_, err := w.in.Token()
	return err
}

// member copies a property of an object, or redacts it.
func (w *jsonWalk) member(place []string, depth int) error {
	known := slices.ContainsFunc(w.places, func(secret []string) bool { return slices.Equal(secret, place) })
	if !known && (!w.guess || !looksSecret(place[len(place)-1])) {
		return w.value(place, depth)
	}
	var value json.RawMessage
	if err := w.in.Decode(&value); err != nil {
		return err
	}
	if text := string(value); !known && (text == "null" || text == "true" || text == "false") {
		w.out.WriteString(text) // "mustChangePassword": true is no secret
		return nil
	}
	w.out.WriteString(encodeText(redacted))
	return nil
}

// number copies a number, as a text if it is a secret.
func (w *jsonWalk) number(digits string) {
	if shown := w.text(digits); shown != digits {
		digits = encodeText(shown)
	}
	w.out.WriteString(digits)
}

// encodeText returns a text as a JSON string.
func encodeText(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// secretsAt collects the texts and numbers at the secret places of a body.
func secretsAt(body []byte, places [][]string) []string {
	if len(places) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil {
		return nil
	}
	var found []string
	for _, place := range places {
		found = collect(found, document, place)
	}
	return found
}

// collect descends to a place and adds the scalars at and below it.
func collect(found []string, value any, place []string) []string {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			found = collect(found, item, place)
		}
	case map[string]any:
		if len(place) > 0 {
			return collect(found, value[place[0]], place[1:])
		}
		for _, member := range value {
			found = collect(found, member, nil)
		}
	case string:
		if len(place) == 0 {
			found = append(found, value)
		}
	case json.Number:
		if len(place) == 0 {
			found = append(found, value.String())
		}
	}
	return found
}
