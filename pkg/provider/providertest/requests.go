package providertest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// documentedRequest is a method with a path and a query as documentation
// writes them: "GET /users/{id}?limit=".
type documentedRequest struct {
	method string
	path   []string
	query  url.Values
}

// documentedRequests reads the request of an operation. Several are separated
// by ", or ", and words may follow each.
func documentedRequests(text string) []documentedRequest {
	var requests []documentedRequest
	for alternative := range strings.SplitSeq(text, ", or ") {
		words := strings.Fields(alternative)
		if len(words) < 2 || words[0] != strings.ToUpper(words[0]) || !strings.HasPrefix(words[1], "/") {
			return nil
		}
		path, query, _ := strings.Cut(words[1], "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			return nil
		}
		requests = append(requests, documentedRequest{method: words[0], path: strings.Split(path, "/"), query: values})
	}
	return requests
}

// placeholder returns what is around the placeholder in a segment of a documented path, such as "{id}.json".
func placeholder(segment string) (before, after string, ok bool) {
	before, rest, opens := strings.Cut(segment, "{")
	_, after, closes := strings.Cut(rest, "}")
	return before, after, opens && closes
}

// matches reports whether a request below this base path is the documented one: its method, its path with a value in
// each placeholder, and its query parameters, with the documented values if there are any.
func (d documentedRequest) matches(request sent, base string) bool {
	path, below := strings.CutPrefix(request.url.EscapedPath(), base)
	segments := strings.Split(path, "/")
	if !below || request.method != d.method || len(segments) != len(d.path) {
		return false
	}
	for i, want := range d.path {
		before, after, isPlaceholder := placeholder(want)
		if isPlaceholder && (len(segments[i]) <= len(before)+len(after) || !strings.HasPrefix(segments[i], before) || !strings.HasSuffix(segments[i], after)) ||
			!isPlaceholder && segments[i] != want {
			return false
		}
	}
	query := request.url.Query()
	for name, want := range d.query {
		if !query.Has(name) || want[0] != "" && !slices.Equal(query[name], want) {
			return false
		}
	}
	for name := range query {
		if !d.query.Has(name) {
			return false
		}
	}
	return true
}

// checkDocumented returns an error if a request differs from its documentation.
func (tr *trial) checkDocumented(power provider.Capability, request sent) error {
	operation, _ := tr.Adapter.Endpoint(power)
	for _, documented := range documentedRequests(operation.Request) {
		if documented.matches(request, tr.live.EscapedPath()) {
			return nil
		}
	}
	return fmt.Errorf("%s %s was sent, the documentation has %s", request.method, request.url.RequestURI(), operation.Request)
}
