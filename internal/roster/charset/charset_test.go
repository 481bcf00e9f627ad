package charset

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const people = "Prénom;Ville\nZoë;Köln\nJosé;Besançon\n"

// saved gives the text as different programs save it.
func saved(t *testing.T, text string) map[string][]byte {
	t.Helper()
	encode := func(f func(string) (string, error)) []byte {
		s, err := f(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(s)
	}
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy) []byte {
		return encode(unicode.UTF16(order, mark).NewEncoder().String)
	}
	return map[string][]byte{
		"UTF-8":             []byte(text),
		"UTF-8 with BOM":    append([]byte("\ufeff"), text...),
		"UTF-16LE":          utf16(unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16BE":          utf16(unicode.BigEndian, unicode.IgnoreBOM),
		"UTF-16LE with BOM": utf16(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16BE with BOM": utf16(unicode.BigEndian, unicode.UseBOM),
		"Windows-1252":      encode(charmap.Windows1252.NewEncoder().String),
	}
}

func sniff(file []byte) *Sniffer {
	s := &Sniffer{}
	_, _ = io.Copy(s, iotest.OneByteReader(bytes.NewReader(file)))
	return s
}

func TestEveryEncodingIsRecognisedReadAndWritten(t *testing.T) {
	for want, file := range saved(t, people) {
		t.Run(want, func(t *testing.T) {
			encoding := sniff(file).Encoding()
			if encoding.String() != want {
				t.Fatalf("recognised %s", encoding)
			}
			for name, r := range map[string]io.Reader{
				"whole": bytes.NewReader(file), "byte by byte": iotest.OneByteReader(bytes.NewReader(file)), "data with EOF": iotest.DataErrReader(bytes.NewReader(file)),
			} {
				text, err := io.ReadAll(encoding.NewReader(r))
				if err != nil || string(text) != people {
					t.Errorf("%s: read %q, %v", name, text, err)
				}
			}
			var again bytes.Buffer
			w := encoding.NewWriter(&again)
			if _, err := io.Copy(w, iotest.OneByteReader(strings.NewReader(people))); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), file) {
				t.Errorf("wrote % x, want % x", again.Bytes(), file)
			}
		})
	}
}

func TestSniffLooksAtAllOfTheFile(t *testing.T) {
	late := append(bytes.Repeat([]byte("anna,"), 100_000), 0xE9)
	if got := sniff(late).Encoding().String(); got != "Windows-1252" {
		t.Errorf("a late invalid byte: %s", got)
	}
	cut := append(bytes.Repeat([]byte("é"), 100), 0xC3)
	if got := sniff(cut).Encoding().String(); got != "Windows-1252" {
		t.Errorf("half a character at the end: %s", got)
	}
	chunks := &Sniffer{}
	for _, chunk := range []string{"a\xc3", "\xa9b\xf0\x9f", "\x98\x80"} {
		_, _ = chunks.Write([]byte(chunk))
	}
	if got := chunks.Encoding().String(); got != "UTF-8" {
		t.Errorf("characters cut by the writes: %s", got)
	}
	if got := sniff([]byte("a,b\nx\x00y,z\n")).Encoding().String(); got != "UTF-8" {
		t.Errorf("one NUL in a text of one byte a character: %s", got)
	}
	if got := sniff(nil).Encoding().String(); got != "UTF-8" {
		t.Errorf("nothing: %s", got)
	}
}

func TestGivenEncodings(t *testing.T) {
	files := saved(t, people)
	for _, test := range []struct{ file, name, want, err string }{
		{"UTF-8", "utf8", "UTF-8", ""},
		{"UTF-8 with BOM", "UTF-8", "UTF-8 with BOM", ""},
		{"UTF-16BE", "utf-16", "UTF-16BE", ""},
		{"UTF-16LE", "utf-16", "UTF-16LE", ""},
		{"UTF-16BE with BOM", "utf16", "UTF-16BE with BOM", ""},
		{"UTF-16BE", "UTF-16BE", "UTF-16BE", ""},
		{"Windows-1252", "cp1252", "Windows-1252", ""},
		{"Windows-1252", "windows-1250", "Windows-1250", ""},
		{"Windows-1252", "latin1", "ISO 8859-1", ""},
		{"Windows-1252", "ISO-8859-15", "ISO 8859-15", ""},
		{"Windows-1252", "macroman", "Macintosh", ""},
		{"Windows-1252", "cp850", "IBM Code Page 850", ""},
		{"UTF-8 with BOM", "windows-1252", "", "the byte order mark of the file is that of UTF-8, not Windows-1252"},
		{"UTF-16LE with BOM", "utf-16be", "", "the byte order mark of the file is that of UTF-16LE, not UTF-16BE"},
		{"UTF-8", "klingon", "", `unknown encoding "klingon"; must be one of utf-8, `},
		{"UTF-8", "cp", "", `unknown encoding "cp"; must be one of utf-8, `},
	} {
		got, err := sniff(files[test.file]).Resolve(test.name)
		if test.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("%s as %s: error %v, want %s", test.file, test.name, err, test.err)
			}
			continue
		}
		if err != nil || got.String() != test.want {
			t.Errorf("%s as %s: %s, %v", test.file, test.name, got, err)
		}
	}
}

func TestFaultsHaveAPlace(t *testing.T) {
	for _, test := range []struct {
		name, file   string
		encoding     string
		line, column int
		text         string
	}{
		{"invalid UTF-8", "a,b\nzoë,\xe9x\n", "utf-8", 2, 5, "byte 0xE9 is not valid in UTF-8"},
		{"cut at the end", "a\nb\xc3", "utf-8", 2, 2, "byte 0xC3 is not valid in UTF-8"},
		{"NUL", "a,b\r\nzoë,\x00x\n", "utf-8", 2, 5, "NUL character in the text"},
		{"NUL in UTF-16", "a\x00\n\x00b\x00\x00\x00", "utf-16le", 2, 2, "NUL character in the text"},
		{"NUL in Windows-1252", "\xe9\xe9\x00", "windows-1252", 1, 3, "NUL character in the text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			encoding, err := Known(test.encoding)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []io.Reader{strings.NewReader(test.file), iotest.OneByteReader(strings.NewReader(test.file))} {
				_, err = io.ReadAll(encoding.NewReader(r))
				var decodeErr *DecodeError
				if !errors.As(err, &decodeErr) {
					t.Fatalf("error %v", err)
				}
				if decodeErr.Line != test.line || decodeErr.Column != test.column || decodeErr.Error() != test.text {
					t.Errorf("%d:%d: %s", decodeErr.Line, decodeErr.Column, decodeErr)
				}
			}
		})
	}
}

func TestCharactersThatTheEncodingLacksBecomeQuestionMarks(t *testing.T) {
	encoding, err := Known("windows-1252")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w := encoding.NewWriter(&file)
	if _, err := io.WriteString(w, "Łódź – Köln"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := file.String(); got != "?\xf3d? \x96 K\xf6ln" {
		t.Errorf("wrote %q", got)
	}
}

func FuzzSniffAndRead(f *testing.F) {
	f.Add([]byte(people))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("\xfe\xff\x00a\xd8"))
	f.Add([]byte("\xef\xbb\xbf\xc3"))
	f.Fuzz(func(t *testing.T, file []byte) {
		whole := &Sniffer{}
		_, _ = whole.Write(file)
		encoding := sniff(file).Encoding()
		if whole.Encoding() != encoding {
			t.Fatalf("%s in one piece, %s byte by byte", whole.Encoding(), encoding)
		}
		text, err := io.ReadAll(encoding.NewReader(bytes.NewReader(file)))
		slowly, slowErr := io.ReadAll(encoding.NewReader(iotest.OneByteReader(bytes.NewReader(file))))
		if !bytes.Equal(text, slowly) || (err == nil) != (slowErr == nil) {
			t.Fatalf("%q, %v in one piece; %q, %v byte by byte", text, err, slowly, slowErr)
		}
		var decodeErr *DecodeError
		if err != nil && !errors.As(err, &decodeErr) {
			t.Fatalf("error %v without a place", err)
		}
		if bytes.IndexByte(text, 0) >= 0 || !bytes.Equal(bytes.ToValidUTF8(text, nil), text) {
			t.Fatalf("read %q", text)
		}
	})
}

func TestEveryEncodingIsKnownByItsNamesAndGoesRound(t *testing.T) {
	const least = 45 // typed by hand
	if len(Names()) < least {
		t.Fatalf("%d encodings, want %d or more", len(Names()), least)
	}
	seen := map[string]string{}
	for _, one := range sets() {
		for _, name := range one.names() {
			if other, twice := seen[fold(name)]; twice && other != one.name {
				t.Errorf("%s is the name of %s and of %s", name, other, one.name)
			}
			seen[fold(name)] = one.name
			if known, err := Known(strings.ToUpper(name)); err != nil || known.Name() != one.title {
				t.Errorf("%s: %s, %v", name, known, err)
			}
		}
	}
	for _, name := range Names() {
		encoding, err := Known(name)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder // what the encoding has of many alphabets
		for _, r := range "user@example.com;AZaz09\n" + "éüñßøåçœ€łźčőŽžАяЖщαβΩשאعربไทยğıŞāēš表田太郎姓名電話홍길동张伟資訊" {
			if encoding.form.isUnicode() || (&questioned{set: encoding.set, known: map[rune]bool{}}).has(r) {
				text.WriteRune(r)
			}
		}
		var file bytes.Buffer
		w := encoding.NewWriter(&file)
		_, err = io.WriteString(w, text.String())
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(encoding.NewReader(iotest.OneByteReader(&file)))
		if err != nil || string(read) != text.String() {
			t.Errorf("%s: %q came back as %q, %v", name, text.String(), read, err)
		}
	}
}

func TestDoubts(t *testing.T) {
	for _, test := range []struct {
		file         string
		mostly       bool
		line, column int
		lacking      int
	}{
		{"Zoë\nMüller \xeb x\n", true, 2, 8, 0},
		{"Zoë,Mü\xc3", true, 1, 7, 0},
		{"Zo\xeb\nM\xfcller\n", false, 1, 3, 0},
		{"Zo\x89,M\x81ller\n", false, 1, 3, 0x81},
		{"b\xc3", false, 1, 2, 0},
	} {
		d, err := Inspect(iotest.OneByteReader(strings.NewReader(test.file)))
		if err != nil || d.MostlyUTF8() != test.mostly || d.First.Line != test.line || d.First.Column != test.column {
			t.Errorf("%q: %+v at %+v, %v", test.file, d, d.First, err)
		}
		if d.Lacking == nil != (test.lacking == 0) || d.Lacking != nil && int(d.Lacking.Byte) != test.lacking {
			t.Errorf("%q: lacking %+v", test.file, d.Lacking)
		}
	}
}
