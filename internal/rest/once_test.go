package rest

import (
	"bufio"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

const kept = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"

// TestKeptConnectionThatBreaksAfterReading: net/http may repeat a request on a
// connection that it has used before, but not one that was written.
func TestKeptConnectionThatBreaksAfterReading(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"close": func(net.Conn) {},
		"reset": func(connection net.Conn) { _ = connection.(*net.TCPConn).SetLinger(0) },
	} {
		for _, method := range []string{"POST", "PATCH", "PUT", "DELETE"} {
			t.Run(name+" "+method, func(t *testing.T) {
				var requests atomic.Int32
				base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
					for readRequest(t, input) != nil {
						if requests.Add(1) > 1 {
							end(connection)
							return
						}
						_, _ = io.WriteString(connection, kept)
					}
				})
				client := newClient(t, Options{BaseURL: base})
				request := create()
				request.Method = method
				_, err := client.Do(t.Context(), request)
				must(t, err)
				_, err = client.Do(t.Context(), request)
				wantClass(t, err, provider.Unknown)
				if got := requests.Load(); got != 2 {
					t.Errorf("the server saw %d requests, want 2", got)
				}
			})
		}
	}
}

// TestKeptConnectionThatIsClosedWhileIdle: the client may notice in time, and
// then the request goes out once on a new connection, or it may not, and then
// nobody has read it.
func TestKeptConnectionThatIsClosedWhileIdle(t *testing.T) {
	for range 30 {
		var requests atomic.Int32
		closed := make(chan struct{})
		base := serveRaw(t, func(number int, connection net.Conn, input *bufio.Reader) {
			if readRequest(t, input) != nil {
				requests.Add(1)
				_, _ = io.WriteString(connection, kept)
			}
			if number == 1 {
				_ = connection.Close()
				close(closed)
			}
		})
		client := newClient(t, Options{BaseURL: base})
		_, err := client.Do(t.Context(), create())
		must(t, err)
		<-closed
		_, err = client.Do(t.Context(), create())
		want := int32(2)
		if err != nil {
			wantClass(t, err, provider.Unsent, provider.Unknown)
			want = 1
		}
		if got := requests.Load(); got != want {
			t.Errorf("the server read %d requests, want %d (%v)", got, want, err)
		}
	}
}

// TestHTTP2IsNotSpoken: over HTTP/2 net/http repeats a POST that was written
// when the server resets the stream with PROTOCOL_ERROR.
func TestHTTP2IsNotSpoken(t *testing.T) {
	certificate, _, _ := systemCA.issue(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("got %s", r.Proto)
		}
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := newClient(t, Options{BaseURL: server.URL}).Do(t.Context(), create())
	must(t, err)
}

func TestWorkersBoundTheConnections(t *testing.T) {
	const workers, requests = 3, 30
	var mu sync.Mutex
	open := map[string]bool{}
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		open[r.RemoteAddr] = true
	})
	client := newClient(t, Options{BaseURL: base, Workers: workers})
	var group sync.WaitGroup
	for range requests {
		group.Go(func() {
			if _, err := client.Do(t.Context(), create()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(open) > workers {
		t.Errorf("%d requests took %d connections, want at most %d", requests, len(open), workers)
	}
}

// TestGuard: resty sends an absolute URL as it stands, so the guard is what
// keeps credentials at home.
func TestGuard(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	home := serve(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t, Options{BaseURL: home})
	for _, address := range []string{other + "/next", "https" + home[len("http"):], "http://user:secret@" + home[len("http://"):]} {
		if _, err := client.kept.resty.R().Get(address); err == nil {
			t.Errorf("%s was asked", address)
		}
	}
	if _, err := client.kept.resty.R().Get(home + "/next"); err != nil {
		t.Errorf("got %v", err)
	}
}

// A transport of this package sends nothing that resty does not send.
func TestNothingPassesResty(t *testing.T) {
	home := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	client, err := newHTTPClient(Options{BaseURL: home}.withDefaults())
	must(t, err)
	for _, direct := range []*http.Client{client, withoutKeepAlive(client, Options{})} {
		if answer, err := direct.Get(home); err == nil {
			_ = answer.Body.Close()
			t.Error("a request passed that resty did not send")
		}
	}
}
