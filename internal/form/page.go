package form

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
)

// pageFields is the maximum number of fields on a page: as many as a terminal of 24 lines shows together with the
// title, the help and the keys.
const pageFields = 6

// The size that is assumed if a terminal reports none, and the minimum that a form is laid out for.
const (
	usualWidth, usualHeight = 80, 24
	leastWidth, leastHeight = 20, 8
)

// page is the visible part of a form.
type page struct {
	group  *huh.Group
	fields []*field
}

func newPage(title string, fields ...*field) page {
	widgets := make([]huh.Field, len(fields))
	for i, field := range fields {
		widgets[i] = field
	}
	return page{huh.NewGroup(widgets...).Title(title), fields}
}

// paginate distributes fields over pages, whose titles count them.
func paginate(title string, fields []*field) []page {
	counts := balance(len(fields), pageFields)
	if len(counts) == 1 {
		return []page{newPage(title, fields...)}
	}
	pages := make([]page, len(counts))
	for i, count := range counts {
		pages[i] = newPage(fmt.Sprintf("%s (%d of %d)", title, i+1, len(counts)), fields[:count]...)
		fields = fields[count:]
	}
	return pages
}

// balance distributes fields over as few pages as can contain them, as evenly as possible.
func balance(fields, most int) []int {
	counts := make([]int, (fields+most-1)/most)
	for i := range fields {
		counts[i%len(counts)]++
	}
	return counts
}

// layOut fits the form to the terminal and returns the room that it takes. All pages have the height of the tallest
// one, so that the keys below do not jump. huh would measure the page with the help of one field, and cut off the
// longer help of another.
func (s *screen) layOut(terminal tea.WindowSizeMsg) tea.WindowSizeMsg {
	room := roomFor(terminal)
	tallest := 0
	for _, page := range s.pages {
		page.group.WithWidth(room.Width)
		tallest = max(tallest, page.height())
	}
	s.form.WithHeight(min(tallest, room.Height))
	return room
}

// roomFor returns the size that the form may take of a terminal. Some, such as those of containers and serial lines,
// report no size; and huh does not count the empty line above its keys.
func roomFor(terminal tea.WindowSizeMsg) tea.WindowSizeMsg {
	if terminal.Width <= 0 || terminal.Height <= 0 {
		terminal.Width, terminal.Height = usualWidth, usualHeight
	}
	return tea.WindowSizeMsg{
		Width:  max(terminal.Width, leastWidth),
		Height: max(terminal.Height, leastHeight) - 1,
	}
}

// height returns the lines of the page with the longest help of its fields.
func (p page) height() int {
	lines, longest := lipgloss.Height(p.group.Footer()), 0
	if header := p.group.Header(); header != "" {
		lines += lipgloss.Height(header)
	}
	for i, field := range p.fields {
		if i > 0 {
			lines++ // the empty line between two fields
		}
		bare, helped := field.heights()
		lines += bare
		longest = max(longest, helped-bare)
	}
	return lines + longest
}
