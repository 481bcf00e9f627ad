package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/address"
)

// Kind is the type of a setting's value.
type Kind int

// The kinds of values, with what a file, a variable or a flag may hold.
const (
	// Text is any text.
	Text Kind = iota
	// Bool is true or false, yes or no, on or off.
	Bool
	// Int is a whole number, 0 or more.
	Int
	// Duration is a time span such as 30s or 2m, 0 or more.
	Duration
	// Rate is a number of events in a time: 5/s, 100/m, 1000/h.
	Rate
	// Wait is a time span such as 60s or 2m, or never.
	Wait
	// List is a list of NAME=VALUE texts. It is set in the file only.
	List
	// URL is the address of an API or of a server that issues tokens.
	URL
)

// Setting is one thing that a profile can set.
type Setting struct {
	// Name is the key in a profile, in kebab case: "base-url".
	Name string
	// Help says what it is: a phrase without a full stop.
	Help string
	// Kind is the type of the value.
	Kind Kind
	// Secret settings hold a reference to a secret, and their variables the secret itself.
	Secret bool
	// File settings name a file.
	File bool
	// Default is used where nothing sets it; "" for none.
	Default string
	// Values lists what a text may be; nil where anything goes.
	Values []string
	// Connection settings say where requests go, or with which credentials. All
	// secret settings and addresses are among them.
	Connection bool
}

// isConnection reports whether the setting is part of a connection, which comes
// from one layer as a whole.
func (s Setting) isConnection() bool { return s.Connection || s.Secret || s.Kind == URL }

// Variable gives the environment variable of the setting: USHER_BASE_URL.
func (s Setting) Variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// The settings that are part of the format itself.
const (
	settingProvider = "provider"
	settingDefaults = "defaults"
	settingMapping  = "mapping"
	settingSet      = "set"
	settingRoster   = "roster"
)

func structural() []Setting {
	return []Setting{
		{Name: settingProvider, Help: "provider that the profile connects to"},
		{Name: settingDefaults, Help: "values of fields that every record starts with", Kind: List},
		{Name: settingMapping, Help: "field for each header of a roster; none for a column that is left out", Kind: List},
		{Name: settingSet, Help: "values of fields that every row of an import has", Kind: List},
		{Name: settingRoster, Help: "how rosters are read: encoding, sheet, header-row", Kind: List},
	}
}

// entryForm returns the form of an entry of a list setting.
func (s Setting) entryForm() string {
	switch s.Name {
	case settingMapping:
		return "HEADER=FIELD"
	case settingRoster:
		return "NAME=VALUE"
	default:
		return "FIELD=VALUE"
	}
}

// cut splits an entry of a list setting. A header may contain =, a field does not.
func (s Setting) cut(entry string) (name, value string, ok bool) {
	at := strings.Index(entry, "=")
	if s.Name == settingMapping {
		at = strings.LastIndex(entry, "=")
	}
	if at < 1 {
		return "", "", false
	}
	return entry[:at], entry[at+1:], true
}

// named finds a setting by its name.
func named(settings []Setting, name string) (Setting, bool) {
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return settings[i], true
}

// check says what is wrong with a value that is not secret. It does not repeat
// the value.
func (s Setting) check(text string) error {
	var err error
	switch s.Kind {
	case Bool:
		_, err = parseBool(text)
	case Int:
		_, err = parseInt(text)
	case Duration:
		_, err = parseDuration(text)
	case Rate:
		_, err = ParseRate(text)
	case Wait:
		_, err = ParseWait(text)
	case URL:
		err = checkURL(text)
	default:
		if s.Values != nil && !slices.Contains(s.Values, text) {
			err = fmt.Errorf("must be one of %s", strings.Join(s.Values, ", "))
		}
	}
	return err
}

// checkURL reports what is wrong with an address; an empty one is not set.
func checkURL(text string) error {
	err := address.Check(text)
	if wrong, ok := errors.AsType[*address.Error](err); ok && text != "" {
		if wrong.Meant != "" { // it repeats the value
			return errors.New(wrong.Problem + "; write it as https://api.example.com/v1")
		}
		return errors.New(wrong.Problem)
	}
	return nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	default:
		return false, errors.New("must be true or false")
	}
}

func parseInt(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		return 0, errors.New("must be a whole number such as 4")
	}
	return number, nil
}

func parseDuration(text string) (time.Duration, error) {
	duration, err := time.ParseDuration(text)
	if err != nil || duration < 0 {
		return 0, errors.New("must be a time span with its unit, such as 30s or 2m")
	}
	return duration, nil
}

// Forever is the value of a setting of kind Wait that is never.
const Forever time.Duration = -1

// ParseWait returns a time span of more than 0, or [Forever] for never.
func ParseWait(text string) (time.Duration, error) {
	if strings.EqualFold(strings.TrimSpace(text), "never") {
		return Forever, nil
	}
	wait, err := time.ParseDuration(text)
	if err != nil || wait <= 0 {
		return 0, errors.New("must be never, or a time span with its unit, such as 60s or 2m")
	}
	return wait, nil
}

// ParseRate reads a rate such as 5/s, 100/m (or /min) or 1000/h as events a
// second. It is always more than 0.
func ParseRate(text string) (perSecond float64, err error) {
	count, unit, _ := strings.Cut(text, "/")
	seconds := map[string]float64{"s": 1, "m": 60, "min": 60, "h": 3600}[strings.TrimSpace(unit)]
	number, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if err != nil || seconds == 0 || !(number > 0 && number <= 1e9) {
		return 0, errors.New("must be a number of requests in a time, such as 5/s or 100/m")
	}
	return number / seconds, nil
}
