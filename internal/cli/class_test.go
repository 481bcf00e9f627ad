package cli

import (
	"encoding/json"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
)

// subject is a provider with a profile of variables, a valid user, and its responses.
type subject struct {
	provider  string
	variables map[string]string
	args      []string
	// absent is the response to a lookup without a result, found to one that finds the user, created to the create.
	// list is the empty list of a provider whose lookup does not search the list.
	absent, found, created, list string
}

// subjects returns the providers. The secrets are canaries: no output may show them.
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
			absent:  "HTTP/1.1 404 Not Found\nContent-Type: application/json\n\n" + `{"code":60,"message":"no such user","description":"The user does not exist"}`,
			found:   "HTTP/1.1 200 OK\n\n" + `{"id":"` + uuid + `","identityName":"ada"}`,
			created: "HTTP/1.1 201 Created\nContent-Location: ada\n\n" + `{"identityName":"ada"}`,
			list:    "HTTP/1.1 200 OK\nX-Total-Count: 0\n\n[]",
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

// asks reports whether the provider documents a lookup.
func (s subject) asks() bool { return s.absent != "" }

// create runs `users create` against a server with these responses to creates, in order. Lookups before the first
// create find no user; those after it get the given response. It returns the result and the number of creates that
// were sent.
func (s subject) create(t *testing.T, after string, creates ...answer) (result, int) {
	t.Helper()
	sent := 0
	server, err := startRawServer(func(_ int, request rawRequest) answer {
		switch {
		case strings.HasPrefix(request.head, "POST "):
			sent++
			return inOrder(creates...)(sent-1, request)
		case s.list != "" && strings.Contains(request.head, "GET /users?"):
			return answerText(s.list)
		case sent == 0:
			return answerText(s.absent)
		default:
			return answerText(after)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.run(t, server.url(), "-o", "json")
	server.close() // the count is complete after that
	return got, sent
}

// run runs `users create` against an address. The flags of the subject are last, so that its output format applies.
func (s subject) run(t *testing.T, url string, args ...string) result {
	t.Helper()
	variables := map[string]string{"USHER_PROVIDER": s.provider, "USHER_BASE_URL": url}
	for name, value := range s.variables {
		variables[name] = value
	}
	got := usher(t, variables, slices.Concat([]string{"users", "create"}, args, s.args)...)
	got.showsNoSecret(t)
	return got
}

// want is the expected result of a response.
type want struct {
	status int
	// outcome is the status of the user's document, or the class of the error's.
	outcome string
	// subject and next match the error, and one of its next steps.
	subject, next string
	// sends is how many times the create was sent.
	sends int
}

func (w want) check(t *testing.T, got result, sent int) {
	t.Helper()
	if got.status != w.status || sent != w.sends {
		t.Errorf("exit status %d after %d creates, want %d after %d", got.status, sent, w.status, w.sends)
	}
	var document struct {
		Schema, State, Class, Error string
		ExitStatus                  int `json:"exit_status"`
		Next                        []string
	}
	if err := json.Unmarshal([]byte(got.stdout), &document); err != nil {
		t.Fatalf("standard output is not a document (%v):\n%s%s", err, got.stdout, got.stderr)
	}
	message, next, outcome := got.stderr, steps(got.stderr), document.State
	if document.Schema == "usher.error/v1" {
		message, next, outcome = document.Error, document.Next, document.Class
		if document.ExitStatus != w.status {
			t.Errorf("the document has the exit status %d, want %d", document.ExitStatus, w.status)
		}
	}
	if outcome != w.outcome {
		t.Errorf("the outcome is %q, want %q", outcome, w.outcome)
	}
	fits := regexp.MustCompile(w.next).MatchString
	if !regexp.MustCompile(w.subject).MatchString(message) || w.next != "" && !slices.ContainsFunc(next, fits) {
		t.Errorf("the error lacks %q, or its next steps %q:\n%s", w.subject, w.next, got.stderr)
	}
}

// steps returns the next steps in the text of an error.
func steps(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if step, found := strings.CutPrefix(line, "next: "); found {
			list = append(list, strings.TrimSuffix(step, "\n"))
		}
	}
	return list
}

// The responses that settle a create without a lookup. Their meaning is the same for each provider.
func TestRefusals(t *testing.T) {
	const profile = "^usher profiles show environment\\b"
	for name, test := range map[string]struct {
		answer string
		want   want
	}{
		"400": {"HTTP/1.1 400 Bad Request\n\n" + `{"message":"no such role"}`,
			want{failure.StatusFailed, "invalid", `\b400\b.*"no such role"`, "^usher providers show ", 1}},
		"400 without a reason": {"HTTP/1.1 400 Bad Request\n\n",
			want{failure.StatusFailed, "invalid", `\b400\b[^"]*$`, "^usher providers show ", 1}},
		"401": {"HTTP/1.1 401 Unauthorized\n\n" + `{"message":"expired"}`,
			want{failure.StatusDenied, "denied", `\b401\b.*"expired"`, "^usher profiles check environment$", 1}},
		"403": {"HTTP/1.1 403 Forbidden\n\n",
			want{failure.StatusDenied, "denied", `\b403\b`, ".", 1}},
		"404": {"HTTP/1.1 404 Not Found\n\n",
			want{failure.StatusFailed, "not found", `\b404\b`, profile, 1}},
		"422": {"HTTP/1.1 422 Unprocessable Entity\n\n" + `{"message":"e-mail in use","violations":[{"field":"email","message":"taken"}]}`,
			want{failure.StatusFailed, "invalid", `\b422\b.*\(`, "^usher providers show ", 1}},
	} {
		for _, s := range subjects() {
			t.Run(name+" from "+s.provider, func(t *testing.T) {
				want := test.want
				if name == "401" && s.provider == "ejento" {
					want.next = "usher auth login -p environment --token-file FILE$" // its tokens expire
				}
				got, sent := s.create(t, s.absent, answerText(test.answer))
				want.check(t, got, sent)
			})
		}
	}
}

// doubt is a response after which a user exists or may exist.
type doubt struct {
	answer answer
	// subject matches the error.
	subject string
	// affirmed is true for the documented response of a created user: the create is never resent, regardless of
	// lookups.
	affirmed bool
	// answered is true for a success response of any server: the create is only resent if an administrator confirms
	// it.
	answered bool
}

func doubts() map[string]doubt {
	const garbled, unanswered = `\b201\b`, `\b127\.0\.0\.1:`
	const json = "HTTP/1.1 201 Created\nContent-Type: application/json\n"
	return map[string]doubt{
		"500": {answer: answerText("HTTP/1.1 500 Internal Server Error\n\n" + `{"message":"oops"}`),
			subject: `\b500\b.*"oops"`},
		"502": {answer: answerText("HTTP/1.1 502 Bad Gateway\nContent-Type: text/html\n\n<h1>Bad Gateway</h1>"),
			subject: `\b502\b`},
		"503": {answer: answerText("HTTP/1.1 503 Service Unavailable\n\n"),
			subject: `\b503\b`},
		"503 with Retry-After": {answer: answerText("HTTP/1.1 503 Service Unavailable\nRetry-After: 0\n\n"),
			subject: `\b503\b`},
		"302": {answer: answerText("HTTP/1.1 302 Found\nLocation: https://login.example.com/?next=x\n\n"),
			subject: `\b302\b.*"login\.example\.com".*\bbase-url\b`},
		"307": {answer: answerText("HTTP/1.1 307 Temporary Redirect\nLocation: /elsewhere\n\n"),
			subject: `\b307\b`},
		"lost reply":       {answer: hangUp, subject: unanswered},
		"reset connection": {answer: reset, subject: unanswered},
		"not HTTP":         {answer: answerText("SSH-2.0-OpenSSH_9.6\n\n"), subject: "malformed HTTP"},
		"cut":              {answer: answerText(json + "Content-Length: 1000\n\n" + `{"id":"usr_1"`), subject: garbled + ".*unexpected EOF"},

		"sign-in page": {answer: answerText("HTTP/1.1 201 Created\nContent-Type: text/html\n\n<h1>Welcome</h1>"), subject: garbled, answered: true},
		"202":          {answer: answerText("HTTP/1.1 202 Accepted\nContent-Type: application/json\n\n{}"), subject: `\b202\b`, answered: true},

		"empty":        {answer: answerText("HTTP/1.1 201 Created\n\n"), affirmed: true},
		"unreadable":   {answer: answerText(json + "\n{\"id\":}"), affirmed: true},
		"no id":        {answer: answerText(json + "\n" + `{"success":true,"data":{},"email":"ada@example.com"}`), affirmed: true},
		"another user": {answer: answerText(json + "\n" + `{"success":true,"data":{"id":1,"email":"eve@example.com"},"id":1,"email":"eve@example.com","identityName":"eve","userName":"eve"}`), affirmed: true},
	}
}

// A doubt is settled if the provider documents a lookup; otherwise it remains.
func TestDoubts(t *testing.T) {
	for name, test := range doubts() {
		for _, s := range subjects() {
			if test.affirmed {
				t.Run(name+" from "+s.provider, func(t *testing.T) {
					got, sent := s.create(t, s.absent, test.answer)
					want{failure.StatusOK, "created", "", "", 1}.check(t, got, sent)
				})
				continue
			}
			if !s.asks() {
				t.Run(name+" from "+s.provider, func(t *testing.T) {
					got, sent := s.create(t, "", test.answer)
					want{failure.StatusUnknown, "unknown", `\bemail "ada@example\.com".*` + test.subject, `^usher runs settle \S+ --line 1 --created$`, 1}.check(t, got, sent)
					want{failure.StatusUnknown, "unknown", "", `^usher runs settle \S+ --line 1 --absent$`, 1}.check(t, got, sent)
				})
				continue
			}
			t.Run(name+" from "+s.provider+", then found", func(t *testing.T) {
				got, sent := s.create(t, s.found, test.answer)
				want{failure.StatusOK, "created", `\blook-?up\b`, "", 1}.check(t, got, sent)
			})
			t.Run(name+" from "+s.provider+", never found", func(t *testing.T) {
				sends := 3
				if test.answered {
					sends = 1
				}
				got, sent := s.create(t, s.absent, test.answer)
				want{failure.StatusUnknown, "unknown", test.subject, "", sends}.check(t, got, sent)
			})
		}
	}
}

// A create is resent if it provably did not happen, and not resent if that is not known.
func TestDoubtIsSettledBeforeAnythingIsSentAgain(t *testing.T) {
	for _, s := range subjects() {
		if !s.asks() {
			continue
		}
		t.Run(s.provider+" does not find the user", func(t *testing.T) {
			got, sent := s.create(t, s.absent, hangUp, answerText(s.created))
			want{failure.StatusOK, "created", "", "", 2}.check(t, got, sent)
		})
		t.Run(s.provider+" cannot be asked", func(t *testing.T) {
			got, sent := s.create(t, "HTTP/1.1 500 Internal Server Error\n\n", hangUp)
			want{failure.StatusUnknown, "unknown", `\b127\.0\.0\.1:`, ".", 1}.check(t, got, sent)
		})
	}
}

func TestConflicts(t *testing.T) {
	conflict := answerText("HTTP/1.1 409 Conflict\n\n" + `{"message":"taken"}`)
	for _, s := range subjects() {
		if !s.asks() {
			t.Run(s.provider, func(t *testing.T) {
				got, sent := s.create(t, "", conflict)
				want{failure.StatusFailed, "conflict", `\bemail "ada@example\.com"`, "Ejento AI", 1}.check(t, got, sent)
			})
			continue
		}
		t.Run(s.provider+", this user", func(t *testing.T) {
			got, sent := s.create(t, s.found, conflict)
			want{failure.StatusFailed, "conflict", `\bid (usr_1|ada|0a1b2c3d-0000-4000-8000-000000000001)\b`, "--on-exists skip", 1}.check(t, got, sent)
		})
		t.Run(s.provider+", another user", func(t *testing.T) {
			got, sent := s.create(t, s.absent, conflict)
			want{failure.StatusFailed, "conflict", `\b409\b.*"taken"`, "", 1}.check(t, got, sent)
		})
	}
}

// A create is retried after a busy provider, because nothing was created.
func TestBusyProvider(t *testing.T) {
	for name, busy := range map[string]string{
		"429": "HTTP/1.1 429 Too Many Requests\n\n",
		"403": "HTTP/1.1 403 Forbidden\nRetry-After: 0\n\n",
	} {
		for _, s := range subjects() {
			t.Run(name+" from "+s.provider, func(t *testing.T) {
				got, sent := s.create(t, s.absent, answerText(busy), answerText(s.created))
				want{failure.StatusOK, "created", `\bbusy\b`, "", 2}.check(t, got, sent)
			})
		}
	}
}

// A create of which nothing was written certainly did not happen.
func TestUnreachableProvider(t *testing.T) {
	plain, err := startRawServer(inOrder(hangUp))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.close()
	for name, test := range map[string]struct{ url, subject string }{
		"refused connection": {"http://127.0.0.1:1", "connection refused"}, // nothing listens on the first port

		"no TLS": {strings.Replace(plain.url(), "http:", "https:", 1), `\b127\.0\.0\.1:`},
	} {
		for _, s := range subjects() {
			t.Run(name+" of "+s.provider, func(t *testing.T) {
				got := s.run(t, test.url, "-o", "json")
				want{failure.StatusFailed, "unsent", test.subject, `^usher profiles show environment\b`, 0}.check(t, got, 0)
			})
		}
	}
}

// A timeout leaves the create in doubt.
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
		got := s.run(t, server.url(), "--timeout", "50ms", "-o", "json")
		close(over)
		server.close()
		want{failure.StatusUnknown, "unknown", `\b50ms\b.*--timeout\b`, "", 1}.check(t, got, 1)
	}
}

// Texts of a provider or a user cannot control the terminal.
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
			if got.status == failure.StatusOK || strings.ContainsAny(got.stdout+got.stderr, "\x1b\a\u202e") {
				t.Errorf("%s: exit status %d: %q", s.provider, got.status, got.stderr)
			}
		}
	}
}

// An envelope that denies success is a refusal, regardless of its status.
func TestEnvelopeDeniesSuccess(t *testing.T) {
	for _, status := range []string{"200 OK", "201 Created"} {
		got, sent := subjects()[1].create(t, "", answerText("HTTP/1.1 "+status+"\n\n"+`{"success":false,"message":"no seat left","data":null}`))
		want{failure.StatusFailed, "invalid", `\b` + status[:3] + `\b.*"no seat left"`, "^usher providers show ejento", 1}.check(t, got, sent)
	}
}
