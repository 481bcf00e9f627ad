package xlsx

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
)

// IsCompound reports whether a file begins like an OLE compound file, such as an encrypted workbook or one in the
// old .xls format.
func IsCompound(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0})
}

// IsZIP reports whether a file begins like a ZIP archive, such as XLSX.
func IsZIP(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// refuseCompound returns an error for a compound file, and nil for any other file.
func refuseCompound(file io.ReaderAt) error {
	header := make([]byte, 512)
	n, _ := file.ReadAt(header, 0)
	if !IsCompound(header[:n]) {
		return nil
	}
	if bytes.Contains(directory(file, header[:n]), wide("EncryptedPackage")) {
		return &Error{
			Kind: Encrypted, Message: "workbook encrypted with a password",
			Hint: "open it, remove the password under File > Info > Protect Workbook > Encrypt with Password, and save it",
		}
	}
	return &Error{
		Kind: OtherFormat, Message: "a spreadsheet in the old .xls format",
		Hint: "open it in a spreadsheet program and save it as .xlsx or CSV",
	}
}

// directory returns the first sector of a compound file's directory, which contains the names of its streams.
func directory(file io.ReaderAt, header []byte) []byte {
	if len(header) < 52 {
		return nil
	}
	shift := binary.LittleEndian.Uint16(header[30:])
	first := binary.LittleEndian.Uint32(header[48:])
	if shift < 7 || shift > 16 {
		return nil
	}
	sector := make([]byte, 1<<shift)
	var names []byte
	for next := range int64(4) { // a directory of few streams is in consecutive sectors
		n, _ := file.ReadAt(sector, (int64(first)+1+next)<<shift)
		names = append(names, sector[:n]...)
	}
	return names
}

// wide returns a text as UTF-16, the encoding of names in compound files.
func wide(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// refuseForeign returns an error for the spreadsheets of other programs that are ZIP archives.
func (a archive) refuseForeign() error {
	var program string
	switch {
	case a.has("Index/Document.iwa") || a.has("Index.zip"):
		program = "a Numbers spreadsheet"
	case a.has("xl/workbook.bin"):
		program = "a binary workbook (.xlsb)"
	default:
		return nil
	}
	return &Error{Kind: OtherFormat, Message: program, Hint: "open it in its program and save or export it as .xlsx or CSV"}
}
