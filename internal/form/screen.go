package form

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
)

// run draws the pages one after the other until the last one is left, and removes the drawing from the screen, however
// it ends. What was typed before is discarded.
func (d drawing) run(ctx context.Context, pages ...page) error {
	if err := d.discard(); err != nil {
		return err
	}
	s := newScreen(d, pages)
	program := tea.NewProgram(s,
		tea.WithInput(keyboard{d.in}), tea.WithOutput(d.out),
		tea.WithFilter(s.filter), tea.WithoutCatchPanics())
	defer context.AfterFunc(ctx, program.Quit)()

	// bubbletea would report a panic on standard output, and continue.
	returned := false
	defer func() {
		if !returned {
			_ = program.ReleaseTerminal()
		}
	}()
	_, err := program.Run()
	returned = true

	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("ask on the terminal: %w", err)
	case s.form.State != huh.StateCompleted:
		return ErrAborted
	default:
		return nil
	}
}

// keyboard turns the end of the input into an error, for example if the connection to the terminal is lost. bubbletea
// would wait for ever.
type keyboard struct{ *os.File }

// Read returns io.ErrUnexpectedEOF if the file returns io.EOF.
func (k keyboard) Read(p []byte) (int, error) {
	n, err := k.File.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// screen is the program that bubbletea runs: a form of huh, whose focus moves without delay.
//
// huh moves to the next field by a message that it sends to itself. Keys that arrive before it, as from a slow line or
// from a password manager, would still go to the field that was left: a password could end up in plain sight. So the
// screen moves the form at once.
type screen struct {
	form  *huh.Form
	keys  *huh.KeyMap
	pages []page
	// drawn reports that the terminal's size is known. Before that, a drawing could be larger than the screen and would
	// leave traces.
	drawn bool
	// over reports that the form is left and must vanish.
	over bool
}

func newScreen(d drawing, pages []page) *screen {
	groups := make([]*huh.Group, len(pages))
	for i, page := range pages {
		for j, field := range page.fields {
			field.firstOnPage, field.lastOnPage = j == 0, j == len(page.fields)-1
			field.firstOfAll = field.firstOnPage && i == 0
			field.lastOfAll = field.lastOnPage && i == len(pages)-1
			field.quit = d.keys.Quit
			if field.question.Name != "" {
				field.done = doneKey()
			}
		}
		groups[i] = page.group
	}
	form := huh.NewForm(groups...).WithTheme(d.theme).WithKeyMap(d.keys)
	form.SubmitCmd, form.CancelCmd = tea.Quit, tea.Quit
	return &screen{form: form, keys: d.keys, pages: pages}
}

// Init starts the form.
func (s *screen) Init() tea.Cmd { return s.form.Init() }

// View returns the drawing of the form, and nothing once it is over: what bubbletea draws last stays on the screen.
func (s *screen) View() string {
	if s.over || !s.drawn {
		return ""
	}
	return withoutFilling(s.form.View())
}

// withoutFilling removes the spaces with which huh fills each line. A terminal that becomes narrower would wrap them, and
// leave lines of the drawing on the screen.
func withoutFilling(view string) string {
	lines := strings.Split(view, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

// filter makes every end of the program an orderly one, that of a signal as well.
func (s *screen) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg.(type) {
	case tea.QuitMsg, tea.InterruptMsg:
		s.over = true
		return tea.QuitMsg{}
	default:
		return msg
	}
}

// Update passes the message to the form, and moves the focus if a key requires it.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.drawn = true
		_, cmd := s.form.Update(s.layOut(msg))
		return s, cmd
	case tea.KeyMsg:
		if !s.drawn {
			return s, nil // it cannot answer what was not on the screen
		}
		return s, s.press(msg)
	default:
		_, cmd := s.form.Update(msg)
		return s, cmd
	}
}
