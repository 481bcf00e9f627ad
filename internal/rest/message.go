package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	contentJSON = "application/json"
	contentForm = "application/x-www-form-urlencoded"
)

// headerOf returns a request's header as it is sent, with the names as the
// provider documents them. Credentials are the authentication's headers.
func headerOf(request provider.Request, userAgent string, credentials http.Header) http.Header {
	media := cmp.Or(request.Media, contentJSON)
	header := http.Header{"Accept": {media}, "User-Agent": {userAgent}}
	if len(request.Body) > 0 {
		header["Content-Type"] = []string{media}
		if request.Form {
			header["Content-Type"] = []string{contentForm}
		}
	}
	if request.IfMatch != "" {
		header["If-Match"] = []string{request.IfMatch}
	}
	for name, values := range credentials {
		header[name] = values
	}
	return header
}

// bodyOf returns a request's body as it is sent.
func bodyOf(request provider.Request) []byte {
	if request.Form {
		return formOf(request.Body)
	}
	return request.Body
}

// formOf returns a JSON object as a form, with its properties in their order. Another text is returned as it is.
func formOf(object []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return object
	}
	form := []byte{}
	for decoder.More() {
		name, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return object
		}
		var items []json.RawMessage
		if json.Unmarshal(value, &items) != nil {
			items = []json.RawMessage{value}
		}
		for _, item := range items {
			var text string
			if json.Unmarshal(item, &text) != nil {
				text = string(item) // a number or a truth value
			}
			if len(form) > 0 {
				form = append(form, '&')
			}
			form = append(append(append(form, url.QueryEscape(name.(string))...), '='), url.QueryEscape(text)...)
		}
	}
	return form
}
