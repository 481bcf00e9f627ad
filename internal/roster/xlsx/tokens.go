package xlsx

import (
	"archive/zip"
	"encoding/xml"
)

// Tokens begins to read a part of an archive of another format as a sequence of tags and texts, within the limits
// of a worksheet. Close ends the reading. Its errors are *[Error].
func Tokens(r *zip.Reader, name string) (next func() (xml.Token, error), closePart func() error, err error) {
	p, err := newArchive(r, defaults()).open(name, defaults().part)
	if err != nil {
		return nil, nil, err
	}
	return p.tokens(), p.Close, nil
}

// Digits returns an integer that is shown with an exponent, or rounded, with all the digits of its source.
func Digits(source, shown string) string { return digitsOf(source, shown) }
