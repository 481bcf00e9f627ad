package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// limits bound what is read from one archive.
type limits struct {
	// part is the most that a worksheet may unpack to.
	part int64
	// strings is the most text that the table of shared texts may hold.
	strings int64
	// small is the most that any other part may unpack to.
	small int64
	// token is the longest tag or text.
	token int64
	// ratio is how much larger than its packed form a part may be, once it is larger than slack.
	ratio, slack int64
}

func defaults() limits {
	return limits{part: 8 << 30, strings: 256 << 20, small: 32 << 20, token: 4 << 20, ratio: 200, slack: 4 << 20}
}

// part reads one part of the archive and stops where it grows beyond the
// limits. What the archive says of its sizes is not believed.
type part struct {
	io.ReadCloser
	name   string
	limits limits
	packed int64 // the size in the archive
	most   int64 // the most that this part may unpack to
	read   int64 // what was unpacked so far
	token  int64 // what was unpacked since the last token; below 0 it is not counted
}

func (p *part) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.read += int64(n)
	p.token += int64(n)
	switch {
	case p.read > p.most:
		return n, p.tooLarge(fmt.Sprintf("unpacks to more than %d MiB", p.most>>20))
	case p.read > p.limits.slack && p.read > p.packed*p.limits.ratio:
		return n, p.tooLarge(fmt.Sprintf("unpacks to more than %d times its size, as a zip bomb does", p.limits.ratio))
	case p.token > p.limits.token:
		return n, p.tooLarge(fmt.Sprintf("holds a text of more than %d MiB", p.limits.token>>20))
	case err != nil && !errors.Is(err, io.EOF):
		return n, broken(err, "the part %s cannot be unpacked: %v", p.name, err)
	}
	return n, err
}

func (p *part) tooLarge(verdict string) error {
	return &Error{Kind: TooLarge, Message: "the part " + p.name + " " + verdict, Hint: "save the sheet as CSV and import that"}
}

// tokens reads the part as a sequence of tags and texts, of which each is
// bounded. Prefixes of names are dropped: programs differ in them.
func (p *part) tokens() func() (xml.Token, error) {
	decoder := xml.NewDecoder(p)
	return func() (xml.Token, error) {
		p.token = 0
		token, err := decoder.RawToken()
		if err == nil || errors.Is(err, io.EOF) {
			return token, err
		}
		return nil, p.notXML(err)
	}
}

// unmarshal reads a small part whole.
func (p *part) unmarshal(into any) error {
	p.token = -p.limits.small
	if err := xml.NewDecoder(p).Decode(into); err != nil {
		return p.notXML(err)
	}
	return nil
}

// notXML words an error of the decoder, and passes an error of ours on.
func (p *part) notXML(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return broken(err, "the part %s is broken: %v", p.name, err)
}

// archive finds the parts of a workbook by name. Some programs write the names
// with backslashes, in other cases, or with a slash in front.
type archive struct {
	files  map[string]*zip.File
	limits limits
}

func newArchive(r *zip.Reader, l limits) archive {
	files := make(map[string]*zip.File, len(r.File))
	for _, file := range r.File {
		files[partName(file.Name)] = file
	}
	return archive{files: files, limits: l}
}

func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

func (a archive) has(name string) bool {
	_, ok := a.files[partName(name)]
	return ok
}

// open begins to read a part that may unpack to so many bytes.
func (a archive) open(name string, most int64) (*part, error) {
	file, ok := a.files[partName(name)]
	if !ok {
		return nil, broken(nil, "the part %s is missing", name)
	}
	r, err := file.Open()
	if err != nil {
		return nil, broken(err, "the part %s cannot be unpacked: %v", name, err)
	}
	return &part{ReadCloser: r, name: name, limits: a.limits, packed: int64(file.CompressedSize64), most: most}, nil
}

// unmarshal reads a small part whole.
func (a archive) unmarshal(name string, into any) error {
	p, err := a.open(name, a.limits.small)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	return p.unmarshal(into)
}
