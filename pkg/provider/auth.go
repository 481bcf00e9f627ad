package provider

// Auth is the way in which a provider's requests are authenticated, by the names of the settings with the credentials.
type Auth struct {
	// Headers are sent with every request.
	Headers []AuthHeader
	// ClientCredentials, if the provider documents them, replace the Authorization header in profiles that set the
	// client id.
	ClientCredentials *ClientCredentials
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

// ClientCredentials is the OAuth 2.0 grant of that name (RFC 6749, 4.4), with HTTP Basic authentication of the client.
// Its fields are names of settings.
type ClientCredentials struct {
	TokenURL, ClientID, ClientSecret string
}

// Uses returns the settings whose credentials are sent in a profile that sets these: the header's settings, or the
// client credentials if the client id is set.
func (a Auth) Uses(isSet func(setting string) bool) (headers []AuthHeader, exchange *ClientCredentials) {
	if a.ClientCredentials != nil && isSet(a.ClientCredentials.ClientID) {
		exchange = a.ClientCredentials
	}
	for _, header := range a.Headers {
		exchanged := exchange != nil && header.Name == "Authorization"
		absent := header.Optional && !isSet(header.Setting)
		if !exchanged && !absent {
			headers = append(headers, header)
		}
	}
	return headers, exchange
}

// Missing returns the settings that a profile still lacks before a request can be sent.
func (a Auth) Missing(isSet func(setting string) bool) []string {
	var missing []string
	headers, exchange := a.Uses(isSet)
	for _, header := range headers {
		if !isSet(header.Setting) {
			missing = append(missing, header.Setting)
		}
	}
	if exchange != nil && !isSet(exchange.ClientSecret) {
		missing = append(missing, exchange.ClientSecret)
	}
	return missing
}

// LastingCredentials returns the settings in use whose credentials do not change by themselves, and so identify a
// tenant: the client id, else those of the headers, without tokens that are issued anew from time to time.
func (a Adapter) LastingCredentials(isSet func(setting string) bool) []string {
	headers, exchange := a.Auth.Uses(isSet)
	if exchange != nil {
		return []string{exchange.ClientID}
	}
	var settings []string
	for _, header := range headers {
		isLogin := a.Login != nil && a.Login.Setting == header.Setting
		isAccessToken := a.Auth.ClientCredentials != nil && header.Name == "Authorization"
		if !isLogin && !isAccessToken {
			settings = append(settings, header.Setting)
		}
	}
	return settings
}
