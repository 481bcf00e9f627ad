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

// Style marks up text for one output, and returns it unchanged if that output shows no colour. The zero value returns
// everything unchanged. Sanitize text from outside before it is styled.
type Style struct{ enabled bool }

// OutStyle returns the style of standard output.
func (s *Streams) OutStyle() Style { return Style{s.OutColor()} }

// ErrStyle returns the style of standard error.
func (s *Streams) ErrStyle() Style { return Style{s.ErrColor()} }

// Bold returns the text in bold, for what comes first.
func (s Style) Bold(text string) string { return s.wrap(sgrBold, text) }

// Faint returns the text in a faint colour, for what may be skipped.
func (s Style) Faint(text string) string { return s.wrap(sgrFaint, text) }

// Red returns the text in red, for failures.
func (s Style) Red(text string) string { return s.wrap(sgrRed, text) }

// Green returns the text in green, for success.
func (s Style) Green(text string) string { return s.wrap(sgrGreen, text) }

// Yellow returns the text in yellow, for warnings.
func (s Style) Yellow(text string) string { return s.wrap(sgrYellow, text) }

func (s Style) wrap(sgr, text string) string {
	if !s.enabled || text == "" {
		return text
	}
	return sgr + text + sgrReset
}
