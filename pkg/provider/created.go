package provider

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// CreateShape is how a provider documents the response to a create.
type CreateShape struct {
	// Status is the documented status of success.
	Status int
	// Read reads the documented body. If the body is not of the documented shape, it
	// returns an error, and the user has what could be read; see [ReadPart].
	Read func(body []byte) (User, error)
	// Location returns the id that a Location or Content-Location header has in the
	// response to a request to an address, "" for none. It is usually [IDInLocation].
	Location func(address, location string) string
}

// ReadCreated returns the user that a create has created, from a response with a status from 200 to 299. The create is
// affirmed by the documented shape, or by the documented status with no body or one of the API's own content type; the
// user may then lack id, key and attributes. The key is the provider's own form of it. Anything else, such as 202
// Accepted or the page of a proxy, affirms nothing: the error is of class Unknown with Answered set.
func ReadCreated(op string, response *Response, want CreateShape) (User, error) {
	user, err := want.Read(response.Body)
	if response.Status == http.StatusAccepted {
		err = errors.New("the provider accepted the request, but did not report its result")
	}
	if err != nil && !affirmed(response, want.Status) {
		failure := BadResponse(op, response.Status, err)
		failure.Answered = true
		return User{}, failure
	}
	if user.ID == "" && want.Location != nil {
		user.ID = cmp.Or(
			want.Location(response.Address, response.Header.Get("Location")),
			want.Location(response.Address, response.Header.Get("Content-Location")),
		)
	}
	return user, nil
}

// affirmed reports whether a response whose body is not of the documented shape
// affirms a create anyway.
func affirmed(response *Response, documented int) bool {
	return response.Status == documented && response.Status != http.StatusAccepted &&
		(len(bytes.TrimSpace(response.Body)) == 0 || IsJSON(response.Header, response.Body))
}

// IDInLocation returns the id in the address of an item, absolute or relative, of the collection to whose address a
// request was sent: the last segment of the path, unescaped. It returns "" for any other address, for one on another
// host, and for the texts undefined and null, which servers write for a missing id.
func IDInLocation(address, location string) string {
	collection, err := url.Parse(address)
	if err != nil {
		return ""
	}
	item, err := url.Parse(location)
	if err != nil || item.Host != "" && collection.Host != "" && !sameHost(item, collection) {
		return ""
	}
	segments := strings.Split(item.EscapedPath(), "/")
	if len(segments) < 2 || segments[len(segments)-2] != lastSegment(collection) {
		return ""
	}
	id, err := url.PathUnescape(segments[len(segments)-1])
	if err != nil || slices.Contains([]string{"undefined", "null"}, id) {
		return ""
	}
	return id
}

func lastSegment(address *url.URL) string {
	path := strings.TrimRight(address.EscapedPath(), "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// sameHost reports whether two addresses are on one host. A port that only one of them has does not matter: it may be
// that of a proxy in between.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && (a.Port() == b.Port() || a.Port() == "" || b.Port() == "")
}
