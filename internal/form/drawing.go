package form

import (
	"context"
	"fmt"
	"os"

	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/bring-aboard/usher/internal/term"
)

// listLines is the number of options of a field that are visible at once.
const listLines = 8

// drawing asks with a form that is drawn on the screen.
type drawing struct {
	in, out *os.File
	discard func() error // removes what was typed before
	theme   *huh.Theme
	keys    *huh.KeyMap
	// completes reports whether the proposed rest of a word differs visibly from what was typed.
	completes bool
}

func newDrawing(in, out *os.File, streams *term.Streams) drawing {
	colored := streams.ErrColor()
	return drawing{
		in: in, out: out, discard: streams.DiscardInput,
		theme: newTheme(out, colored),
		keys:  newKeyMap(),
		// The widget draws that rest in a grey of lipgloss's default renderer, which uses standard output and cannot be
		// changed.
		completes: colored && lipgloss.ColorProfile() != termenv.Ascii,
	}
}

func (d drawing) ask(ctx context.Context, title string, questions []Question) (map[string]string, error) {
	var asked, all []*field
	for _, question := range questions {
		field := d.newField(question)
		asked, all = append(asked, field), append(all, field)
		if question.Repeated {
			all = append(all, d.newField(question.again(field.answer)))
		}
	}
	err := d.run(ctx, paginate(title, all)...)
	answers := make(map[string]string, len(asked))
	for _, field := range asked {
		answers[field.question.Name] = field.answer()
	}
	return answers, err
}

func (d drawing) choose(ctx context.Context, title string, options []string) (string, error) {
	var choice string
	list := huh.NewSelect[string]().Title(counted(title, options)).Options(labelled(options)...).Value(&choice)
	if err := d.run(ctx, newPage("", bare(list))); err != nil {
		return "", err
	}
	return choice, nil
}

// counted returns a title with the number of options, if there are more than may be visible.
func counted(title string, options []string) string {
	if len(options) <= listLines {
		return title
	}
	return fmt.Sprintf("%s (%d choices)", title, len(options))
}

func labelled(options []string) []huh.Option[string] {
	labelled := make([]huh.Option[string], len(options))
	for i, option := range options {
		labelled[i] = huh.NewOption(choiceLabel(option), option)
	}
	return labelled
}
