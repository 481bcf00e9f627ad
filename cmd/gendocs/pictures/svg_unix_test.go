//go:build unix

package pictures

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/hinshun/vt10x"
)

// The measures of a picture, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 16
)

// The bits of a character's mode that a picture shows, as the screen counts them.
const (
	modeReverse   = 1 << 0
	modeUnderline = 1 << 1
	modeBold      = 1 << 2
)

// svg draws a screen, down to its last line that is not blank.
func svg(title string, screen [][]vt10x.Glyph) []byte {
	for len(screen) > 0 && blank(screen[len(screen)-1]) {
		screen = screen[:len(screen)-1]
	}
	columns := 0
	for _, line := range screen {
		columns = max(columns, len(line))
	}
	width, height := float64(columns)*cellWidth+2*margin, len(screen)*cellHeight+2*margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="%.0f" height="%d" role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", escaped(title))
	b.WriteString(styles())
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" %s/>`+"\n", paint(background))
	for y, line := range screen {
		for _, part := range spans(line) {
			part.draw(&b, y)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// span is a part of a line in one style.
type span struct {
	column int
	text   string
	style  vt10x.Glyph // its character does not count
}

// spans cuts a line where its style changes, and leaves plain blanks out.
func spans(line []vt10x.Glyph) []span {
	var list []span
	for x, cell := range line {
		char := cell.Char
		if char == 0 {
			char = ' '
		}
		cell.Char = 0
		if last := len(list) - 1; last >= 0 && list[last].style == cell {
			list[last].text += string(char)
			continue
		}
		list = append(list, span{column: x, text: string(char), style: cell})
	}
	var seen []span
	for _, r := range list {
		if strings.TrimSpace(r.text) != "" || r.style.BG != vt10x.DefaultBG || r.style.Mode&modeReverse != 0 {
			seen = append(seen, r)
		}
	}
	return seen
}

func (r span) draw(b *bytes.Buffer, y int) {
	x := margin + float64(r.column)*cellWidth
	length := float64(len([]rune(r.text))) * cellWidth
	fg, bg := colour(r.style.FG, foreground), colour(r.style.BG, "")
	if r.style.Mode&modeReverse != 0 && bg == "" {
		bg = background // the screen has exchanged the colours already; the default has no number
	}
	if bg != "" && bg != background {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" %s/>`+"\n", x, margin+y*cellHeight, length, cellHeight, paint(bg))
	}
	text := strings.TrimRight(r.text, " ")
	if text == "" {
		return
	}
	more := ""
	if r.style.Mode&modeBold != 0 {
		more += ` font-weight="bold"`
	}
	if r.style.Mode&modeUnderline != 0 {
		more += ` text-decoration="underline"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" %s%s xml:space="preserve">%s</text>`+"\n",
		x, margin+y*cellHeight+13, float64(len([]rune(text)))*cellWidth, paint(fg), more, escaped(text))
}

func blank(line []vt10x.Glyph) bool {
	for _, cell := range line {
		if cell.Char != 0 && cell.Char != ' ' || cell.BG != vt10x.DefaultBG {
			return false
		}
	}
	return true
}

// The default colours of a picture are classes of its style.
const (
	foreground = "fg"
	background = "bg"
)

// palette has the defaults and the sixteen colours by name for a page, each as the value of a class.
type palette struct {
	foreground, background string
	named                  [16]string
}

// light and dark are what the picture shows on pages of these kinds.
func light() palette {
	return palette{"#24292f", "#f6f8fa", [16]string{
		"#24292f", "#b3202c", "#116329", "#7d4e00", "#0757b5", "#7a3fd0", "#1b6f76", "#4b535d",
		"#57606a", "#a40e26", "#17692f", "#633c01", "#0a63c9", "#8a46d8", "#226f86", "#24292f",
	}}
}

func dark() palette {
	return palette{"#d8dee9", "#1e222a", [16]string{
		"#3b4252", "#bf616a", "#a3be8c", "#ebcb8b", "#81a1c1", "#b48ead", "#88c0d0", "#d8dee9",
		"#6b7488", "#d57780", "#b5d19b", "#f0d9a0", "#95b3d0", "#c8a3c1", "#9fd0de", "#eceff4",
	}}
}

// styles returns the style of a picture: it follows the page that shows it.
func styles() string {
	rules := func(p palette) string {
		text := fmt.Sprintf(".fg{fill:%s}.bg{fill:%s}", p.foreground, p.background)
		for n, value := range p.named {
			text += fmt.Sprintf(".c%d{fill:%s}", n, value)
		}
		return text
	}
	return "<style>" + rules(light()) + "@media(prefers-color-scheme:dark){" + rules(dark()) + "}</style>\n"
}

// paint returns the attribute of a colour: a class, or a value.
func paint(colour string) string {
	if strings.HasPrefix(colour, "#") {
		return fmt.Sprintf("fill=%q", colour)
	}
	return fmt.Sprintf("class=%q", colour)
}

// colour returns a colour of the screen for a picture: the class of a default or one of the sixteen by name, or the value
// of one of the 256 by xterm's rule.
func colour(c vt10x.Color, byDefault string) string {
	switch {
	case c == vt10x.DefaultFG:
		return foreground
	case c == vt10x.DefaultBG:
		return byDefault
	case c < 16:
		return fmt.Sprintf("c%d", c)
	case c < 232:
		level := func(n vt10x.Color) vt10x.Color {
			if n == 0 {
				return 0
			}
			return 55 + 40*n
		}
		n := c - 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	case c < 256:
		grey := 8 + 10*(c-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	default:
		return fmt.Sprintf("#%06x", uint32(c)&0xffffff)
	}
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
