package roster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/pkg/schema"
)

// writeFailed writes all rows of a roster back, with a note.
func writeFailed(t testing.TB, r *Roster) []byte {
	t.Helper()
	var b bytes.Buffer
	f, err := NewFailedWriter(context.Background(), &b, r, "")
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range r.Rows(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		message := "=1+1: told"
		if row.Errors != nil {
			message = row.Errors.Error()
		}
		if err := f.Write(row.Number, message, "-mend\nit"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFailedRowsImportAsTheyAre(t *testing.T) {
	for _, d := range dresses(t) {
		t.Run(d.name, func(t *testing.T) {
			data := d.data
			for round := range 2 { // what was written back is written back again
				r := open(t, save(t, d.file, data), Options{})
				described := strings.TrimPrefix(r.Description().String(), r.Description().File+": ")
				if round == 1 {
					described = strings.Replace(described, "of 13 columns", "of 10 columns", 1)
				}
				if d.name != "indented objects" && described != d.want { // these come back one a line
					t.Errorf("round %d: described as %s, want %s", round, described, d.want)
				}
				if got := records(t, r); !reflect.DeepEqual(got, crowd()) {
					t.Errorf("round %d: read %v", round, got)
				}
				data = writeFailed(t, r)
			}
		})
	}
}

func TestMendedRowsImport(t *testing.T) {
	good := schema.Record{"email": "a@example.com", "oryId": "1", "organization": "o", "firstName": "Zoë"}
	for file, data := range map[string][]byte{
		"people.csv":    []byte("Vorname;E-Mail ;oryId;org;usher_error;Notizen\r\n\"Zoë\";nobody;1;o;old;\"=1+1\r\nx\"\r\n"),
		"people.tsv":    encoded(t, "Vorname\tE-Mail\toryId\torg\tNotizen\nZoë\tnobody\t1\to\tx\n", "UTF-16LE with BOM"),
		"latin.csv":     encoded(t, "Vorname,E-Mail,oryId,org,Notizen\rZoë,nobody,1,o,\r", "windows-1252"),
		"people.json":   []byte(`[{"Vorname": "Zoë", "email": "nobody", "usher_hint": "old", "oryId": "1", "organization": "o", "Notizen": [1.50, {"a": "<"}]}]`),
		"people.ndjson": []byte(`{"Vorname": "Zoë", "email": "nobody", "oryId": "1", "organization": "o", "Notizen": null}`),
		"people.yaml":   []byte("- Vorname: Zoë # her name\n  email: nobody\n  oryId: 1\n  organization: o\n  Notizen: &x {<<: {a: 1}}\n  usher_line: 5\n"),
	} {
		o := Options{Ignore: []string{"Notizen"}}
		written := writeFailed(t, open(t, save(t, file, data), o))
		r := open(t, save(t, file, written), o)
		faults := faultsOf(t, r)
		if len(faults) != 1 || !strings.Contains(faults[0], `email "nobody" is not an email address`) {
			t.Errorf("%s: faults %q in\n%s", file, faults, written)
		}
		mended := written
		for _, encoding := range []string{"utf-8", "utf-16le"} {
			mended = bytes.Replace(mended, encoded(t, "nobody", encoding), encoded(t, "a@example.com", encoding), 1)
		}
		if got := records(t, open(t, save(t, file, mended), o)); !reflect.DeepEqual(got, []schema.Record{good}) {
			t.Errorf("%s: read %v from\n%s", file, got, mended)
		}
	}
}

func TestWhatIsWrittenForFailedRows(t *testing.T) {
	for _, test := range []struct{ file, data, want string }{
		{"people.csv", "usher_hint;\"Vor\nname\";E-Mail;oryId;org;\r\nold;Zoë;\" a@example.com\";=1+1;\"o\"\"\n1\";\r\n;a\"b;x;1;o;\r\n;1;2\r\n;1;a@example.com;1;o;;extra\r\n",
			"\"Vor\r\nname\";E-Mail;oryId;org;;usher_line;usher_error;usher_hint\r\n" +
				"Zoë;\" a@example.com\";=1+1;\"o\"\"\r\n1\";;3;'=1+1: told;\"'-mend; it\"\r\n" +
				"\"a\"\"b\";x;1;o;;5;\"people.csv:5:3: quotation mark in an unquoted cell (enclose the cell in quotation marks and double the inner one: \"\"5\"\"\"\" disk\"\")\";\"'-mend; it\"\r\n" +
				"1;2;;;;6;people.csv:6: row has 3 cells, but the header has 6 (add the delimiters that are missing);\"'-mend; it\"\r\n" +
				"1;a@example.com;1;o;;extra;7;people.csv:7:23: row has 7 cells, but the header has 6 (enclose a value that contains the delimiter in quotation marks);\"'-mend; it\"\r\n"},
		{"people.json", `[ {"email" : "a@example.com", "oryId": "\u0031", "organization":"<o>", "usher_line": 1}, 5]`,
			"[\n{\"email\":\"a@example.com\",\"oryId\":\"\\u0031\",\"organization\":\"<o>\",\"usher_line\":1,\"usher_error\":\"'=1+1: told\",\"usher_hint\":\"'-mend; it\"},\n5\n]\n"},
		{"people.ndjson", "{\"email\":\"a@example.com\",\"oryId\":\"1\",\"organization\":\"o\"}\n{\"email\":\n",
			"{\"email\":\"a@example.com\",\"oryId\":\"1\",\"organization\":\"o\",\"usher_line\":1,\"usher_error\":\"'=1+1: told\",\"usher_hint\":\"'-mend; it\"}\n{\"email\":\n"},
		{"people.yaml", "- &a {email: a@example.com, oryId: 01, organization: 'o'}\n- *a\n- 5\n",
			"- {email: a@example.com, oryId: 01, organization: 'o', usher_line: 1, usher_error: '''=1+1: told', usher_hint: '''-mend; it'}\n" +
				"- {email: a@example.com, oryId: 01, organization: 'o', usher_line: 2, usher_error: '''=1+1: told', usher_hint: '''-mend; it'}\n- 5\n"},
		{"spelled.yaml", "- {email: a@example.com, oryId: 1, organization: o, firstName: }\n- email: b@example.com\n  firstName: |4-\n\n      b\n  lastName:\n",
			"- {email: a@example.com, oryId: 1, organization: o, firstName: null, usher_line: 1, usher_error: '''=1+1: told', usher_hint: '''-mend; it'}\n" +
				"- email: b@example.com\n  firstName: \"\\nb\"\n  lastName: null\n  usher_line: 2\n  usher_error: 'spelled.yaml:2:3: oryId is required; spelled.yaml:2:3: organization is required'\n  usher_hint: '''-mend; it'\n"},
	} {
		path := save(t, test.file, []byte(test.data))
		got := strings.ReplaceAll(string(writeFailed(t, open(t, path, Options{Map: map[string]string{"Vor name": "firstName"}}))), filepath.Dir(path)+string(filepath.Separator), "")
		if got != test.want {
			t.Errorf("%s: wrote\n%s\nwant\n%s", test.file, got, test.want)
		}
	}
}

func TestAFailedWorkbookOpensInTheOtherProgram(t *testing.T) {
	path := save(t, "people.xlsx", excelizeBook(t, [][]string{{"E-mail", "oryId", "Org", "PLZ"}, {"a@example.com", "1", "o", "00123"}}))
	written := writeFailed(t, open(t, path, Options{}))
	f, err := excelize.OpenReader(bytes.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	got, err := f.GetRows("Sheet1")
	want := "[[E-mail oryId Org PLZ usher_line usher_error usher_hint] [a@example.com 1 o 00123 2 '=1+1: told '-mend; it]]"
	if err != nil || fmt.Sprint(got) != want {
		t.Errorf("read %v, %v", got, err)
	}
}

func TestAFailedFileWithoutRows(t *testing.T) {
	for _, d := range dresses(t) {
		r := open(t, save(t, d.file, d.data), Options{})
		var b bytes.Buffer
		f, err := NewFailedWriter(context.Background(), &b, r, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if b.Len() == 0 {
			continue
		}
		err = readAll(save(t, d.file, b.Bytes()), Options{})
		if !errors.Is(err, NoRows) {
			t.Errorf("%s: wrote %q, which reads as %v", d.name, b.String(), err)
		}
	}
}

func TestAFullDiskIsTold(t *testing.T) {
	for _, d := range dresses(t) {
		r := open(t, save(t, d.file, d.data), Options{})
		full := &fullDisk{left: 10}
		f, err := NewFailedWriter(context.Background(), full, r, "")
		for row, readErr := range r.Rows(context.Background()) {
			if readErr != nil {
				t.Fatal(readErr)
			}
			if err == nil {
				err = f.Write(row.Number, "x", "y")
			}
		}
		if err == nil {
			err = f.Close()
		}
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: error %v", d.name, err)
		}
	}
}

// fullDisk takes a few bytes only.
type fullDisk struct{ left int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, os.ErrClosed
	}
	f.left -= len(p)
	return len(p), nil
}

// Whatever a text consists of, and however it was written, a row of YAML that
// holds it is written so that it is read as the same.
func TestEveryYAMLTextIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	texts := []string{""}
	for begin, length := 0, 0; length < 3; length++ {
		end := len(texts)
		for _, text := range texts[begin:end] {
			for _, sign := range []string{" ", "\n", "\t", "#", ":", "\u2028", "a"} {
				texts = append(texts, text+sign)
			}
		}
		begin = end
	}
	text := func(value string, style yaml.Style) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: style}
	}
	for _, value := range texts {
		for _, style := range []yaml.Style{0, yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle} {
			odd := text(value, style)
			list := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{odd, text("x", 0)}}
			for place, members := range map[string][]*yaml.Node{
				"as a value": {text("k", 0), odd, text("l", 0), text("v", 0)},
				"as a key":   {odd, text("v", 0), text("l", 0), text("w", 0)},
				"in a list":  {text("k", 0), list, text("l", 0), text("v", 0)},
				"at the end": {text("k", 0), text("v", 0), text("l", 0), odd},
			} {
				for _, braces := range []yaml.Style{0, yaml.FlowStyle} {
					odd.Style = style
					if _, err := yamlItem(&yaml.Node{Kind: yaml.MappingNode, Style: braces, Content: members}); err != nil {
						t.Fatalf("%q in style %d, %s: %v", value, style, place, err)
					}
				}
			}
		}
	}
}
