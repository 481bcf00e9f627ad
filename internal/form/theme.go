package form

import (
	"io"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// The colours of the terminal's own palette, which suits its background.
const (
	red  = lipgloss.Color("1")
	cyan = lipgloss.Color("6")
)

// newTheme returns the styles of a form on this output. Without colour, bold, faint and reversed text still show the
// focus.
func newTheme(out io.Writer, colored bool) *huh.Theme {
	// A separate renderer, because the default one uses standard output. Only the sixteen colours are used.
	renderer := lipgloss.NewRenderer(out)
	renderer.SetColorProfile(termenv.ANSI)

	plain := renderer.NewStyle()
	faint := plain.Faint(true)
	accent, alarm, bar := plain.Bold(true), plain.Bold(true), plain
	if colored {
		accent, alarm, bar = accent.Foreground(cyan), alarm.Foreground(red), bar.BorderForeground(cyan)
	}
	button := plain.Padding(0, 2).MarginRight(1)

	focused := huh.FieldStyles{
		Base:             bar.PaddingLeft(1).BorderStyle(lipgloss.ThickBorder()).BorderLeft(true),
		Title:            accent,
		Description:      faint,
		ErrorIndicator:   alarm.SetString(" !"),
		ErrorMessage:     alarm.SetString("!"),
		SelectSelector:   accent.SetString("> "),
		SelectedOption:   accent,
		UnselectedOption: plain,
		TextInput: huh.TextInputStyles{
			Cursor: plain, CursorText: plain, Placeholder: faint, Prompt: accent, Text: plain,
		},
		FocusedButton: button.Bold(true).Reverse(true),
		BlurredButton: button,
	}
	blurred := focused
	blurred.Base = focused.Base.BorderStyle(lipgloss.HiddenBorder())
	blurred.Title = plain
	blurred.SelectedOption = plain
	blurred.TextInput.Prompt = faint

	return &huh.Theme{
		Form:           huh.FormStyles{Base: plain},
		Group:          huh.GroupStyles{Base: plain, Title: plain.Bold(true).MarginBottom(1), Description: faint},
		FieldSeparator: plain.SetString("\n\n"),
		Focused:        focused,
		Blurred:        blurred,
		Help:           help.Styles{ShortKey: faint.Bold(true), ShortDesc: faint, ShortSeparator: faint, Ellipsis: faint},
	}
}

// doneKey returns the key that ends a form of several fields.
func doneKey() key.Binding {
	return key.NewBinding(key.WithKeys("ctrl+d"), key.WithHelp("ctrl+d", "done"))
}

// newKeyMap returns huh's own keys with changes: Esc leaves the form, the arrows move between text fields, and the
// slash, which would open a filter that Esc closes, is only a slash.
func newKeyMap() *huh.KeyMap {
	keys := huh.NewDefaultKeyMap()
	keys.Quit = key.NewBinding(key.WithKeys("ctrl+c", "esc"), key.WithHelp("esc", "cancel"))
	keys.Input.Prev.SetKeys("shift+tab", "up")
	keys.Input.Next.SetKeys("enter", "tab", "down")
	keys.Select.Filter = key.NewBinding()
	return keys
}
