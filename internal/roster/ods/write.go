package ods

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Writer writes a spreadsheet of one sheet whose cells are all text, so that programs do not read 00123 as a
// number or =1+1 as a formula.
type Writer struct {
	zip     *zip.Writer
	content *bufio.Writer
}

// NewWriter begins a spreadsheet, with so many columns of text.
func NewWriter(w io.Writer, sheet string, columns int) (*Writer, error) {
	x := &Writer{zip: zip.NewWriter(w)}
	kind, err := x.zip.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(kind, mimeType)
	}
	if err != nil {
		return nil, err
	}
	manifest, err := x.zip.Create("META-INF/manifest.xml")
	if err == nil {
		_, err = io.WriteString(manifest, header+manifestText)
	}
	if err != nil {
		return nil, err
	}
	content, err := x.zip.Create("content.xml")
	if err != nil {
		return nil, err
	}
	x.content = bufio.NewWriter(content)
	_, err = x.content.WriteString(header + contentStart + escaped(sheet) + `"><table:table-column table:default-cell-style-name="text" table:number-columns-repeated="` +
		strconv.Itoa(max(columns, 1)) + `"/>`)
	return x, err
}

// Write adds a row of texts.
func (x *Writer) Write(texts []string) error {
	b := []byte("<table:table-row>")
	for _, text := range texts {
		if text == "" {
			b = append(b, `<table:table-cell/>`...)
			continue
		}
		b = append(b, `<table:table-cell table:style-name="text" office:value-type="string">`...)
		for line := range strings.SplitSeq(text, "\n") {
			b = append(b, "<text:p>"...)
			b = appendLine(b, line)
			b = append(b, "</text:p>"...)
		}
		b = append(b, "</table:table-cell>"...)
	}
	b = append(b, "</table:table-row>"...)
	_, err := x.content.Write(b)
	return err
}

// appendLine appends a line of text. Spaces that XML would drop are written as tags.
func appendLine(b []byte, line string) []byte {
	for i, r := range line {
		switch {
		case r == '\t':
			b = append(b, "<text:tab/>"...)
		case r == ' ' && (i == 0 || i == len(line)-1 || line[i-1] == ' '):
			b = append(b, "<text:s/>"...)
		case r < ' ':
			b = utf8.AppendRune(b, utf8.RuneError) // XML has no such character
		default:
			b = append(b, escaped(string(r))...)
		}
	}
	return b
}

// Close completes the spreadsheet. It does not close the underlying writer.
func (x *Writer) Close() error {
	if _, err := x.content.WriteString(contentEnd); err != nil {
		return err
	}
	if err := x.content.Flush(); err != nil {
		return err
	}
	return x.zip.Close()
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder never returns an error
	return b.String()
}

const (
	header       = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	space        = `urn:oasis:names:tc:opendocument:xmlns:`
	manifestText = `<manifest:manifest xmlns:manifest="` + space + `manifest:1.0" manifest:version="1.3">` +
		`<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="` + mimeType + `"/>` +
		`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	contentStart = `<office:document-content xmlns:office="` + space + `office:1.0" xmlns:table="` + space + `table:1.0" xmlns:text="` + space + `text:1.0" xmlns:style="` + space +
		`style:1.0" xmlns:number="` + space + `datastyle:1.0" office:version="1.3"><office:automatic-styles>` +
		`<number:text-style style:name="N100"><number:text-content/></number:text-style>` +
		`<style:style style:name="text" style:family="table-cell" style:data-style-name="N100"/></office:automatic-styles>` +
		`<office:body><office:spreadsheet><table:table table:name="`
	contentEnd = `</table:table></office:spreadsheet></office:body></office:document-content>`
)
