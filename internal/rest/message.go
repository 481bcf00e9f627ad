package rest

import (
	"cmp"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

const contentJSON = "application/json"

// headerOf returns a request's header as it is sent, with the names as the
// provider documents them. Credentials are the authentication's headers.
func headerOf(request provider.Request, userAgent string, credentials http.Header) http.Header {
	media := cmp.Or(request.Media, contentJSON)
	header := http.Header{"Accept": {media}, "User-Agent": {userAgent}}
	if len(request.Body) > 0 {
		header["Content-Type"] = []string{media}
	}
	if request.IfMatch != "" {
		header["If-Match"] = []string{request.IfMatch}
	}
	for name, values := range credentials {
		header[name] = values
	}
	return header
}
