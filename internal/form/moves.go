package form

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
)

// press passes a key to the form. If the key moves the focus, the field has made its check and returns the move as a
// command: the screen makes the move itself and drops that command.
func (s *screen) press(pressed tea.KeyMsg) tea.Cmd {
	here := s.form.GetFocusedField().(*field)
	if key.Matches(pressed, here.done) {
		return s.finish()
	}
	_, cmd := s.form.Update(pressed)
	if s.form.State != huh.StateNormal {
		return cmd
	}
	back, forward := s.moves(here)
	switch {
	case key.Matches(pressed, back):
		return s.back(here)
	case key.Matches(pressed, forward...) && here.Error() == nil:
		return s.forward(here)
	default:
		return cmd
	}
}

// moves returns the keys that leave a field. Only Enter leaves the last one.
func (s *screen) moves(here *field) (back key.Binding, forward []key.Binding) {
	var next, submit key.Binding
	switch here.Field.(type) {
	case *huh.Select[string]:
		back, next, submit = s.keys.Select.Prev, s.keys.Select.Next, s.keys.Select.Submit
	default:
		back, next, submit = s.keys.Input.Prev, s.keys.Input.Next, s.keys.Input.Submit
	}
	if here.lastOfAll {
		next = submit
	}
	return back, []key.Binding{next}
}

// back goes to the previous field, whatever is typed in this one: it will be checked when the user comes back.
func (s *screen) back(here *field) tea.Cmd {
	here.lenient = true
	defer func() { here.lenient = false }()
	switch {
	case here.firstOfAll:
		return nil
	case here.firstOnPage:
		here.Blur()
		return s.form.PrevGroup()
	default:
		return s.form.PrevField()
	}
}

// finish ends the form if every answer is valid. Otherwise it goes to the first field whose answer is not, and shows why.
func (s *screen) finish() tea.Cmd {
	var all []*field
	for _, page := range s.pages {
		all = append(all, page.fields...)
	}
	wrong := slices.IndexFunc(all, func(f *field) bool { return f.fault() != nil })
	if wrong < 0 {
		s.form.State = huh.StateCompleted
		return tea.Quit
	}
	var moves []tea.Cmd
	for range all { // at most so many moves
		at := slices.Index(all, s.form.GetFocusedField().(*field))
		if at > wrong {
			moves = append(moves, s.back(all[at]))
		} else if at < wrong {
			moves = append(moves, s.forward(all[at]))
		}
	}
	all[wrong].Blur()
	return tea.Batch(append(moves, all[wrong].Focus())...)
}

// forward goes to the next field, or ends the form at the last one.
func (s *screen) forward(here *field) tea.Cmd {
	if !here.lastOnPage {
		return s.form.NextField()
	}
	here.Blur()
	return s.form.NextGroup()
}
