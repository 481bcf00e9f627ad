package provider

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Transport sends requests below a profile's base URL with its credentials.
// It is safe for concurrent use, sends a request once, follows no redirect,
// and gives an answer only for a status from 200 to 299; everything else is an
// [*Error] whose class says what may be done. For a request that may change
// something, a 5xx, and a 3xx or 4xx with a body that is not JSON, are of class
// Unknown: a gateway writes them after the provider has done its work. A 401 with
// WWW-Authenticate and a 429 are of their own class in every form.
type Transport interface {
	Do(ctx context.Context, request Request) (*Response, error)
}

// Request is one request to a provider.
type Request struct {
	// Op says what the request is for, in errors: "create the user".
	Op string
	// Method is the HTTP method.
	Method string
	// Path is the escaped path below the base URL: "/users/a%2Fb".
	Path string
	// Query holds the query parameters; it may be nil.
	Query url.Values
	// Body is the JSON body; nil for none. It may hold secrets.
	Body []byte
	// Media is the media type that is sent and asked for, of the JSON family
	// ("application/scim+json"); empty means application/json.
	Media string
	// IfMatch is the entity tag that the item in the path must have, or the request is
	// refused with 412 and does nothing; "" for no such condition.
	IfMatch string
	// Secrets lists the places in the body (outermost key first) whose values are
	// secret. A list on the way stands for each of its items.
	Secrets [][]string
	// AnswerSecrets lists the places in a good answer's body whose values are secret.
	AnswerSecrets [][]string
	// Absence is set for a read or a delete of one item that is named in the path. It reports
	// whether the body of a 404 is the documented statement that there is no such
	// item; the error of a 404 then has the [Absence] that follows.
	Absence func(body []byte) bool
	// Read, where it is set, is handed the body of a good answer as it arrives,
	// however long that is; the response's Body then stays nil. An error of it
	// ends the request and comes back as the cause. If the response is cut off, Read
	// may be called again with another one, from its beginning: see [Replay].
	Read func(body io.Reader) error
}

// Response is an answer with a status from 200 to 299.
type Response struct {
	Status int
	Header http.Header
	// Address is the URL that was requested. It may be empty.
	Address string
	// Body is the whole body, within the transport's size limit.
	Body []byte
	// Reason gives the provider's own sentence in the body, as [Error] has it, for
	// a provider that refuses with a good status. It may be empty.
	Reason func() string
	// Sentence makes of a provider's text one that [Error] may have as its Reason,
	// for an answer that holds several.
	Sentence func(text string) string
}
