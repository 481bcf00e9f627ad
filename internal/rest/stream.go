package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// maxStream is the size in bytes beyond which a streamed response is an error: a million users of four kilobytes.
const maxStream = 4 << 30

// patience is the time limit of a request: for the whole of it, or, if the response is streamed, for each step of it.
type patience struct {
	limit  time.Duration
	timer  *time.Timer // nil for the whole
	cancel context.CancelFunc
}

// errStalled is the error of a streamed response that stopped.
var errStalled = errors.New("the response stalled")

func withPatience(ctx context.Context, limit time.Duration, stepwise bool) (context.Context, *patience) {
	p := &patience{limit: limit}
	if !stepwise {
		ctx, p.cancel = context.WithTimeout(ctx, limit)
		return ctx, p
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p.cancel = func() { cancel(nil) }
	p.timer = time.AfterFunc(limit, func() { cancel(fmt.Errorf("%w for %s: %w", errStalled, limit, context.DeadlineExceeded)) })
	return ctx, p
}

// step starts the time limit again.
func (p *patience) step() {
	if p.timer != nil {
		p.timer.Reset(p.limit)
	}
}

func (p *patience) end() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.cancel()
}

// stream passes the body of a good response to the request's reader.
func (c *Client) stream(request provider.Request, redact *redactor, answer *http.Response, waiting *patience) (*provider.Response, *provider.Error) {
	defer func() { _ = answer.Body.Close() }()
	body := &arriving{body: io.LimitReader(answer.Body, maxStream), waiting: waiting}
	if err := request.Read(withoutMark(body)); err != nil {
		failure := provider.BadResponse(request.Op, answer.StatusCode, err)
		if body.err != nil {
			failure.Err = redact.cause(body.err)
		}
		return nil, failure
	}
	return &provider.Response{Status: answer.StatusCode, Header: answer.Header, Sentence: redact.sentence}, nil
}

// arriving is a body that may take any time as long as parts of it arrive.
type arriving struct {
	body    io.Reader
	waiting *patience
	err     error // of the connection, and not of the reader's own making
}

func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if n > 0 {
		a.waiting.step()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		a.err = err
	}
	return n, err
}
