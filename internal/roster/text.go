package roster

import (
	"io"

	"github.com/bring-aboard/usher/internal/roster/charset"
)

// textForm is what all text formats share.
type textForm struct {
	encoding charset.Encoding
	// usual is true if the encoding is that of [Options] UsualEncoding.
	usual bool
}

// openText determines the encoding.
func openText(c *content, o Options) (textForm, error) {
	if o.Sheet != "" {
		return textForm{}, &Error{Kind: BadOption, Message: "the file has no worksheets", Hint: "omit --sheet"}
	}
	encoding, err := c.encodings.Resolve(o.Encoding)
	if err != nil {
		return textForm{}, &Error{Kind: BadOption, Message: err.Error(), Hint: "omit --encoding to detect it"}
	}
	if usual := o.UsualEncoding; usual != "" && o.Encoding == "" && c.encodings.IsGuess() {
		if encoding, err = c.encodings.Resolve(usual); err != nil {
			return textForm{}, &Error{Kind: BadOption, Message: err.Error()}
		}
		return textForm{encoding: encoding, usual: true}, nil
	}
	if o.Encoding == "" && c.encodings.IsGuess() {
		encoding, err = c.doubtful(encoding)
	}
	return textForm{encoding: encoding}, err
}

func (t textForm) describe(d *Description) {
	d.Encoding, d.UsedUsual = t.encoding.String(), t.usual
}

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
