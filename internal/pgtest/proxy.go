package pgtest

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy forwards TCP connections to a database and disturbs them. It is safe for concurrent use.
type Proxy struct {
	database *url.URL
	listener net.Listener

	mu      sync.Mutex
	delay   time.Duration
	refuses bool
	open    map[net.Conn]bool
}

// NewProxy returns a running proxy in front of the server of a database's URL. It is closed at the end of the test.
func NewProxy(t testing.TB, database string) *Proxy {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{database: u, listener: listener, open: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.forward(client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.Refuse(true)
		running.Wait()
	})
	return p
}

// URL returns the URL of the database through the proxy.
func (p *Proxy) URL() string {
	through := *p.database
	through.Host = p.listener.Addr().String()
	return through.String()
}

// Delay adds a delay to every round trip from now on.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Cut closes all connections. New ones are accepted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
}

// Refuse closes all connections and refuses new ones, or accepts them again.
func (p *Proxy) Refuse(refuses bool) {
	p.mu.Lock()
	p.refuses = refuses
	p.mu.Unlock()
	if refuses {
		p.Cut()
	}
}

// forward forwards one connection until one side closes it.
func (p *Proxy) forward(client net.Conn) {
	defer p.drop(client)
	if !p.keep(client) {
		return
	}
	server, err := net.Dial("tcp", p.database.Host)
	if err != nil {
		return
	}
	defer p.drop(server)
	if !p.keep(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.copy(server, client, true) })
	both.Go(func() { p.copy(client, server, false) })
	both.Wait()
}

// keep adds an open connection. It reports whether connections are accepted.
func (p *Proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn] = true
	return !p.refuses
}

// drop closes a connection.
func (p *Proxy) drop(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close()
}

// copy copies from one side to the other, requests with the delay. Bytes wait side by side, so that the delay does not
// reduce the throughput.
func (p *Proxy) copy(to, from net.Conn, requests bool) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 1024)
	var writing sync.WaitGroup
	writing.Go(func() {
		for piece := range pieces {
			<-time.After(time.Until(piece.due))
			if _, err := to.Write(piece.bytes); err != nil {
				_ = from.Close()
			}
		}
		_ = to.Close()
	})
	for {
		buffer := make([]byte, 32<<10)
		n, err := from.Read(buffer)
		if n > 0 {
			due := time.Now()
			if requests {
				p.mu.Lock()
				due = due.Add(p.delay)
				p.mu.Unlock()
			}
			pieces <- piece{buffer[:n], due}
		}
		if err != nil {
			break
		}
	}
	close(pieces)
	writing.Wait()
}
