package form

import (
	"context"
	"errors"
	"fmt"
	"os"

	_ "github.com/bring-aboard/usher/internal/earlyinit" // before bubbletea, which huh brings
	"github.com/bring-aboard/usher/internal/term"
)

// The ways in which a form ends without an answer. A form whose context ends returns that context's error.
var (
	// ErrAborted is the error if the user left the form with Ctrl-C or Esc.
	ErrAborted = errors.New("aborted at the terminal")
	// ErrNotTerminal is the error if there is no terminal for a prompt, or prompts are forbidden. It is wrapped with a
	// *[term.NoPromptError] that has the reason.
	ErrNotTerminal = errors.New("a form requires a terminal")
)

// Form asks questions on a terminal.
type Form struct {
	// Streams contain the terminal.
	Streams *term.Streams
}

// asker is one way of asking: drawn on the screen, or line by line.
type asker interface {
	// ask returns the answers, each parsed, by the questions' names. After an error these are the answers so far, unchecked.
	ask(ctx context.Context, title string, questions []Question) (map[string]string, error)
	choose(ctx context.Context, title string, options []string) (string, error)
}

// Ask asks the questions and returns the answers by name, one for each question, with an empty text for each that was
// left open. Every answer has passed its check. Without questions it returns at once.
//
// After an error it returns the answers so far, which may be invalid: what was typed before the user left the form.
//
// Errors: [ErrAborted], [ErrNotTerminal], the context's own, and io.ErrUnexpectedEOF if the input ends before the last
// question.
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
		return answers, err
	}
	for _, question := range questions {
		if err := question.verify(answers[question.Name]); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// Select returns the option that the user chooses. Errors are those of [Form.Ask], and one if there are no options.
func (f Form) Select(ctx context.Context, title string, options []string) (string, error) {
	if len(options) == 0 {
		return "", fmt.Errorf("%s: no options", title)
	}
	asker, err := f.open(ctx)
	if err != nil {
		return "", err
	}
	return asker.choose(ctx, term.SanitizeLine(title), options)
}

// open returns the way of asking that suits the terminal. Streams that are not files, as in tests, cannot be drawn on
// and are asked line by line.
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
