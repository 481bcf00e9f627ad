package sandbox

import (
	"fmt"
	"net/http"
)

// An ending is what happens to the connection instead of a complete response.
type replyKind int

const (
	proper   replyKind = iota
	hangUp             // closed without a response
	reset              // closed by a TCP RST
	cutShort           // closed in the middle of the body
)

// An outcome is a response, and the way in which it is delivered or lost.
type reply struct {
	answer answer
	ending replyKind
	fault  Fault
	// afterwards runs when the connection has been closed; nil if there is nothing to
	// do then.
	afterwards func()
}

// describe returns the outcome for the log.
func (o *reply) describe() string {
	status := "no response"
	if o.ending == proper || o.ending == cutShort {
		status = fmt.Sprint(o.answer.status)
	}
	if o.fault == "" {
		return status
	}
	return fmt.Sprintf("%s fault=%s", status, o.fault)
}

// deliver writes the response or breaks the connection. To abort it panics with [http.ErrAbortHandler], on which
// net/http closes the connection without logging.
func (o *reply) deliver(w http.ResponseWriter) {
	switch {
	case o.afterwards != nil:
		dropped := dropConnection(w)
		o.afterwards()
		if !dropped {
			panic(http.ErrAbortHandler)
		}
	case o.ending == hangUp:
		panic(http.ErrAbortHandler)
	case o.ending == reset:
		resetConnection(w)
	case o.answer.stream != nil:
		o.streamTo(w)
	default:
		o.writeTo(w)
	}
}

// writeTo writes a response whose length is known, or the first half of it.
func (o *reply) writeTo(w http.ResponseWriter) {
	content, err := o.answer.encode()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	o.answer.writeHead(w)
	if o.ending != cutShort {
		_, _ = w.Write(content) // a client that has gone away needs no response
		return
	}
	_, _ = w.Write(content[:len(content)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// streamTo writes a response as it is produced. One that fails on the way is truncated, so that the client does not
// take it for complete.
func (o *reply) streamTo(w http.ResponseWriter) {
	o.answer.setHeader("Content-Type", "application/json")
	o.answer.writeHead(w)
	if err := o.answer.stream(w); err != nil {
		panic(http.ErrAbortHandler)
	}
}
