package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse reads the value of a field from one text: a cell, NAME=VALUE, a form's answer. Lists are split at semicolons,
// and their empty items dropped; the properties of an object are separated by colons. The value is validated only as
// far as its type requires.
func (f Field) Parse(text string) (any, *FieldError) {
	if !f.Kind.IsList() {
		return f.parseScalar(text)
	}
	var items []string
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return f.ParseItems(items)
}

// ParseItems reads the value of a list field from one text an item, as from a repeated flag. For other kinds the last
// text counts.
func (f Field) ParseItems(items []string) (any, *FieldError) {
	switch f.Kind {
	case Strings:
		return append([]string{}, items...), nil
	case Objects:
		objects := make([]Record, 0, len(items))
		for _, item := range items {
			object, fieldErr := f.parseObject(item)
			if fieldErr != nil {
				return nil, fieldErr
			}
			objects = append(objects, object)
		}
		return objects, nil
	default:
		if len(items) == 0 {
			return f.parseScalar("")
		}
		return f.parseScalar(items[len(items)-1])
	}
}

func (f Field) parseScalar(text string) (any, *FieldError) {
	switch f.Kind {
	case Integer:
		number, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return nil, f.fieldError(WrongType, text, "is not a whole number", "")
		}
		return number, nil
	case Boolean:
		if truth, ok := f.parseTruth(text); ok {
			return truth, nil
		}
		return nil, f.fieldError(WrongType, text, "must be true or false", f.truthHint())
	default:
		if f.Format == JSON {
			if compact, ok := canonical(text); ok {
				return compact, nil
			}
		}
		return text, nil
	}
}

// parseTruth reads the words for true and false of many languages, and of spreadsheet
// programs in these. A field that says whether a user is active has its own words.
func (f Field) parseTruth(text string) (truth, ok bool) {
	word := strings.ToLower(strings.TrimSpace(text))
	switch word {
	case "true", "1", "t", "false", "0", "f", "": // by far the most
		return word == "true" || word == "1" || word == "t", word != ""
	}
	for _, truth := range []bool{true, false} {
		if slices.Contains(truths(truth), word) || f.isStatus() && slices.Contains(statuses(truth), word) {
			return truth, true
		}
	}
	return false, false
}

// truthHint lists the words that are read for true and false.
func (f Field) truthHint() string {
	hint := "write true/false, yes/no, y/n, 1/0, on/off, x, or the words of your language, such as ja/nein, oui/non, sí/no, WAHR/FALSCH, VRAI/FAUX, да/нет"
	if f.isStatus() {
		hint += "; also active/inactive, enabled/disabled, suspended"
	}
	return hint
}

// isStatus reports whether a field says that a user is active.
func (f Field) isStatus() bool {
	name := FoldName(f.Name[strings.LastIndexByte(f.Name, '.')+1:])
	return slices.Contains([]string{"active", "enabled", "isactive", "isenabled", "accountenabled"}, name)
}

// statuses lists words for a user who is active or inactive.
func statuses(active bool) []string {
	if active {
		return []string{"active", "enabled", "aktiv", "actif", "activo", "attivo", "ativo", "actief", "aktywny", "активен", "有効"}
	}
	return []string{"inactive", "disabled", "deactivated", "suspended", "inaktiv", "inactif", "inactivo", "inattivo", "inativo", "inactief", "nieaktywny", "неактивен", "無効"}
}

// truths lists words for true or false, in lower case.
func truths(truth bool) []string {
	if truth {
		return []string{
			"yes", "y", "on", "x", "✓", "✔", "☑", "wahr", "ja", "j", "vrai", "oui", "o", "verdadero", "sí", "si", "s", "vero", "sì", "verdadeiro", "sim",
			"waar", "prawda", "tak", "sant", "sand", "kyllä", "tosi", "pravda", "ano", "áno", "igaz", "igen", "adevărat", "da", "doğru", "evet",
			"истина", "да", "так", "αληθής", "ναι", "真", "はい", "是", "예", "참", "כן", "نعم",
		}
	}
	return []string{
		"no", "n", "off", "✗", "✘", "☐", "falsch", "nein", "faux", "non", "falso", "não", "nao", "onwaar", "nee", "fałsz", "nie", "falskt", "nej", "falsk", "nei",
		"ei", "epätosi", "nepravda", "ne", "hamis", "nem", "fals", "nu", "yanlış", "hayır", "ложь", "нет", "ні", "ψευδής", "όχι", "偽", "いいえ", "否", "아니요", "거짓", "לא", "لا",
	}
}

func (f Field) parseObject(text string) (Record, *FieldError) {
	parts := f.splitParts(text)
	if len(parts) > len(f.Parts) || len(parts) < f.requiredParts() {
		return nil, f.fieldError(Malformed, text, "does not have the form "+f.ValueName(), "")
	}
	object := make(Record, len(parts))
	for i, part := range parts {
		if part = strings.TrimSpace(part); part == "" && !f.Parts[i].Required {
			continue
		}
		value, fieldErr := f.Parts[i].parseScalar(part)
		if fieldErr != nil {
			fieldErr.Field = f.Name
			return nil, fieldErr
		}
		object[f.Parts[i].Name] = value
	}
	return object, nil
}

// splitParts splits the compact form at its colons. Of an address, the colon after the scheme and those before the last
// slash belong to the first part.
func (f Field) splitParts(text string) []string {
	parts := strings.Split(text, ":")
	if !f.Parts[0].Scheme || len(parts) == 1 || !isScheme(parts[0]) {
		return parts
	}
	last := 1
	for i, part := range parts {
		if i > last && strings.Contains(part, "/") {
			last = i
		}
	}
	return append([]string{strings.Join(parts[:last+1], ":")}, parts[last+1:]...)
}

// isScheme reports whether a text has the form of a URI's scheme (RFC 3986, 3.1).
func isScheme(text string) bool {
	for i, r := range strings.ToLower(strings.TrimSpace(text)) {
		letter, other := 'a' <= r && r <= 'z', '0' <= r && r <= '9' || strings.ContainsRune("+-.", r)
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return text != ""
}

// requiredParts returns the minimum number of properties in the compact form: up to the last required one.
func (f Field) requiredParts() int {
	least := 1
	for i, part := range f.Parts {
		if part.Required {
			least = i + 1
		}
	}
	return least
}

// fieldError returns the validation error of a text of this field, without the text of a secret.
func (f Field) fieldError(cause Cause, text, verdict, hint string) *FieldError {
	if f.hides() {
		return &FieldError{Field: f.Name, Cause: cause, Message: fmt.Sprintf("%s %s", f.Name, verdict), Hint: hint}
	}
	return &FieldError{
		Field: f.Name, Cause: cause, Value: text, Hint: hint,
		Message: fmt.Sprintf("%s %s %s", f.Name, quote(text), verdict),
	}
}

// hides reports whether a text of this field may contain a secret: its own, or one of its parts.
func (f Field) hides() bool {
	return f.Secret || slices.ContainsFunc(f.Parts, Field.hides)
}

// quote returns a text for an error: in quotation marks, without control characters, and shortened if it is long.
func quote(text string) string { return strconv.QuoteToGraphic(Shorten(text, shortText)) }
