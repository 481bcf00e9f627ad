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

// Value is a secret. It prints as "[redacted]" with every verb of fmt, in JSON, in YAML and in logs. The zero Value is
// empty.
type Value struct {
	// text is a pointer because fmt cannot call the methods of a Value in an unexported field, and then prints the
	// content: here an address.
	text *string
}

// NewValue returns a new secret from a text that was typed or read, as [Text] reads it. Its error is about a text of
// only white space.
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

// Reveal returns the secret itself.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether the value is empty.
func (v Value) IsZero() bool { return v.text == nil }

// CheckHeader returns an error if the secret cannot be part of an HTTP header: if it contains a line break, another
// control character, or a character without a shape such as a zero-width space. The error contains the character and
// its position, counted from 1, and nothing else of the secret.
func (v Value) CheckHeader() error {
	text := v.Reveal()
	if !utf8.ValidString(text) {
		return errors.New("the secret is not valid UTF-8; it cannot be sent in a header")
	}
	position := 0
	for _, r := range text {
		position++
		if !unicode.IsPrint(r) {
			return fmt.Errorf("the secret contains %s at position %d; store it again without it", describe(r), position)
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

// String returns "[redacted]".
func (v Value) String() string { return redacted }

// GoString returns "[redacted]".
func (v Value) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (v Value) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// MarshalText returns "[redacted]".
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue returns "[redacted]".
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }
