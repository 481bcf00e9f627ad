package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bring-aboard/usher/internal/safecell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// inspectText returns the error of a text of a field, and possible errors. Most texts are plain, so it checks the
// first character first.
func inspectText(f *schema.Field, text string) (*schema.FieldError, Concern) {
	if text == "" {
		return nil, ""
	}
	if isErrorText(text) {
		return &schema.FieldError{Field: f.Name, Cause: FailedCell, Message: "spreadsheet error " + text, Hint: "fix the formula, or enter the value"}, ""
	}
	if isKey(f) {
		if fieldErr := inspectKey(f, text); fieldErr != nil {
			return fieldErr, ""
		}
	}
	switch {
	case f.Secret, isKey(f) && !isASCIIText(text):
		return nil, "" // the validation checks the characters of a key
	case !isASCIIText(text):
		if hasLines(f) {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", ""), "\n", "")
		}
		if hidden, ok := schema.FindHidden(text); ok {
			return nil, Concern("text contains " + hidden)
		}
	case isPlaceholder(text):
		return nil, Concern(fmt.Sprintf("%q means a missing value in some programs but is sent as it is; to send no value, leave the cell empty", text))
	case !takesText(f):
	case isExponent(text):
		return nil, Exponent
	case isGrouped(text):
		return nil, Grouped
	case isQuoteMark(text):
		return nil, Apostrophe
	}
	return nil, ""
}

// inspectKey returns the error of a text that identifies a user.
func inspectKey(f *schema.Field, text string) *schema.FieldError {
	fail := func(verdict, hint string) *schema.FieldError {
		fieldErr := &schema.FieldError{Field: f.Name, Cause: schema.Malformed, Message: f.Name + " " + verdict, Hint: hint}
		if !f.Secret {
			fieldErr.Value, fieldErr.Message = text, fmt.Sprintf("%s %q %s", f.Name, shorten(text), verdict)
		}
		return fieldErr
	}
	switch last := text[len(text)-1]; {
	case last == ';' || last == ',':
		return fail("ends with a separator", "remove it")
	case text[0] == ';' || text[0] == ',':
		return fail("begins with a separator", "remove it")
	case isPlaceholder(text):
		return fail("means a missing value", "enter the value, or delete the row")
	case isExponent(text):
		return fail("is a number that has lost digits", "format the column as text and enter the value again")
	}
	return nil
}

// hasLines reports whether a text may have several lines, as an address.
func hasLines(f *schema.Field) bool {
	name := strings.ToLower(f.Name)
	return strings.Contains(name, "address") || strings.Contains(name, "street") || strings.Contains(name, "formatted")
}

// isASCIIText reports whether a text consists of visible characters of ASCII and spaces.
func isASCIIText(text string) bool {
	for i := range len(text) {
		if b := text[i]; b < ' ' || b >= 0x7F {
			return false
		}
	}
	return true
}

// isErrorText reports whether a text is an error that spreadsheet programs show in a cell, in their languages, or
// the text that [FailedWriter] writes for a formula without a result.
func isErrorText(text string) bool {
	const longest = 20
	if len(text) > longest || len(text) < 3 {
		return false
	}
	switch text[0] {
	case '#':
		return strings.Trim(text, "#") == "" || slices.Contains(errorTexts(), text)
	case 'E':
		return strings.HasPrefix(text, "Err:5") && isDigits(text[4:])
	}
	return false
}

func errorTexts() []string {
	return []string{
		uncomputed,
		"#N/A", "#N/A!", "#REF!", "#NAME?", "#DIV/0!", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!",
		"#GETTING_DATA", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!", "#ERROR!", "#N/V",
		"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#KALK!", "#FELD!", "#BLOCKIERT!", "#UNBEKANNT!", // German
		"#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!", "#PROPAGATION!", "#EPARS!", // French
		"#¡REF!", "#¿NOMBRE?", "#¡VALOR!", "#¡NUM!", "#¡NULO!", "#¡DIV/0!", "#N/D", "#DESBORDAMIENTO!", // Spanish
		"#RIF!", "#NOME?", "#VALORE!", "#N/D!", "#NULLO!", "#ESPANSIONE!", // Italian
		"#VALOR!", "#NÚM!", "#NULO!", "#DESPEJAR!", "#DESPEJO!", // Portuguese
		"#VERW!", "#NAAM?", "#WAARDE!", "#GETAL!", "#LEEG!", "#DEEL/0!", "#OVERLOOP!", "#NB", // Dutch
		"#ADR!", "#NAZWA?", "#ARG!", "#LICZBA!", "#ZERO!", "#ROZLANIE!", "#DZIEL/0!", // Polish
		"#SAKNAS!", "#REFERENS!", "#NAMN?", "#VÄRDEFEL!", "#OGILTIGT!", "#SKÄRNING!", "#DIVISION/0!", // Swedish
		"#REFERENCE!", "#NAVN?", "#VÆRDI!", "#VERDI!", "#NUM!", "#I/T", "#DIVISION/0!", "#NAVN?", // Danish, Norwegian
		"#PUUTTUU!", "#VIITTAUS!", "#NIMI?", "#ARVO!", "#LUKU!", "#TYHJÄ!", "#JAKO/0!", // Finnish
		"#ODKAZ!", "#NÁZEV?", "#HODNOTA!", "#ČÍSLO!", "#DĚLENÍ_NULOU!", "#NENÍ_K_DISPOZICI", // Czech
		"#HIV!", "#NÉV?", "#ÉRTÉK!", "#SZÁM!", "#NULLA!", "#ZÉRÓOSZTÓ!", "#HIÁNYZIK", // Hungarian
		"#BAŞV!", "#AD?", "#DEĞER!", "#SAYI!", "#BOŞ!", "#SAYI/0!", "#YOK", // Turkish
		"#ССЫЛКА!", "#ИМЯ?", "#ЗНАЧ!", "#ЧИСЛО!", "#ПУСТО!", "#ДЕЛ/0!", "#Н/Д", "#ПЕРЕНОС!", // Russian
	}
}

// isPlaceholder reports whether a text is one that programs write for a missing value.
func isPlaceholder(text string) bool {
	const longest = 9
	if len(text) > longest {
		return false
	}
	switch text {
	case "NULL", "null", "Null", "(null)", "(NULL)", "<null>", "<NULL>", "\\N", "nil", "NaN", "nan", "NAN", "N/A", "n/a", "N/A.", "NA", "#NA", "none", "None", "NONE", "(none)",
		"undefined", "-", "--", "---", "(blank)", "(empty)", "<none>", "nul", "NaT", "TBD", "tbd":
		return true
	}
	return false
}

// isExponent reports whether a text is a number such as 1.2E+10.
func isExponent(text string) bool {
	if text[0] < '0' || text[0] > '9' {
		return false
	}
	mantissa, exponent, ok := strings.Cut(strings.Replace(text, "e+", "E+", 1), "E+")
	if !ok {
		return false
	}
	whole, fraction, _ := strings.Cut(strings.Replace(mantissa, ",", ".", 1), ".")
	return isDigits(whole) && (fraction == "" || isDigits(fraction)) && isDigits(exponent)
}

// isGrouped reports whether a text is a number with thousands separators, such as 301,234.
func isGrouped(text string) bool {
	if text[0] < '0' || text[0] > '9' || !strings.Contains(text, ",") {
		return false
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if fraction != "" && !isDigits(fraction) {
		return false
	}
	groups := strings.Split(whole, ",")
	for i, group := range groups {
		if !isDigits(group) || len(group) > 3 || i > 0 && len(group) != 3 {
			return false
		}
	}
	return len(groups) > 1
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// isQuoteMark reports whether a text begins with an apostrophe that may be that of a spreadsheet program. Names
// such as 't Hart begin with one.
func isQuoteMark(text string) bool {
	if text[0] != '\'' || len(text) < 3 {
		return false
	}
	second, size := utf8.DecodeRuneInString(text[1:])
	return !unicode.IsLower(second) || !strings.HasPrefix(text[1+size:], " ") && !strings.HasPrefix(text[1+size:], "-")
}

// undo removes the protections of a text against spreadsheet programs: ="00123", and the apostrophe before a
// number or a sign. The concern is what was removed, "" for nothing.
func undo(text string) (string, Concern) {
	if len(text) < 2 {
		return text, ""
	}
	switch text[0] {
	case '=':
		inner, begins := strings.CutPrefix(text, `="`)
		inner, ends := strings.CutSuffix(inner, `"`)
		if begins && ends && !strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
			inner, _ = clean(strings.ReplaceAll(inner, `""`, `"`))
			return inner, Unwrapped
		}
	case '\'':
		if bare, ok := safecell.Unguard(text); ok {
			return bare, Unquoted
		}
	}
	return text, ""
}

// takesText reports whether a value is a text, in which a leading zero counts.
func takesText(f *schema.Field) bool {
	return f.Kind == schema.String || f.Kind == schema.Strings || f.Kind == schema.Objects
}

// texts yields the texts of a value, each with its field.
func texts(f *schema.Field, value any, yield func(*schema.Field, string)) {
	switch value := value.(type) {
	case string:
		yield(f, value)
	case []string:
		for _, text := range value {
			yield(f, text)
		}
	case []schema.Record:
		for _, object := range value {
			for i := range f.Parts {
				if text, ok := object[f.Parts[i].Name].(string); ok {
					yield(&f.Parts[i], text)
				}
			}
		}
	}
}
