package provider

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxValue is the size in bytes beyond which one value of a streamed response is an error, such as one user in a list.
const MaxValue = 8 << 20

// Bounded reads a streamed response value by value. It fails if a value is larger than [MaxValue]: a decoder keeps each
// of them whole in memory.
type Bounded struct {
	from io.Reader
	left int
}

// NewBounded returns a new Bounded, at the first value.
func NewBounded(from io.Reader) *Bounded { return &Bounded{from: from, left: MaxValue} }

// Next starts another value.
func (b *Bounded) Next() { b.left = MaxValue }

// Read reads what is left of the value.
func (b *Bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("a value larger than 8 MiB")
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// ReadDelim reads the next token of a streamed response, which must be this bracket. Its error does not contain the
// token, which may be any value.
func ReadDelim(decoder *json.Decoder, want json.Delim) error {
	token, err := decoder.Token()
	if token != want {
		return cmp.Or(err, fmt.Errorf("%T instead of %v", token, want))
	}
	return err
}
