package xlsx

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"io"
	"strconv"
)

// Writer writes a workbook of one sheet whose cells are all text, so that programs do not read 00123 as a number
// or =1+1 as a formula. Rows are written immediately.
type Writer struct {
	zip   *zip.Writer
	sheet *bufio.Writer
	rows  int
}

// NewWriter begins a workbook, with so many columns of text.
func NewWriter(w io.Writer, sheet string, columns int) (*Writer, error) {
	x := &Writer{zip: zip.NewWriter(w)}
	var name writerOf
	name.text(sheet)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", rootRelations},
		{"xl/_rels/workbook.xml.rels", workbookRelations},
		{"xl/styles.xml", styleSheet},
		{"xl/workbook.xml", workbookStart + string(name) + workbookEnd},
	} {
		file, err := x.zip.Create(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(file, header+part.text); err != nil {
			return nil, err
		}
	}
	file, err := x.zip.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	x.sheet = bufio.NewWriter(file)
	_, err = x.sheet.WriteString(header + `<worksheet xmlns="` + mainSpace + `">` + columnsOf(columns) + `<sheetData>`)
	return x, err
}

// columnsOf sets the style of so many columns to text.
func columnsOf(columns int) string {
	if columns < 1 {
		return ""
	}
	return `<cols><col min="1" max="` + strconv.Itoa(min(columns, maxColumns)) + `" width="20" customWidth="1" style="1"/></cols>`
}

// Write adds a row of texts. Empty ones have no cell.
func (x *Writer) Write(texts []string) error {
	x.rows++
	b := writerOf(x.sheet.AvailableBuffer())
	b.add(`<row r="`, strconv.Itoa(x.rows), `">`)
	for i, text := range texts {
		if text == "" {
			continue
		}
		b.add(`<c r="`, CellName(x.rows, i+1), `" s="1" t="inlineStr"><is><t xml:space="preserve">`)
		b.text(text)
		b.add(`</t></is></c>`)
	}
	b.add(`</row>`)
	_, err := x.sheet.Write(b)
	return err
}

// Close completes the workbook. It does not close the underlying writer.
func (x *Writer) Close() error {
	if _, err := x.sheet.WriteString(`</sheetData></worksheet>`); err != nil {
		return err
	}
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	return x.zip.Close()
}

// writerOf builds a piece of XML in a byte slice.
type writerOf []byte

// Write appends bytes as they are.
func (b *writerOf) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func (b *writerOf) add(pieces ...string) {
	for _, piece := range pieces {
		*b = append(*b, piece...)
	}
}

// text appends a text with the escapes of XML and of workbooks.
func (b *writerOf) text(text string) {
	_ = xml.EscapeText(b, []byte(escape(text))) // appending never returns an error
}

const (
	header        = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace     = `http://schemas.openxmlformats.org/spreadsheetml/2006/main`
	relations2006 = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	package2006   = `http://schemas.openxmlformats.org/package/2006/`
	typePrefix    = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	contentTypes = `<Types xmlns="` + package2006 + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + typePrefix + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + typePrefix + `styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + typePrefix + `worksheet+xml"/></Types>`

	rootRelations = `<Relationships xmlns="` + package2006 + `relationships">` +
		`<Relationship Id="rId1" Type="` + relations2006 + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`

	workbookRelations = `<Relationships xmlns="` + package2006 + `relationships">` +
		`<Relationship Id="rId1" Type="` + relations2006 + `/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="` + relations2006 + `/styles" Target="styles.xml"/></Relationships>`

	workbookStart = `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relations2006 + `"><sheets><sheet name="`
	workbookEnd   = `" sheetId="1" r:id="rId1"/></sheets></workbook>`

	// styleSheet has two cell styles: the default one, and text (format 49).
	styleSheet = `<styleSheet xmlns="` + mainSpace + `"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)
