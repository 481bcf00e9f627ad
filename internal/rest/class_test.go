package rest

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestSuccessGivesTheWholeAnswer(t *testing.T) {
	got := make(chan *http.Request, 1)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		got <- r
		w.Header().Set("Content-Location", "ann")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":12345678901234567890}`)
	})
	auth := provider.Auth{Headers: []provider.AuthHeader{
		{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}, {Name: "Ocp-Apim-Subscription-Key", Setting: "key"},
	}}
	client := newClient(t, withSecrets(Options{BaseURL: base + "/v1//", Auth: auth, UserAgent: "usher/1.2.3"},
		map[string]string{"token": "tkn1", "key": "key1"}))
	request := create()
	request.Path = "/organizations/a%2Fb/users"
	request.Query = map[string][]string{"dry": {"a b"}}
	answer, err := client.Do(t.Context(), request)
	must(t, err)
	if answer.Status != 201 || string(answer.Body) != `{"id":12345678901234567890}` || answer.Header.Get("Content-Location") != "ann" {
		t.Errorf("got %+v", answer)
	}
	r := <-got
	body, _ := io.ReadAll(r.Body)
	if r.Method != "POST" || r.RequestURI != "/v1/organizations/a%2Fb/users?dry=a+b" || string(body) != string(request.Body) {
		t.Errorf("got %s %s %s", r.Method, r.RequestURI, body)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer tkn1", "Ocp-Apim-Subscription-Key": "key1", "User-Agent": "usher/1.2.3",
		"Accept": "application/json", "Content-Type": "application/json",
	} {
		if got := r.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("header %s: got %q, want %q", name, got, want)
		}
	}
}

// A provider may have a media type of its own, and several refusals in one response.
func TestMediaTypeAndSentences(t *testing.T) {
	const media = "application/scim+json"
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != media || r.Header.Get("Content-Type") != media {
			t.Errorf("got %q", r.Header)
		}
		_, _ = io.WriteString(w, `{}`)
	})
	request := create()
	request.Media = media
	request.Body, request.Secrets = []byte(`{"password":"hunter2-hunter2"}`), [][]string{{"password"}}
	answer, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), request)
	must(t, err)
	if got, want := answer.Sentence("not\nhunter2-hunter2"), hidden; got != want {
		t.Errorf("got the sentence %q, want %q", got, want)
	}
	if got, want := answer.Sentence("not\nhunted"), "not hunted"; got != want {
		t.Errorf("got the sentence %q, want %q", got, want)
	}
}

func TestRequestWithoutBodyHasNoContentType(t *testing.T) {
	for _, method := range []string{"GET", "POST", "DELETE", "PATCH"} {
		base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			if r.Method != method || r.Header.Get("Content-Type") != "" || r.ContentLength > 0 {
				t.Errorf("got %s with content type %q", r.Method, r.Header.Get("Content-Type"))
			}
		})
		_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), provider.Request{Method: method, Path: "/users"})
		must(t, err)
	}
}

var plainText = http.Header{"Content-Type": {"text/plain; charset=utf-8"}}

func TestStatuses(t *testing.T) {
	tests := []struct {
		status int
		header http.Header
		body   string
		class  provider.Class
		reason string
		wait   time.Duration
	}{
		{status: 400, body: `{"message":"no\nsuch\u0007role"}`, class: provider.Invalid, reason: "no such role"},
		{status: 400, header: plainText, body: `{"message":"no"}`, class: provider.Unknown, reason: "no"},
		{status: 400, header: http.Header{"Content-Type": {"application/problem+json; charset=utf-8"}}, body: `{"title":"no"}`, class: provider.Invalid, reason: "no"},
		{status: 400, header: http.Header{"Content-Type": {"text/html"}}, class: provider.Invalid}, // an empty body is nobody's
		{status: 401, class: provider.Denied},
		{status: 401, header: plainText, body: "sign in", class: provider.Unknown},
		{status: 401, header: http.Header{"Content-Type": {"text/plain"}, "Www-Authenticate": {"Bearer"}}, body: "sign in", class: provider.Denied},
		{status: 403, header: plainText, body: "blocked", class: provider.Unknown},
		{status: 403, body: `{"error":{"message":"admins only"}}`, class: provider.Denied, reason: "admins only"},
		{status: 404, body: `{}`, class: provider.NotFound},
		{status: 404, header: http.Header{"Content-Type": {"text/html"}}, body: `<html>no page</html>`, class: provider.Unknown},
		{status: 408, class: provider.Unknown},
		{status: 409, header: plainText, body: "taken", class: provider.Unknown},
		{status: 409, body: `{"title":"taken"}`, class: provider.Conflict, reason: "taken"},
		{status: 422, body: `{"message":"bad","violations":[{"field":"email","message":"not valid"},{"message":"x"}]}`, class: provider.Invalid, reason: "bad; email: not valid; x"},
		{status: 425, class: provider.Unknown},
		{status: 429, class: provider.Busy},
		{status: 429, header: plainText, body: "slow down", class: provider.Busy},
		{status: 429, header: http.Header{"Retry-After": {"7"}}, class: provider.Busy, wait: 7 * time.Second},
		{status: 429, header: http.Header{"Retry-After": {"999999999"}}, class: provider.Busy, wait: farthest},
		{status: 429, header: http.Header{"Retry-After": {"0.25"}}, class: provider.Busy, wait: 250 * time.Millisecond},
		{status: 429, header: http.Header{"X-Rate-Limit-Reset": {"12"}}, class: provider.Busy, wait: 12 * time.Second},
		{status: 429, header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"12"}}, class: provider.Busy, wait: 12 * time.Second},
		{status: 429, header: http.Header{"X-Ratelimit-Remaining": {"9"}, "X-Ratelimit-Reset": {"12"}}, class: provider.Busy},
		{status: 429, header: http.Header{"Ratelimit": {`"default";r=0;t=30`}}, class: provider.Busy, wait: 30 * time.Second},
		{status: 429, header: http.Header{"Retry-After": {"1"}, "Ratelimit": {`"default";r=0;t=30`}}, class: provider.Busy, wait: time.Second},
		{status: 403, header: http.Header{"Retry-After": {"5"}}, class: provider.Busy, wait: 5 * time.Second},
		{status: 403, header: http.Header{"Retry-After": {"soon"}}, class: provider.Denied},
		{status: 403, header: http.Header{"X-Rate-Limit-Reset": {"12"}}, class: provider.Denied},
		{status: 429, header: http.Header{"Retry-After": {"Mon, 02 Jan 2006 15:04:05 GMT"}}, class: provider.Busy},
		{status: 500, body: `{"detail":"oops"}`, class: provider.Unknown, reason: "oops"},
		{status: 502, class: provider.Unknown},
		{status: 503, class: provider.Unknown},
		{status: 503, header: http.Header{"Retry-After": {"soon"}}, class: provider.Unknown},
		{status: 503, header: http.Header{"Retry-After": {"0"}}, class: provider.Unknown},
		{status: 503, header: http.Header{"Retry-After": {"6"}}, class: provider.Unknown, wait: 6 * time.Second},
		{status: 503, header: http.Header{"X-Rate-Limit-Reset": {"12"}}, class: provider.Unknown},
		{status: 504, class: provider.Unknown},
		{status: 304, class: provider.Unknown},
		{status: 600, class: provider.Unknown},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status, test.header), func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{"application/json"}
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), create())
			failure := failureOf(t, err)
			if failure.Class != test.class || failure.Status != test.status || failure.Detail != test.reason || failure.RetryAfter != test.wait {
				t.Errorf("got %s, %d, %q, %s", failure.Class, failure.Status, failure.Detail, failure.RetryAfter)
			}
			if failure.Op != "create the user" {
				t.Errorf("got op %q", failure.Op)
			}
		})
	}
}

func TestReasonOfTheProviderWins(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"message":"generic","ours":%q}`, r.URL.Query().Get("ours"))
	})
	client := newClient(t, Options{BaseURL: base, Reason: func(body []byte) string {
		_, ours, _ := strings.Cut(string(body), `"ours":"`)
		return strings.TrimSuffix(ours, `"}`)
	}})
	for ours, want := range map[string]string{"": "generic", "own": "own", strings.Repeat("é", 400): strings.Repeat("é", 299) + "…"} {
		request := create()
		request.Query = map[string][]string{"ours": {ours}}
		_, err := client.Do(t.Context(), request)
		if got := failureOf(t, err).Detail; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestMisbehavingServers sends one POST to servers that break off, and compares
// the class; the server must have seen it at most once.
func TestMisbehavingServers(t *testing.T) {
	const created = "HTTP/1.1 201 Created\r\n"
	tests := map[string]struct {
		answer string
		reset  bool
		class  provider.Class
		status int
	}{
		"lost answer":              {class: provider.Unknown},
		"reset after reading":      {reset: true, class: provider.Unknown},
		"garbage":                  {answer: "\x00\x01garbage\r\n\r\n", class: provider.Unknown},
		"half a header":            {answer: created + "Content-Le", class: provider.Unknown},
		"truncated 201":            {answer: created + "Content-Length: 100\r\n\r\n{\"id\":", class: provider.Unknown, status: 201},
		"reset within a 201":       {answer: created + "Content-Length: 100\r\n\r\n{\"id\":", reset: true, class: provider.Unknown},
		"truncated chunks":         {answer: created + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n", class: provider.Unknown, status: 201},
		"truncated gzip":           {answer: created + "Content-Encoding: gzip\r\nContent-Length: 50\r\n\r\n\x1f\x8b\x08", class: provider.Unknown, status: 201},
		"no gzip":                  {answer: created + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", class: provider.Unknown, status: 201},
		"truncated 409":            {answer: "HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{\"message\":", class: provider.Unknown, status: 409},
		"truncated 400":            {answer: "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{", class: provider.Unknown, status: 400},
		"switching protocols":      {answer: "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nxx", class: provider.Unknown, status: 101},
		"early hints and no more":  {answer: "HTTP/1.1 103 Early Hints\r\n\r\n", class: provider.Unknown},
		"endless early hints":      {answer: strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 60_000) + created + "\r\n", class: provider.Unknown},
		"redirect that is no URL":  {answer: "HTTP/1.1 302 Found\r\nLocation: http://[::1?token=location-secret\r\nContent-Length: 0\r\n\r\n", class: provider.Unknown},
		"endless header":           {answer: created + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 2000), class: provider.Unknown},
		"negative content length":  {answer: created + "Content-Length: -5\r\n\r\n", class: provider.Unknown},
		"two different lengths":    {answer: created + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", class: provider.Unknown},
		"status that is no number": {answer: "HTTP/1.1 2x1 Created\r\n\r\n", class: provider.Unknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var posts atomic.Int32
			base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
				if readRequest(t, input) == nil {
					return
				}
				posts.Add(1)
				_, _ = io.WriteString(connection, test.answer)
				if test.reset {
					_ = connection.(*net.TCPConn).SetLinger(0)
				}
			})
			_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), create())
			failure := failureOf(t, err)
			if failure.Class != test.class || test.status != 0 && failure.Status != test.status {
				t.Errorf("got %s, status %d (%v)", failure.Class, failure.Status, err)
			}
			if got := posts.Load(); got != 1 {
				t.Errorf("the server saw %d requests", got)
			}
			if strings.Contains(err.Error(), "location-secret") {
				t.Errorf("the error tells a query: %v", err)
			}
		})
	}
}

func TestInformationalAnswersArePassedOver(t *testing.T) {
	base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
		readRequest(t, input)
		_, _ = io.WriteString(connection, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
	})
	answer, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), create())
	must(t, err)
	if answer.Status != 201 {
		t.Errorf("got %d", answer.Status)
	}
}

// TestOpenUpgradeDoesNotBlock: the connection of a 101 stays open.
func TestOpenUpgradeDoesNotBlock(t *testing.T) {
	done := make(chan struct{})
	base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
		readRequest(t, input)
		_, _ = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		<-done
	})
	_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), create())
	close(done)
	wantClass(t, err, provider.Unknown)
}

func TestNothingSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed := "http://" + listener.Addr().String()
	must(t, listener.Close())
	plain := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	untrusted := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came") }))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	mute := serveRaw(t, func(_ int, _ net.Conn, input *bufio.Reader) { _, _ = io.Copy(io.Discard, input) })

	for name, options := range map[string]Options{
		"refused":             {BaseURL: closed},
		"no such host":        {BaseURL: "https://host.invalid", Timeout: 5 * time.Second},
		"no TLS":              {BaseURL: "https" + strings.TrimPrefix(plain, "http")},
		"untrusted":           {BaseURL: untrusted.URL},
		"TLS never answers":   {BaseURL: "https" + strings.TrimPrefix(mute, "http"), Timeout: 300 * time.Millisecond},
		"proxy refuses":       {BaseURL: "http://api.example.com", AllowHTTP: true, Env: environment(map[string]string{"HTTP_PROXY": closed})},
		"CONNECT is refused":  {BaseURL: "https://api.example.com", Env: environment(map[string]string{"HTTPS_PROXY": denyingProxy(t)})},
		"unresolvable secret": {BaseURL: plain, Auth: tokenAuth(), IsSet: always, Secret: broken},
		"secret with newline": withSecrets(Options{BaseURL: plain, Auth: tokenAuth()}, map[string]string{"token": "abcdef\r\nX-Evil: 1"}),
		"empty secret":        withSecrets(Options{BaseURL: plain, Auth: tokenAuth()}, map[string]string{"token": ""}),
	} {
		t.Run(name, func(t *testing.T) {
			if options.Env == nil {
				options.Env = environment(nil)
			}
			_, err := newClient(t, options).Do(t.Context(), create())
			wantClass(t, err, provider.Unsent)
			if strings.Contains(err.Error(), "abcdef") {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func always(string) bool { return true }

var errBroken = errors.New("no such variable")

func broken(context.Context, string) (string, error) { return "", errBroken }

func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// denyingProxy refuses every tunnel.
func denyingProxy(t *testing.T) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("got %s", r.Method)
		}
		w.WriteHeader(http.StatusForbidden)
	})
}

func TestPathsThatCannotBeSent(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	client := newClient(t, Options{BaseURL: base})
	for _, path := range []string{"", "users", "@evil.example.com/users", "/users?a=b", "/users#a", "/users/%zz", "/users/..", "/users/.", "/users/%2e%2e/x", "https://evil.example.com/"} {
		request := create()
		request.Path = path
		_, err := client.Do(t.Context(), request)
		wantClass(t, err, provider.Invalid)
	}
}

// TestResetBeforeReading: whether the request was written is a race, so both
// classes are right, and nothing else is.
func TestResetBeforeReading(t *testing.T) {
	base := serveRaw(t, func(_ int, connection net.Conn, _ *bufio.Reader) {
		_ = connection.(*net.TCPConn).SetLinger(0)
	})
	client := newClient(t, Options{BaseURL: base})
	for range 20 {
		_, err := client.Do(t.Context(), create())
		wantClass(t, err, provider.Unsent, provider.Unknown)
	}
}

func TestTimeoutAndCancelAfterWriting(t *testing.T) {
	read := make(chan struct{}, 1)
	base := serveRaw(t, func(_ int, connection net.Conn, input *bufio.Reader) {
		readRequest(t, input)
		read <- struct{}{}
		_, _ = io.Copy(io.Discard, input)
	})
	t.Run("timeout", func(t *testing.T) {
		_, err := newClient(t, Options{BaseURL: base, Timeout: time.Second}).Do(t.Context(), create())
		wantClass(t, err, provider.Unknown)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 1s") {
			t.Errorf("got %v", err)
		}
		<-read
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-read
			cancel()
		}()
		_, err := newClient(t, Options{BaseURL: base}).Do(ctx, create())
		wantClass(t, err, provider.Unknown)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTimeoutAndCancelBeforeWriting(t *testing.T) {
	held, release := make(chan struct{}), make(chan struct{})
	base := serve(t, func(http.ResponseWriter, *http.Request) {
		held <- struct{}{}
		<-release
	})
	client := newClient(t, Options{BaseURL: base, Workers: 1})
	first := make(chan error, 1)
	go func() {
		_, err := client.Do(t.Context(), create())
		first <- err
	}()
	<-held // the only connection is in use

	limited, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := client.Do(limited, create())
	wantClass(t, err, provider.Unsent)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Do(canceled, create())
	wantClass(t, err, provider.Unsent)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	must(t, <-first)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		base := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other+"/secret-path?secret=1", status)
		})
		for _, method := range []string{"POST", "GET"} {
			request := create()
			request.Method = method
			_, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), request)
			wantClass(t, err, provider.Unknown)
			if text := err.Error(); !strings.Contains(text, strings.TrimPrefix(other, "http://")) || strings.Contains(text, "secret") {
				t.Errorf("got %q", text)
			}
		}
	}
}

func TestAnswersTooLarge(t *testing.T) {
	const limit = 1 << 20
	for name, write := range map[string]func(w http.ResponseWriter){
		"plain": func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, limit+1)) },
		"gzip bomb": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			zeros := make([]byte, limit)
			for range 200 {
				if _, err := packed.Write(zeros); err != nil {
					return
				}
			}
			_ = packed.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w) })
			_, err := newClient(t, Options{BaseURL: base, MaxBody: limit}).Do(t.Context(), create())
			failure := failureOf(t, err)
			if failure.Class != provider.Unknown || !failure.Answered || failure.Status != 200 || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
				t.Errorf("got %s, %d, %v", failure.Class, failure.Status, err)
			}
		})
	}
	t.Run("exactly the limit", func(t *testing.T) {
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, limit)) })
		answer, err := newClient(t, Options{BaseURL: base, MaxBody: limit}).Do(t.Context(), create())
		must(t, err)
		if len(answer.Body) != limit {
			t.Errorf("got %d bytes", len(answer.Body))
		}
	})
	t.Run("of a refusal", func(t *testing.T) {
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write(make([]byte, limit+1))
		})
		_, err := newClient(t, Options{BaseURL: base, MaxBody: limit}).Do(t.Context(), create())
		wantClass(t, err, provider.Conflict)
	})
}

func TestGzipIsUnpacked(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = io.WriteString(packed, `{"id":1}`)
		_ = packed.Close()
	})
	answer, err := newClient(t, Options{BaseURL: base}).Do(t.Context(), create())
	must(t, err)
	if string(answer.Body) != `{"id":1}` {
		t.Errorf("got %q", answer.Body)
	}
}
