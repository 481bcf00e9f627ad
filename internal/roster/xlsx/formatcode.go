package xlsx

import (
	"strconv"
	"strings"
)

// The longest format code, and the most places for digits in it; spreadsheet programs stop at 255 and 30.
const (
	maxCode   = 1024
	maxPlaces = 64
)

// builtIn returns the code of a format that workbooks refer to by number.
func builtIn(id int) string {
	switch id {
	case 1:
		return "0"
	case 2:
		return "0.00"
	case 3, 37, 38, 41:
		return "#,##0"
	case 4, 39, 40, 43:
		return "#,##0.00"
	case 9:
		return "0%"
	case 10:
		return "0.00%"
	case 11:
		return "0.00E+00"
	case 48:
		return "##0.0E+0"
	case 18, 20, 32, 35, 55:
		return "h:mm"
	case 19, 21, 33, 56:
		return "h:mm:ss"
	case 22:
		return "yyyy-mm-dd h:mm"
	case 45, 47:
		return "mm:ss"
	case 46:
		return "[h]:mm:ss"
	}
	if 14 <= id && id <= 17 || 27 <= id && id <= 31 || 34 <= id && id <= 36 || 50 <= id && id <= 58 {
		return "yyyy-mm-dd"
	}
	return "General"
}

// parseFormat parses a format code. Unknown parts are shown literally, or the number is shown as it is.
func parseFormat(code string) format {
	if len(code) > maxCode {
		return format{}
	}
	var f format
	p := codeParser{rest: []rune(code)}
	for {
		f.sections = append(f.sections, p.section())
		if len(p.rest) == 0 {
			return f
		}
		p.rest = p.rest[1:] // the semicolon
	}
}

// codeParser parses the sections of a format code one by one.
type codeParser struct {
	rest []rune
	s    section
	// point reports whether the decimal point was read.
	point bool
	// commas is the number of commas since the last place for a digit.
	commas int
	// slash reports whether it is a fraction such as # ?/?.
	slash bool
}

// section parses up to the next semicolon or the end.
func (p *codeParser) section() section {
	p.s, p.point, p.commas, p.slash = section{}, false, 0, false
	for len(p.rest) > 0 && p.rest[0] != ';' {
		p.symbol()
	}
	s := p.s
	s.thousands += p.commas
	if s.digits+s.decimals > maxPlaces || p.slash && s.digits+s.decimals > 0 {
		s.plain = true
	}
	s.literal = s.digits+s.decimals == 0
	s.date.normalise()
	return s
}

// symbol parses the next part of a section.
func (p *codeParser) symbol() {
	r := p.rest[0]
	if p.word("general") {
		p.s.plain = true
		return
	}
	if p.word("am/pm") || p.word("a/p") {
		p.s.date.clock = true
		return
	}
	p.rest = p.rest[1:]
	switch r {
	case '"':
		p.literal(p.until('"'))
	case '\\', '!':
		p.literal(p.take())
	case '_':
		p.take()
		p.literal([]rune{' '})
	case '*':
		p.take()
	case '[':
		p.bracket(string(p.until(']')))
	case '0', '#', '?':
		p.place(r)
	case '.':
		if p.point {
			p.literal([]rune{r})
		}
		p.point = true
	case ',':
		if p.s.digits+p.s.decimals == 0 {
			p.literal([]rune{r})
			return
		}
		p.commas++
	case '%':
		p.s.percent++
		p.literal([]rune{r})
	case '/':
		p.slash = true
		p.literal([]rune{r})
	case '@':
		p.s.plain = true
	case 'E', 'e':
		p.exponentOrYear(r)
	case 'y', 'Y', 'd', 'D', 'm', 'M', 'h', 'H', 's', 'S', 'g', 'G', 'b', 'B':
		p.s.date.add(r | 0x20)
	default:
		p.literal([]rune{r})
	}
}

// word skips a word of the code, ignoring case, if it comes next.
func (p *codeParser) word(lower string) bool {
	if len(p.rest) < len(lower) || !strings.EqualFold(string(p.rest[:len(lower)]), lower) {
		return false
	}
	p.rest = p.rest[len(lower):]
	return true
}

func (p *codeParser) take() []rune {
	taken := p.rest[:min(1, len(p.rest))]
	p.rest = p.rest[len(taken):]
	return taken
}

func (p *codeParser) until(end rune) []rune {
	for i, r := range p.rest {
		if r == end {
			text := p.rest[:i]
			p.rest = p.rest[i+1:]
			return text
		}
	}
	text := p.rest
	p.rest = nil
	return text
}

func (p *codeParser) literal(text []rune) {
	for _, r := range text {
		p.put(symbol{r: r})
	}
}

func (p *codeParser) place(r rune) {
	if p.point {
		p.s.decimals++
	} else {
		p.s.grouped = p.s.grouped || p.commas > 0
		p.commas = 0
		p.s.digits++
	}
	p.put(symbol{place: true, r: r})
}

func (p *codeParser) put(s symbol) {
	if p.point {
		p.s.after = append(p.s.after, s)
		return
	}
	p.s.before = append(p.s.before, s)
}

// exponentOrYear parses an E: before a sign it is an exponent, otherwise the year in an East Asian date.
func (p *codeParser) exponentOrYear(r rune) {
	if len(p.rest) > 0 && (p.rest[0] == '+' || p.rest[0] == '-') {
		p.s.exponent = true
		return
	}
	if r == 'e' {
		p.s.date.add('y')
		return
	}
	p.literal([]rune{r})
}

// bracket parses a text in square brackets: a condition, a currency, an elapsed time; colours and languages are
// ignored.
func (p *codeParser) bracket(text string) {
	lower := strings.ToLower(text)
	switch {
	case lower != "" && (strings.Trim(lower, "h") == "" || strings.Trim(lower, "m") == "" || strings.Trim(lower, "s") == ""):
		p.s.date.elapsed = true
		p.s.date.clock = true
	case strings.HasPrefix(text, "$"):
		currency, _, _ := strings.Cut(text[1:], "-")
		p.literal([]rune(currency))
	default:
		operator := text[:len(text)-len(strings.TrimLeft(text, "<>="))]
		if operand, err := strconv.ParseFloat(text[len(operator):], 64); operator != "" && err == nil {
			p.s.condition = condition{operator: operator, operand: operand}
		}
	}
}
