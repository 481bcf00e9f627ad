package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

// printList prints the two people of the tests.
func printList(t *testing.T, p *Printer) {
	t.Helper()
	list := p.List(t.Context(), columns)
	rows := []struct {
		row []string
		doc person
	}{
		{[]string{"u_1", "+49 30 1234", "ann@example.com"}, ann},
		{[]string{"u_2", "", "b\r\n=1+1"}, bob},
	}
	for _, r := range rows {
		if err := list.Add(r.row, r.doc, r.doc.ID); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // a second Close has no effect
		if err := list.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestList(t *testing.T) {
	tests := []struct {
		name    string
		format  Format
		options []term.TestOption
		want    string
	}{
		{"table at a terminal", "", atTerminal(80), "" +
			"ID   phone        E-mail\n" +
			"u_1  +49 30 1234  ann@example.com\n" +
			"u_2               b  =1+1\n"},
		{"tsv in a pipe", "", inPipe(), "u_1\t+49 30 1234\tann@example.com\nu_2\t\tb  =1+1\n"},
		{"csv", CSV, inPipe(), "id,phone,e_mail\nu_1,'+49 30 1234,ann@example.com\nu_2,,\"b\r\n=1+1\"\n"},
		{"json", JSON, inPipe(), `[
  {
    "schema": "usher.user/v1",
    "id": "u_1",
    "number": 18446744073709551615,
    "zip": "00123",
    "phone": "+49 30 1234",
    "roles": [
      "admin",
      "no"
    ]
  },
  {
    "schema": "usher.user/v1",
    "id": "u_2",
    "number": 7,
    "zip": "no",
    "phone": "",
    "roles": [],
    "boss": {
      "schema": "",
      "id": "<&>",
      "number": 0,
      "zip": "",
      "phone": "",
      "roles": null
    }
  }
]
`},
		{"ndjson", NDJSON, inPipe(), "" +
			`{"schema":"usher.user/v1","id":"u_1","number":18446744073709551615,"zip":"00123","phone":"+49 30 1234","roles":["admin","no"]}` + "\n" +
			`{"schema":"usher.user/v1","id":"u_2","number":7,"zip":"no","phone":"","roles":[],` +
			`"boss":{"schema":"","id":"<&>","number":0,"zip":"","phone":"","roles":null}}` + "\n"},
		{"yaml", YAML, inPipe(), `- schema: usher.user/v1
  id: u_1
  number: 18446744073709551615
  zip: "00123"
  phone: +49 30 1234
  roles:
    - admin
    - "no"
- schema: usher.user/v1
  id: u_2
  number: 7
  zip: "no"
  phone: ""
  roles: []
  boss:
    schema: ""
    id: <&>
    number: 0
    zip: ""
    phone: ""
    roles: null
`},
		{"id", ID, inPipe(), "u_1\nu_2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, out := newPrinter(t, tt.format, "", tt.options...)
			printList(t, p)
			compare(t, out, tt.want)
		})
	}
}

func TestEmptyList(t *testing.T) {
	wants := map[Format]string{
		Table: "", TSV: "", CSV: "id,phone,e_mail\n",
		JSON: "[]\n", NDJSON: "", YAML: "[]\n", ID: "",
	}
	if len(wants) != len(Formats()) {
		t.Fatalf("%d formats tested of %d", len(wants), len(Formats()))
	}
	for format, want := range wants {
		t.Run(string(format), func(t *testing.T) {
			p, out := newPrinter(t, format, "")
			if err := p.List(t.Context(), columns).Close(); err != nil {
				t.Fatal(err)
			}
			compare(t, out, want)
		})
	}
}

// refusing is a document that cannot be encoded.
type refusing struct{}

var errRefused = errors.New("refused")

func (refusing) MarshalJSON() ([]byte, error) { return []byte(`{"half":`), errRefused }

func TestListStaysValidWhenADocumentFails(t *testing.T) {
	row := []string{"", "", ""}
	for name, order := range map[string][]any{
		"first": {refusing{}, 1, 2}, "in the middle": {1, refusing{}, 2}, "last": {1, 2, refusing{}}, "only": {refusing{}},
	} {
		t.Run(name, func(t *testing.T) {
			p, out := newPrinter(t, JSON, "")
			list := p.List(t.Context(), columns)
			want := 0
			for _, doc := range order {
				err := list.Add(row, doc, "")
				if _, fails := doc.(refusing); fails != errors.Is(err, errRefused) {
					t.Errorf("Add(%v): %v", doc, err)
				} else if !fails {
					want++
				}
			}
			if err := list.Close(); err != nil {
				t.Fatal(err)
			}
			var got []int
			if err := json.Unmarshal([]byte(out.String()), &got); err != nil || len(got) != want {
				t.Errorf("printed %q: %d elements, %v, want %d", out, len(got), err, want)
			}
		})
	}
}

func TestRowMustFitTheColumns(t *testing.T) {
	for _, format := range Formats() {
		p, out := newPrinter(t, Format(format), "")
		list := p.List(t.Context(), columns)
		if err := list.Add([]string{"one", "two"}, 1, "1"); err == nil {
			t.Errorf("-o %s takes a row of 2 values for 3 columns", format)
		}
		compare(t, out, "")
	}
}

// A closed pipe is reported at the latest by Close, and nothing is written after the error.
func TestClosedPipeComesBack(t *testing.T) {
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			p, _ := newPrinter(t, Format(format), "")
			broken := &brokenWriter{}
			p.streams.Out = broken
			list := p.List(t.Context(), columns)
			row := []string{"1", "2", "3"}
			first := list.Add(row, 1, "1")
			second := list.Add(row, 1, "1")
			last := list.Close()
			if err := errors.Join(first, second, last); !errors.Is(err, syscall.EPIPE) {
				t.Errorf("errors %v, want EPIPE", err)
			}
			if first != nil && !errors.Is(second, syscall.EPIPE) {
				t.Errorf("after the failure: %v, want EPIPE", second)
			}
			if broken.writes != 1 {
				t.Errorf("%d writes, want 1", broken.writes)
			}

			p.streams.Out = &brokenWriter{}
			if err := p.Object(t.Context(), 1, [][2]string{{"a", "b"}}, "1"); !errors.Is(err, syscall.EPIPE) {
				t.Errorf("Object: %v, want EPIPE", err)
			}
		})
	}
}

type brokenWriter struct{ writes int }

func (w *brokenWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

// A list prints its first result before its end.
func TestListStreams(t *testing.T) {
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			p, out := newPrinter(t, Format(format), "")
			list := p.List(t.Context(), columns)
			for i := range blockRows {
				id := fmt.Sprint("id", i)
				if err := list.Add([]string{id, "", ""}, id, id); err != nil {
					t.Fatal(err)
				}
			}
			if !strings.Contains(out.String(), "id0") {
				t.Errorf("nothing is printed before the end")
			}
			if err := list.Close(); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(out.String(), "id"); got < blockRows {
				t.Errorf("%d rows printed, want %d", got, blockRows)
			}
		})
	}
}

func TestNDJSONSurvivesEveryString(t *testing.T) {
	p, out := newPrinter(t, NDJSON, "")
	list := p.List(t.Context(), nil)
	docs := []string{"a\nb", "\u2028", "\x1b[2J", "\u202e", "é"}
	for _, doc := range docs {
		if err := list.Add(nil, doc, ""); err != nil {
			t.Fatal(err)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(out.String())))
	for _, want := range docs {
		var got string
		if err := decoder.Decode(&got); err != nil || got != want {
			t.Errorf("read %q, %v, want %q", got, err, want)
		}
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Errorf("after the last document: %v", err)
	}
	if got := strings.Count(out.String(), "\n"); got != len(docs) {
		t.Errorf("%d lines, want %d", got, len(docs))
	}
}

func TestListThatFailsBeforeItsFirstResultPrintsNothing(t *testing.T) {
	for _, format := range []Format{JSON, NDJSON, YAML, CSV, TSV, Table, ID} {
		t.Run(string(format), func(t *testing.T) {
			failed := errors.New("no list")
			printer, out := newPrinter(t, format, "", inPipe()...)
			list := printer.List(t.Context(), []Column{{Name: "id"}})
			if err := list.End(failed); !errors.Is(err, failed) {
				t.Errorf("got %v", err)
			}
			if err := list.Close(); err != nil || out.String() != "" {
				t.Errorf("%q is printed, and %v", out.String(), err)
			}
		})
	}
}

// People read that a list is empty; programs get nothing but the list.
func TestEmptyListOf(t *testing.T) {
	for _, format := range Formats() {
		streams, _, _, stderr := term.Test()
		p, err := New(streams, Format(format), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.ListOf(t.Context(), "runs", columns).Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := stderr.String(), map[bool]string{true: "No runs.\n"}[p.ForPeople()]; got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}
