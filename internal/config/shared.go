package config

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/document"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// The settings of a shared ledger, at the top of the file. Their variables are USHER_LEDGER, USHER_LEDGER_KEY and
// USHER_LEDGER_LEASE.
const (
	SettingLedger      = "ledger"
	SettingLedgerKey   = "ledger-key"
	SettingLedgerLease = "ledger-lease"
)

// SharedSettings returns the settings of a shared ledger.
func SharedSettings() []Setting {
	return []Setting{
		{Name: SettingLedger, Help: "PostgreSQL URL of a ledger that a team shares", Secret: true},
		{Name: SettingLedgerKey, Help: "key of the shared ledger's digests", Secret: true},
		{Name: SettingLedgerLease, Help: "time after which the target of a machine that stopped is free", Kind: Duration},
	}
}

// Shared contains the settings of a ledger that a team shares.
type Shared struct {
	// URL refers to the URL of the database. If it is the zero value, Plain is the URL, which has no password.
	URL   secret.Reference
	Plain string
	// Key refers to the key of the digests.
	Key secret.Reference
	// Lease is how long a target stays locked without a renewal; 0 if it is not set.
	Lease time.Duration
	// Sources are the sources of the values by setting.
	Sources map[string]Source
}

// makeKey returns the next steps if the key is missing or invalid.
func makeKey() []string {
	return []string{failure.Note("use the key of the other machines; to make the first one"), "openssl rand -hex 32"}
}

// KeyError returns an error about the value of the key.
func (s *Shared) KeyError(problem string) *Error {
	return &Error{Source: s.Sources[SettingLedgerKey], Setting: SettingLedgerKey, Message: problem, Next: makeKey()}
}

// Error returns an error about the value of a setting, with its place.
func (s *Shared) Error(setting string, cause error) *Error {
	return &Error{Source: s.Sources[setting], Setting: setting, Message: cause.Error(), Err: cause}
}

// Shared returns the settings of the shared ledger; nil if there is none. It fails with an [*Error] or [Errors] if a value
// is invalid, if a variable and the file differ, and if a setting of the shared ledger is set without its URL: usher never
// falls back to the ledger of this machine.
func (c *Config) Shared() (*Shared, error) {
	shared, configErrs := c.readShared()
	return shared, configErrs.err()
}

func (c *Config) readShared() (*Shared, Errors) {
	shared, configErrs := &Shared{Sources: map[string]Source{}}, Errors(nil)
	for _, s := range SharedSettings() {
		configErrs = append(configErrs, c.readSharedSetting(shared, s)...)
	}
	_, isSet := shared.Sources[SettingLedger]
	switch {
	case configErrs != nil:
		return nil, configErrs
	case !isSet && len(shared.Sources) > 0:
		for name, source := range shared.Sources {
			configErrs = append(configErrs, &Error{Source: source, Setting: name, Message: "requires " + SettingLedger + " or USHER_LEDGER, which is not set",
				Hint: "set USHER_LEDGER to the URL of the shared ledger, or remove this setting"})
		}
		return nil, configErrs
	case !isSet:
		return nil, nil
	case shared.Key.IsZero():
		return nil, Errors{{Source: shared.Sources[SettingLedger], Setting: SettingLedger, Message: "requires " + SettingLedgerKey + " or USHER_LEDGER_KEY, which is not set",
			Next: makeKey()}}
	}
	return shared, nil
}

// readSharedSetting reads one setting from its variable or the file.
func (c *Config) readSharedSetting(shared *Shared, s Setting) Errors {
	node := c.file.top[s.Name]
	text, isVariable := c.variable(s)
	source := Source{Layer: FromEnvironment, Name: s.Variable()}
	refuse := func(at Source, problem, hint string) Errors {
		return Errors{{Source: at, Setting: s.Name, Message: problem, Hint: hint}}
	}
	switch {
	case node == nil && !isVariable:
		return nil
	case node != nil && isVariable && s.Secret && !s.isSame(text, document.Scalar(node)):
		return refuse(c.file.at(node), s.Variable()+" is set too, and may be another ledger", "unset "+s.Variable()+", or set "+s.Name+": env:"+s.Variable())
	case !isVariable:
		text, source = document.Scalar(node), c.file.at(node)
	case s.Secret:
		text = secret.FromEnv(s.Variable()).String()
	}
	shared.Sources[s.Name] = source
	if s.Name == SettingLedgerLease {
		lease, err := duration.Parse(text)
		if err != nil || lease < time.Second {
			return refuse(source, "must be a duration of 1s or more, for example 30s", "")
		}
		shared.Lease = lease
		return nil
	}
	if address, err := plainURL(text); s.Name == SettingLedger && address {
		if err != nil {
			return refuse(source, err.Error(), "store the URL in a variable or a file: "+SettingLedger+": env:USHER_LEDGER")
		}
		shared.Plain = strings.TrimSpace(text)
		return nil
	}
	reference, err := secret.Parse(text)
	if refused, ok := errors.AsType[*secret.ParseError](err); ok && refused.IsLiteral() {
		return refuse(source, err.Error(), "store it in a variable or a file: "+s.Name+": env:"+s.Variable())
	}
	if err != nil {
		return refuse(source, err.Error(), "")
	}
	if reference.IsCommand() {
		if configErrs := commandError("", s.Name, source); configErrs != nil {
			return configErrs
		}
	}
	if s.Name == SettingLedger {
		shared.URL = reference
	} else {
		shared.Key = reference
	}
	return nil
}

// plainURL reports whether a text is a PostgreSQL URL. It returns an error if the URL is invalid or contains a password.
func plainURL(text string) (isURL bool, err error) {
	scheme, _, _ := strings.Cut(strings.TrimSpace(text), "://")
	if scheme != "postgres" && scheme != "postgresql" {
		return false, nil
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil { // its text repeats the URL
		return true, errors.New("not a valid URL")
	}
	if _, ok := u.User.Password(); ok || u.Query().Has("password") || u.Query().Has("sslpassword") {
		return true, errors.New("a URL with a password must not be in the file")
	}
	return true, nil
}
