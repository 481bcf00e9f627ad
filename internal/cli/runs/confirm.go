package runs

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
)

// question asks for the confirmation of a change of the ledger.
type question struct {
	text string
	// unasked is the error if no question can be asked, and command the command that
	// agrees with --yes.
	unasked, command string
	// refused is the error if the answer is no.
	refused string
}

// confirm returns nil if the administrator agrees.
func confirm(ctx context.Context, a *app.App, q question) error {
	if !a.Streams.CanPrompt() {
		return failure.Refuse(errors.New(q.unasked), q.command+" --yes")
	}
	agreed, err := a.Streams.Confirm(ctx, q.text)
	switch {
	case err != nil:
		return app.Unchecked(err)
	case !agreed:
		return failure.Refuse(errors.New(q.refused))
	default:
		return nil
	}
}
