package providertest

import (
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// checkLogin checks the exchange of a username and a password for a token, and that it is one of the operations.
func checkLogin(_ TB, subject Subject) error {
	var found findings
	login := subject.Adapter.Login
	_, documented := subject.Adapter.Endpoint(provider.CapabilityLogin)
	switch {
	case login == nil && documented:
		found.addf("the operation %s is listed, and the adapter does not describe it", provider.CapabilityLogin)
	case login != nil && !documented:
		found.addf("the adapter describes a login, and no operation says where that is documented")
	}
	if login == nil {
		return found.err()
	}
	settings := map[string]provider.Setting{}
	for _, setting := range subject.Adapter.Settings {
		settings[setting.Name] = setting
	}
	if server, ok := settings[login.Server]; !ok || server.Secret {
		found.addf("the login's server is %q, which is not a plain setting", login.Server)
	}
	if !settings[login.Setting].Secret {
		found.addf("the login's token is for %q, which is no secret setting", login.Setting)
	}
	if !strings.HasPrefix(login.Path, "/") || login.RefreshPath != "" && !strings.HasPrefix(login.RefreshPath, "/") || login.Lifetime <= 0 {
		found.addf("the login has the paths %q and %q and the lifetime %s", login.Path, login.RefreshPath, login.Lifetime)
	}
	found.in("the login's documentation", checkAddress(login.Docs))
	for _, body := range []string{"", "null", "[]", "{}", canaryBody, `{"error":` + canaryBody + `}`} {
		tokens, err := login.Tokens([]byte(body))
		switch {
		case err == nil:
			found.addf("the answer %q is read as the tokens %q", body, tokens)
		case strings.Contains(err.Error(), strings.Trim(canaryBody, `"`)):
			found.addf("the error repeats the answer: %v", err)
		}
	}
	return found.err()
}

// canaryBody is a response whose text no error may repeat.
const canaryBody = `"canary-of-an-answer"`
