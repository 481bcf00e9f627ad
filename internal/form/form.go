package form

import (
	"context"
	"errors"
	"fmt"
	"os"

	_ "github.com/bring-aboard/usher/internal/earlyinit" // before bubbletea, which huh brings
	"github.com/bring-aboard/usher/internal/term"
)

// The ways in which a form ends without an answer. A form whose context ends
// gives that context's error.
var (
	// ErrAborted says that the person left the form with Ctrl-C or Esc.
	ErrAborted = errors.New("aborted at the terminal")
	// ErrNotTerminal says that there is no terminal to ask on, or that asking
	// is forbidden. It comes with a *[term.NoPromptError] that tells why.
	ErrNotTerminal = errors.New("a form needs a person at a terminal")
)

// Form asks questions on a terminal.
type Form struct {
	// Streams hold the terminal.
	Streams *term.Streams
}

// asker is one way of asking: drawn on the screen, or line by line.
type asker interface {
	// ask gives the answers, each settled, by the questions' names.
	ask(ctx context.Context, title string, questions []Question) (map[string]string, error)
	confirm(ctx context.Context, question, affirmative, negative string) (bool, error)
	choose(ctx context.Context, title string, options []string) (string, error)
}

// Ask puts the questions to the person and gives the answers by name, one for
// each question, with an empty text for each that was left open. Every answer
// has passed its check. Without questions it returns at once.
//
// Errors: [ErrAborted], [ErrNotTerminal], the context's own, and
// io.ErrUnexpectedEOF where the input ends before the last question.
func (f Form) Ask(ctx context.Context, title string, questions []Question) (map[string]string, error) {
	if len(questions) == 0 {
		return map[string]string{}, nil
	}
	asker, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := asker.ask(ctx, title, questions)
	if err != nil {
		return nil, err
	}
	for _, question := range questions {
		if err := question.verify(answers[question.Name]); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// Confirm shows the summary, which stays on the screen, and asks the question
// beneath it. The two answers are short words such as "Create" and "Cancel";
// the negative one is chosen to begin with. Errors are those of [Form.Ask].
func (f Form) Confirm(ctx context.Context, summary, question, affirmative, negative string) (bool, error) {
	asker, err := f.open(ctx)
	if err != nil {
		return false, err
	}
	if summary != "" {
		if _, err := fmt.Fprintf(f.Streams.Err, "%s\n\n", term.Sanitize(summary)); err != nil {
			return false, err
		}
	}
	return asker.confirm(ctx, term.SanitizeLine(question), affirmative, negative)
}

// Select lets the person choose one of the options and gives it as it stands
// in the list. Errors are those of [Form.Ask], and one where there is no
// option at all.
func (f Form) Select(ctx context.Context, title string, options []string) (string, error) {
	if len(options) == 0 {
		return "", fmt.Errorf("%s: there is nothing to choose from", title)
	}
	asker, err := f.open(ctx)
	if err != nil {
		return "", err
	}
	return asker.choose(ctx, term.SanitizeLine(title), options)
}

// open finds the way of asking that suits the terminal. Streams that are no
// files, as in tests, cannot be drawn on and are asked line by line.
func (f Form) open(ctx context.Context) (asker, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !f.Streams.CanPrompt() {
		_, why := f.Streams.Ask(ctx, "")
		return nil, fmt.Errorf("%w: %w", ErrNotTerminal, why)
	}
	in, inIsFile := f.Streams.In.(*os.File)
	out, outIsFile := f.Streams.Err.(*os.File)
	if f.Streams.Accessible() || !inIsFile || !outIsFile {
		return lines{f.Streams}, nil
	}
	return newDrawing(in, out, f.Streams), nil
}
