package topics

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// page is a text that is written line by line.
type page struct {
	strings.Builder
	width int
	bold  func(string) string
}

// plain returns Markdown as text: paragraphs, headings, lists, blocks of code, and tables as lists of terms. It knows
// what the pages of the documentation contain.
func plain(markdown string, width int, bold func(string) string) string {
	p := &page{width: width, bold: bold}
	for i, block := range strings.Split(joinFences(markdown), "\n\n") {
		if block = strings.Trim(block, "\n"); block == "" {
			continue
		}
		if i > 0 {
			p.WriteString("\n")
		}
		p.block(block)
	}
	return p.String()
}

// noBreak replaces an empty line inside a block of code, which does not end the block.
const noBreak = "\n\x00\n"

// joinFences makes each block of code one block.
func joinFences(markdown string) string {
	return regexp.MustCompile("(?s)\n```.*?\n```").ReplaceAllStringFunc(markdown, func(fence string) string {
		return "\n" + strings.ReplaceAll(fence, "\n\n", noBreak) + "\n"
	})
}

func (p *page) block(text string) {
	switch {
	case strings.HasPrefix(text, "```"):
		for _, line := range strings.Split(strings.ReplaceAll(text, noBreak, "\n\n"), "\n") {
			if !strings.HasPrefix(line, "```") {
				p.WriteString(strings.TrimRight("    "+line, " ") + "\n")
			}
		}
	case strings.HasPrefix(text, "#"):
		heading, rest, _ := strings.Cut(text, "\n")
		p.WriteString(p.bold(inline(strings.TrimLeft(heading, "# "))) + "\n")
		if rest != "" {
			p.block(rest)
		}
	case strings.HasPrefix(text, "|"):
		p.table(strings.Split(text, "\n"))
	case strings.HasPrefix(text, "- "):
		for _, item := range strings.Split("\n"+text, "\n- ")[1:] {
			p.paragraph(item, "- ", "  ")
		}
	default:
		p.paragraph(text, "", "")
	}
}

// table writes each row below the header as a term with its meanings.
func (p *page) table(rows []string) {
	for _, row := range rows[min(2, len(rows)):] {
		cells := strings.Split(strings.ReplaceAll(strings.Trim(row, "|"), `\|`, "\x01"), "|")
		for i, cell := range cells {
			cell = strings.TrimSpace(strings.ReplaceAll(cell, "\x01", "|"))
			switch {
			case i == 0:
				for _, line := range lines(cell, p.width-2) {
					p.WriteString("  " + p.bold(line) + "\n")
				}
			case cell != "":
				p.paragraph(cell, "      ", "      ")
			}
		}
	}
}

// paragraph writes a text. The first line begins with first, the others with next.
func (p *page) paragraph(text, first, next string) {
	p.WriteString(first + strings.Join(lines(text, p.width-utf8.RuneCountInString(next)), "\n"+next) + "\n")
}

// lines breaks a text between words into lines of this width.
func lines(text string, width int) []string {
	var all []string
	for _, word := range strings.Fields(inline(text)) {
		last := len(all) - 1
		if last < 0 || utf8.RuneCountInString(all[last])+1+utf8.RuneCountInString(word) > width {
			all = append(all, word)
			continue
		}
		all[last] += " " + word
	}
	return all
}

// inline removes the marks of Markdown inside a line: code, emphasis, and the addresses of links.
func inline(text string) string {
	text = regexp.MustCompile(`(?s)\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(text, "$1")
	text = regexp.MustCompile(`\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*`).ReplaceAllString(text, "$1$2")
	return strings.NewReplacer("`", "", `\<`, "<").Replace(text)
}
