package secret

import (
	"bytes"
	"errors"
	"strings"
)

// ErrUTF16 is the error of a secret in an encoding that no provider expects.
var ErrUTF16 = errors.New("the text is in UTF-16")

// Text returns the secret that a file, a command or standard input contains: the
// text without one line break at its end and without a byte order mark, which
// editors and shells of Windows put before it. Its error is [ErrUTF16].
func Text(content []byte) (string, error) {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return "", ErrUTF16
	}
	return trimLineBreak(strings.TrimPrefix(string(content), "\ufeff")), nil
}

// textOf returns the secret that a reference leads to.
func textOf(ref Reference, content []byte) (string, error) {
	text, err := Text(content)
	if err != nil {
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: err.Error(), Hint: "save it as UTF-8", Err: err}
	}
	return text, nil
}
