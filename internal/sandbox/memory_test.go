package sandbox

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// inMemory starts a server without an address, with a client that reaches it alone.
func inMemory(t *testing.T, options Options) (*Running, *http.Client) {
	t.Helper()
	running := StartInMemory(context.Background(), newServer(t, options))
	client := &http.Client{Transport: &http.Transport{DialContext: running.Dial}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		mustClose(t, running)
	})
	return running, client
}

func TestServerInMemory(t *testing.T) {
	running, client := inMemory(t, Options{})
	if got := running.BaseURL("sulu"); got != "http://127.0.0.1/sulu/v0" {
		t.Errorf("base URL %q", got)
	}
	for range 20 { // over connections that are used again
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, running.BaseURL("sulu")+"/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer any")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK || string(body) != `{"users":[]}` {
			t.Errorf("status %d, %q, %v", response.StatusCode, body, err)
		}
		mustClose(t, response.Body)
	}
}

func TestFaultsInMemory(t *testing.T) {
	for fault, want := range map[Fault]error{FaultLostReply: io.EOF, FaultReset: io.EOF, FaultLate.With("0s"): io.EOF, FaultTruncated: io.ErrUnexpectedEOF} {
		running, client := inMemory(t, Options{Faults: Faults{fault: 1}})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, running.BaseURL("sulu")+"/users", strings.NewReader(suluBody("ann@example.com")))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer any"}, "Content-Type": {"application/json"}}
		response, err := client.Do(r)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			mustClose(t, response.Body)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", fault, err, want)
		}
	}
}

func TestDialEndsWithTheServerAndTheContext(t *testing.T) {
	running, _ := inMemory(t, Options{})
	mustClose(t, running)
	if _, err := running.Dial(t.Context(), "tcp", "127.0.0.1:80"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newMemoryListener().dial(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
