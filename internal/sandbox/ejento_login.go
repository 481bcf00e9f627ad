package sandbox

import (
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

// The routes of the authorization server, as
// https://docs.ejento.ai/docs/tutorials/authentication-api-access documents them.
const (
	ejentoLoginPath   = "/api/login/access-token"
	ejentoRefreshPath = "/api/users/refresh-access-token"
)

const (
	// ejentoPassword is the minimum number of characters in a password that the sandbox accepts; the vendor's console
	// has the same.
	ejentoPassword = 8
	// ejentoTokenLife is how long the tokens are accepted. The vendor documents none.
	ejentoTokenLife = 365 * 24 * time.Hour
)

// logIn exchanges a username and a password for two tokens. Any name is accepted, and any password that is long enough,
// except the one that is always refused.
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
	return a.issue(form.Get("username")), nil
}

// refresh exchanges the access token of the authentication app for two new tokens. It is documented without a body.
func (a ejentoAPI) refresh(r *request) (answer, error) {
	token := r.bearer()
	_, subject, ours := a.renewals.read(token)
	switch {
	case len(r.body) > 0:
		return answer{}, refuse(http.StatusBadRequest, "no request body is documented")
	case !ours:
		return answer{}, unauthorized("header Authorization: Bearer <access token of the authentication app> required")
	}
	if err := a.renewals.verify(token, a.now()); err != nil {
		return answer{}, err
	}
	return a.issue(subject), nil
}

// issue returns a response with both tokens. The page describes them and does not name their properties: these are the
// names in the vendor's template of an application (github.com/ejentoai/Quickstart-Template).
func (a ejentoAPI) issue(subject string) answer {
	until := a.now().Add(ejentoTokenLife)
	issued := jsonAnswer(http.StatusOK, ejentoEnvelope{Success: true, Message: "Success", Data: struct {
		App    string `json:"access_token"`
		Ejento string `json:"ejento_access_token"`
	}{a.renewals.issue(until, subject), a.tokens.issue(until, subject)}})
	issued.setHeader("Cache-Control", "no-store")
	return issued
}
