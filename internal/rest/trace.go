package rest

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// maxTraced is the size in bytes up to which a body is shown in a trace.
const maxTraced = 64 << 10

// tracer writes one line for each request and one for its result; a number links the two. It writes nothing if write is
// nil.
type tracer struct {
	write func(line string)
	count atomic.Int64
}

// traced is a request that was traced; nil if nothing is written about it.
type traced struct {
	write  func(line string)
	redact *redactor
	number int64
	what   string
	start  time.Time
}

// request traces a request that is about to be sent. The redactor is used for its response too.
func (t *tracer) request(redact *redactor, method, address string, header http.Header, body []byte, secrets [][]string) *traced {
	if t.write == nil {
		return nil
	}
	this := &traced{write: t.write, redact: redact, number: t.count.Add(1), what: method + " " + address, start: time.Now()}
	shown := this.shown(body, secrets, false)
	if header.Get("Content-Type") == contentForm {
		shown = string(formOf([]byte(shown)))
	}
	this.line("> "+this.what, redact.headerLines(header), shown)
	return this
}

// answer traces a response.
func (t *traced) answer(status int, header http.Header, body []byte) {
	if t == nil {
		return
	}
	t.line(fmt.Sprintf("< %d %s for %s after %s", status, http.StatusText(status), t.what, t.elapsed()),
		t.redact.headerLines(header), t.shown(body, nil, true))
}

// failure traces a request without a response.
func (t *traced) failure(err error) {
	if t != nil {
		t.line(fmt.Sprintf("< no response for %s after %s", t.what, t.elapsed()), nil, err.Error())
	}
}

// line writes the event, the headers and the rest, without what may contain a secret: a secret may also lie across
// them.
func (t *traced) line(what string, headers []string, rest string) {
	parts := []string{what}
	if len(headers) > 0 {
		parts = append(parts, strings.Join(headers, "; "))
	}
	if rest != "" {
		parts = append(parts, rest)
	}
	text := strings.Join(parts, " | ")
	if t.redact.leaks(text) {
		text = t.redact.text(what) + " | " + hidden
	}
	t.write(printable(fmt.Sprintf("#%d %s", t.number, text)))
}

func (t *traced) elapsed() time.Duration { return time.Since(t.start).Round(time.Millisecond) }

// shown returns a body as a trace shows it.
func (t *traced) shown(body []byte, secrets [][]string, guess bool) string {
	switch {
	case len(body) == 0:
		return ""
	case len(body) > maxTraced:
		return fmt.Sprintf("[body of %d bytes]", len(body))
	default:
		return t.redact.body(body, secrets, guess)
	}
}

// tracedTripper traces the requests of a library. It shows no body: those that it is used for contain credentials.
type tracedTripper struct {
	next   http.RoundTripper
	trace  *tracer
	redact *redactor
}

// RoundTrip sends the request.
func (t tracedTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	this := t.trace.request(t.redact, request.Method, request.URL.Redacted(), request.Header, nil, nil)
	response, err := t.next.RoundTrip(request)
	if err != nil {
		this.failure(t.redact.cause(err))
		return nil, err
	}
	this.answer(response.StatusCode, response.Header, nil)
	return response, nil
}
