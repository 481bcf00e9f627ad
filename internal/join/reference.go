package join

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Spec is a file that is joined, and the field by which it is joined.
type Spec struct {
	// File is the path of the file, and Name how values refer to it: the file's name without its directory and
	// extension.
	File, Name string
	// Field is the field whose value is looked up.
	Field schema.Field
}

// ParseSpec reads FILE:FIELD. The field may have any name that a header may have.
func ParseSpec(text string, table schema.Table) (Spec, error) {
	at := strings.LastIndex(text, ":")
	if at <= 0 || at == len(text)-1 {
		return Spec{}, fmt.Errorf("--join %q: must be FILE:FIELD", text)
	}
	field, ok := table.Match(text[at+1:])
	switch {
	case !ok:
		return Spec{}, fmt.Errorf("--join %q: unknown field %q%s", text, text[at+1:], didYouMean(text[at+1:], table))
	case field.Kind != schema.String || field.Secret:
		return Spec{}, fmt.Errorf("--join %q: %s cannot identify a user", text, field.Name)
	}
	base := filepath.Base(text[:at])
	return Spec{File: text[:at], Name: strings.TrimSuffix(base, filepath.Ext(base)), Field: field}, nil
}

func didYouMean(word string, table schema.Table) string {
	if meant := schema.DidYouMean(word, table.Names()); meant != "" {
		return " (" + meant + ")"
	}
	return ""
}

// Reference is a value that is taken from a joined file: @NAME.COLUMN.
type Reference struct {
	// Name is the file's name, as in [Spec], and Column the header of its column.
	Name, Column string
}

// ErrNoReference is the error for a text that is a plain value.
var ErrNoReference = errors.New("not a reference to a joined file")

// ParseReference reads @NAME.COLUMN. A text that does not begin with @ is not a reference.
func ParseReference(text string) (Reference, error) {
	rest, ok := strings.CutPrefix(text, "@")
	if !ok {
		return Reference{}, ErrNoReference
	}
	at := strings.LastIndex(rest, ".")
	if at <= 0 || at == len(rest)-1 {
		return Reference{}, fmt.Errorf("%q: must be @NAME.COLUMN", text)
	}
	return Reference{Name: rest[:at], Column: rest[at+1:]}, nil
}

// String returns the text that [ParseReference] reads.
func (r Reference) String() string { return "@" + r.Name + "." + r.Column }
