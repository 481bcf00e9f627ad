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

// BeforeFile is a new roster with the previous values of users, readable only by its owner. Imported as an update,
// it reverts the changes. It is safe for concurrent use.
type BeforeFile struct {
	path string
	file *os.File
	form form

	mu       sync.Mutex
	written  *sync.Cond
	waiting  bytes.Buffer // rows that are not written yet
	last     int          // the number of the latest call
	durable  int          // the number of the latest call whose rows are durable
	writing  bool         // one caller writes for all
	failure  error
	rowsHeld int
}

// form writes the rows in one format.
type form interface {
	head() []byte
	row(image schema.Record) ([]byte, error)
}

// CreateBefore creates the file, in the format of its extension: CSV, or NDJSON, which can contain every value. It
// never overwrites a file.
func CreateBefore(path string, adapter provider.Adapter) (*BeforeFile, error) {
	format, err := BeforeFormat(path)
	if err != nil {
		return nil, err
	}
	f := &BeforeFile{path: path, form: formOf(format, adapter)}
	f.written = sync.NewCond(&f.mu)
	f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: file exists", path)
	}
	if err != nil {
		return nil, err
	}
	f.waiting.Write(f.form.head())
	return f, nil
}

// BeforeFormat returns the format of a path's extension. It returns an error for a format to which rows cannot be
// appended.
func BeforeFormat(path string) (roster.Format, error) {
	format, err := roster.ParseFormat(filepath.Ext(path))
	if err != nil || format != roster.CSV && format != roster.NDJSON {
		return "", fmt.Errorf("%s: use the extension .csv or .ndjson", path)
	}
	return format, nil
}

func formOf(format roster.Format, adapter provider.Adapter) form {
	if format == roster.NDJSON {
		return jsonForm{adapter.Table}
	}
	return newTableForm(adapter)
}

// Path returns the path of the file.
func (f *BeforeFile) Path() string { return f.path }

// Rows returns the number of rows in the file.
func (f *BeforeFile) Rows() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rowsHeld
}

// Add returns when the rows are durable. Concurrent calls share one write to the disk. After an error nothing more
// can be added.
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

// flush writes the waiting rows. The caller holds the lock, which flush releases while the disk is busy.
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

// Close completes the file, and removes it if it has no rows.
func (f *BeforeFile) Close() error {
	if err := f.file.Close(); err != nil || f.Rows() > 0 {
		return err
	}
	return os.Remove(f.path)
}

// image returns the previous values of a user, as a roster has them: the documented fields that can be read and
// updated, including the empty ones.
func (u *Update) image(v RowDiff) schema.Record { return image(u.Adapter, v.Have) }

func image(adapter provider.Adapter, have schema.Record) schema.Record {
	image := schema.Record{adapter.Key: have[adapter.Key]}
	for _, f := range imaged(adapter) {
		switch {
		case !have.IsEmpty(f.Name):
			image[f.Name] = have[f.Name]
		case f.Empty() != nil && !f.Required: // a required field cannot be emptied
			image[f.Name] = f.Empty()
		}
	}
	return image
}

// imaged returns the fields of an image, except the key.
func imaged(adapter provider.Adapter) schema.Table {
	var fields schema.Table
	for _, f := range adapter.Table.Mutable() {
		if f.Name != adapter.Key && !Incomparable(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// jsonForm writes objects in the documented shape, one per line.
type jsonForm struct{ table schema.Table }

func (j jsonForm) head() []byte { return nil }

func (j jsonForm) row(image schema.Record) ([]byte, error) {
	object, err := j.table.Encode(image)
	return append(object, '\n'), err
}

// tableForm writes rows of CSV: the key, the other fields, and in the last column the names of the empty ones.
type tableForm struct{ fields schema.Table }

func newTableForm(adapter provider.Adapter) tableForm {
	return tableForm{append(schema.Table{keyField(adapter)}, imaged(adapter)...)}
}

func (c tableForm) head() []byte {
	var header []string
	for _, f := range c.fields {
		header = append(header, roster.Header(f))
	}
	text, _ := csvRow(append(header, roster.EmptyHeader)) // names do not have to be escaped
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
			return nil, fmt.Errorf("%s: cannot be stored in CSV; use a file with the extension .ndjson", f.Name)
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
