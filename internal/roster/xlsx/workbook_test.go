package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// archiveOf packs parts, given as name and text in turns.
func archiveOf(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		file, err := w.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(file, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dialect is a workbook as another program writes it: prefixes before every
// name, the strict namespaces, an absolute target, names with backslashes,
// shared texts with runs, and no reference on the cells of a row.
func dialect(t testing.TB, rows string) []byte {
	return archiveOf(t,
		`_rels\.rels`, `<p:Relationships xmlns:p="x"><p:Relationship Id="a" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/XL/Book.xml"/></p:Relationships>`,
		`xl\book.xml`, `<x:workbook xmlns:x="y" xmlns:q="z"><x:workbookPr date1904="1"/><x:sheets>`+
			`<x:sheet name="Lists" sheetId="9" state="veryHidden" q:id="s1"/><x:sheet name="Chart" sheetId="5" q:id="s3"/><x:sheet name="People &amp; co" sheetId="2" q:id="s2"/></x:sheets></x:workbook>`,
		`xl\_rels\book.xml.rels`, `<Relationships><Relationship Id="s1" Type="t/worksheet" Target="sheets/hidden.xml"/>`+
			`<Relationship Id="s2" Type="t/worksheet" Target="sheets/../sheets/people.xml"/><Relationship Id="s3" Type="t/chartsheet" Target="sheets/chart.xml"/>`+
			`<Relationship Id="t" Type="t/sharedStrings" Target="texts.xml"/><Relationship Id="f" Type="t/styles" Target="styles.xml"/></Relationships>`,
		`xl\texts.xml`, `<x:sst><x:si><x:t xml:space="preserve"> e-mail </x:t></x:si><x:si><x:r><x:t>Sm</x:t></x:r><x:r><x:rPr/><x:t>ith</x:t></x:r><x:rPh sb="0"><x:t>sumisu</x:t></x:rPh></x:si><x:si/></x:sst>`,
		`xl\styles.xml`, `<x:styleSheet><x:numFmts><x:numFmt numFmtId="164" formatCode="00000"/></x:numFmts><x:cellXfs><x:xf numFmtId="0"/><x:xf numFmtId="164"/><x:xf numFmtId="14"/></x:cellXfs></x:styleSheet>`,
		`xl\sheets\hidden.xml`, `<worksheet><sheetData/></worksheet>`,
		`xl\sheets\people.xml`, `<x:worksheet xmlns:x="y"><x:sheetData>`+rows+`</x:sheetData></x:worksheet>`,
	)
}

func openBytes(file []byte) (*Workbook, error) {
	return Open(bytes.NewReader(file), int64(len(file)))
}

// dump reads a sheet as one line a row: its number, then each cell's kind and
// text.
func dump(w *Workbook, sheet Sheet) (string, error) {
	rows, err := w.Rows(sheet)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var b strings.Builder
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		fmt.Fprintf(&b, "%d", row.Number)
		if row.Hidden {
			b.WriteString(" hidden")
		}
		for _, cell := range row.Cells {
			fmt.Fprintf(&b, "|%d:%s", cell.Kind, cell.Text)
		}
		b.WriteString("\n")
	}
}

func TestAnotherDialectIsRead(t *testing.T) {
	w, err := openBytes(dialect(t, `
		<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row>
		<x:row r="4" hidden="true" x14ac:r="9"><x:c r="B4" s="1"><x:v>1067</x:v></x:c><x:c s="2"><x:v>43890</x:v></x:c><x:c t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r><x:r><x:t>b_x000D_</x:t></x:r></x:is></x:c></x:row>
		<x:row><x:c t="b"><x:v>1</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c><x:c t="str"><x:f>A1&amp;B1</x:f><x:v>xy</x:v></x:c><x:c><x:f>1+1</x:f></x:c><x:c t="str"><x:f>""</x:f><x:v></x:v></x:c><x:c t="d"><x:v>2024-03-01</x:v></x:c></x:row>`))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v", w.Sheets()); got != "[{Name:Lists Hidden:true part:XL/sheets/hidden.xml} {Name:People & co Hidden:false part:XL/sheets/people.xml}]" {
		t.Errorf("sheets %s", got)
	}
	got, err := dump(w, w.Sheets()[1])
	want := "1|1: e-mail |1:Smith\n4 hidden|0:|3:01067|4:2024-03-01|1:ab\r\n5|5:TRUE|6:#N/A|1:xy|7:|0:|4:2024-03-01\n"
	if err != nil || got != want {
		t.Errorf("read %q, %v\nwant %q", got, err, want)
	}
}

func TestWhatExcelizeWritesIsRead(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	zip, err := f.NewStyle(&excelize.Style{NumFmt: 0, CustomNumFmt: new("00000")})
	must(err)
	must(f.SetSheetRow("Sheet1", "A1", &[]any{"E-mail", "PLZ", "Aktiv", "Größe"}))
	must(f.SetSheetRow("Sheet1", "B3", &[]any{1067, true, 1.5}))
	must(f.SetCellStyle("Sheet1", "B3", "B3", zip))
	must(f.SetCellRichText("Sheet1", "A3", []excelize.RichTextRun{{Text: "anna"}, {Text: "@example.com"}}))
	must(f.SetCellFormula("Sheet1", "E3", "1+1"))
	_, err = f.NewSheet("Other")
	must(err)
	must(f.SetSheetVisible("Other", false))
	var b bytes.Buffer
	must(f.Write(&b))

	w, err := openBytes(b.Bytes())
	must(err)
	if sheets := w.Sheets(); len(sheets) != 2 || sheets[0].Name != "Sheet1" || !sheets[1].Hidden {
		t.Errorf("sheets %+v", sheets)
	}
	got, err := dump(w, w.Sheets()[0])
	want := "1|1:E-mail|1:PLZ|1:Aktiv|1:Größe\n3|1:anna@example.com|3:01067|5:TRUE|2:1.5|7:\n"
	if err != nil || got != want {
		t.Errorf("read %q, %v\nwant %q", got, err, want)
	}
}

func TestWhatIsWrittenIsReadByBothPrograms(t *testing.T) {
	rows := [][]string{
		{"E-mail", "Notes & <more>", "Zip"},
		{"zoë@example.com", "two\nlines\r\n_x000D_ and _x", "00123"},
		{"", "=1+1", " spaces "},
		{},
	}
	var b bytes.Buffer
	w, err := NewWriter(&b, `People & "co"`, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	own, err := openBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := dump(own, own.Sheets()[0])
	want := "1|1:E-mail|1:Notes & <more>|1:Zip\n2|1:zoë@example.com|1:two\nlines\r\n_x000D_ and _x|1:00123\n3|0:|1:=1+1|1: spaces \n4\n"
	if err != nil || got != want {
		t.Errorf("read %q, %v\nwant %q", got, err, want)
	}

	other, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	sheet := other.GetSheetList()[0]
	if sheet != `People & "co"` {
		t.Errorf("the sheet is called %q", sheet)
	}
	for cell, want := range map[string]string{"A2": "zoë@example.com", "B2": "two\nlines\r\n_x000D_ and _x", "C2": "00123", "B3": "=1+1", "C3": " spaces "} {
		if got, err := other.GetCellValue(sheet, cell); err != nil || got != want {
			t.Errorf("excelize reads %s as %q, %v, want %q", cell, got, err, want)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	compound := func(stream string) []byte {
		file := make([]byte, 2048)
		copy(file, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
		file[30], file[48] = 9, 1 // sectors of 512 bytes, the directory in the second
		copy(file[1024:], wide(stream))
		return file
	}
	for _, test := range []struct {
		name   string
		file   []byte
		reason ErrorKind
		text   string
	}{
		{"text", []byte("a,b\n"), NotWorkbook, "not an XLSX workbook"},
		{"nothing", nil, NotWorkbook, "not an XLSX workbook"},
		{"encrypted", compound("EncryptedPackage"), Encrypted, "Encrypt with Password"},
		{"xls", compound("Workbook"), OtherFormat, "old .xls format"},
		{"half a header", []byte("\xD0\xCF\x11\xE0"), OtherFormat, "old .xls format"},
		{"numbers", archiveOf(t, "Index/Document.iwa", "x"), OtherFormat, "Numbers"},
		{"xlsb", archiveOf(t, "xl/workbook.bin", "x"), OtherFormat, ".xlsb"},
		{"zip", archiveOf(t, "people.csv", "a,b"), NotWorkbook, "unpack it"},
		{"no XML", archiveOf(t, "xl/workbook.xml", "<workbook"), Broken, "invalid part xl/workbook.xml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := openBytes(test.file)
			var own *Error
			if !errors.As(err, &own) || !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestBrokenCellsHaveAPlace(t *testing.T) {
	for rows, want := range map[string]string{
		`<row r="2"><c r="B2" t="s"><v>77</v></c></row>`:                                `B2: cell refers to text "77", which is missing in the workbook`,
		`<row r="2"><c r="2B"/></row>`:                                                  `invalid cell name "2B"`,
		`<row r="0"/>`:                                                                  `invalid row number "0"`,
		`<row r="2"><c r="C2"><v>1</w></c></row>`:                                       ``, // mismatched tags do not matter
		`<row r="7"><c r="B7" t="inlineStr"><is><t>&broken;`:                            `B7: invalid part XL/sheets/people.xml`,
		`<row r="7"><c r="B7"><v>` + strings.Repeat("1", 100) + `</v></c></row><!-- --`: `invalid part XL/sheets/people.xml`,
	} {
		w, err := openBytes(dialect(t, rows))
		if err != nil {
			t.Fatal(err)
		}
		_, err = dump(w, w.Sheets()[1])
		if want == "" && err == nil {
			continue
		}
		if !errors.Is(err, Broken) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error %v, want %s", rows, err, want)
		}
	}
}

func TestBombsAreRefused(t *testing.T) {
	narrow := limits{part: 1 << 20, strings: 4 << 10, small: 64 << 10, token: 8 << 10, ratio: 50, slack: 32 << 10}
	row := `<row r="2"><c t="inlineStr"><is><t>x</t></is></c></row>`
	shared := func(texts string) []byte {
		return archiveOf(t, "xl/workbook.xml", `<workbook/>`, "xl/_rels/workbook.xml.rels",
			`<Relationships><Relationship Id="t" Type="t/sharedStrings" Target="t.xml"/></Relationships>`, "xl/t.xml", texts)
	}
	for _, test := range []struct {
		name string
		file []byte
		text string
	}{
		{"packed too well", dialect(t, strings.Repeat(row, 5000)), "as a zip bomb does"},
		{"a text without end", dialect(t, `<row><c t="inlineStr"><is><t>`+strings.Repeat("x", 16<<10)), "contains a text of more than"},
		{"a text in pieces", dialect(t, `<row><c t="inlineStr"><is><t>`+strings.Repeat(strings.Repeat("x", 1000)+"<!-- -->", 12)), "contains a text of more than"},
		{"a value without end", dialect(t, `<row><c><v>`+strings.Repeat(strings.Repeat("1", 1000)+"<!-- -->", 12)), "contains a text of more than"},
		{"too many texts", shared("<sst>" + strings.Repeat("<si/>", 600)), "of text"},
		{"a shared text without end", shared("<sst><si><t>" + strings.Repeat(strings.Repeat("x", 1000)+"<!-- -->", 12)), "contains a text of more than"},
		{"a large small part", archiveOf(t, "xl/workbook.xml", "<workbook>"+strings.Repeat(" ", 200<<10)+"</workbook>"), "unpacks to more than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, err := open(bytes.NewReader(test.file), int64(len(test.file)), narrow)
			if err == nil {
				_, err = dump(w, w.Sheets()[1])
			}
			if !errors.Is(err, TooLarge) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v", err)
			}
		})
	}
	honest, err := open(bytes.NewReader(dialect(t, row)), int64(len(dialect(t, row))), narrow)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dump(honest, honest.Sheets()[1]); err != nil || got != "2|1:x\n" {
		t.Errorf("read %q, %v within the limits", got, err)
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(`<row r="1"><c r="A1" t="s"><v>0</v></c><c s="1"><v>5</v></c></row>`))
	f.Add([]byte(`<row><c t="inlineStr"><is><t>x_x000D_</t></is></c></row><row/>`))
	f.Add([]byte(`</c></row><c r="XFD9"><v>1</v></c><row hidden="1">`))
	f.Fuzz(func(t *testing.T, rows []byte) {
		w, err := openBytes(dialect(t, string(rows)))
		if err != nil {
			t.Fatal(err)
		}
		var own *Error
		if _, err := dump(w, w.Sheets()[1]); err != nil && !errors.As(err, &own) {
			t.Errorf("error %v has no reason", err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(dialect(f, `<row><c><v>1</v></c></row>`))
	f.Add([]byte("\xD0\xCF\x11\xE0"))
	f.Fuzz(func(t *testing.T, file []byte) {
		w, err := openBytes(file)
		for _, sheet := range w.sheetsOrNone() {
			if _, err = dump(w, sheet); err != nil {
				break
			}
		}
		var own *Error
		if err != nil && !errors.As(err, &own) {
			t.Errorf("error %v has no reason", err)
		}
	})
}

func (w *Workbook) sheetsOrNone() []Sheet {
	if w == nil {
		return nil
	}
	return w.Sheets()
}
