package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/schema"
)

// storage is the form in which rows are stored in the scratch file. The values of secret fields and the validation
// errors, which may contain a value, are encrypted.
type storage struct {
	table  schema.Table
	fields map[string]int // their positions in the table
	file   *scratch.File
	text   []byte // of the last record
	secret []byte // the last one
}

func newStorage(table schema.Table, file *scratch.File) *storage {
	s := &storage{table: table, fields: make(map[string]int, len(table)), file: file}
	for i, field := range table {
		s.fields[field.Name] = i
	}
	return s
}

// The kinds of values, each followed by the value. Numbers and lengths are varints.
const (
	kindNil byte = iota
	kindText
	kindOpenText
	kindNumber
	kindTrue
	kindFalse
	kindTexts
	kindObjects
	kindSecret
)

// record returns the stored form of a record after a head: for each field its position in the table, the kind, and
// the value.
func (s *storage) record(head []byte, record schema.Record) ([]byte, error) {
	s.text = append(s.text[:0], head...)
	b := s.text
	for name, value := range record {
		at, ok := s.fields[name]
		if !ok {
			return nil, fmt.Errorf("unknown field %s", name)
		}
		b = binary.AppendUvarint(b, uint64(at))
		var err error
		if field := &s.table[at]; field.HasSecret() {
			if s.secret, err = appendValue(s.secret[:0], field, value); err == nil {
				b = appendText(append(b, kindSecret), s.file.Seal(nil, s.secret))
			}
		} else {
			b, err = appendValue(b, field, value)
		}
		if err != nil {
			return nil, err
		}
	}
	s.text = b
	return bytes.Clone(b), nil
}

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendValue(b []byte, field *schema.Field, value any) ([]byte, error) {
	switch value := value.(type) {
	case nil:
		return append(b, kindNil), nil
	case string:
		return appendText(append(b, kindText), value), nil
	case schema.Text:
		return appendText(append(b, kindOpenText), string(value)), nil
	case int64:
		return binary.AppendVarint(append(b, kindNumber), value), nil
	case bool:
		if value {
			return append(b, kindTrue), nil
		}
		return append(b, kindFalse), nil
	case []string:
		b = binary.AppendUvarint(append(b, kindTexts), uint64(len(value)))
		for _, text := range value {
			b = appendText(b, text)
		}
		return b, nil
	case []schema.Record:
		b = binary.AppendUvarint(append(b, kindObjects), uint64(len(value)))
		for _, object := range value {
			b = binary.AppendUvarint(b, uint64(len(object)))
			for name, part := range object {
				var err error
				if b, err = appendValue(appendText(b, name), field, part); err != nil {
					return nil, err
				}
			}
		}
		return b, nil
	default:
		return nil, fmt.Errorf("%s has a value of the type %T", field.Name, value)
	}
}

// readRecord returns the record of a stored form.
func (s *storage) readRecord(stored []byte) (schema.Record, error) {
	from := reader{text: string(stored)}
	record := make(schema.Record, 8)
	for from.text != "" && from.err == nil {
		at := from.uint()
		if at >= uint64(len(s.table)) {
			return nil, errDamaged
		}
		record[s.table[at].Name] = s.value(&from)
	}
	return record, from.err
}

func (s *storage) value(from *reader) any {
	switch from.byte() {
	case kindNil:
		return nil
	case kindText:
		return from.string()
	case kindOpenText:
		return schema.Text(from.string())
	case kindNumber:
		return from.int()
	case kindTrue:
		return true
	case kindFalse:
		return false
	case kindTexts:
		texts := make([]string, from.length())
		for i := range texts {
			texts[i] = from.string()
		}
		return texts
	case kindObjects:
		objects := make([]schema.Record, from.length())
		for i := range objects {
			parts := from.length()
			objects[i] = make(schema.Record, parts)
			for range parts {
				name := from.string()
				objects[i][name] = s.value(from)
			}
		}
		return objects
	case kindSecret:
		secret, err := s.file.Unseal([]byte(from.string()))
		inner := reader{text: string(secret), err: err}
		value := s.value(&inner)
		from.err = errors.Join(from.err, inner.err)
		return value
	default:
		from.err = errDamaged
		return nil
	}
}

// rowErrors returns the stored form of validation errors, nil for none.
func (s *storage) rowErrors(rowErrs roster.RowErrors) []byte {
	if len(rowErrs) == 0 {
		return nil
	}
	var b []byte
	for _, f := range rowErrs {
		for _, number := range []int{f.Row, f.Line, f.Column} {
			b = binary.AppendVarint(b, int64(number))
		}
		for _, text := range []string{f.Header, f.Field, f.Pointer, string(f.Cause), f.Value, f.Message, f.Hint} {
			b = appendText(b, text)
		}
	}
	return s.file.Seal(nil, b)
}

// readErrors returns the validation errors of a stored form, in the roster that is described.
func (s *storage) readErrors(stored []byte, description roster.Description) (roster.RowErrors, error) {
	if stored == nil {
		return nil, nil
	}
	text, err := s.file.Unseal(stored)
	from := reader{text: string(text), err: err}
	var rowErrs roster.RowErrors
	for from.text != "" && from.err == nil {
		f := roster.RowError{Place: roster.Place{File: description.File, Sheet: description.Sheet}, FieldError: &schema.FieldError{}}
		for _, number := range []*int{&f.Row, &f.Line, &f.Column} {
			*number = int(from.int())
		}
		var cause string
		for _, text := range []*string{&f.Header, &f.Field, &f.Pointer, &cause, &f.Value, &f.Message, &f.Hint} {
			*text = from.string()
		}
		f.Cause = schema.Cause(cause)
		rowErrs = append(rowErrs, f)
	}
	return rowErrs, from.err
}

var errDamaged = errors.New("the scratch file is damaged")

// reader reads a stored form. After an error it returns zero values.
type reader struct {
	text string
	err  error
}

func (r *reader) take(n int) string {
	if r.err != nil || n < 0 || n > len(r.text) {
		r.err = errors.Join(r.err, errDamaged)
		r.text = ""
		return ""
	}
	taken := r.text[:n]
	r.text = r.text[n:]
	return taken
}

func (r *reader) byte() byte {
	taken := r.take(1)
	if taken == "" {
		return math.MaxUint8
	}
	return taken[0]
}

// uint reads a number.
func (r *reader) uint() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	return n
}

// int reads a number that may be negative.
func (r *reader) int() int64 {
	n := r.uint()
	return int64(n>>1) ^ -int64(n&1)
}

// length reads a number of texts or bytes, each of which takes at least one byte.
func (r *reader) length() int {
	n := r.uint()
	if n > uint64(len(r.text)) {
		r.err = errors.Join(r.err, errDamaged)
		return 0
	}
	return int(n)
}

func (r *reader) string() string { return r.take(r.length()) }
