package provider

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Transport sends requests below a profile's base URL with its credentials. It is safe for concurrent use, sends a
// request once, follows no redirect, and returns a response only for a status from 200 to 299; everything else is an
// [*Error] with the class of what may be done. For a request that may change something, a 5xx, and a 3xx or 4xx with a
// body that is not JSON, are of class Unknown: a gateway writes them after the provider has done its work. A 401 with
// WWW-Authenticate and a 429 are of their own class in every form.
type Transport interface {
	Do(ctx context.Context, request Request) (*Response, error)
}

// Request is one request to a provider.
type Request struct {
	// Op is what the request is for, in errors: "create the user".
	Op string
	// Method is the HTTP method.
	Method string
	// Path is the escaped path below the base URL: "/users/a%2Fb".
	Path string
	// Query contains the query parameters; it may be nil.
	Query url.Values
	// Body is the JSON body; nil for none. It may contain secrets.
	Body []byte
	// Form sends the body, a JSON object, as a form (application/x-www-form-urlencoded): its properties in their order, and
	// a list as one property several times. The values are texts, numbers, truth values and lists of these.
	Form bool
	// Media is the media type that is sent and accepted, of the JSON family ("application/scim+json"); empty means
	// application/json.
	Media string
	// IfMatch is the entity tag that the item in the path must have, or the request is refused with 412 and does
	// nothing; "" for no such condition.
	IfMatch string
	// Secrets lists the paths in the body (outermost key first) whose values are secret. A list on the way means each
	// of its items.
	Secrets [][]string
	// AnswerSecrets lists the paths in a good response's body whose values are secret.
	AnswerSecrets [][]string
	// Absence is set for a read or a delete of one item in the path. It reports whether the body of a 404 is the
	// documented statement that there is no such item; the error of a 404 then has the [Absence] that follows.
	Absence func(body []byte) bool
	// Refusal, if it is set, returns the class that the provider documents for a refusal with this status and body, with
	// ambiguous set if the provider uses it for other refusals as well. It is asked only for a 4xx other than 401 and 429
	// whose body is complete and of the API's own content type; ok is false for one that means nothing special.
	Refusal func(status int, body []byte) (class Class, ambiguous, ok bool)
	// Read, if it is set, receives the body of a good response as it arrives, however long that is; the response's Body
	// then stays nil. Its error ends the request and is returned as the cause. If the response is cut off, Read may be
	// called again with another one, from its beginning: see [Replay].
	Read func(body io.Reader) error
}

// Response is a response with a status from 200 to 299.
type Response struct {
	Status int
	Header http.Header
	// Address is the URL that was requested. It may be empty.
	Address string
	// Body is the whole body, within the transport's size limit.
	Body []byte
	// Reason returns the provider's own sentence in the body, as [Error] has it, for a provider that refuses with a
	// good status. It may be empty.
	Reason func() string
	// Sentence returns a provider's text as [Error] may have it in its Reason, for a response that contains several.
	Sentence func(text string) string
}
