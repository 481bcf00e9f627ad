package form

import (
	"io"
	"os"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/bring-aboard/usher/internal/term"
)

// The end of the input is the other face of a lost terminal.
func TestEndOfTheKeyboardIsAnError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.Close()
	if _, err := (keyboard{r}).Read(make([]byte, 1)); err != io.ErrUnexpectedEOF {
		t.Errorf("error %v", err)
	}
}

// What is drawn before the size is known may be larger than the screen.
func TestNothingIsDrawnBeforeTheSizeIsKnown(t *testing.T) {
	streams, _, _, _ := term.Test()
	d := newDrawing(nil, nil, streams)
	s := newScreen(d, []page{newPage("Title", d.newField(Question{Title: "X"}))})
	s.Init()
	if view := s.View(); view != "" {
		t.Errorf("drawn is %q", view)
	}
	s.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if view := s.View(); !strings.Contains(view, "X") {
		t.Errorf("drawn is %q", view)
	}
}

// A terminal that becomes narrower wraps longer lines, and a drawing of more lines than expected is not removed completely.
func TestLinesAreNotFilled(t *testing.T) {
	streams, _, _, _ := term.Test()
	d := newDrawing(nil, nil, streams)
	s := newScreen(d, paginate("Title", []*field{d.newField(Question{Title: "First", Help: "help"}), d.newField(Question{Title: "Second", Options: []string{"a", "b"}})}))
	s.Init()
	s.Update(tea.WindowSizeMsg{Width: 120, Height: 24})
	for line := range strings.Lines(s.View()) {
		if width := term.TextWidth(strings.TrimRight(line, "\n")); width > 60 {
			t.Errorf("%q is %d columns wide", line, width)
		}
	}
}

// The window may be measured while the person is at a field without help.
func TestHelpDoesNotPushFieldsOut(t *testing.T) {
	streams, _, _, _ := term.Test()
	d := newDrawing(nil, nil, streams)
	s := newScreen(d, paginate("Title", []*field{
		d.newField(Question{Title: "First"}), d.newField(Question{Title: "Second"}),
		d.newField(Question{Title: "Third", Help: strings.Repeat("help ", 30)}),
	}))
	s.Init()
	s.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	for range 2 {
		s.Update(tea.KeyMsg{Type: tea.KeyTab})
	}
	if view := s.View(); !strings.Contains(view, "First") || strings.Count(view, "help") != 30 {
		t.Errorf("drawn is\n%s", view)
	}
}
