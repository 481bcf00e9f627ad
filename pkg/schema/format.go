package schema

import (
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// check returns what is wrong with a text of this format and what would be right, or nothing.
func (f Format) check(text string) (verdict, hint string) {
	switch f {
	case NonBlank:
		if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsSpace(r) }) < 0 {
			return "is blank", "at least one character that is not white space"
		}
	case UUID:
		if len(text) != 36 || uuid.Validate(text) != nil {
			return "is not a UUID", "for example 123e4567-e89b-12d3-a456-426614174000"
		}
	case Email:
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return "is not an email address", "for example name@example.com"
		}
	case URI:
		if address, err := url.Parse(text); err != nil || !address.IsAbs() || strings.ContainsAny(text, " \t\n") {
			return "is not an address with a scheme", "for example https://example.com/"
		}
	case Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "is not a date", "for example 2030-01-31"
		}
	case JSON:
		if _, ok := canonical(text); !ok {
			return "is not JSON", `for example {"plan":"gold"}`
		}
	case DateTime:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return "is not a date-time", "for example 2030-01-31T00:00:00Z"
		}
	}
	return "", ""
}
