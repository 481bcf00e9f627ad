package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// An answer is a response before it is written. Exactly one of body, raw, stream and empty is set, and none for a
// status without content.
type answer struct {
	status int
	header http.Header
	body   any                     // written as JSON
	raw    string                  // written as it is, with the header's content type
	stream func(w io.Writer) error // writes JSON that is too long for memory
	empty  bool                    // no content, whatever the status
}

// jsonAnswer returns the response with a JSON value.
func jsonAnswer(status int, body any) answer { return answer{status: status, body: body} }

// succeeded reports whether the response has a status of success.
func (a *answer) succeeded() bool { return a.status/100 == 2 }

func (a *answer) setHeader(name, value string) {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(name, value)
}

// encode returns the body in bytes and completes the header for it. Do not call it for a response that streams.
func (a *answer) encode() ([]byte, error) {
	if a.status == http.StatusNoContent {
		return nil, nil
	}
	if a.empty {
		a.setHeader("Content-Length", "0")
		return nil, nil
	}
	content := []byte(a.raw)
	if a.raw == "" {
		var err error
		if content, err = encodeJSON(a.body); err != nil {
			return nil, err
		}
		if a.header.Get("Content-Type") == "" {
			a.setHeader("Content-Type", "application/json")
		}
	}
	a.setHeader("Content-Length", strconv.Itoa(len(content)))
	return content, nil
}

// writeHead sends status and header.
func (a *answer) writeHead(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Server", "usher-sandbox")
	w.WriteHeader(a.status)
}

// encodeJSON writes a value in one line. The characters <, > and & stay as they
// are, as in the vendors' samples.
func encodeJSON(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// A problem is the reason why a request was refused. Its message never contains a
// value of the request: one of them may be a password.
type problem struct {
	status     int
	code       int    // the gateway's code for wrong credentials, 0 if none is documented
	keyword    string // SCIM's keyword for the reason, "" if it has none
	message    string
	violations []violation
	header     http.Header
}

// Error returns the message.
func (p *problem) Error() string { return p.message }

// refuse returns a new problem.
func refuse(status int, format string, args ...any) *problem {
	return &problem{status: status, message: fmt.Sprintf(format, args...)}
}

// refuseFor is refuse with a Retry-After in seconds.
func refuseFor(seconds, status int, message string) *problem {
	p := refuse(status, "%s", message)
	p.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	return p
}
