package rest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// canaries are secrets with everything in them that is written in other ways
// in JSON, URLs and headers.
func canaries() map[string]string {
	return map[string]string{
		"client-id": "canary id/1+é", "client-secret": `canary"<sec&ret>/2`, "api-key": "canary?key/3 \\x",
		"token":    "canary tok\"en<4>",
		"password": "canary pass\"<wor>d\n5/é?",
	}
}

// forms lists how a canary may be written.
func forms(t *testing.T, secret string) []string {
	t.Helper()
	var escaped strings.Builder
	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)
	must(t, encoder.Encode(secret))
	html, err := json.Marshal(secret)
	must(t, err)
	return []string{
		secret, strings.Trim(strings.TrimSpace(escaped.String()), `"`), strings.Trim(string(html), `"`), url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// TestNoSecretIsTold sends requests with secrets to servers that echo all they
// get, in every way, and looks for the secrets in all errors, traces and previews.
func TestNoSecretIsTold(t *testing.T) {
	for name, used := range map[string][]string{
		"token":              {"token", "api-key"},
		"client credentials": {"client-id", "client-secret", "api-key"},
	} {
		t.Run(name, func(t *testing.T) {
			secrets := map[string]string{}
			for _, setting := range used {
				secrets[setting] = canaries()[setting]
			}
			newAviary(t, secrets).fly()
		})
	}
}

// aviary collects all that is told while secrets are used.
type aviary struct {
	t        *testing.T
	secrets  map[string]string // by setting
	hidden   []string          // the secrets in all their forms
	password []string          // the request's own, likewise
	request  provider.Request

	mu   sync.Mutex
	told []string
}

func newAviary(t *testing.T, secrets map[string]string) *aviary {
	t.Helper()
	a := &aviary{t: t, secrets: secrets, password: forms(t, canaries()["password"])}
	if id, ok := secrets["client-id"]; ok {
		pair := url.QueryEscape(id) + ":" + url.QueryEscape(secrets["client-secret"])
		a.hidden = append(a.hidden, base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	for _, secret := range secrets {
		a.hidden = append(a.hidden, forms(t, secret)...)
	}
	password, err := json.Marshal(canaries()["password"])
	must(t, err)
	a.request = create()
	a.request.Body = fmt.Appendf(nil, `{"email":"ann@example.com","password":%s,"nested":{"pin":%s}}`, password, password)
	a.request.Secrets = [][]string{{"password"}, {"nested", "pin"}}
	return a
}

// tell notes a line.
func (a *aviary) tell(line string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, line)
	if strings.ContainsAny(line, "\n\r") {
		a.t.Errorf("more than one line: %q", line)
	}
}

// try sends the request and notes everything that is told of it.
func (a *aviary) try(base, tokenURL string) {
	options := withSecrets(exchangeOptions(base, tokenURL), a.secrets)
	options.Trace = a.tell
	client := newClient(a.t, options)
	if _, err := client.Do(a.t.Context(), a.request); err != nil {
		a.tell(err.Error())
		a.tell(fmt.Sprintf("%+v", err))
		a.tell(failureOf(a.t, err).Detail)
	}
	preview, err := NewPreview(options)
	must(a.t, err)
	_, err = preview.Do(a.t.Context(), a.request)
	a.tell(err.Error())
	for _, rendering := range preview.Requests() {
		a.tell(fmt.Sprintf("%s %v %q", rendering.URL, rendering.Headers, rendering.Body))
	}
}

// echo answers with all secrets, in this shape.
func (a *aviary) echo(status int, shape string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen := slices.Concat([]string{r.Header.Get("Authorization")}, a.hidden)
		if strings.Contains(string(body), "password") {
			seen = append(seen, a.password...)
			w.Header()["X-Echo-Url"] = []string{url.QueryEscape(canaries()["password"])}
		}
		everything, _ := json.Marshal(strings.Join(seen, " "))
		w.Header()["X-Echo"] = append(r.Header.Values("Authorization"), r.Header.Values("X-API-Key")...)
		w.Header().Set("Location", "https://elsewhere.example.com/"+url.PathEscape(a.secrets["token"])+"?"+url.QueryEscape(a.secrets["api-key"]))
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, shape, everything)
		if shape == `%s` {
			_, _ = w.Write(body)
		}
	}
}

// fly visits all servers and looks through what was told.
func (a *aviary) fly() {
	tokens := serve(a.t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"canary-issued-6","refresh_token":"canary-refresh-7"}`)
	})
	for _, status := range []int{200, 302, 400, 401, 409, 503} {
		for _, shape := range []string{
			`{"message":%s}`, `{"access_token":%[1]s,"message":["x",%[1]s],"violations":[{"field":%[1]s,"message":%[1]s}]}`,
			`{"password":%s}`, `%s`, `<html>%s</html>`,
		} {
			server := serve(a.t, a.echo(status, shape))
			a.try(server, tokens)
			a.try(server, server)
		}
	}
	for _, answer := range []string{"HTTP/1.1 %s\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: http://[%s\r\n\r\n", "%s\r\n\r\n"} {
		a.try(serveRaw(a.t, func(_ int, connection net.Conn, input *bufio.Reader) {
			if r := readRequest(a.t, input); r != nil {
				_, _ = fmt.Fprintf(connection, answer, r.Header.Get("Authorization")+" "+a.secrets["api-key"])
			}
		}), tokens)
	}
	a.try("http://127.0.0.1:1", tokens)

	if len(a.told) < 200 {
		a.t.Fatalf("only %d lines were told", len(a.told))
	}
	for _, line := range a.told {
		for _, secret := range slices.Concat(a.hidden, a.password, []string{"canary-issued-6", "canary-refresh-7"}) {
			if strings.Contains(line, secret) {
				a.t.Fatalf("%q stands in %q", secret, line)
			}
		}
	}
}

func TestTraceLines(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id": 7, "note": "hunter22 is set"}`)
	})
	var lines []string
	options := withSecrets(Options{BaseURL: base, Auth: tokenAuth(), UserAgent: "usher/1", Trace: func(line string) { lines = append(lines, line) }},
		map[string]string{"token": "tkn1"})
	client := newClient(t, options)
	request := create()
	request.Body, request.Secrets = []byte(`{"password":"hunter22"}`), [][]string{{"password"}}
	_, err := client.Do(t.Context(), request)
	must(t, err)
	if len(lines) != 2 {
		t.Fatalf("got %q", lines)
	}
	want := "#1 > POST " + base + "/users | Accept: application/json; Authorization: Bearer [redacted]; Content-Type: application/json; User-Agent: usher/1" +
		` | {"password":"[redacted]"}`
	if lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	for _, part := range []string{"#1 < 201 Created for POST " + base + "/users after ", " | Content-Length: 36; Content-Type: application/json", ` | {"id":7,"note":"[redacted]"}`} {
		if !strings.Contains(lines[1], part) {
			t.Errorf("got %s, want %s", lines[1], part)
		}
	}
}

// A secret that a response gives is redacted wherever the response repeats it.
func TestSecretsOfAnswersAreNotTraced(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Echo", "made hunter22")
		_, _ = io.WriteString(w, `{"value": "hunter22", "list": [{"value":"hunter33"}], "note": "hunter22 and hunter33"}`)
	})
	var lines []string
	client := newClient(t, Options{
		BaseURL: base, Trace: func(line string) { lines = append(lines, line) }, Reason: func(body []byte) string { return string(body) },
	})
	request := create()
	request.AnswerSecrets = [][]string{{"value"}, {"list", "value"}}
	answer, err := client.Do(t.Context(), request)
	must(t, err)
	if !strings.Contains(string(answer.Body), "hunter22") {
		t.Errorf("the answer itself is redacted: %s", answer.Body)
	}
	for _, text := range append(lines, answer.Reason()) {
		if strings.Contains(text, "hunter") {
			t.Errorf("it shows a secret: %s", text)
		}
	}
	if !strings.Contains(lines[1], "X-Echo: [redacted]") || !strings.Contains(lines[1], `"note":"[redacted]"`) {
		t.Errorf("got %s", lines[1])
	}
}

func TestLongBodiesAreNotTraced(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "%q", strings.Repeat("x", maxTraced))
	})
	var lines []string
	client := newClient(t, Options{BaseURL: base, Trace: func(line string) { lines = append(lines, line) }})
	_, err := client.Do(t.Context(), create())
	must(t, err)
	if len(lines) != 2 || !strings.HasSuffix(lines[1], "[body of 65538 bytes]") {
		t.Errorf("got %d lines", len(lines))
	}
}
