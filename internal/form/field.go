package form

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
)

// field is a widget of huh with what huh lacks: its help is visible only while it has the focus, it shows how to leave
// the form, and a pasted text does not end with the space that replaces its line ending.
type field struct {
	huh.Field
	question Question
	// typed is the widget's content, and shown what a text widget contained at first.
	typed, shown string
	// describe shows a help text in the widget, or none.
	describe func(text string)
	// complete offers texts to complete the content; nil for a widget that completes nothing.
	complete func(texts []string)
	// focused reports whether the field has the focus.
	focused bool
	// lenient suspends the check while the user goes back to an earlier field.
	lenient bool
	// Whether the field is the first or last of its page or form.
	firstOnPage, lastOnPage, firstOfAll, lastOfAll bool
	// done ends the form from every field, and quit leaves it.
	done, quit key.Binding
}

// newField returns a new widget for a question.
func (d drawing) newField(question Question) *field {
	f := &field{question: question, typed: question.Value}
	if question.Options != nil {
		choices := question.choices()
		list := huh.NewSelect[string]().Title(counted(question.label(), choices)).Options(labelled(choices)...).
			Value(&f.typed).Validate(f.check)
		if len(choices) > listLines {
			list.Height(listLines + 2) // with the title and the help
		}
		f.Field, f.describe = list, func(text string) { list.Description(text) }
	} else {
		input := huh.NewInput().Title(question.label()).Placeholder(cmp.Or(question.Default, question.Placeholder)).
			Value(&f.typed).Validate(f.check)
		if question.Secret {
			input.EchoMode(huh.EchoModePassword)
		} else if d.completes {
			f.complete = func(texts []string) { input.Suggestions(texts) }
			f.complete(question.Suggestions)
		}
		f.Field, f.describe = input, func(text string) { input.Description(text) }
		input.Update(nil) // it writes back what it shows
		f.shown = f.typed
	}
	return f
}

// bare returns a field for a widget that belongs to no question.
func bare(widget huh.Field) *field {
	return &field{Field: widget, describe: func(string) {}}
}

// answer returns what was typed. A text that the widget cannot show unchanged, with line breaks for example, is kept if
// it was not edited.
func (f *field) answer() string {
	if f.question.Options == nil && f.typed == f.shown {
		return f.question.Value
	}
	return f.question.parseAnswer(f.typed)
}

func (f *field) check(string) error {
	if f.lenient {
		return nil
	}
	return f.fault()
}

// fault returns what is wrong with the answer.
func (f *field) fault() error { return f.question.verify(f.answer()) }

// Focus shows the help and accepts input.
func (f *field) Focus() tea.Cmd {
	f.focused = true
	f.describe(f.question.Help)
	return f.Field.Focus()
}

// Blur hides the help, and checks the answer.
func (f *field) Blur() tea.Cmd {
	f.focused = false
	f.describe("")
	return f.Field.Blur()
}

// heights measures the field without its help and with it.
func (f *field) heights() (bare, helped int) {
	f.describe(f.question.Help)
	helped = lipgloss.Height(f.View())
	f.describe("")
	bare = lipgloss.Height(f.View())
	if f.focused {
		f.describe(f.question.Help)
	}
	return bare, helped
}

// Update passes the message to the widget. It returns the field itself, because the widget alone would replace it in
// the form.
func (f *field) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if pressed, ok := msg.(tea.KeyMsg); ok && pressed.Paste {
		pressed.Runes = []rune(f.unwrap(string(pressed.Runes)))
		msg = pressed
	}
	before := f.typed
	_, cmd := f.Field.Update(msg)
	if f.question.Multi && f.complete != nil && f.typed != before {
		f.complete(f.offered())
	}
	return f, cmd
}

// offered returns the suggestions for the last entry of a list, behind the other ones.
func (f *field) offered() []string {
	entry := f.typed[1+strings.LastIndexByte(f.typed, ';'):]
	others := strings.TrimSuffix(f.typed, strings.TrimLeft(entry, " "))
	offered := make([]string, len(f.question.Suggestions))
	for i, suggestion := range f.question.Suggestions {
		offered[i] = others + suggestion
	}
	return offered
}

// fits reports whether a text is a valid answer that a check accepts.
func (f *field) fits(text string) bool {
	check := f.question.Check
	return !f.question.Secret && check != nil && text != "" && check(f.question.parseAnswer(text)) == nil
}

// unwrap converts a pasted text to one line: a list has one item a line, and other texts lose the line ending that was
// copied with them, and quotation marks that make them invalid.
func (f *field) unwrap(pasted string) string {
	pasted = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(pasted)
	pasted = strings.Trim(pasted, "\n")
	if f.question.Multi {
		pasted = strings.ReplaceAll(pasted, "\n", ";")
	}
	if inner := strings.Trim(strings.TrimSpace(pasted), `"'`); f.fits(inner) && !f.fits(pasted) {
		return inner
	}
	return pasted
}

// KeyBinds returns the keys for the line beneath the form, the most important ones first: the line may be cut off.
func (f *field) KeyBinds() []key.Binding {
	const onward = 2 // next and submit are the last ones of a widget
	keys := f.Field.KeyBinds()
	others := keys[:len(keys)-onward]
	done := f.done
	done.SetEnabled(!f.firstOfAll || !f.lastOfAll) // Enter ends the form of one field
	return slices.Concat(keys[len(others):], []key.Binding{done, f.quit}, others)
}
