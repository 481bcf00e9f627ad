package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/address"
	"github.com/bring-aboard/usher/internal/duration"
)

// Kind is the type of a setting's value.
type Kind int

// The kinds of values, with the allowed values.
const (
	// Text is any text.
	Text Kind = iota
	// Bool is true or false, yes or no, on or off.
	Bool
	// Int is a whole number, 0 or more.
	Int
	// Duration is a duration such as 30s or 2m, 0 or more.
	Duration
	// Rate is a number of events per second, minute or hour: 5/s, 100/m, 1000/h.
	Rate
	// Wait is a duration such as 60s or 2m, or never.
	Wait
	// List is a list of texts, most of them NAME=VALUE. It can only be set in the file.
	List
	// URL is the address of an API or of a server that issues tokens.
	URL
)

// Setting is one setting of a profile.
type Setting struct {
	// Name is the key in a profile, in kebab case: "base-url".
	Name string
	// Help describes the value: a phrase without a full stop.
	Help string
	// Kind is the type of the value.
	Kind Kind
	// Secret is true if the value is a reference to a secret. The variable then contains the secret itself.
	Secret bool
	// File is true if the value is the path of a file.
	File bool
	// Default is the value if it is not set; "" for none.
	Default string
	// Values are the allowed values of a text; nil allows any.
	Values []string
	// Connection is true if the value determines the target of requests or their credentials. It does not have to be
	// set for secret settings and addresses.
	Connection bool
}

// isConnection reports whether the setting is part of a connection. All parts of a connection must come from one
// layer.
func (s Setting) isConnection() bool { return s.Connection || s.Secret || s.Kind == URL }

// Variable returns the environment variable of the setting: USHER_BASE_URL.
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
	settingProtect  = "protect"
)

func structural() []Setting {
	return []Setting{
		{Name: settingProvider, Help: "provider that the profile connects to"},
		{Name: settingDefaults, Help: "default values of fields for new users", Kind: List},
		{Name: settingMapping, Help: "field for each column header of a roster; none for an ignored column", Kind: List},
		{Name: settingSet, Help: "values of fields that every row of an import has", Kind: List},
		{Name: settingRoster, Help: "how rosters are read: encoding, sheet, header-row", Kind: List},
		{Name: settingProtect, Help: "keys or ids of users that usher users sync never deactivates or deletes", Kind: List},
	}
}

// entryForm returns the form of an entry of a list setting.
func (s Setting) entryForm() string {
	switch s.Name {
	case settingMapping:
		return "HEADER=FIELD"
	case settingRoster:
		return "NAME=VALUE"
	case settingProtect:
		return "KEY"
	default:
		return "FIELD=VALUE"
	}
}

// cut returns the name and the value of an entry of a list setting. A header may contain =, a field does not, and a
// protected user has no value.
func (s Setting) cut(entry string) (name, value string, ok bool) {
	if s.Name == settingProtect {
		return entry, "", entry != ""
	}
	at := strings.Index(entry, "=")
	if s.Name == settingMapping {
		at = strings.LastIndex(entry, "=")
	}
	if at < 1 {
		return "", "", false
	}
	return entry[:at], entry[at+1:], true
}

// named returns the setting with a name.
func named(settings []Setting, name string) (Setting, bool) {
	i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return settings[i], true
}

// check returns an error unless a value is valid. It is for settings that are not secret, and does not repeat the
// value.
func (s Setting) check(text string) error {
	var err error
	switch s.Kind {
	case Bool:
		_, err = parseBool(text)
	case Int:
		_, err = parseInt(text)
	case Duration:
		_, err = duration.Parse(text)
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

// checkURL returns an error unless an address is valid or empty, which means not set.
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
		return 0, errors.New("must be a whole number, for example 4")
	}
	return number, nil
}

// Forever is the value of a setting of kind Wait for never.
const Forever time.Duration = -1

// ParseWait returns a duration of more than 0, or [Forever] for never.
func ParseWait(text string) (time.Duration, error) {
	if strings.EqualFold(strings.TrimSpace(text), "never") {
		return Forever, nil
	}
	wait, err := duration.Parse(text)
	if err != nil || wait == 0 {
		return 0, errors.New("must be never or a duration, " + duration.Forms)
	}
	return wait, nil
}

// ParseRate returns a rate such as 5/s, 100/m (or /min) or 1000/h in events per second, always more than 0.
func ParseRate(text string) (perSecond float64, err error) {
	count, unit, _ := strings.Cut(text, "/")
	seconds := map[string]float64{"s": 1, "m": 60, "min": 60, "h": 3600}[strings.TrimSpace(unit)]
	number, err := strconv.ParseFloat(strings.TrimSpace(count), 64)
	if err != nil || seconds == 0 || !(number > 0 && number <= 1e9) {
		return 0, errors.New("must be a rate, for example 5/s or 100/m")
	}
	return number / seconds, nil
}
