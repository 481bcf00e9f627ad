package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/safecell"
)

// Columns are the properties of lines that only some runs have.
type Columns struct{ Profile, Group bool }

// Results returns a new sink for a results file. Its format is the extension of the name: csv, ndjson or json. The columns
// matter for csv only.
func Results(w io.Writer, name string, columns Columns) (Sink, error) {
	switch ending(name) {
	case ".csv":
		r := &csvResults{csv.NewWriter(w), columns}
		return r, r.write("profile", "group", "line", "state", "id", "key", "class", "error", "hint", "not_stored")
	case ".ndjson", ".jsonl":
		return &ndjsonResults{w}, nil
	case ".json":
		return &jsonResults{w: w}, nil
	default:
		return nil, fmt.Errorf("%s: unknown extension; use .csv, .ndjson or .json", name)
	}
}

// CheckName returns an error unless [Results] supports the extension of a name.
func CheckName(name string) error {
	_, err := Results(io.Discard, name, Columns{})
	return err
}

func ending(name string) string { return strings.ToLower(filepath.Ext(name)) }

type csvResults struct {
	rows    *csv.Writer
	columns Columns
}

// write writes a row: the profile is its first cell and the group its last, if the file has these columns.
func (r *csvResults) write(profile, group string, cells ...string) error {
	if r.columns.Profile {
		cells = append([]string{profile}, cells...)
	}
	if r.columns.Group {
		cells = append(cells, group)
	}
	return r.rows.Write(cells)
}

// Add writes a line. Its texts are safe to open in a spreadsheet and to show on a terminal.
func (r *csvResults) Add(l Line) error {
	l = l.shown()
	return r.write(l.Profile, safecell.Guard(l.Group),
		strconv.Itoa(l.Line), l.State, safecell.Guard(l.ID), safecell.Guard(l.Key), l.Class, safecell.Guard(l.Error), safecell.Guard(l.Hint),
		safecell.Guard(strings.Join(l.NotStored, ";")))
}

func (r *csvResults) Close() error {
	r.rows.Flush()
	return r.rows.Error()
}

type ndjsonResults struct{ w io.Writer }

func (r *ndjsonResults) Add(l Line) error {
	text, err := render.EncodeLine(l)
	if err != nil {
		return err
	}
	_, err = r.w.Write(text)
	return err
}

func (r *ndjsonResults) Close() error { return nil }

type jsonResults struct {
	w     io.Writer
	begun bool
}

func (r *jsonResults) Add(l Line) error {
	separator := ",\n"
	if !r.begun {
		r.begun, separator = true, "[\n"
	}
	text, err := render.EncodeLine(l)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.w, "%s  %s", separator, bytes.TrimSuffix(text, []byte("\n")))
	return err
}

func (r *jsonResults) Close() error {
	end := "\n]\n"
	if !r.begun {
		end = "[]\n"
	}
	_, err := io.WriteString(r.w, end)
	return err
}
