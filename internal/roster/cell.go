package roster

import (
	"reflect"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// FitsCell reports whether a cell below [Header] with the text of a value gives the value
// back. It does not if an item of a list contains the separator, or if white space at an
// edge, an empty item or a carriage return would be lost.
func FitsCell(f schema.Field, value any) bool {
	text := f.Text(value)
	if strings.ContainsRune(text, '\r') {
		return false
	}
	if cleaned, changed := clean(text); changed || cleaned == "" {
		return false
	}
	if f.Kind == schema.String && f.Format != schema.JSON {
		return true // a text is read as it is written
	}
	c := column{target: target{field: f, part: wholeField}}
	c.compact = f.Kind == schema.Objects && isCompact(f, Header(f))
	read, fault := c.parse(text)
	return fault == nil && reflect.DeepEqual(read, value)
}
