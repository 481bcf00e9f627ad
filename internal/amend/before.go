package amend

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/bring-aboard/usher/internal/fsync"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/safecell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// BeforeFile is a new roster of what users were like, that only its owner can
// read. Imported as an update it takes the changes back. It is safe for
// concurrent use.
type BeforeFile struct {
	path string
	file *os.File
	form form

	mu       sync.Mutex
	written  *sync.Cond
	waiting  bytes.Buffer // rows that are not yet written
	last     int          // the number of the call that was taken up last
	durable  int          // the number of the call up to which all are durable
	writing  bool         // one caller writes for all
	failure  error
	rowsHeld int
}

// form writes the rows of one format.
type form interface {
	head() []byte
	row(image schema.Record) ([]byte, error)
}

// CreateBefore makes the file, in the format of its ending: CSV, or NDJSON,
// which holds every value. It never writes over a file that exists.
func CreateBefore(path string, adapter provider.Adapter) (*BeforeFile, error) {
	format, err := BeforeFormat(path)
	if err != nil {
		return nil, err
	}
	f := &BeforeFile{path: path, form: formOf(format, adapter)}
	f.written = sync.NewCond(&f.mu)
	f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists already, and is not written over: name a new file", path)
	}
	if err != nil {
		return nil, err
	}
	f.waiting.Write(f.form.head())
	return f, nil
}

// BeforeFormat gives the format that the ending of a name says. It fails where
// that is none to which rows can be added one by one.
func BeforeFormat(path string) (roster.Format, error) {
	format, err := roster.ParseFormat(filepath.Ext(path))
	if err != nil || format != roster.CSV && format != roster.NDJSON {
		return "", fmt.Errorf("%s: name it with the ending .csv or .ndjson", path)
	}
	return format, nil
}

func formOf(format roster.Format, adapter provider.Adapter) form {
	if format == roster.NDJSON {
		return jsonForm{adapter.Table}
	}
	return newTableForm(adapter)
}

// Path gives the file's name.
func (f *BeforeFile) Path() string { return f.path }

// Rows gives the number of rows that are in it.
func (f *BeforeFile) Rows() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rowsHeld
}

// Add returns when the rows are durable: they are written together, and concurrent
// calls share one write to the disk. After an error nothing more can be added.
func (f *BeforeFile) Add(images ...schema.Record) error {
	if len(images) == 0 {
		return nil
	}
	var rows []byte
	for _, image := range images {
		row, err := f.form.row(image)
		if err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		rows = append(rows, row...)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting.Write(rows)
	f.rowsHeld += len(images)
	f.last++
	for mine := f.last; f.durable < mine && f.failure == nil; {
		if f.writing {
			f.written.Wait()
			continue
		}
		f.flush()
	}
	return f.failure
}

// flush writes what is waiting. The lock is held, but not while the disk works.
func (f *BeforeFile) flush() {
	rows, last := bytes.Clone(f.waiting.Bytes()), f.last
	f.waiting.Reset()
	f.writing = true
	f.mu.Unlock()
	_, err := f.file.Write(rows)
	if err == nil {
		err = f.file.Sync()
	}
	if err == nil && f.durable == 0 {
		err = fsync.Dir(filepath.Dir(f.path))
	}
	f.mu.Lock()
	f.writing = false
	if err != nil {
		f.failure = fmt.Errorf("writing %s: %w", f.path, err)
	} else {
		f.durable = last
	}
	f.written.Broadcast()
}

// Close completes the file, and removes it where no row was added.
func (f *BeforeFile) Close() error {
	if err := f.file.Close(); err != nil || f.Rows() > 0 {
		return err
	}
	return os.Remove(f.path)
}

// image gives what a user is like, as the roster says it: the documented fields
// that can be read and changed, the empty ones as well.
func (u *Update) image(v RowDiff) schema.Record { return image(u.Adapter, v.Have) }

func image(adapter provider.Adapter, have schema.Record) schema.Record {
	image := schema.Record{adapter.Key: have[adapter.Key]}
	for _, f := range imaged(adapter) {
		switch {
		case !have.IsEmpty(f.Name):
			image[f.Name] = have[f.Name]
		case f.Empty() != nil && !f.Required: // what is required cannot be emptied
			image[f.Name] = f.Empty()
		}
	}
	return image
}

// imaged lists the fields that an image holds, beside the key.
func imaged(adapter provider.Adapter) schema.Table {
	var fields schema.Table
	for _, f := range adapter.Table.Mutable() {
		if f.Name != adapter.Key && !Incomparable(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// jsonForm writes objects in the documented shape, one a line.
type jsonForm struct{ table schema.Table }

func (j jsonForm) head() []byte { return nil }

func (j jsonForm) row(image schema.Record) ([]byte, error) {
	object, err := j.table.Encode(image)
	return append(object, '\n'), err
}

// tableForm writes rows of CSV: the key, the other fields, and at last the names
// of those that are empty.
type tableForm struct{ fields schema.Table }

func newTableForm(adapter provider.Adapter) tableForm {
	return tableForm{append(schema.Table{keyField(adapter)}, imaged(adapter)...)}
}

func (c tableForm) head() []byte {
	var header []string
	for _, f := range c.fields {
		header = append(header, roster.Header(f))
	}
	text, _ := csvRow(append(header, roster.EmptyHeader)) // names are plain
	return text
}

func (c tableForm) row(image schema.Record) ([]byte, error) {
	var cells, empty []string
	for _, f := range c.fields {
		value, given := image[f.Name]
		switch {
		case !given:
			cells = append(cells, "")
		case image.IsEmpty(f.Name):
			cells, empty = append(cells, ""), append(empty, f.Name)
		case !roster.FitsCell(f, value):
			return nil, fmt.Errorf("%s cannot stand in a CSV cell as it is: name a file with the ending .ndjson", f.Name)
		default:
			cells = append(cells, safecell.Guard(f.Text(value)))
		}
	}
	return csvRow(append(cells, strings.Join(empty, ";")))
}

func csvRow(cells []string) ([]byte, error) {
	var b bytes.Buffer
	row := csv.NewWriter(&b)
	if err := row.Write(cells); err != nil {
		return nil, err
	}
	row.Flush()
	return b.Bytes(), row.Error()
}
