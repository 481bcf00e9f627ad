package ods

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
)

// spreadsheet returns a file with this content.
func spreadsheet(t testing.TB, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	kind, err := z.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(kind, mimeType)
	}
	if err != nil {
		t.Fatal(err)
	}
	part, err := z.Create("content.xml")
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tables returns the content of a file with these tables.
func tables(inner string) string {
	return `<office:document-content><office:automatic-styles><style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>` +
		`</office:automatic-styles><office:body><office:spreadsheet>` + inner + `</office:spreadsheet></office:body></office:document-content>`
}

// readAll reads the rows of the first worksheet.
func readAll(file []byte) (rows []xlsx.Row, err error) {
	s, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(s.Sheets()) == 0 {
		return nil, err
	}
	r, err := s.Rows(s.Sheets()[0])
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		one := *row
		one.Cells = append([]xlsx.Cell{}, row.Cells...)
		rows = append(rows, one)
	}
}

func TestCellsAreReadAsTheyAreShown(t *testing.T) {
	file := spreadsheet(t, tables(`<table:table table:name="People"><table:table-column/>`+
		`<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>`+
		`<table:table-row><table:table-cell office:value-type="string"><text:p>a<text:s text:c="2"/><text:span>b</text:span></text:p><text:p>c</text:p>`+
		`<office:annotation><text:p>note</text:p></office:annotation></table:table-cell>`+
		`<table:table-cell office:value-type="float" office:value="123"><text:p>00123</text:p></table:table-cell>`+
		`<table:table-cell office:value-type="float" office:value="4930123456789012345"><text:p>4.93E+18</text:p></table:table-cell>`+
		`<table:table-cell office:value-type="date" office:date-value="2026-12-01"><text:p>01.12.26</text:p></table:table-cell>`+
		`<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell>`+
		`<table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>`+
		`<table:table-cell table:formula="of:=A1"/><table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>IT</text:p></table:table-cell></table:table-row>`+
		`<table:table-row table:visibility="filter"><table:table-cell table:number-columns-repeated="2" office:value-type="string"><text:p>x</text:p></table:table-cell>`+
		`<table:table-cell table:number-columns-repeated="5"/><table:covered-table-cell/></table:table-row>`+
		`<table:table-row table:number-rows-repeated="1048571"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>`+
		`<table:table table:name="Second" table:style-name="ta2"><table:table-row><table:table-cell office:value-type="string"><text:p>other</text:p></table:table-cell></table:table-row></table:table>`))
	got, err := readAll(file)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	want := []xlsx.Cell{
		{Kind: xlsx.Text, Text: "a  b\nc"}, {Kind: xlsx.Formatted, Text: "00123"}, {Kind: xlsx.Number, Text: "4930123456789012345", Exponent: true},
		{Kind: xlsx.Date, Text: "2026-12-01"}, {Kind: xlsx.Boolean, Text: "TRUE"}, {Kind: xlsx.Failed, Text: "#DIV/0!"}, {Kind: xlsx.Uncomputed}, {Kind: xlsx.Text, Text: "IT"},
	}
	for i, cell := range want {
		if got[0].Cells[i] != cell {
			t.Errorf("cell %d: %+v, want %+v", i+1, got[0].Cells[i], cell)
		}
	}
	if got[0].Number != 3 || got[1].Number != 4 || !got[1].Hidden || got[1].Cells[1].Text != "x" || got[1].Cells[7] != (xlsx.Cell{Kind: xlsx.Text, Text: "IT", Merged: true}) {
		t.Errorf("rows %+v", got)
	}
	s, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(s.Sheets()) != 2 || s.Sheets()[0].Hidden || !s.Sheets()[1].Hidden || s.Sheets()[1].Name != "Second" {
		t.Errorf("sheets %+v, %v", s.Sheets(), err)
	}
}

func TestBombsAreRefused(t *testing.T) {
	cell := `<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>`
	for name, inner := range map[string]string{
		"rows":  `<table:table><table:table-row table:number-rows-repeated="1000000">` + cell + `</table:table-row></table:table>`,
		"cells": `<table:table><table:table-row>` + strings.Replace(cell, "table:table-cell ", `table:table-cell table:number-columns-repeated="16000" `, 1) + `</table:table-row></table:table>`,
		"far":   `<table:table><table:table-row><table:table-cell table:number-columns-repeated="1000000000"/>` + cell + `</table:table-row></table:table>`,
		"zip":   `<table:table><table:table-row>` + strings.Repeat("<table:table-cell/>", 1_000_000) + `</table:table-row></table:table>`,
		"text":  `<table:table><table:table-row><table:table-cell><text:p>` + strings.Repeat(`<text:s text:c="1000"/>`, 5000) + `</text:p></table:table-cell></table:table-row></table:table>`,
	} {
		_, err := readAll(spreadsheet(t, tables(inner)))
		var own *xlsx.Error
		if !errors.As(err, &own) || !errors.Is(err, xlsx.TooLarge) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// FuzzWhatIsWrittenIsReadAgain writes texts and reads them.
func FuzzWhatIsWrittenIsReadAgain(f *testing.F) {
	for _, text := range []string{"00123", "=1+1", "+49 30", " a  b ", "a\nb", "a\tb", "<&>\"'", "Zoë 姓", "\x01", "", "#N/A"} {
		f.Add(text, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var file bytes.Buffer
		w, err := NewWriter(&file, "People & \"others\"", 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write([]string{a, b, "end"}), w.Close()); err != nil {
			t.Fatal(err)
		}
		rows, err := readAll(file.Bytes())
		if err != nil || len(rows) != 1 || len(rows[0].Cells) != 3 {
			t.Fatalf("%q, %q: %+v, %v", a, b, rows, err)
		}
		for i, text := range []string{a, b} {
			if got := rows[0].Cells[i].Text; got != asXML(text) {
				t.Errorf("%q was read as %q", text, got)
			}
		}
	})
}

// asXML replaces what XML cannot have.
func asXML(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, text)
}

// FuzzRead reads content of any kind.
func FuzzRead(f *testing.F) {
	f.Add(tables(`<table:table table:name="a"><table:table-row table:number-rows-repeated="3"><table:table-cell table:number-rows-spanned="2"><text:p>x</text:p></table:table-cell></table:table-row></table:table>`))
	f.Add(`<table:table><table:table-row><office:annotation></table:table-row></office:annotation></table:table>`)
	f.Fuzz(func(t *testing.T, content string) {
		_, err := readAll(spreadsheet(t, content))
		var own *xlsx.Error
		if err != nil && !errors.As(err, &own) {
			t.Fatalf("error %v of another type", err)
		}
	})
}
