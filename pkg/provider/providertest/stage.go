package providertest

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
)

// stage is a server that the client uses as the provider. It records what happens; a script determines the responses.
type stage struct {
	server *httptest.Server
	// preludes are answered again whenever their requests come, and not recorded.
	preludes []exchange

	mu        sync.Mutex
	play      script
	exchanges []*exchange
}

// script returns the response to one request.
type script func(sent) answer

// sent is a request as it arrived.
type sent struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte
}

// answer is the response of the stage.
type answer struct {
	status int
	header http.Header
	body   []byte
	ending ending
}

// exchange is a request with its response.
type exchange struct {
	sent
	answer
}

// ending is the way in which a response leaves.
type ending int

const (
	whole  ending = iota
	cut           // the connection closes in the middle of the body
	hangUp        // the connection closes before the response
	reset         // the connection is reset before the response
)

// newStage starts a server that ends with the test.
func newStage(t TB, play script) *stage {
	s := &stage{play: play}
	s.server = httptest.NewUnstartedServer(s)
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.Start()
	t.Cleanup(s.server.Close)
	return s
}

// ServeHTTP records a request and answers it.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away: what did not arrive was not sent
	}
	request := sent{method: r.Method, url: r.URL, header: r.Header, body: body}
	for _, prelude := range s.preludes {
		if request.like(prelude.sent) {
			prelude.answer.deliver(w)
			return
		}
	}
	s.mu.Lock()
	play, this := s.play, &exchange{sent: request}
	s.exchanges = append(s.exchanges, this)
	s.mu.Unlock()
	reply := play(request)
	s.mu.Lock()
	this.answer = reply
	s.mu.Unlock()
	reply.deliver(w)
}

// change takes another script for the requests that follow, and forgets those before.
func (s *stage) change(play script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play, s.exchanges = play, nil
}

// received lists the exchanges so far.
func (s *stage) received() []exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	received := make([]exchange, len(s.exchanges))
	for i, exchange := range s.exchanges {
		received[i] = *exchange
	}
	return received
}

// last returns the exchange that came last. It fails if there was none.
func (s *stage) last() (exchange, error) {
	received := s.received()
	if len(received) == 0 {
		return exchange{}, fmt.Errorf("no request arrived")
	}
	return received[len(received)-1], nil
}

// always is the script of one response.
func always(reply answer) script { return func(sent) answer { return reply } }

// plainAnswer is a response with a body and its content type.
func plainAnswer(status int, contentType, body string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: []byte(body)}
}

// with returns the response another body.
func (a answer) with(body []byte) answer {
	a.body = body
	return a
}

// withHeader returns the response one more header.
func (a answer) withHeader(name, value string) answer {
	a.header = a.header.Clone()
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(name, value)
	return a
}

// deliver sends the response in the way of its ending.
func (a answer) deliver(w http.ResponseWriter) {
	if a.ending == whole {
		for name, values := range a.header {
			if name != "Content-Length" && name != "Connection" && name != "Date" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // a client that has gone away is its own fault
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close() //nolint:errcheck // the connection is to break
	switch a.ending {
	case cut:
		var head bytes.Buffer
		fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", a.status, http.StatusText(a.status), len(a.body))
		_ = a.header.WriteSubset(&head, map[string]bool{"Content-Length": true})
		_, _ = conn.Write(slices.Concat(head.Bytes(), []byte("\r\n"), a.body[:len(a.body)/2]))
	case reset:
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
}
