package roster

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/roster/charset"
)

// readAll opens a file and reads all rows, until the first error.
func readAll(path string, o Options) error {
	if o.Table == nil {
		o.Table = suluTable()
	}
	o.ConfirmEncoding = believe
	r, err := Open(context.Background(), File(path), o)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for _, err := range r.Rows(context.Background()) {
		if err != nil {
			return err
		}
	}
	return nil
}

// bomb is a workbook whose sheet unpacks to far more than it seems.
func bomb(t *testing.T) []byte {
	t.Helper()
	source, err := zip.NewReader(bytes.NewReader(ownBook(t, grid())), int64(len(ownBook(t, grid()))))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, file := range source.File {
		part, err := w.Create(file.Name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file.Name, "sheet1.xml") {
			text = bytes.Replace(text, []byte("</sheetData>"), append(bytes.Repeat(append(append([]byte("<row>"), bytes.Repeat([]byte{' '}, 64<<10)...), "</row>"...), 80), "</sheetData>"...), 1)
		}
		if _, err := part.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsWrongWithAFile(t *testing.T) {
	var names []string
	for _, format := range Formats() {
		names = append(names, string(format))
	}
	const header = "email,oryId,organization\n"
	const row = "a@example.com,1,o\n"
	for _, test := range []struct {
		name, file string
		data       string
		options    Options
		reason     Kind
		want       string
	}{
		{"empty", "people.csv", "", Options{}, Empty, `people.csv: the file is empty`},
		{"mark alone", "people.csv", "\ufeff", Options{}, Empty, `people.csv: the file contains only blank lines`},
		{"blank", "people.csv", " \n\n,\n", Options{}, Empty, `people.csv: the file contains only blank lines`},
		{"header only", "people.csv", header + "\n ,,\n", Options{}, NoRows, `people.csv: no rows after the header (add one row per user)`},
		{"header only in a workbook", "people.xlsx", string(ownBook(t, grid()[:1])), Options{}, NoRows, `people.xlsx: no rows after the header (add one row per user)`},
		{"empty worksheet", "people.xlsx", string(ownBook(t, [][]string{{""}})), Options{}, Empty, `people.xlsx: the file contains only blank lines`},
		{"empty list", "people.json", " [ ] ", Options{}, NoRows, `people.json: the file contains no objects (add one object per user)`},
		{"empty yaml", "people.yaml", "# nobody\n---\n---\n", Options{}, NoRows, `people.yaml: the file contains no objects (add one object per user)`},
		{"blank ndjson", "people.ndjson", "\n\n", Options{}, NoRows, `people.ndjson: the file contains no objects (add one object per user)`},
		{"open quote", "people.csv", header + row + "\n\"a@example.com\",\"two\nlines\",\"Zoë\n" + row + row, Options{}, Syntax,
			`people.csv:5:8: unclosed quotation mark (close it, or double it if it is part of the text)`},
		{"open quote in the header", "people.csv", "email,\"oryId\n" + row, Options{}, Syntax,
			`people.csv:1:7: unclosed quotation mark (close it, or double it if it is part of the text)`},
		{"broken header", "people.csv", "email,ory\"Id\n" + row, Options{}, Syntax,
			`people.csv:1:10: quotation mark in an unquoted cell (enclose the cell in quotation marks and double the inner one: "5"" disk")`},
		{"open quote that swallows much", "people.csv", header + row + "b@example.com,\"1,o\n" + strings.Repeat(row, 1<<18), Options{}, TooLarge,
			`people.csv:3:15: cell larger than 4 MiB (check for an unclosed quotation mark)`},
		{"10 MB cell", "people.csv", header + row + "b@example.com," + strings.Repeat("x", 10<<20) + ",o\n", Options{}, TooLarge,
			`people.csv:3:15: row larger than 4 MiB (check that the file is a roster)`},
		{"NUL", "people.csv", header + row + "b@example.com,\x001,o\n", Options{}, WrongEncoding,
			`people.csv:3:15: NUL character in the text (remove it; for UTF-16 use --encoding utf-16)`},
		{"NUL in JSON", "people.ndjson", `{"email":"x"}` + "\n\x00", Options{}, WrongEncoding,
			`people.ndjson:2:1: NUL character in the text (remove it; for UTF-16 use --encoding utf-16)`},
		{"NUL in YAML", "people.yaml", "- email: x\n  oryId: \x00\n", Options{}, WrongEncoding,
			`people.yaml:2:10: NUL character in the text (remove it; for UTF-16 use --encoding utf-16)`},
		{"not UTF-8", "people.csv", header + "zo\xeb@example.com,1,o\n", Options{Encoding: "utf-8"}, WrongEncoding,
			`people.csv:2:3: byte 0xEB is not valid in UTF-8 (save it as UTF-8, or specify its encoding, for example --encoding windows-1252)`},
		{"unknown encoding", "people.csv", header + row, Options{Encoding: "klingon"}, BadOption,
			`people.csv: unknown encoding "klingon"; must be one of ` + strings.Join(charset.Names(), ", ") + ` (omit --encoding to detect it)`},
		{"wrong delimiter", "people.csv", header + row, Options{Delimiter: ";;"}, BadOption,
			`people.csv: invalid delimiter ";;"; must be one character, or comma, semicolon, tab, pipe or space`},
		{"sheet of a text", "people.csv", header + row, Options{Sheet: "2"}, BadOption, `people.csv: the file has no worksheets (omit --sheet)`},
		{"gzip", "people.csv.gz", string(gzipped(t, header+row)), Options{}, WrongFormat, `people.csv.gz: compressed with gzip (unpack it: gunzip -c FILE | usher users import -)`},
		{"pdf", "people.pdf", "%PDF-1.4", Options{}, WrongFormat, `people.pdf: a PDF document (export the list as .xlsx or CSV from the program that made it)`},
		{"html", "people.xls", "\n<HTML><table>", Options{}, WrongFormat, `people.xls: a web page or an XML document (open it in a spreadsheet program and save it as .xlsx or CSV)`},
		{"text called xlsx", "people.xlsx", header + row, Options{}, WrongFormat, `people.xlsx: not an XLSX workbook, despite its name (for a text file, use --format csv)`},
		{"workbook called csv", "people.csv", string(ownBook(t, grid())), Options{Format: CSV}, WrongFormat, `people.csv: a workbook or an archive, not csv (omit --format)`},
		{"unknown format", "people.csv", header + row, Options{Format: "docx"}, BadOption, `people.csv: unknown roster format "docx"; must be one of ` + alternatives(names)},
		{"zip", "people.zip", string(zipped(t, "people.csv")), Options{}, WrongFormat, `people.zip: a ZIP archive, but not an XLSX workbook (unpack it and import the file inside)`},
		{"ods", "people.ods", string(zipped(t, "Index/Document.iwa")), Options{}, WrongFormat, `people.ods: a Numbers spreadsheet (open it in its program and save or export it as .xlsx or CSV)`},
		{"broken zip", "people.xlsx", "PK\x03\x04", Options{}, WrongFormat, `people.xlsx: not an XLSX workbook: zip: not a valid zip file`},
		{"xls", "people.xls", "\xD0\xCF\x11\xE0" + strings.Repeat("\x00", 2000), Options{}, WrongFormat, `people.xls: a spreadsheet in the old .xls format (open it in a spreadsheet program and save it as .xlsx or CSV)`},
		{"encrypted", "people.xlsx", "\xD0\xCF\x11\xE0" + strings.Repeat("\x00", 26) + "\x09\x00" + strings.Repeat("\x00", 1000) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00" + strings.Repeat("\x00", 2000), Options{}, Encrypted,
			`people.xlsx: workbook encrypted with a password (open it, remove the password under File > Info > Protect Workbook > Encrypt with Password, and save it)`},
		{"bomb", "people.xlsx", string(bomb(t)), Options{}, TooLarge,
			`people.xlsx:People: part xl/worksheets/sheet1.xml unpacks to more than 200 times its size, as a zip bomb does (save the sheet as CSV and import that)`},
		{"open list", "people.json", `[{"email":"a@example.com","oryId":"1","organization":"o"}`, Options{}, Syntax, `people.json:1:58: invalid JSON: unexpected end of file`},
		{"open object", "people.json", "[\n{\"email\":", Options{}, Syntax, `people.json:2:10: invalid JSON: unexpected end of file`},
		{"broken list", "people.json", "[\n{\"email\":\"a\"},\n{\"email\": x}]", Options{}, Syntax, `people.json:3:11: invalid JSON: invalid character 'x' looking for beginning of value`},
		{"list without a comma", "people.json", "[\n{\"email\":\"a\"}\n{\"email\": 1}]", Options{}, Syntax, `people.json:3:1: invalid JSON: expected comma after array element`},
		{"comma at the end", "people.json", "[\n{\"email\":\"a\"},\n]", Options{}, Syntax, `people.json:3:1: invalid JSON: invalid character ']' looking for beginning of value`},
		{"behind the list", "people.json", "[{\"email\":\"a\"}]\n\nx", Options{}, Syntax, `people.json:3:1: unexpected data after the list (a JSON roster must be one list)`},
		{"large object", "people.json", `[{"email":"a"}, {"x":"` + strings.Repeat("x", 5<<20) + `"}]`, Options{}, TooLarge,
			`people.json:1:17: object larger than 4 MiB (check for a missing closing brace)`},
		{"broken yaml", "people.yaml", "- email: a\n- email: [\n", Options{}, Syntax, `people.yaml:2: invalid YAML: did not find expected node content (enclose texts with special characters in quotation marks)`},
		{"large yaml", "people.yaml", strings.Repeat("- email: a@example.com\n", 2000), Options{MaxCell: 1 << 10}, TooLarge,
			`people.yaml: YAML document larger than 16 KiB (write one document per user, or NDJSON: yq -o json -I 0 '.[]' FILE)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := save(t, test.file, []byte(test.data))
			err := readAll(path, test.options)
			var own *Error
			if !errors.As(err, &own) || !errors.Is(err, test.reason) {
				t.Fatalf("error %v", err)
			}
			if got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""); got != test.want {
				t.Errorf("error\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	folder := t.TempDir()
	locked := save(t, "people.csv", []byte("email\n"))
	if err := os.Chmod(locked, 0); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path   string
		reason error
		want   string
	}{
		{filepath.Join(folder, "nobody.csv"), fs.ErrNotExist, "file not found"},
		{folder, Directory, "not a file but a directory (specify a file in it)"},
		{locked, fs.ErrPermission, "permission denied (request the permission from its owner, or copy it)"},
	} {
		if _, err := os.ReadFile(test.path); err == nil {
			continue // root may read everything
		}
		for name, err := range map[string]error{"Open": readAll(test.path, Options{}), "One": third(One(File(test.path), suluTable()))} {
			if !errors.Is(err, test.reason) || err.Error() != test.path+": "+test.want {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

func third[T, U any](_ T, _ U, err error) error { return err }
