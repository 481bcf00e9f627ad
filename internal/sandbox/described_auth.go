package sandbox

import (
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authenticate checks every described credential that fills a header.
func (a *describedAPI) authenticate(r *request) error {
	auth := a.d.Auth
	check := func(credential string) error {
		if err := rehearse(credential); err != nil {
			return err
		}
		return a.admit(credential)
	}
	bySetting := map[string]error{}
	for _, header := range auth.Headers {
		credential, ok := strings.CutPrefix(r.Header.Get(header.Name), header.Prefix)
		switch {
		case ok && credential != "":
			bySetting[http.CanonicalHeaderKey(header.Name)] = check(credential)
		case !header.Optional:
			bySetting[http.CanonicalHeaderKey(header.Name)] = unauthorized("header " + header.Name + " required")
		}
	}
	if login := auth.Login; login != nil {
		if token, ok := strings.CutPrefix(r.Header.Get(login.Header), login.Prefix); ok && token != "" {
			bySetting[http.CanonicalHeaderKey(login.Header)] = check(token)
		} else if bySetting[http.CanonicalHeaderKey(login.Header)] == nil && r.Header.Get(login.Header) == "" {
			bySetting[http.CanonicalHeaderKey(login.Header)] = unauthorized("a token is required")
		}
	}
	if token := r.bearer(); auth.OAuth != nil && token != "" {
		bySetting["Authorization"] = check(token)
	} else if auth.OAuth != nil && auth.Basic == nil && len(auth.Headers) == 0 {
		bySetting["Authorization"] = unauthorized("header Authorization: Bearer <token> required")
	}
	if auth.Basic != nil {
		if username, password, given := r.BasicAuth(); given {
			if err := rehearse(username); err != nil {
				return err
			}
			bySetting["Authorization"] = check(password)
		} else if r.Header.Get("Authorization") == "" && auth.OAuth == nil && r.bearer() == "" {
			bySetting["Authorization"] = unauthorized("HTTP Basic required")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(bySetting)) {
		if bySetting[name] != nil {
			return bySetting[name]
		}
	}
	return nil
}

// issueToken is the token endpoint: OAuth 2.0 client credentials as the description has them.
func (a *describedAPI) issueToken(r *request) (answer, error) {
	form, err := url.ParseQuery(string(r.body))
	if err != nil || !r.isForm() || form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "the grant_type must be client_credentials"), nil
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if !a.d.Auth.OAuth.InBody {
		id, secret, _ = r.BasicAuth()
	}
	if id == "" || secret == "" || id == "denied" || secret == "denied" || !a.accepts(secret) {
		return oauthError(http.StatusUnauthorized, "invalid_client", "client id and secret required"), nil
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"token_type": "Bearer", "access_token": a.tokens.issue(a.now().Add(a.tokens.lifetime), id), "expires_in": int(math.Ceil(a.tokens.lifetime.Seconds())),
	}), nil
}

// logIn exchanges the described credentials for a token.
func (a *describedAPI) logIn(r *request) (answer, error) {
	if err := r.requireJSON("application/json"); err != nil {
		return answer{}, err
	}
	given, err := parseJSON(r.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "the body is not valid JSON")
	}
	texts := textsIn(nil, given)
	if slices.Contains(texts, "denied") || !slices.ContainsFunc(texts, a.accepts) {
		return answer{}, unauthorized("wrong credentials")
	}
	token, login := a.tokens.issue(a.now().Add(a.tokens.lifetime), strings.Join(texts, "\n")), a.d.Auth.Login
	if login.TokenHeader != "" {
		issued := jsonAnswer(http.StatusCreated, struct{}{})
		issued.setHeader(login.TokenHeader, token)
		return issued, nil
	}
	return jsonAnswer(http.StatusOK, around(login.Token, token)), nil
}

func textsIn(found []string, value any) []string {
	switch value := value.(type) {
	case string:
		return append(found, value)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			found = textsIn(found, value[name])
		}
	case []any:
		for _, item := range value {
			found = textsIn(found, item)
		}
	}
	return found
}
