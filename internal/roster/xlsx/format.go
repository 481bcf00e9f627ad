package xlsx

import (
	"math"
	"strconv"
	"strings"
)

// format is how a cell shows its number: up to four sections, chosen by the number's sign or their conditions.
// Without a section a number is shown as it is.
type format struct {
	sections []section
}

// section is one way to show a number.
type section struct {
	condition condition
	// before and after are the symbols on the two sides of the decimal point.
	before, after []symbol
	// digits are the numbers of places for digits on each side.
	digits, decimals int
	percent          int  // how often the number is multiplied by 100
	thousands        int  // how often it is divided by 1000
	grouped          bool // commas between the thousands
	literal          bool // no place for a digit: only the text is shown
	plain            bool // the number is shown as it is
	exponent         bool // in scientific notation
	date             dateParts
}

// symbol is a character that is shown, or a place for a digit: 0, # or ?.
type symbol struct {
	place bool
	r     rune
}

// condition is a comparison such as [<=9999999].
type condition struct {
	operator string
	operand  float64
}

func (c condition) holds(value float64) bool {
	switch c.operator {
	case "<":
		return value < c.operand
	case "<=":
		return value <= c.operand
	case ">":
		return value > c.operand
	case ">=":
		return value >= c.operand
	case "=":
		return value == c.operand
	case "<>":
		return value != c.operand
	default:
		return false
	}
}

// show returns the cell of a number in this format. A raw text that is not a number is shown as it is.
func (f format) show(raw string, e epoch) Cell {
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
		return textCell(raw)
	}
	s, signed := f.choose(value)
	switch {
	case s.date.any():
		if text, ok := s.date.show(value, e); ok {
			return Cell{Kind: Date, Text: text}
		}
		return general(value)
	case s.plain || s.exponent:
		cell := general(value)
		cell.Text = digitsOf(raw, cell.Text)
		cell.Exponent = cell.Exponent || s.exponent
		return cell
	}
	text := s.show(math.Abs(value))
	if text == "" { // a format that hides the number must not lose it
		return general(value)
	}
	if value < 0 && signed {
		text = "-" + text
	}
	kind := Formatted
	if s.digits <= 1 && s.decimals == 0 && !s.literal && len(s.before) == s.digits && s.percent == 0 {
		kind = Number
	}
	return Cell{Kind: kind, Text: text}
}

// choose returns the section for a number, and whether a minus sign is to be added.
func (f format) choose(value float64) (section, bool) {
	sections := f.sections[:min(len(f.sections), 3)]
	if len(sections) == 0 {
		return section{plain: true}, false
	}
	conditional := sections[0].condition.operator != ""
	for _, s := range sections {
		if !conditional {
			break
		}
		if s.condition.operator == "" || s.condition.holds(value) {
			return s, true
		}
	}
	switch {
	case conditional:
		return section{plain: true}, false
	case value < 0 && len(sections) > 1:
		return sections[1], false
	case value == 0 && len(sections) > 2:
		return sections[2], false
	default:
		return sections[0], true
	}
}

// general returns a number without a format: with all its digits, although spreadsheet programs use an exponent
// from twelve digits on.
func general(value float64) Cell {
	const shownWhole = 1e11
	return Cell{
		Kind: Number, Text: strconv.FormatFloat(value, 'f', -1, 64),
		Exponent: math.Abs(value) >= shownWhole,
	}
}

// digitsOf returns an integer with more digits than a float can represent with all the digits in the file, and any
// other number as it is shown.
func digitsOf(raw, shown string) string {
	const exact = 15
	if len(shown) <= exact || strings.Contains(shown, ".") {
		return shown
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(raw), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	places, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent == "" {
		places, err = 0, nil
	}
	const most = 400 // beyond the largest float
	if err != nil || places < len(fraction) || places > most {
		return shown
	}
	return whole + fraction + strings.Repeat("0", places-len(fraction))
}

// show fills the digits of a number that is not negative into their places.
func (s section) show(value float64) string {
	value *= math.Pow(100, float64(s.percent))
	value /= math.Pow(1000, float64(s.thousands))
	if s.literal {
		return strings.TrimSpace(fill(s.before, nil))
	}
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(value, 'f', s.decimals, 64), ".")
	text := s.showWhole(strings.TrimLeft(whole, "0")) + s.showFraction(fraction)
	return strings.TrimSpace(text)
}

// showWhole fills the places before the decimal point from the right; the leftmost place takes all remaining
// digits.
func (s section) showWhole(digits string) string {
	var reversed []rune
	shown, places := 0, s.digits
	put := func(r rune) {
		if s.grouped && shown > 0 && shown%3 == 0 {
			reversed = append(reversed, ',')
		}
		reversed = append(reversed, r)
		shown++
	}
	for i := len(s.before) - 1; i >= 0; i-- {
		symbol := s.before[i]
		if !symbol.place {
			reversed = append(reversed, symbol.r)
			continue
		}
		places--
		switch {
		case digits != "":
			put(rune(digits[len(digits)-1]))
			digits = digits[:len(digits)-1]
		case symbol.r == '0':
			put('0')
		case symbol.r == '?':
			reversed = append(reversed, ' ')
		}
		for places == 0 && digits != "" {
			put(rune(digits[len(digits)-1]))
			digits = digits[:len(digits)-1]
		}
	}
	if s.digits == 0 { // such as ".00": the whole part is still shown
		for _, r := range digits {
			reversed = append([]rune{r}, reversed...)
		}
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return string(reversed)
}

// showFraction fills the places after the decimal point; a # drops the zeros at the end.
func (s section) showFraction(digits string) string {
	kept := len(digits)
	for i, place := len(s.after)-1, len(digits)-1; i >= 0 && place >= 0; i-- {
		if !s.after[i].place {
			continue
		}
		if s.after[i].r == '0' || digits[place] != '0' {
			break
		}
		kept, place = place, place-1
	}
	text := fill(s.after, []byte(digits[:kept]))
	if kept > 0 {
		return "." + text
	}
	return text
}

// fill puts digits into the places from left to right and drops the remaining places.
func fill(symbols []symbol, digits []byte) string {
	var b strings.Builder
	for _, s := range symbols {
		switch {
		case !s.place:
			b.WriteRune(s.r)
		case len(digits) > 0:
			b.WriteByte(digits[0])
			digits = digits[1:]
		}
	}
	return b.String()
}
