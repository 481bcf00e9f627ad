package users

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// offerNames has a form take names in place of ids, and check them. Where the
// provider may be asked, it is asked before the form opens; where it does not
// answer, that is said, and the form takes ids.
func offerNames(a *app.App, resolver *names.Resolver, table schema.Table, questions []form.Question, mayAsk bool) error {
	for i := range questions {
		field, _ := table.Field(questions[i].Name)
		if !names.Refers(field) {
			continue
		}
		if mayAsk {
			suggestions, err := resolver.Suggest(field)
			if status := failure.StatusOf(err); status == failure.StatusInterrupted || status == failure.StatusRefused {
				return err // nothing could be sent later on
			}
			if err != nil {
				fmt.Fprintln(a.Streams.Err, term.Sanitize(err.Error()))
			}
			questions[i].Suggestions = suggestions
		}
		check := questions[i].Check
		questions[i].Check = func(text string) error {
			if err := check(text); err != nil {
				return err
			}
			return resolver.Check(field, text)
		}
	}
	return nil
}
