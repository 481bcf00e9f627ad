package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// tokenPrefix distinguishes a token of the sandbox from one that an administrator sets.
const tokenPrefix = "sandbox-token."

// A mint issues access tokens and verifies them. A token contains its expiry under a signature, so nothing is stored.
type mint struct {
	lifetime time.Duration
	secret   [32]byte
}

func newMint(lifetime time.Duration) *mint {
	m := &mint{lifetime: lifetime}
	_, _ = rand.Read(m.secret[:]) // it never fails
	return m
}

// issue returns a token that is accepted until a time. Subject is who it is issued to; it cannot be read from the
// token.
func (m *mint) issue(until time.Time, subject string) string {
	claims := binary.BigEndian.AppendUint64(nil, uint64(until.UnixNano()))
	claims = append(claims, digest(subject)...)
	claims = append(claims, rand.Text()...) // two tokens of one moment differ
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(append(claims, m.sign(claims)...))
}

// verify returns an error for a token that has the mint's prefix and was not issued by it, or has expired. A token
// without the prefix passes.
func (m *mint) verify(token string, now time.Time) error {
	if !strings.HasPrefix(token, tokenPrefix) {
		return nil
	}
	until, _, ours := m.read(token)
	if !ours {
		return invalidToken()
	}
	if !now.Before(until) {
		return expired("the access token has expired")
	}
	return nil
}

// read returns the claims of a token that the mint has issued.
func (m *mint) read(token string) (until time.Time, subject string, ours bool) {
	const expiry = 8
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, tokenPrefix))
	if err != nil || !strings.HasPrefix(token, tokenPrefix) || len(raw) < expiry+digestLength+sha256.Size {
		return time.Time{}, "", false
	}
	claims, signature := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(signature, m.sign(claims)) {
		return time.Time{}, "", false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(claims))), string(claims[expiry : expiry+digestLength]), true
}

func (m *mint) sign(claims []byte) []byte {
	h := hmac.New(sha256.New, m.secret[:])
	h.Write(claims)
	return h.Sum(nil)
}

func invalidToken() *problem {
	p := unauthorized("the access token was not issued by this sandbox")
	p.code = codeInvalid
	return p
}

// issueToken is the token endpoint: OAuth 2.0 client credentials in a Basic header and no scope. It refuses as RFC 6749
// documents.
func (a evolutionAPI) issueToken(r *request) (answer, error) {
	id, secret, given := r.BasicAuth()
	if !given || id == "" || secret == "" || id == "denied" || secret == "denied" || !a.accepts(secret) {
		refusal := oauthError(http.StatusUnauthorized, "invalid_client", "client id and secret required in Authorization: Basic")
		refusal.setHeader("Www-Authenticate", "Basic")
		return refusal, nil
	}
	if !r.isForm() {
		return oauthError(http.StatusUnsupportedMediaType, "invalid_request", "the Content-Type must be application/x-www-form-urlencoded"), nil
	}
	form, err := url.ParseQuery(string(r.body))
	switch {
	case err != nil || len(form["grant_type"]) != 1:
		return oauthError(http.StatusBadRequest, "invalid_request", "the form must contain grant_type once"), nil
	case form.Get("grant_type") != "client_credentials":
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "the grant_type must be client_credentials"), nil
	case form.Has("scope"):
		return oauthError(http.StatusBadRequest, "invalid_scope", "no scope is documented"), nil
	}
	issued := jsonAnswer(http.StatusOK, struct {
		TokenType   string `json:"token_type"`
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
	}{"Bearer", a.tokens.issue(a.now().Add(a.tokens.lifetime), id), int(math.Ceil(a.tokens.lifetime.Seconds()))})
	issued.setHeader("Cache-Control", "no-store")
	return issued, nil
}

func oauthError(status int, code, description string) answer {
	return jsonAnswer(status, map[string]string{"error": code, "error_description": description})
}
