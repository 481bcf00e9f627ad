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

// Results returns a new sink for a results file. Its format is the extension of the name: csv, ndjson or json.
func Results(w io.Writer, name string) (Sink, error) { return results(w, name) }

// RouteResults is [Results] for lines with a profile.
func RouteResults(w io.Writer, name string) (Sink, error) { return results(w, name, "profile") }

func results(w io.Writer, name string, first ...string) (Sink, error) {
	switch ending(name) {
	case ".csv":
		rows := csv.NewWriter(w)
		return &csvResults{rows, len(first) > 0}, rows.Write(append(first, "line", "state", "id", "key", "class", "error", "hint", "not_stored"))
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
	_, err := Results(io.Discard, name)
	return err
}

func ending(name string) string { return strings.ToLower(filepath.Ext(name)) }

type csvResults struct {
	rows     *csv.Writer
	profiles bool
}

// Add writes a line. Its texts are safe to open in a spreadsheet and to show on a terminal.
func (r *csvResults) Add(l Line) error {
	l = l.shown()
	cells := []string{
		strconv.Itoa(l.Line), l.State, safecell.Guard(l.ID), safecell.Guard(l.Key), l.Class, safecell.Guard(l.Error), safecell.Guard(l.Hint),
		safecell.Guard(strings.Join(l.NotStored, ";")),
	}
	if r.profiles {
		cells = append([]string{l.Profile}, cells...)
	}
	return r.rows.Write(cells)
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
