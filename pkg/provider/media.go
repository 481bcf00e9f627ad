package provider

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
)

// IsJSON reports whether a response's body is of the JSON family, as the bodies of the providers' APIs are. For a body
// without a content type its text decides.
func IsJSON(header http.Header, body []byte) bool {
	named := header.Get("Content-Type")
	if named == "" {
		return json.Valid(bytes.TrimPrefix(body, []byte("\ufeff")))
	}
	media, _, err := mime.ParseMediaType(named)
	return err == nil && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"))
}
