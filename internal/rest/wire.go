package rest

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// wire records whether anything of a request was written, which decides whether a failure leaves open what happened.
//
// It relies on how net/http implements HTTP/1.1. A request goes out in one attempt or more, each of which begins with
// GetConn; net/http starts another one only if nothing of the one before was written, or if the method only reads. A
// header is marked as written before it leaves the buffer, and an attempt does not fail before its writer has ended. So
// the mark may be set for a request that never left, and is never missing for one that a server could act on: at most
// the first line goes out before the mark, if it is longer than the buffer.
type wire struct {
	written atomic.Bool
	reused  atomic.Bool // the connection has had a request before
}

// watch returns a context for the request.
func (w *wire) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:          func(string) { w.written.Store(false) },
		GotConn:          func(info httptrace.GotConnInfo) { w.reused.Store(info.Reused) },
		WroteHeaderField: func(string, []string) { w.written.Store(true) },
	})
}

// mayHaveArrived reports whether a server may have acted on a request that failed
// with this error.
func (w *wire) mayHaveArrived(err error) bool {
	return w.written.Load() && (w.reused.Load() || !isCertificateAlert(err))
}
