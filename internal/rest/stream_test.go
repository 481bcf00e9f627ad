package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

func streamFrom(t *testing.T, timeout time.Duration, handler http.HandlerFunc) (*Client, func(read func(io.Reader) error) error) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := New(Options{BaseURL: server.URL, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, func(read func(io.Reader) error) error {
		_, err := client.Do(context.Background(), provider.Request{Op: "list", Method: http.MethodGet, Path: "/users", Read: read})
		return err
	}
}

func TestStreamIsNotBoundByTheBodyLimit(t *testing.T) {
	block := bytes.Repeat([]byte("x"), 1<<20)
	_, do := streamFrom(t, 0, func(w http.ResponseWriter, _ *http.Request) {
		for range 20 {
			_, _ = w.Write(block)
		}
	})
	var n int64
	err := do(func(body io.Reader) (err error) {
		n, err = io.Copy(io.Discard, body)
		return err
	})
	if err != nil || n != 20<<20 {
		t.Fatalf("read %d bytes, %v", n, err)
	}
}

func TestStreamMayTakeLongerThanTheTimeLimitWhileItComes(t *testing.T) {
	_, do := streamFrom(t, 2*time.Second, func(w http.ResponseWriter, r *http.Request) {
		for i := range 5 {
			fmt.Fprint(w, i)
			w.(http.Flusher).Flush()
			select {
			case <-time.After(600 * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
	})
	var text []byte
	err := do(func(body io.Reader) (err error) {
		text, err = io.ReadAll(body)
		return err
	})
	if err != nil || string(text) != "01234" {
		t.Fatalf("got %q, %v", text, err)
	}
}

func TestStreamThatStallsEnds(t *testing.T) {
	_, do := streamFrom(t, 200*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	err := do(func(body io.Reader) error {
		_, err := io.ReadAll(body)
		return err
	})
	if provider.ClassOf(err) != provider.Unknown || err == nil {
		t.Fatalf("got %v", err)
	}
}

func TestStreamThatIsCutOffIsNoSuccess(t *testing.T) {
	_, do := streamFrom(t, 0, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	})
	err := do(func(body io.Reader) error {
		_, err := io.ReadAll(body)
		return err
	})
	if failure, ok := errors.AsType[*provider.Error](err); !ok || failure.Class != provider.Unknown {
		t.Fatalf("got %v", err)
	}
}

func TestStreamOfARefusalIsTheRefusal(t *testing.T) {
	_, do := streamFrom(t, 0, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"not you"}`)
	})
	err := do(func(io.Reader) error {
		t.Error("a refusal was handed to the reader")
		return nil
	})
	if failure, ok := errors.AsType[*provider.Error](err); !ok || failure.Class != provider.Denied || failure.Detail != "not you" {
		t.Fatalf("got %v", err)
	}
}

func TestStreamReaderMayStop(t *testing.T) {
	enough := errors.New("enough")
	_, do := streamFrom(t, 0, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "abc") })
	if err := do(func(io.Reader) error { return enough }); !errors.Is(err, enough) {
		t.Fatalf("got %v", err)
	}
}
