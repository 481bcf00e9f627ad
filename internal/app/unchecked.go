package app

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
)

// Unchecked returns the failure of a prompt without an answer. A cancelled form is an interrupt.
func Unchecked(err error) error {
	if errors.Is(err, form.ErrAborted) || errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("form cancelled; nothing was sent or written"))
	}
	return failure.Refuse(err)
}

// Unread returns the failure of input that could not be read, before the first request: an interrupt if an interrupt
// ended the read, otherwise a refusal.
func Unread(err error) error {
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted while reading; nothing was sent or written"))
	}
	return failure.Refuse(err)
}
