package provider

import (
	"fmt"
	"strconv"
)

// Quoting is an error that quotes texts of a provider, or values of a user, and keeps them apart from its own words.
// Whoever stores or groups errors can then replace what they quote.
type Quoting interface {
	error
	// Sentence returns the text of the error, with each quoted text as quote returns it, and the causes as cause does.
	Sentence(quote func(string) string, cause func(error) string) string
}

// Quotef returns an error that quotes texts. The format has one %s for each.
func Quotef(format string, texts ...string) error { return &quotation{format: format, texts: texts} }

// quotation is an error of [Quotef].
type quotation struct {
	format string
	texts  []string
}

// Error returns the text with what it quotes in quotation marks.
func (q *quotation) Error() string { return q.Sentence(strconv.Quote, nil) }

// Sentence returns the text as [Quoting] says; there is no cause.
func (q *quotation) Sentence(quote func(string) string, _ func(error) string) string {
	quoted := make([]any, len(q.texts))
	for n, text := range q.texts {
		quoted[n] = quote(text)
	}
	return fmt.Sprintf(q.format, quoted...)
}
