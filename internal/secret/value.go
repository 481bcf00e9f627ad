package secret

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

const redacted = "[redacted]"

// Value is a secret. It prints as "[redacted]" with every verb of fmt, in JSON,
// in YAML and in logs. The zero Value holds nothing.
type Value struct {
	// text is a pointer because fmt cannot call the methods of a Value that sits
	// in an unexported field, and then prints what is inside: here an address.
	text *string
}

// NewValue makes a secret of a text that was typed or read, as [Text] reads it. It
// refuses a text of nothing but white space.
func NewValue(text string) (Value, error) {
	text, err := Text([]byte(text))
	if err != nil {
		return Value{}, err
	}
	if strings.TrimSpace(text) == "" {
		return Value{}, errors.New("the secret is empty")
	}
	return Value{text: &text}, nil
}

// trimLineBreak removes one line break from the end of a text.
func trimLineBreak(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

// Reveal gives the secret itself.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero tells whether the value holds nothing.
func (v Value) IsZero() bool { return v.text == nil }

// CheckHeader fails where the secret cannot stand in an HTTP header: where it
// holds a line break, another control character, or a character without a
// shape such as a zero-width space. The error names the character and its
// position, counted from 1, and nothing else of the secret.
func (v Value) CheckHeader() error {
	text := v.Reveal()
	if !utf8.ValidString(text) {
		return errors.New("the secret is not valid UTF-8, so it cannot be sent in a header")
	}
	position := 0
	for _, r := range text {
		position++
		if !unicode.IsPrint(r) {
			return fmt.Errorf("the secret has %s at position %d, so it cannot be sent in a header; store it again without it", describe(r), position)
		}
	}
	return nil
}

func describe(r rune) string {
	switch r {
	case '\n', '\r':
		return "a line break"
	case '\t':
		return "a tab"
	default:
		return fmt.Sprintf("the unprintable character %U", r)
	}
}

// String gives "[redacted]".
func (v Value) String() string { return redacted }

// GoString gives "[redacted]".
func (v Value) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (v Value) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// MarshalText gives "[redacted]".
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON gives "[redacted]" as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue gives "[redacted]".
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }
