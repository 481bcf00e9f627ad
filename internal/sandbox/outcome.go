package sandbox

import (
	"fmt"
	"net/http"
)

// An ending is what happens to the connection in place of a proper answer.
type ending int

const (
	proper   ending = iota
	hangUp          // closed without an answer
	reset           // closed by a TCP RST
	cutShort        // closed in the middle of the body
)

// An outcome is an answer, and the way in which it is delivered or lost.
type outcome struct {
	answer answer
	ending ending
	fault  Fault
	// afterwards runs when the connection has been closed; nil if there is nothing to
	// do then.
	afterwards func()
}

// describe is what the log says of it.
func (o *outcome) describe() string {
	status := "no answer"
	if o.ending == proper || o.ending == cutShort {
		status = fmt.Sprint(o.answer.status)
	}
	if o.fault == "" {
		return status
	}
	return fmt.Sprintf("%s fault=%s", status, o.fault)
}

// deliver writes the answer or breaks the connection. To abort it panics with
// [http.ErrAbortHandler], which net/http takes as the request to close without
// another word.
func (o *outcome) deliver(w http.ResponseWriter) {
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

// writeTo writes an answer whose length is known, or the first half of it.
func (o *outcome) writeTo(w http.ResponseWriter) {
	content, err := o.answer.encode()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	o.answer.writeHead(w)
	if o.ending != cutShort {
		_, _ = w.Write(content) // a client that has gone away needs no answer
		return
	}
	_, _ = w.Write(content[:len(content)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// streamTo writes an answer as it is made. One that fails on the way is cut off,
// so that the client does not take it for the whole.
func (o *outcome) streamTo(w http.ResponseWriter) {
	o.answer.setHeader("Content-Type", "application/json")
	o.answer.writeHead(w)
	if err := o.answer.stream(w); err != nil {
		panic(http.ErrAbortHandler)
	}
}
