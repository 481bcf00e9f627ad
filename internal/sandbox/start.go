package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Running is a server on an address. Its methods are safe for concurrent use.
type Running struct {
	server   *Server
	http     *http.Server
	listener net.Listener

	inFlight sync.RWMutex // held for reading by each request
	closed   bool         // under inFlight

	closing  sync.Once
	finished chan struct{} // closed when the listener has ended
	failure  error         // of the listener; to be read after finished
}

// Start listens on an address such as 127.0.0.1:4010, or 127.0.0.1:0 for any free port, and serves until the context
// ends or [Running.Close] is called. It fails on an address that other machines could reach. The server cannot be used
// afterwards.
func Start(ctx context.Context, addr string, server *Server) (*Running, error) {
	if err := requireLoopback(addr); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	if tcp, isTCP := listener.Addr().(*net.TCPAddr); !isTCP || !tcp.IP.IsLoopback() {
		return nil, errors.Join(notLoopback(addr), listener.Close())
	}
	return start(ctx, listener, server), nil
}

// StartInMemory is Start without an address: only [Running.Dial] reaches the server.
func StartInMemory(ctx context.Context, server *Server) *Running {
	return start(ctx, newMemoryListener(), server)
}

func start(ctx context.Context, listener net.Listener, server *Server) *Running {
	r := &Running{server: server, listener: listener, finished: make(chan struct{})}
	r.http = &http.Server{
		Handler:           http.HandlerFunc(r.serve),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(lineWriter(server.log), "", 0),
	}
	go r.listen()
	go r.closeWith(ctx)
	return r
}

// Dial connects to a server of [StartInMemory]. Network and address are ignored, so
// that it can be the DialContext of a client.
func (r *Running) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	memory, ok := r.listener.(*memoryListener)
	if !ok {
		return nil, errors.New("the sandbox has an address")
	}
	return memory.dial(ctx)
}

// Addr returns the address that the server listens on, with its port. The host of a server in memory is only a name.
func (r *Running) Addr() string { return r.listener.Addr().String() }

// BaseURL is [BaseURL] for this server.
func (r *Running) BaseURL(provider string) string { return BaseURL("http://"+r.Addr(), provider) }

// TokenURL is [TokenURL] for this server.
func (r *Running) TokenURL() string { return TokenURL("http://" + r.Addr()) }

// Wait returns when the server has closed: nil after Close or the end of the context, and the reason otherwise.
func (r *Running) Wait() error {
	<-r.finished
	return r.Close()
}

// Close ends the server. Requests in flight have half a second to finish; those
// that the sandbox holds back are dropped then. When it returns, no request uses
// the store any more.
func (r *Running) Close() error {
	r.closing.Do(func() {
		const grace = 500 * time.Millisecond
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if r.http.Shutdown(ctx) != nil {
			r.server.end()
			_ = r.http.Close()
		}
		r.server.end()
		r.inFlight.Lock()
		r.closed = true
		r.inFlight.Unlock()
	})
	<-r.finished
	return r.failure
}

// closeWith closes the server with a context.
func (r *Running) closeWith(ctx context.Context) {
	select {
	case <-ctx.Done():
		_ = r.Close() // Wait returns the reason
	case <-r.finished:
	}
}

func (r *Running) listen() {
	defer close(r.finished)
	if err := r.http.Serve(r.listener); !errors.Is(err, http.ErrServerClosed) {
		r.failure = fmt.Errorf("the sandbox stopped: %w", err)
	}
}

// serve passes a request on unless the server has closed. A request with a host that is not this machine's comes from a
// page that a browser was lured to, and is refused.
func (r *Running) serve(w http.ResponseWriter, req *http.Request) {
	r.inFlight.RLock()
	defer r.inFlight.RUnlock()
	if r.closed {
		panic(http.ErrAbortHandler)
	}
	if !isLoopback(hostOf(req.Host)) {
		http.Error(w, "the sandbox accepts localhost and loopback addresses only", http.StatusMisdirectedRequest)
		return
	}
	r.server.ServeHTTP(w, req)
}

// requireLoopback returns an error for an address without a host, or with one that is not this machine's.
func requireLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("sandbox address %q: must be HOST:PORT, for example 127.0.0.1:4010", addr)
	}
	if !isLoopback(host) {
		return notLoopback(addr)
	}
	return nil
}

func notLoopback(addr string) error {
	return fmt.Errorf("sandbox address %q: "+
		"must be a loopback address, for example 127.0.0.1:4010", addr)
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// hostOf removes the port, and the brackets of an IPv6 address.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// lineWriter passes what net/http logs to a function, line by line.
type lineWriter func(line string)

// Write passes one line on.
func (w lineWriter) Write(line []byte) (int, error) {
	w(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
