package roster

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// wrapper is the place of the list of users in a document.
type wrapper struct {
	// path are the properties that lead to the list; none if the document is the list.
	path []string
	// beside are the properties beside the list and on the way to it.
	beside []string
}

// listNames are the properties in which programs put a list of users, in lower case.
func listNames() []string {
	return []string{
		"users", "resources", "data", "value", "values", "items", "results", "result", "members", "people", "employees", "identities", "accounts", "records", "rows", "entries",
		"list", "content", "elements", "persons", "persona", "contacts",
	}
}

// aroundNames are the properties in which programs put an object with the list.
func aroundNames() []string {
	return []string{"d", "data", "response", "result", "_embedded", "payload", "body"}
}

func isListName(key string) bool { return slices.Contains(listNames(), strings.ToLower(key)) }

func isAroundName(key string) bool { return slices.Contains(aroundNames(), strings.ToLower(key)) }

// notes returns which part was read and which was not, "" for a document that is a list itself.
func (w wrapper) describe(d *Description) {
	if w.path == nil {
		return
	}
	d.Notes = append(d.Notes, fmt.Sprintf("the users are the list in %q", strings.Join(w.path, ".")))
	if len(w.beside) > 0 {
		d.Notes = append(d.Notes, "not read: "+quotedTexts(w.beside))
	}
	d.leave(UnreadProperty, w.beside)
}

// findWrapper looks for a list of objects in a JSON object. It reads the whole text.
func findWrapper(text io.Reader) wrapper {
	s := wrapperSearch{decoder: json.NewDecoder(text)}
	if token, err := s.decoder.Token(); err != nil || token != json.Delim('{') {
		return wrapper{}
	}
	found := s.object(nil)
	if s.failed {
		return wrapper{}
	}
	return found
}

type wrapperSearch struct {
	decoder *json.Decoder
	failed  bool
}

// token returns the next token, nil at the end.
func (s *wrapperSearch) token() json.Token {
	token, err := s.decoder.Token()
	s.failed = s.failed || err != nil
	return token
}

// object searches the properties of an object whose brace was read.
func (s *wrapperSearch) object(path []string) (found wrapper) {
	var beside []string
	for !s.failed && s.decoder.More() {
		key, _ := s.token().(string)
		place := slices.Concat(path, []string{key})
		switch s.token() {
		case json.Delim('['):
			isObjects := s.list()
			if found.path == nil && isListName(key) && isObjects {
				found.path = place
				continue
			}
		case json.Delim('{'):
			if found.path == nil && len(path) == 0 && isAroundName(key) {
				if inner := s.object(place); inner.path != nil {
					found = inner
					continue
				}
				break
			}
			s.skip()
		}
		beside = append(beside, key)
	}
	s.token()
	if found.path != nil {
		found.beside = append(found.beside, beside...)
	}
	return found
}

// list skips a list whose bracket was read, and reports whether it is empty or begins with an object.
func (s *wrapperSearch) list() bool {
	if !s.decoder.More() {
		s.token()
		return true
	}
	switch s.token() {
	case json.Delim('{'):
		s.skip()
		s.skip()
		return true
	case json.Delim('['):
		s.skip()
	}
	s.skip()
	return false
}

// skip skips the rest of a list or an object.
func (s *wrapperSearch) skip() {
	for depth := 1; depth > 0 && !s.failed; {
		switch s.token() {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// envelopeMember returns the property with the user in a document of usher, "" for any other object.
func envelopeMember(tree map[string]any) string {
	name, _ := tree["schema"].(string)
	if open, ok := tree["schema"].(schema.Text); ok {
		name = string(open)
	}
	switch {
	case strings.HasPrefix(name, "usher.user/"), strings.HasPrefix(name, "usher.created/"):
		return "user"
	case strings.HasPrefix(name, "usher.sandbox-user/"):
		return "document"
	default:
		return ""
	}
}
