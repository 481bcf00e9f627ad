package users

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// offerNames makes a form accept and check names instead of ids. If mayAsk is set, the names are looked up before the
// form opens. If that fails, it prints the error, and the form accepts ids.
func offerNames(a *app.App, resolver *names.Resolver, table schema.Table, questions []form.Question, mayAsk bool) error {
	for i := range questions {
		field, _ := table.Field(questions[i].Name)
		if !names.Refers(field) {
			continue
		}
		if mayAsk {
			suggestions, err := resolver.Suggest(field)
			if status := failure.StatusOf(err); status == failure.StatusInterrupted || status == failure.StatusRefused {
				return err // a later request would fail too
			}
			if err != nil {
				fmt.Fprintln(a.Streams.Err, term.Sanitize(err.Error()))
			}
			offer(&questions[i], suggestions)
		}
		check := questions[i].Check
		questions[i].Check = func(text string) error {
			if err := check(text); err != nil {
				return err
			}
			return form.Check(field, text, resolver.Validate)
		}
	}
	return nil
}

// offer makes a question offer names: as a list to choose from, or, if there can be several, while typing and in the
// help.
func offer(question *form.Question, suggestions []string) {
	const shown = 3
	switch {
	case len(suggestions) == 0:
	case question.Multi:
		question.Suggestions = suggestions
		question.Help = "for example " + strings.Join(suggestions[:min(shown, len(suggestions))], ", ") + "; several are separated by semicolons"
	default:
		question.Options = suggestions
		if question.Value != "" && !slices.Contains(suggestions, question.Value) {
			question.Options = append([]string{question.Value}, suggestions...)
		}
	}
}
