package rest

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bring-aboard/usher/pkg/provider"
)

// byteOrderMark is U+FEFF in UTF-8. JSON must not begin with it, and a reader may
// ignore it (RFC 8259, 8.1).
const byteOrderMark = "\xef\xbb\xbf"

// withoutMark returns a reader of a body without the byte order mark that it may
// begin with.
func withoutMark(body io.Reader) io.Reader {
	buffered := bufio.NewReader(body)
	if start, _ := buffered.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	return buffered
}

// checkWhole returns [io.ErrUnexpectedEOF] for a JSON object or list that is incomplete: a body that ends with its
// connection does not show that it was longer. Any other body passes.
func checkWhole(body []byte) error {
	begins := bytes.TrimLeft(body, " \t\r\n")
	if len(begins) == 0 || begins[0] != '{' && begins[0] != '[' {
		return nil
	}
	if err := jsontext.NewDecoder(bytes.NewBuffer(begins), provider.Lenient()).SkipValue(); errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return nil
}
