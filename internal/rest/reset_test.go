package rest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// TestAResetWithinABodyIsCut reads from a server whose connection is reset within the body, as by a proxy that restarts: the
// read may be repeated, like that of a body that ends early.
func TestAResetWithinABodyIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{\"id\":1},")
		if err := connection.(*net.TCPConn).SetLinger(0); err != nil {
			t.Error(err)
		}
		_ = connection.Close()
	}))
	t.Cleanup(server.Close)
	client, err := New(Options{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for name, read := range map[string]func(io.Reader) error{
		"streamed": func(body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			return err
		},
		"whole": nil,
	} {
		_, err := client.Do(t.Context(), provider.Request{Op: "list the users", Method: http.MethodGet, Path: "/users", Read: read})
		if provider.ClassOf(err) != provider.Unknown || !provider.IsWorthReading(err) {
			t.Errorf("%s: %v is not worth another read", name, err)
		}
	}
}
