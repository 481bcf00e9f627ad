package roster

import (
	"io"

	"github.com/bring-aboard/usher/internal/roster/charset"
)

// textForm is what all text formats share.
type textForm struct{ encoding charset.Encoding }

// openText determines the encoding.
func openText(c *content, o Options) (textForm, error) {
	if o.Sheet != "" {
		return textForm{}, &Error{Kind: BadOption, Message: "the file has no worksheets", Hint: "omit --sheet"}
	}
	encoding, err := c.encodings.Resolve(o.Encoding)
	if err != nil {
		return textForm{}, &Error{Kind: BadOption, Message: err.Error(), Hint: "omit --encoding to detect it"}
	}
	if o.Encoding == "" && c.encodings.IsGuess() {
		encoding, err = c.doubtful(encoding)
	}
	return textForm{encoding}, err
}

func (t textForm) describe(d *Description) { d.Encoding = t.encoding.String() }

// encodedRows are rows of a text in its encoding.
type encodedRows struct {
	rowWriter
	text io.Closer
}

func (e encodedRows) close() error {
	if err := e.rowWriter.close(); err != nil {
		return err
	}
	return e.text.Close()
}
