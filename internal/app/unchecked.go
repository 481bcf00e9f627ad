package app

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
)

// Unchecked gives the failure for a question that got no answer: leaving a form
// is an interrupt, and nothing was done.
func Unchecked(err error) error {
	if errors.Is(err, form.ErrAborted) || errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("left the form: nothing was sent or written"))
	}
	return failure.Refuse(err)
}

// Unread returns the failure of input that could not be read before anything
// was sent: an interrupt if it ended the reading, else a refusal.
func Unread(err error) error {
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted while reading; nothing was sent or written"))
	}
	return failure.Refuse(err)
}
