package cli

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/app"
)

// subject is a provider with a profile made of variables, a valid user, and its answers.
type subject struct {
	provider  string
	variables map[string]string
	args      []string
	// absent is the answer to a look-up that finds nobody, found to one that
	// finds the user, created to the create.
	absent, found, created string
}

// subjects are the providers. The secrets are canaries: no output may show them.
func subjects() []subject {
	const uuid = "0a1b2c3d-0000-4000-8000-000000000001"
	return []subject{
		{
			provider:  "sulu",
			variables: map[string]string{"USHER_TOKEN": "canary-token"},
			args:      []string{"--email", "ada@example.com", "--ory-id", "ory-1", "--organization", "org-1"},
			absent:    "HTTP/1.1 200 OK\n\n" + `{"users":[]}`,
			found:     "HTTP/1.1 200 OK\n\n" + `{"users":[{"id":"usr_1","email":"ada@example.com"}]}`,
			created:   "HTTP/1.1 201 Created\n\n" + `{"id":"usr_1","email":"ada@example.com"}`,
		},
		{
			provider:  "ejento",
			variables: map[string]string{"USHER_TOKEN": "canary-token", "USHER_SUBSCRIPTION_KEY": "canary-subscription"},
			args: []string{"--org-id", "1", "--role", "User", "--email", "ada@example.com", "--first-name", "Ada", "--last-name", "L",
				"--password-file", "testdata/password"},
			created: "HTTP/1.1 201 Created\n\n" + `{"success":true,"data":{"id":1,"email":"ada@example.com"}}`,
		},
		{
			provider:  "evolution",
			variables: map[string]string{"USHER_TOKEN": "canary-token", "USHER_API_KEY": "canary-api-key"},
			args: []string{"--identity-name", "ada", "--display-name", "Ada", "--organization", uuid + ":" + uuid,
				"--email", "ada@example.com", "--first-name", "Ada", "--last-name", "L"},
			absent:  "HTTP/1.1 404 Not Found\n\n" + `{"code":60,"message":"no such user"}`,
			found:   "HTTP/1.1 200 OK\n\n" + `{"id":"` + uuid + `","identityName":"ada"}`,
			created: "HTTP/1.1 201 Created\nContent-Location: ada\n\n" + `{"identityName":"ada"}`,
		},
		{
			provider:  "ory",
			variables: map[string]string{"USHER_TOKEN": "canary-token"},
			args:      []string{"--email", "ada@example.com", "--password-file", "testdata/password"},
			absent:    "HTTP/1.1 200 OK\n\n[]",
			found:     "HTTP/1.1 200 OK\n\n" + `[{"id":"` + uuid + `","traits":{"email":"ada@example.com"}}]`,
			created:   "HTTP/1.1 201 Created\n\n" + `{"id":"` + uuid + `","traits":{"email":"ada@example.com"}}`,
		},
		{
			provider:  "scim",
			variables: map[string]string{"USHER_TOKEN": "canary-token"},
			args:      []string{"--user-name", "ada", "--email", "ada@example.com:work:true", "--password-file", "testdata/password"},
			absent:    "HTTP/1.1 200 OK\n\n" + `{"totalResults":0,"Resources":[]}`,
			found:     "HTTP/1.1 200 OK\n\n" + `{"totalResults":1,"Resources":[{"id":"` + uuid + `","userName":"ada"}]}`,
			created:   "HTTP/1.1 201 Created\n\n" + `{"id":"` + uuid + `","userName":"ada"}`,
		},
	}
}

// asks tells whether the provider documents a look-up.
func (s subject) asks() bool { return s.absent != "" }

// create runs `users create` against a server that answers the creates in this
// order, look-ups before the first create with nobody, and those after it as
// given. It gives the result and the number of creates that were sent.
func (s subject) create(t *testing.T, after string, creates ...answer) (result, int) {
	t.Helper()
	sent := 0
	server, err := startRawServer(func(_ int, request rawRequest) answer {
		switch {
		case strings.HasPrefix(request.head, "POST "):
			sent++
			return inOrder(creates...)(sent-1, request)
		case sent == 0:
			return answerText(s.absent)
		default:
			return answerText(after)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.run(t, server.url())
	server.close() // only then is the count complete
	return got, sent
}

// run runs `users create` against an address.
func (s subject) run(t *testing.T, url string, args ...string) result {
	t.Helper()
	variables := map[string]string{"USHER_PROVIDER": s.provider, "USHER_BASE_URL": url}
	for name, value := range s.variables {
		variables[name] = value
	}
	got := usher(t, variables, append(append([]string{"users", "create"}, s.args...), args...)...)
	got.showsNoSecret(t)
	return got
}

// want is what must come of an answer.
type want struct {
	status int
	// message and next stand in the error and in its next steps.
	message, next string
	// sends is how often the create was sent.
	sends int
}

func (w want) check(t *testing.T, got result, sent int) {
	t.Helper()
	if got.status != w.status || sent != w.sends {
		t.Errorf("exit status %d after %d creates, want %d after %d", got.status, sent, w.status, w.sends)
	}
	message, next, _ := strings.Cut(got.stderr, "next: ")
	if !strings.Contains(message, w.message) || !strings.Contains(next, w.next) || w.next != "" && next == "" {
		t.Errorf("the message lacks %q, or the next step %q:\n%s", w.message, w.next, got.stderr)
	}
	if wantsOutput := w.status == app.StatusOK || w.status == app.StatusUnknown; wantsOutput != (got.stdout != "") {
		t.Errorf("standard output holds %q", got.stdout)
	}
}

// The answers that decide, whatever a look-up would say. They mean the same at
// each provider.
func TestRefusals(t *testing.T) {
	const profile = "usher profiles show environment"
	for name, test := range map[string]struct {
		answer string
		want   want
	}{
		"400": {"HTTP/1.1 400 Bad Request\n\n" + `{"message":"no such role"}`,
			want{app.StatusFailed, `error: could not create the user: the provider answered 400 Bad Request ("no such role")`, "usher providers show ", 1}},
		"400 without a reason": {"HTTP/1.1 400 Bad Request\n\n",
			want{app.StatusFailed, "error: could not create the user: the provider answered 400 Bad Request\n", "usher providers show ", 1}},
		"401": {"HTTP/1.1 401 Unauthorized\n\n" + `{"message":"expired"}`,
			want{app.StatusDenied, `error: could not create the user: the provider answered 401 Unauthorized ("expired")`, profile + " names the credentials: renew them, then usher profiles check environment", 1}},
		"403": {"HTTP/1.1 403 Forbidden\n\n",
			want{app.StatusDenied, "error: could not create the user: the provider answered 403 Forbidden", "ask the provider's administrator", 1}},
		"404": {"HTTP/1.1 404 Not Found\n\n",
			want{app.StatusFailed, "error: could not create the user: the provider answered 404 Not Found", profile + ": is the base URL right?", 1}},
		"422": {"HTTP/1.1 422 Unprocessable Entity\n\n" + `{"message":"e-mail in use","violations":[{"field":"email","message":"taken"}]}`,
			want{app.StatusFailed, "the provider answered 422 Unprocessable Entity (", "usher providers show ", 1}},
	} {
		for _, s := range subjects() {
			t.Run(name+" from "+s.provider, func(t *testing.T) {
				want := test.want
				if name == "401" && s.provider == "ejento" {
					want.next = "usher auth login -p environment --token-file FILE\n" // its tokens expire
				}
				got, sent := s.create(t, s.absent, answerText(test.answer))
				want.check(t, got, sent)
			})
		}
	}
}

// doubt is an answer after which a user may exist.
type doubt struct {
	answer answer
	// message stands in the error, next in the next step where the user proves not to exist.
	message, next string
}

func doubts() map[string]doubt {
	const later, where = "run the same command again later", "usher profiles show environment: is the base URL right?"
	const garbled, unanswered = "the provider answered 201 Created: the answer makes no sense", "the request was sent and no answer came from 127.0.0.1:"
	return map[string]doubt{
		"500": {answerText("HTTP/1.1 500 Internal Server Error\n\n" + `{"message":"oops"}`),
			`the provider answered 500 Internal Server Error ("oops")`, later},
		"502": {answerText("HTTP/1.1 502 Bad Gateway\nContent-Type: text/html\n\n<h1>Bad Gateway</h1>"),
			"the provider answered 502 Bad Gateway", later},
		"503": {answerText("HTTP/1.1 503 Service Unavailable\n\n"),
			"the provider answered 503 Service Unavailable", later},
		"302": {answerText("HTTP/1.1 302 Found\nLocation: https://login.example.com/?next=x\n\n"),
			`the provider answered 302 Found: redirects are not followed, this one leads to "login.example.com": is base-url right?`, where},
		"307": {answerText("HTTP/1.1 307 Temporary Redirect\nLocation: /elsewhere\n\n"),
			"the provider answered 307 Temporary Redirect: redirects are not followed", where},
		"garbage": {answerText("HTTP/1.1 201 Created\nContent-Type: text/html\n\n<h1>Welcome</h1>"), garbled, later},
		"empty":   {answerText("HTTP/1.1 201 Created\n\n"), garbled, later},
		"no id":   {answerText("HTTP/1.1 201 Created\n\n" + `{"success":true,"data":{},"email":"ada@example.com"}`), garbled + `: no "`, later},
		"another user": {answerText("HTTP/1.1 201 Created\n\n" + `{"success":true,"data":{"id":1,"email":"eve@example.com"},"id":1,"email":"eve@example.com","identityName":"eve","userName":"eve"}`),
			garbled + ": it describes another user", later},
		"truncated":        {answerText("HTTP/1.1 201 Created\nContent-Length: 1000\n\n" + `{"id":"usr_1"`), garbled + ": unexpected EOF", later},
		"not HTTP":         {answerText("SSH-2.0-OpenSSH_9.6\n\n"), "malformed HTTP", later},
		"lost reply":       {hangUp, unanswered, later},
		"reset connection": {reset, unanswered, later},
	}
}

// Where the provider can be asked, a doubt is settled; where it cannot, it stays.
func TestDoubts(t *testing.T) {
	for name, test := range doubts() {
		for _, s := range subjects() {
			if !s.asks() {
				t.Run(name+" from "+s.provider, func(t *testing.T) {
					got, sent := s.create(t, "", test.answer)
					want{app.StatusUnknown, `error: whether email "ada@example.com" was created is unknown: could not create the user: `, "--line 1 --created, or --absent", 1}.check(t, got, sent)
					want{app.StatusUnknown, test.message, "documents no look-up: see its own console whether the user exists", 1}.check(t, got, sent)
				})
				continue
			}
			t.Run(name+" from "+s.provider+", then found", func(t *testing.T) {
				got, sent := s.create(t, s.found, test.answer)
				want{app.StatusOK, "a look-up shows that the user was created", "", 1}.check(t, got, sent)
			})
			t.Run(name+" from "+s.provider+", never found", func(t *testing.T) {
				got, sent := s.create(t, s.absent, test.answer)
				want{app.StatusFailed, test.message, test.next, 4}.check(t, got, sent)
				want{app.StatusFailed, "; look-ups show that the user was not created", "", 4}.check(t, got, sent)
			})
		}
	}
}

// A create that provably did not happen is sent again; one of which nothing
// can be learned is not.
func TestDoubtIsSettledBeforeAnythingIsSentAgain(t *testing.T) {
	for _, s := range subjects() {
		if !s.asks() {
			continue
		}
		t.Run(s.provider+" does not find the user", func(t *testing.T) {
			got, sent := s.create(t, s.absent, hangUp, answerText(s.created))
			want{app.StatusOK, "", "", 2}.check(t, got, sent)
		})
		t.Run(s.provider+" cannot be asked", func(t *testing.T) {
			got, sent := s.create(t, "HTTP/1.1 500 Internal Server Error\n\n", hangUp)
			want{app.StatusUnknown, "no answer came from 127.0.0.1:", "run the same command again: it asks the provider before it sends anything", 1}.check(t, got, sent)
		})
	}
}

func TestConflicts(t *testing.T) {
	conflict := answerText("HTTP/1.1 409 Conflict\n\n" + `{"message":"taken"}`)
	for _, s := range subjects() {
		if !s.asks() {
			t.Run(s.provider, func(t *testing.T) {
				got, sent := s.create(t, "", conflict)
				want{app.StatusFailed, `a user with email "ada@example.com" exists already`, "see its own console", 1}.check(t, got, sent)
			})
			continue
		}
		t.Run(s.provider+", this user", func(t *testing.T) {
			got, sent := s.create(t, s.found, conflict)
			want{app.StatusFailed, `" exists already (id `, "add --if-exists skip", 1}.check(t, got, sent)
		})
		t.Run(s.provider+", another user", func(t *testing.T) {
			got, sent := s.create(t, s.absent, conflict)
			want{app.StatusFailed, `the provider answered 409 Conflict ("taken"); nobody has this key, so another user holds a value that must be unique`, "", 1}.check(t, got, sent)
		})
	}
}

// A provider that asks to come back later is asked again, and nothing happened before.
func TestBusyProvider(t *testing.T) {
	for name, busy := range map[string]string{
		"429": "HTTP/1.1 429 Too Many Requests\n\n",
		"503": "HTTP/1.1 503 Service Unavailable\nRetry-After: 0\n\n",
	} {
		for _, s := range subjects() {
			t.Run(name+" from "+s.provider, func(t *testing.T) {
				got, sent := s.create(t, s.absent, answerText(busy), answerText(s.created))
				want{app.StatusOK, "The provider is busy: the next try is in ", "", 2}.check(t, got, sent)
			})
		}
	}
}

// Not a byte of the create was written, so it certainly did not happen.
func TestUnreachableProvider(t *testing.T) {
	plain, err := startRawServer(inOrder(hangUp))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.close()
	for name, test := range map[string]struct{ url, message string }{
		"refused connection": {"http://127.0.0.1:1", "connection refused"}, // nothing listens on the first port

		"no TLS": {strings.Replace(plain.url(), "http:", "https:", 1), "nothing was sent to 127.0.0.1:"},
	} {
		for _, s := range subjects() {
			t.Run(name+" of "+s.provider, func(t *testing.T) {
				got := s.run(t, test.url)
				want{app.StatusFailed, test.message, "usher profiles show environment: check the address, then run the same command again", 0}.check(t, got, 0)
			})
		}
	}
}

// An answer that does not come in time leaves the create in doubt.
func TestSlowProvider(t *testing.T) {
	for _, s := range subjects() {
		over := make(chan struct{})
		server, err := startRawServer(func(_ int, request rawRequest) answer {
			if strings.HasPrefix(request.head, "GET ") {
				return answerText(s.absent)
			}
			return func(*net.TCPConn) { <-over }
		})
		if err != nil {
			t.Fatal(err)
		}
		got := s.run(t, server.url(), "--timeout", "50ms")
		close(over)
		server.close()
		status := app.StatusUnknown
		if s.asks() {
			status = app.StatusFailed // the look-ups say that it was not made
		}
		if got.status != status || !strings.Contains(got.stderr, "within 50ms") || !strings.Contains(got.stderr, "--timeout sets the limit") {
			t.Errorf("%s: exit status %d, want %d:\n%s", s.provider, got.status, status, got.stderr)
		}
	}
}

// What a provider or a person writes cannot drive the terminal.
func TestErrorsAreSanitized(t *testing.T) {
	const evil = "\x1b]0;owned\a\x1b[31mred\u202e"
	for _, s := range subjects() {
		reason, err := json.Marshal(map[string]any{"success": false, "message": evil})
		if err != nil {
			t.Fatal(err)
		}
		refused, _ := s.create(t, s.absent, answerText("HTTP/1.1 400 Bad Request\n\n"+string(reason)))
		misnamed := usher(t, nil, "users", "create", "-p", evil)
		misspelt := s.run(t, "http://127.0.0.1:1", "--"+evil, "--field", evil+"=x")
		for _, got := range []result{refused, misnamed, misspelt} {
			if got.status == app.StatusOK || strings.ContainsAny(got.stdout+got.stderr, "\x1b\a\u202e") {
				t.Errorf("%s: exit status %d: %q", s.provider, got.status, got.stderr)
			}
		}
	}
}

// An envelope that denies success is a refusal, whatever its status.
func TestEnvelopeDeniesSuccess(t *testing.T) {
	for _, status := range []string{"200 OK", "201 Created"} {
		got, sent := subjects()[1].create(t, "", answerText("HTTP/1.1 "+status+"\n\n"+`{"success":false,"message":"no seat left","data":null}`))
		want{app.StatusFailed, `the provider answered ` + status + ` ("no seat left"): the answer says that it did not succeed`, "usher providers show ejento", 1}.check(t, got, sent)
	}
}
