package kit

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/form"
)

// Unasked gives the failure for a question that got no answer: leaving a form
// is an interrupt, and nothing was done.
func Unasked(err error) error {
	if errors.Is(err, form.ErrAborted) || errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("left the form: nothing was sent or written"))
	}
	return app.Refuse(err)
}
