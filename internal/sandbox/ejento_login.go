package sandbox

import (
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

const (
	ejentoLoginPath = "/api/login/access-token"
	// ejentoPassword is the least number of characters in a password that the
	// sandbox takes; the vendor's console asks for as many.
	ejentoPassword = 8
	// ejentoTokenLife is how long a token is accepted. The vendor documents none.
	ejentoTokenLife = 365 * 24 * time.Hour
)

// logIn exchanges a name and a password for an access token. Any name is good,
// and any password that is long enough, except the word that stands for bad
// days. The vendor documents the request and not the names of the answer's
// members: these are the ones that OAuth 2.0 gives them. The API takes any token.
func (a ejentoAPI) logIn(r *request) (answer, error) {
	if !r.isForm() {
		return answer{}, refuse(http.StatusUnsupportedMediaType, "the Content-Type must be application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(r.body))
	if err != nil || len(form["username"]) != 1 || len(form["password"]) != 1 || form.Get("username") == "" {
		return answer{}, refuse(http.StatusBadRequest, "the form must hold username and password, each once")
	}
	if password := form.Get("password"); form.Get("username") == "denied" || !a.accepts(password) || utf8.RuneCountInString(password) < ejentoPassword {
		return answer{}, unauthorized("the user name or the password is wrong")
	}
	issued := reply(http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}{a.tokens.issue(a.now().Add(ejentoTokenLife), form.Get("username")), "bearer"})
	issued.setHeader("Cache-Control", "no-store")
	return issued, nil
}
