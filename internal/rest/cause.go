package rest

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// scrubbed is an error with a text that may be shown. The text of the error that it wraps is not shown.
type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.err }

// cause returns an error whose text contains no secret, no query and username of a URL, and no control characters.
func (r *redactor) cause(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err // its text has the whole URL
	}
	return &scrubbed{text: r.sentence(withoutURLSecrets(err.Error())), err: err}
}

// caused is cause with a text before and after it.
func (r *redactor) caused(before string, err error, after string) error {
	return &scrubbed{text: before + ": " + r.cause(err).Error() + after, err: err}
}

// withoutURLSecrets removes the queries and the usernames of URLs in a text.
func withoutURLSecrets(text string) string {
	if !strings.Contains(text, "//") {
		return text
	}
	text = regexp.MustCompile(`//[^/\s"'@]*@`).ReplaceAllString(text, "//")
	return regexp.MustCompile(`\?[^\s"']+`).ReplaceAllString(text, "")
}
