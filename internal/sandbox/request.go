package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxBody is the maximum length of a request body in bytes. The largest documented user takes about one thousandth of
// it.
const maxBody = 1 << 20

// A request is an HTTP request whose body has been read. At an operation, its query contains documented parameters
// only.
type request struct {
	*http.Request
	body  []byte
	query map[string]string
}

// readRequest reads the whole body, so that a client has always sent its request
// when something happens to it.
func readRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is longer than %d bytes", maxBody)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "the body could not be read to its end")
	}
	return &request{Request: r, body: body}, nil
}

// parseQuery accepts each documented parameter once and with a value. An unknown one is an error, because a misspelt
// filter that is ignored would return all users.
func parseQuery(raw string, documented []string) (map[string]string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "malformed query string")
	}
	query := make(map[string]string, len(values))
	for name, given := range values {
		switch {
		case !slices.Contains(documented, name):
			return nil, refuse(http.StatusBadRequest, "undocumented query parameter %q", name)
		case len(given) > 1:
			return nil, refuse(http.StatusBadRequest, "duplicate query parameter %q", name)
		case given[0] == "":
			return nil, refuse(http.StatusBadRequest, "query parameter %q is empty", name)
		}
		query[name] = given[0]
	}
	return query, nil
}

// bearer returns the token of the Authorization header, or "".
func (r *request) bearer() string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// rehearse refuses the credentials that are always refused: "denied" with 401, "forbidden" with 403.
func rehearse(credentials ...string) error {
	if slices.Contains(credentials, "denied") {
		return unauthorized("these credentials are not valid")
	}
	if slices.Contains(credentials, "forbidden") {
		return refuse(http.StatusForbidden, "these credentials may not do this")
	}
	return nil
}

// unauthorized returns a problem of status 401.
func unauthorized(message string) *problem {
	p := refuse(http.StatusUnauthorized, "%s", message)
	p.header = http.Header{"Www-Authenticate": {"Bearer"}}
	return p
}

// decode checks that the body is one JSON object that follows the rules, and stores it in target. All violations are
// reported together.
func (r *request) decode(rules check, target any) error {
	if err := r.requireJSON("application/json"); err != nil {
		return err
	}
	tree, err := parseJSON(r.body)
	if err != nil {
		return refuse(http.StatusBadRequest, "the body is not valid JSON: %v", err)
	}
	if found := rules("", tree); len(found) > 0 {
		return &problem{status: http.StatusBadRequest, message: summary(found), violations: found}
	}
	// The rules refuse every key but the exact documented ones, so it has no effect that encoding/json ignores case.
	return json.Unmarshal(r.body, target)
}

// requireJSON returns an error for a body that is not declared as plain JSON in UTF-8, by one of the media types that
// the provider documents.
func (r *request) requireJSON(documented ...string) error {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := parameters["charset"]
	encoding := r.Header.Get("Content-Encoding")
	switch {
	case err != nil || !slices.Contains(documented, media):
		return refuse(http.StatusUnsupportedMediaType, "the Content-Type must be %s", documented[0])
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return refuse(http.StatusUnsupportedMediaType, "JSON must be UTF-8")
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return refuse(http.StatusUnsupportedMediaType, "no encoding of the body is documented")
	}
	return nil
}

// isForm reports whether the body is declared as a form.
func (r *request) isForm() bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}
