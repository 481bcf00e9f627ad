package provider

import (
	"net/http"
	"slices"
)

// Auth is the way in which a provider's requests are authenticated, by the names of the settings with the credentials.
type Auth struct {
	// Headers are sent with every request.
	Headers []AuthHeader
	// Basic, if the provider documents it, replaces the Authorization header in profiles that set the username.
	Basic *BasicAuth
	// ClientCredentials, if the provider documents them, replace the Authorization header in profiles that set the
	// client id.
	ClientCredentials *ClientCredentials
	// Session, if the provider documents it, replaces the header of its token in profiles that set the first of its
	// settings.
	Session *Session
}

// AuthHeader is one header that contains a credential.
type AuthHeader struct {
	// Name is the header's name: "Authorization".
	Name string
	// Prefix comes before the credential: "Bearer ".
	Prefix string
	// Setting is the secret setting.
	Setting string
	// Optional headers are sent by the profiles that set the setting, and no profile has to.
	Optional bool
}

// BasicAuth is HTTP Basic authentication (RFC 7617). Its fields are names of settings.
type BasicAuth struct {
	Username, Password string
}

// ClientCredentials is the OAuth 2.0 grant of that name (RFC 6749, 4.4). TokenURL, ClientID and ClientSecret are names
// of settings.
type ClientCredentials struct {
	TokenURL, ClientID, ClientSecret string
	// Path is the escaped path of the token endpoint below the base URL, for a provider that documents one. A profile
	// that sets TokenURL overrides it.
	Path string
	// InBody reports that the client authenticates in the form instead of by HTTP Basic.
	InBody bool
	// Scopes and Parameters, such as "audience", are sent with the request for a token.
	Scopes     []string
	Parameters map[string]string
}

// Session is a documented log-in of the program itself: a request without credentials, whose response has a token. The
// token is sent with every request, and renewed by another log-in once it is refused.
type Session struct {
	// Path is the escaped path below the base URL to which the log-in is posted.
	Path string
	// Settings are those whose values the body contains. The first one identifies the tenant.
	Settings []string
	// Body returns the JSON body for the values of the settings.
	Body func(values map[string]string) []byte
	// Token returns the token in a response with a good status, "" if there is none.
	Token func(header http.Header, body []byte) string
	// Header and Prefix are the header of the requests that contains the token, and what comes before it.
	Header, Prefix string
}

const authorization = "Authorization"

// Uses returns what is sent in a profile that sets these settings: of two ways to fill one header, the one whose
// setting is set, else the header with a fixed credential.
func (a Auth) Uses(isSet func(setting string) bool) Auth {
	var used Auth
	var replaced []string
	fixed := func(name string) bool {
		return slices.ContainsFunc(a.Headers, func(header AuthHeader) bool { return header.Name == name })
	}
	if a.ClientCredentials != nil && (isSet(a.ClientCredentials.ClientID) || a.Basic == nil && !fixed(authorization)) {
		used.ClientCredentials, replaced = a.ClientCredentials, append(replaced, authorization)
	} else if a.Basic != nil && (isSet(a.Basic.Username) || !fixed(authorization)) {
		used.Basic, replaced = a.Basic, append(replaced, authorization)
	}
	if a.Session != nil && !slices.Contains(replaced, a.Session.Header) && (isSet(a.Session.Settings[0]) || !fixed(a.Session.Header)) {
		used.Session, replaced = a.Session, append(replaced, a.Session.Header)
	}
	for _, header := range a.Headers {
		absent := header.Optional && !isSet(header.Setting)
		if !absent && !slices.Contains(replaced, header.Name) {
			used.Headers = append(used.Headers, header)
		}
	}
	return used
}

// Settings returns the settings that contain credentials, each once.
func (a Auth) Settings() []string {
	var settings []string
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(settings, name) {
				settings = append(settings, name)
			}
		}
	}
	if a.ClientCredentials != nil {
		add(a.ClientCredentials.ClientID, a.ClientCredentials.ClientSecret)
	}
	if a.Basic != nil {
		add(a.Basic.Username, a.Basic.Password)
	}
	if a.Session != nil {
		add(a.Session.Settings...)
	}
	for _, header := range a.Headers {
		add(header.Setting)
	}
	return settings
}

// Missing returns the settings that a profile still lacks before a request can be sent.
func (a Auth) Missing(isSet func(setting string) bool) []string {
	var missing []string
	for _, setting := range a.Uses(isSet).Settings() {
		if !isSet(setting) {
			missing = append(missing, setting)
		}
	}
	return missing
}

// LastingCredentials returns the settings in use whose credentials do not change by themselves, and so identify a
// tenant: the client id, the username of a log-in, else those of the headers, without tokens that are issued anew from
// time to time.
func (a Adapter) LastingCredentials(isSet func(setting string) bool) []string {
	used := a.Auth.Uses(isSet)
	switch {
	case used.ClientCredentials != nil:
		return []string{used.ClientCredentials.ClientID}
	case used.Basic != nil:
		return []string{used.Basic.Username}
	case used.Session != nil:
		return []string{used.Session.Settings[0]}
	}
	var settings []string
	for _, header := range used.Headers {
		isLogin := a.Login != nil && a.Login.Setting == header.Setting
		isAccessToken := a.Auth.ClientCredentials != nil && header.Name == authorization ||
			a.Auth.Session != nil && header.Name == a.Auth.Session.Header
		if !isLogin && !isAccessToken {
			settings = append(settings, header.Setting)
		}
	}
	return settings
}
