package sandbox

import (
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

const (
	ejentoLoginPath = "/api/login/access-token"
	// ejentoPassword is the minimum number of characters in a password that the sandbox accepts; the vendor's console
	// has the same.
	ejentoPassword = 8
	// ejentoTokenLife is how long a token is accepted. The vendor documents none.
	ejentoTokenLife = 365 * 24 * time.Hour
)

// logIn exchanges a username and a password for an access token. Any name is accepted, and any password that is long
// enough, except the one that is always refused. The vendor documents the request and not the properties of the
// response: these are the ones of OAuth 2.0. The API accepts any token.
func (a ejentoAPI) logIn(r *request) (answer, error) {
	if !r.isForm() {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "the Content-Type must be application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil || len(form["username"]) != 1 || len(form["password"]) != 1 || form.Get("username") == "" {
		return answer{}, refuse(http.StatusBadRequest, "the form must contain username and password, each once")
	}
	if password := form.Get("password"); form.Get("username") == "denied" || !a.accepts(password) || utf8.RuneCountInString(password) < ejentoPassword {
		return answer{}, unauthorized("wrong username or password")
	}
	issued := jsonAnswer(http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}{a.tokens.issue(a.now().Add(ejentoTokenLife), form.Get("username")), "bearer"})
	issued.setHeader("Cache-Control", "no-store")
	return issued, nil
}
