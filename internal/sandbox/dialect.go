package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// A dialect is one provider's API: its address, its routes, and the form of its refusals.
type dialect struct {
	provider string
	prefix   string // of every path of this provider, without a slash at the end
	base     string // path of the documented base URL
	routes   []route

	// key lists the paths of the natural key in a stored user.
	key [][]string
	// optional lists the fields that [FaultDrop] drops by default.
	optional []string
	// keyIsID reports that a user is read by the natural key.
	keyIsID bool
	// envelope is the property of a response to a create that has the user, "" if the
	// user is the whole response.
	envelope string

	// admit refuses a bearer token that the server does not accept.
	admit func(token string) error
	// authenticate refuses a request whose credentials are missing or wrong.
	authenticate func(*request) error
	// shape converts a refusal into the provider's form.
	shape func(*problem) answer
}

// dialects lists all providers, in the order in which they are shown.
func dialects(b *backend) []dialect {
	all := []dialect{sulu(b), ejento(b), evolution(b), ory(b), scim(b, "scim")}
	for i := range all {
		all[i].admit = b.admit
	}
	return all
}

// Providers lists the providers that the sandbox implements, in a fixed order.
func Providers() []string {
	var names []string
	for _, d := range dialects(nil) {
		names = append(names, d.provider)
	}
	return names
}

// BaseURL returns the address that replaces the provider's documented base URL, without a slash at the end. Origin is
// the server's own address, such as http://127.0.0.1:4010. A provider that the sandbox does not implement itself is a
// described one, which has its name as its path.
func BaseURL(origin, provider string) string {
	for _, d := range dialects(nil) {
		if d.provider == provider {
			return strings.TrimSuffix(origin, "/") + d.base
		}
	}
	return strings.TrimSuffix(origin, "/") + "/" + provider
}

// TokenURL returns the address at which the Evolution dialect issues access tokens.
func TokenURL(origin string) string {
	return strings.TrimSuffix(origin, "/") + evolutionPrefix + evolutionTokenPath
}

// A deed is what a route does to users. Faults are injected by it.
type deed int

const (
	other    deed = iota
	creates       // one user or several
	changes       // one user
	deletes       // one user
	lists         // reads the collection, or looks a user up in it
	readsOne      // reads one user
)

// writes reports whether faults of [ScopeWrite] are injected.
func (d deed) writes() bool { return d == creates || d == changes || d == deletes }

// A route is one documented operation.
type route struct {
	method string
	path   string   // below the prefix; {name} is one segment that is not empty
	query  []string // names of the documented query parameters
	does   deed
	open   bool // checks its own credentials
	serve  func(*request) (answer, error)
}

// match finds the route of a request and sets its path values. If there is none, it returns a problem of status 404, or
// 405 with the allowed methods.
func (d *dialect) match(r *http.Request) (*route, error) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), d.prefix)
	var allowed []string
	for i := range d.routes {
		candidate := &d.routes[i]
		values, ok := candidate.fit(path)
		switch {
		case !ok:
		case candidate.method != r.Method:
			allowed = append(allowed, candidate.method)
		default:
			for name, value := range values {
				r.SetPathValue(name, value)
			}
			return candidate, nil
		}
	}
	if len(allowed) == 0 {
		return nil, refuse(http.StatusNotFound, "no documented operation at path %s", path)
	}
	p := refuse(http.StatusMethodNotAllowed, "%s is not documented for %s", r.Method, path)
	p.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	return nil, p
}

// fit compares an escaped path with the route's and returns the unescaped values
// of its named segments.
func (t *route) fit(path string) (map[string]string, bool) {
	want, got := strings.Split(t.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	values := map[string]string{}
	for i, segment := range want {
		name, named := strings.CutPrefix(segment, "{")
		if !named {
			if segment != got[i] {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(got[i])
		if err != nil || value == "" {
			return nil, false
		}
		values[strings.TrimSuffix(name, "}")] = value
	}
	return values, true
}

// refuse returns the response for any error: a problem unchanged, and everything else as a failure of the sandbox
// itself.
func (d *dialect) refuse(err error) answer {
	var p *problem
	if !errors.As(err, &p) {
		p = refuse(http.StatusInternalServerError, "the sandbox failed: %v", err)
	}
	shaped := d.shape(p)
	for name, values := range p.header {
		shaped.setHeader(name, values[0])
	}
	return shaped
}
