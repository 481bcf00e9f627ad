package cli

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf16"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/charmap"

	"github.com/bring-aboard/usher/internal/ledger/file"
)

// importCommands returns the additional commands of scripts about imports:
//
//	like FILE WANT           each line of the file, or of stdout or stderr, is matched by the line of WANT, a regular expression
//	hostile KIND FILE        write a malicious roster: bigcell, nul, zipbomb, encrypted
//	encode ENCODING FILE OUT write the file's text in windows-1252, utf-16le or utf-16be, with CR and LF at the ends of lines
//	agekey FILE              generate a key for age, and set RECIPIENT
//	unlock KEY FILE OUT      decrypt a file with a key for age
//	ledgerversion N          set the version of the ledger in USHER_STATE_DIR
func importCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"like":          commandLike,
		"hostile":       commandHostile,
		"encode":        commandEncode,
		"agekey":        commandAgeKey,
		"unlock":        commandUnlock,
		"ledgerversion": commandLedgerVersion,
	}
}

func commandLike(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "like FILE WANT")
	got := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	want := strings.Split(strings.TrimSuffix(ts.ReadFile(args[1]), "\n"), "\n")
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			ts.Fatalf("%s has more lines than %s; the first is %q", args[0], args[1], got[i])
		case i >= len(got):
			ts.Fatalf("%s ends before the line %q of %s", args[0], want[i], args[1])
		}
		fits, err := regexp.MatchString("^(?:"+want[i]+")$", got[i])
		ts.Check(err)
		if !fits {
			ts.Fatalf("line %d of %s is\n%s\nand not like\n%s", i+1, args[0], got[i], want[i])
		}
	}
}

func commandHostile(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "hostile KIND FILE")
	const header = "email,oryId,organization\n"
	var content []byte
	switch args[0] {
	case "bigcell":
		content = []byte(header + "a@example.com," + strings.Repeat("x", 10<<20) + ",org\n")
	case "nul":
		content = []byte(header + "a@example.com,o\x001,org\n")
	case "zipbomb":
		content = zipBomb(ts)
	case "encrypted":
		content = encryptedWorkbook()
	default:
		ts.Fatalf("unknown kind %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), content, 0o600))
}

// zipBomb returns a workbook with one cell that is larger than the memory of any machine.
func zipBomb(ts *testscript.TestScript) []byte {
	const (
		types     = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`
		relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/></Relationships>`
		book      = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Staff" sheetId="1" r:id="rId1"/></sheets></workbook>`
		before    = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`
	)
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", types},
		{"_rels/.rels", fmt.Sprintf(relations, "officeDocument", "xl/workbook.xml")},
		{"xl/_rels/workbook.xml.rels", fmt.Sprintf(relations, "worksheet", "worksheets/sheet1.xml")},
		{"xl/workbook.xml", book},
		{"xl/worksheets/sheet1.xml", before + strings.Repeat("A", 64<<20)},
	} {
		w, err := archive.Create(part.name)
		ts.Check(err)
		_, err = io.WriteString(w, part.text)
		ts.Check(err)
	}
	ts.Check(archive.Close())
	return packed.Bytes()
}

// encryptedWorkbook returns the beginning of a workbook with a password: a compound file with a stream of this name.
func encryptedWorkbook() []byte {
	content := make([]byte, 4096)
	copy(content, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	binary.LittleEndian.PutUint16(content[24:], 0x3E)
	binary.LittleEndian.PutUint16(content[26:], 3)
	binary.LittleEndian.PutUint16(content[28:], 0xFFFE)
	binary.LittleEndian.PutUint16(content[30:], 9)
	binary.LittleEndian.PutUint32(content[48:], 0) // the first sector of the directory
	for i, unit := range utf16.Encode([]rune("EncryptedPackage")) {
		binary.LittleEndian.PutUint16(content[512+2*i:], unit)
	}
	return content
}

func commandEncode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 3, "encode ENCODING FILE OUT")
	text := strings.ReplaceAll(ts.ReadFile(args[1]), "\n", "\r\n")
	var content []byte
	switch args[0] {
	case "windows-1252":
		encoded, err := charmap.Windows1252.NewEncoder().String(text)
		ts.Check(err)
		content = []byte(encoded)
	case "utf-16le", "utf-16be":
		var order binary.AppendByteOrder = binary.LittleEndian
		if args[0] == "utf-16be" {
			order = binary.BigEndian
		}
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			content = order.AppendUint16(content, unit)
		}
	default:
		ts.Fatalf("unknown encoding %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), content, 0o600))
}

func commandAgeKey(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "agekey FILE")
	key, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(key.String()+"\n"), 0o600))
	ts.Setenv("RECIPIENT", key.Recipient().String())
}

func commandUnlock(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 3, "unlock KEY FILE OUT")
	key, err := age.ParseX25519Identity(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	opened, err := age.Decrypt(strings.NewReader(ts.ReadFile(args[1])), key)
	ts.Check(err)
	text, err := io.ReadAll(opened)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), text, 0o600))
}

func commandLedgerVersion(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "ledgerversion N")
	db, err := sql.Open("sqlite", filepath.Join(ts.Getenv("USHER_STATE_DIR"), file.FileName))
	ts.Check(err)
	defer func() { ts.Check(db.Close()) }()
	_, err = db.Exec(fmt.Sprintf("PRAGMA user_version = %d", number(ts, args[0])))
	ts.Check(err)
}
