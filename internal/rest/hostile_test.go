package rest

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// A response that never ends is left when it is too large, whatever its status.
func TestEndlessAnswerIsLeft(t *testing.T) {
	for _, status := range []int{201, 400, 500} {
		for name, header := range map[string]string{
			"without a length":            "",
			"with a length of a terabyte": "Content-Length: 1099511627776\r\n",
		} {
			left := make(chan struct{})
			base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
				defer close(left)
				readRequest(t, input)
				_, err := fmt.Fprintf(connection, "HTTP/1.1 %d Whatever\r\n%s\r\n", status, header)
				for piece := make([]byte, 1<<16); err == nil; {
					_, err = connection.Write(piece)
				}
			})
			_, err := newClient(t, Options{BaseURL: base, MaxBody: 1 << 20}).Do(t.Context(), create())
			if failure := failureOf(t, err); failure.Status != status {
				t.Errorf("%d %s: got %v", status, name, err)
			}
			<-left
		}
	}
}

// The time limit covers the whole of a response, however it trickles.
func TestTricklingAnswerEndsWithTheTimeLimit(t *testing.T) {
	for _, start := range []string{"H", "HTTP/1.1 201 Created\r\nX-", "HTTP/1.1 201 Created\r\n\r\n{\"a\":\""} {
		base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
			readRequest(t, input)
			_, err := io.WriteString(connection, start)
			for tick := time.NewTicker(20 * time.Millisecond); err == nil; <-tick.C {
				_, err = io.WriteString(connection, "x")
			}
		})
		_, err := newClient(t, Options{BaseURL: base, Timeout: 300 * time.Millisecond}).Do(t.Context(), create())
		wantClass(t, err, provider.Unknown)
		if !errors.Is(err, context.DeadlineExceeded) && !strings.HasPrefix(start, "H") {
			t.Errorf("%q: got %v", start, err)
		}
	}
}

// JSON that is nested without end exhausts no stack: in a refusal, in a success,
// in what --verbose shows of both.
func TestDeepAnswers(t *testing.T) {
	const depth = 100_000
	for name, body := range map[string]string{
		"lists":          strings.Repeat("[", depth) + strings.Repeat("]", depth),
		"objects":        strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
		"open":           strings.Repeat(`[{"message":`, depth/2),
		"in the message": `{"message":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`,
		"in a secret":    `{"password":` + strings.Repeat("[", depth/3) + strings.Repeat("]", depth/3) + `}`,
		"in a violation": `{"violations":[{"field":` + strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) + `}]}`,
	} {
		for _, status := range []int{201, 400, 500} {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			traced := 0
			client := newClient(t, Options{BaseURL: base, Trace: func(string) { traced++ }})
			answer, err := client.Do(t.Context(), create())
			if status == 201 && (err != nil || len(answer.Body) != len(body)) || status != 201 && err == nil || traced != 2 {
				t.Errorf("%s in a %d: %v, %d lines", name, status, err, traced)
			}
		}
	}
}

// A proxy's password is told by no error and no trace, not even where the proxy
// repeats it.
func TestProxyPasswordIsNotTold(t *testing.T) {
	const password = "canary-proxy"
	pair := base64.StdEncoding.EncodeToString([]byte("someone:" + password))
	repeats := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", r.Header.Get("Proxy-Authorization"))
		w.WriteHeader(http.StatusProxyAuthRequired)
		_, _ = fmt.Fprintf(w, `{"message":"not %s, not %s"}`, r.Header.Get("Proxy-Authorization"), password)
	})
	closed := "http://127.0.0.1:1"
	var told []string
	for _, proxy := range []string{repeats, closed} {
		address := strings.Replace(proxy, "http://", "http://someone:"+password+"@", 1)
		for _, base := range []string{"http://api.example.com", "https://api.example.com"} {
			for _, shown := range []string{address, strings.TrimPrefix(address, "http://")} {
				client := newClient(t, Options{
					BaseURL: base, AllowHTTP: true, Env: environment(map[string]string{"HTTP_PROXY": shown, "HTTPS_PROXY": shown}),
					Trace: func(line string) { told = append(told, line) },
				})
				_, err := client.Do(t.Context(), create())
				told = append(told, err.Error(), fmt.Sprintf("%+v", err))
			}
		}
	}
	for _, broken := range []string{"http://someone:" + password + "@", "http://someone:" + password + "@ho st:1", "http://someone:" + password + "@[::1"} {
		if _, err := New(Options{BaseURL: "https://api.example.com", Env: environment(map[string]string{"HTTPS_PROXY": broken})}); err == nil {
			t.Errorf("%s was taken", broken)
		} else {
			told = append(told, err.Error())
		}
	}
	for _, line := range told {
		if strings.Contains(line, password) || strings.Contains(line, pair) {
			t.Errorf("it is told: %s", line)
		}
	}
	if len(told) < 30 {
		t.Errorf("only %d lines were told", len(told))
	}
}

// A redirect that carries the token in the name of a host does not have it shown.
func TestTokenInARedirectIsNotTold(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://"+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")+".example.com/")
		w.WriteHeader(http.StatusFound)
	})
	var told []string
	options := withSecrets(Options{BaseURL: base, Auth: tokenAuth(), Trace: func(line string) { told = append(told, line) }}, map[string]string{"token": "canary-token"})
	_, err := newClient(t, options).Do(t.Context(), create())
	if told = append(told, err.Error()); len(told) != 3 || strings.Contains(strings.Join(told, " "), "canary") {
		t.Errorf("told %q", told)
	}
}
