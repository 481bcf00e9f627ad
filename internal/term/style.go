package term

// The sequences that select how the terminal draws text (ECMA-48, SGR).
const (
	sgrBold   = "\x1b[1m"
	sgrFaint  = "\x1b[2m"
	sgrRed    = "\x1b[31m"
	sgrGreen  = "\x1b[32m"
	sgrYellow = "\x1b[33m"
	sgrReset  = "\x1b[0m"
)

// Style marks up text for one output, and leaves it as it is where that output
// takes no colour. The zero value leaves everything as it is. Text from
// outside is sanitized before it is styled.
type Style struct{ enabled bool }

// OutStyle gives the style of standard output.
func (s *Streams) OutStyle() Style { return Style{s.OutColor()} }

// ErrStyle gives the style of standard error.
func (s *Streams) ErrStyle() Style { return Style{s.ErrColor()} }

// Bold gives the text in bold: what to look at first.
func (s Style) Bold(text string) string { return s.wrap(sgrBold, text) }

// Faint gives the text in a faint colour: what may be passed over.
func (s Style) Faint(text string) string { return s.wrap(sgrFaint, text) }

// Red gives the text in red: it failed.
func (s Style) Red(text string) string { return s.wrap(sgrRed, text) }

// Green gives the text in green: it worked.
func (s Style) Green(text string) string { return s.wrap(sgrGreen, text) }

// Yellow gives the text in yellow: it needs attention.
func (s Style) Yellow(text string) string { return s.wrap(sgrYellow, text) }

func (s Style) wrap(sgr, text string) string {
	if !s.enabled || text == "" {
		return text
	}
	return sgr + text + sgrReset
}
