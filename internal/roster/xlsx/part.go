package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// limits are the limits for one archive.
type limits struct {
	// part is the maximum unpacked size of a worksheet.
	part int64
	// strings is the maximum size of the table of shared texts.
	strings int64
	// small is the maximum unpacked size of any other part.
	small int64
	// token is the maximum size of a tag or text.
	token int64
	// ratio is the maximum ratio of the unpacked to the packed size of a part larger than slack.
	ratio, slack int64
}

func defaults() limits {
	return limits{part: 8 << 30, strings: 256 << 20, small: 32 << 20, token: 4 << 20, ratio: 200, slack: 4 << 20}
}

// part reads one part of the archive and stops if it exceeds the limits. It does not rely on the sizes in the
// archive.
type part struct {
	io.ReadCloser
	name   string
	limits limits
	packed int64 // the size in the archive
	most   int64 // the maximum unpacked size of this part
	read   int64 // unpacked so far
	token  int64 // unpacked since the last token; below 0 it is not counted
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
		return n, p.tooLarge(fmt.Sprintf("contains a text of more than %d MiB", p.limits.token>>20))
	case err != nil && !errors.Is(err, io.EOF):
		return n, broken(err, "could not unpack part %s: %v", p.name, err)
	}
	return n, err
}

func (p *part) tooLarge(verdict string) error {
	return &Error{Kind: TooLarge, Message: "part " + p.name + " " + verdict, Hint: "save the sheet as CSV and import that"}
}

// tokens returns the part as a sequence of tags and texts of limited size. Prefixes of names are removed, because
// programs use different ones.
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

// unmarshal reads a small part completely.
func (p *part) unmarshal(into any) error {
	p.token = -p.limits.small
	if err := xml.NewDecoder(p).Decode(into); err != nil {
		return p.notXML(err)
	}
	return nil
}

// notXML converts an error of the decoder, and returns an [Error] unchanged.
func (p *part) notXML(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return broken(err, "invalid part %s: %v", p.name, err)
}

// archive finds the parts of a workbook by name. Some programs write the names with backslashes, in other cases,
// or with a leading slash.
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

// open begins to read a part with a maximum unpacked size.
func (a archive) open(name string, most int64) (*part, error) {
	file, ok := a.files[partName(name)]
	if !ok {
		return nil, broken(nil, "part %s is missing", name)
	}
	r, err := file.Open()
	if err != nil {
		return nil, broken(err, "could not unpack part %s: %v", name, err)
	}
	return &part{ReadCloser: r, name: name, limits: a.limits, packed: int64(file.CompressedSize64), most: most}, nil
}

// unmarshal reads a small part completely.
func (a archive) unmarshal(name string, into any) error {
	p, err := a.open(name, a.limits.small)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	return p.unmarshal(into)
}
