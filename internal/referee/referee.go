// Package referee checks an adapter against the documented examples of its description.
//
// Each example is sent with the program's own transport to a server that answers as documented. What arrives is compared
// byte for byte, and what usher makes of the response with what the example says.
package referee

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Failure is an example that the adapter does not follow.
type Failure struct {
	// Line is that of the example in the description.
	Line int
	Err  error
}

// Error returns the problem with its line.
func (f Failure) Error() string { return fmt.Sprintf("%d: example: %s", f.Line, f.Err) }

// Check tries every example of a description and returns the failures.
func Check(ctx context.Context, adapter provider.Adapter, d *describe.Description) []Failure {
	var failures []Failure
	for _, example := range d.Examples {
		if err := try(ctx, adapter, d, example); err != nil {
			failures = append(failures, Failure{Line: example.Line, Err: err})
		}
	}
	return failures
}

// try sends one example.
func try(ctx context.Context, adapter provider.Adapter, d *describe.Description, example describe.Example) error {
	setting := func(name string) string {
		if value, ok := example.Settings[name]; ok {
			return value
		}
		for _, s := range adapter.Settings {
			if s.Name == name {
				return s.Default
			}
		}
		return ""
	}
	if adapter.ForTenant != nil {
		var err error
		if adapter, err = adapter.ForTenant(setting); err != nil {
			return err
		}
	}
	stage := &stage{d: d, example: example, auth: adapter.Auth}
	if err := stage.start(ctx); err != nil {
		return err
	}
	defer stage.stop()
	client, err := connect(adapter, stage, setting)
	if err != nil {
		return err
	}
	user, err := perform(ctx, client, adapter.Table, example)
	if wrong := stage.compare(adapter.BaseURL); wrong != nil {
		return wrong
	}
	return judge(example, user, err)
}

func connect(adapter provider.Adapter, stage *stage, setting func(string) string) (provider.Client, error) {
	base, err := url.Parse(adapter.BaseURL)
	if err != nil {
		return nil, err
	}
	transport, err := rest.New(rest.Options{
		BaseURL: "http://" + stage.listener.Addr().String() + strings.TrimRight(base.EscapedPath(), "/"), Auth: adapter.Auth, Reason: adapter.Reason,
		IsSet: func(name string) bool { return isFixed(adapter.Auth, name) },
		Setting: func(name string) (string, bool) {
			for _, s := range adapter.Settings {
				if s.Name == name && s.Secret {
					return "", false
				}
			}
			value := setting(name)
			if exchange := adapter.Auth.ClientCredentials; exchange != nil && exchange.Path == "" && name == exchange.TokenURL {
				value = "http://" + stage.listener.Addr().String() + tokenPath
			}
			return value, value != ""
		},
		Secret: func(context.Context, string) (string, error) { return "example-credential", nil },
		Env:    func(string) string { return "" },
	})
	if err != nil {
		return nil, err
	}
	return adapter.New(provider.Connection{Transport: transport, Setting: setting})
}

// isFixed reports whether a setting is of the credentials that need no further request, if there are such.
func isFixed(auth provider.Auth, name string) bool {
	for _, header := range auth.Headers {
		if header.Setting == name {
			return true
		}
	}
	return len(auth.Headers) == 0
}

// perform performs the operation of an example.
func perform(ctx context.Context, client provider.Client, table schema.Table, example describe.Example) (provider.User, error) {
	record, err := example.Decode(table)
	if err != nil {
		return provider.User{}, fmt.Errorf("record: %w", err)
	}
	first := func(id, name string, err error) (provider.User, error) { return provider.User{ID: id, Key: name}, err }
	switch example.Operation {
	case "groups":
		for entry, err := range provider.Must[provider.Directory](client).Entries(ctx, provider.Group) {
			return first(entry.ID, entry.Name, err)
		}
		return first("", "", nil)
	case "members":
		for member, err := range provider.Must[provider.MembershipManager](client).Members(ctx, example.Group) {
			return first(member.ID, member.Name, err)
		}
		return first("", "", nil)
	case "add-member":
		return first(example.UserID, example.UserKey, provider.Must[provider.MembershipManager](client).AddMember(ctx, example.Group, example.ID))
	case "remove-member":
		return first(example.UserID, example.UserKey, provider.Must[provider.MembershipManager](client).RemoveMember(ctx, example.Group, example.ID))
	case "find":
		return provider.Must[provider.Finder](client).Find(ctx, example.Key)
	case "get":
		return provider.Must[provider.Getter](client).Get(ctx, example.ID)
	case "update":
		return provider.Must[provider.Updater](client).Update(ctx, example.ID, record)
	case "deactivate":
		return provider.Must[provider.Deactivator](client).Deactivate(ctx, example.ID)
	case "activate":
		return provider.Must[provider.Activator](client).Activate(ctx, example.ID)
	case "revoke-sessions":
		return first(example.UserID, example.UserKey, provider.Must[provider.SessionRevoker](client).RevokeSessions(ctx, example.ID))
	case "reset-mfa":
		return first(example.UserID, example.UserKey, provider.Must[provider.MFAResetter](client).ResetMFA(ctx, example.ID))
	case "delete":
		return provider.User{ID: example.UserID, Key: example.UserKey}, provider.Must[provider.Deleter](client).Delete(ctx, example.ID)
	default:
		if faults := table.Validate(record); len(faults) > 0 {
			return provider.User{}, fmt.Errorf("record: %w", faults.Err())
		}
		return client.Create(ctx, record)
	}
}

// judge compares a result with what the example says.
func judge(example describe.Example, user provider.User, err error) error {
	failure, _ := errors.AsType[*provider.Error](err)
	is := func(class provider.Class, ambiguous bool) bool {
		return failure != nil && failure.Class == class && failure.Ambiguous == ambiguous
	}
	switch {
	case example.Outcome == "" && err != nil:
		return fmt.Errorf("the response is refused: %w", err)
	case example.Outcome == "" && (user.ID != example.UserID || example.UserKey != "" && user.Key != example.UserKey):
		return fmt.Errorf("the user is %q with the id %q, documented is %q with the id %q", user.Key, user.ID, example.UserKey, example.UserID)
	case example.Outcome == "":
		return nil
	case err == nil:
		return fmt.Errorf("the response is taken for a success, documented is %s", example.Outcome)
	}
	ok := map[string]bool{
		"conflict":  is(provider.Conflict, false),
		"ambiguous": is(provider.Conflict, true),
		"absent":    failure != nil && failure.Class == provider.NotFound && failure.Absence == provider.AbsenceDocumented,
		"invalid":   is(provider.Invalid, false),
		"denied":    is(provider.Denied, false),
		"busy":      is(provider.Busy, false),
	}[example.Outcome]
	if !ok {
		return fmt.Errorf("the response is not taken for %s: %w", example.Outcome, err)
	}
	return nil
}

// tokenPath is the path of the token endpoint if the documented one is at another host.
const tokenPath = "/token-endpoint"

// stage is a server for one example.
type stage struct {
	d        *describe.Description
	example  describe.Example
	auth     provider.Auth
	listener net.Listener
	server   *http.Server

	mu   sync.Mutex
	sent []sent
}

// sent is a request as it arrived.
type sent struct {
	method, path, query string
	body                []byte
}

func (s *stage) start(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener = listener
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // it ends with stop
	return nil
}

func (s *stage) stop() { _ = s.server.Close() }

// ServeHTTP answers the example's request as documented, the request for a token with one, and every other read with the
// documented user.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, describe.MaxSize))
	if err != nil {
		return
	}
	if exchange := s.auth.ClientCredentials; exchange != nil && strings.HasSuffix(r.URL.EscapedPath(), cmp.Or(exchange.Path, tokenPath)) {
		answer(w, http.StatusOK, nil, []byte(`{"access_token":"example-token","token_type":"Bearer","expires_in":3600}`))
		return
	}
	if session := s.auth.Session; session != nil && strings.HasSuffix(r.URL.EscapedPath(), session.Path) {
		login := s.d.Auth.Login
		if login.TokenHeader != "" {
			answer(w, http.StatusOK, map[string]string{login.TokenHeader: "example-token"}, nil)
			return
		}
		answer(w, http.StatusOK, nil, within(login.Token, json.RawMessage(`"example-token"`)))
		return
	}
	if r.Method != s.example.Request.Method && r.Method == http.MethodGet {
		answer(w, http.StatusOK, nil, s.documentedUser())
		return
	}
	s.mu.Lock()
	s.sent = append(s.sent, sent{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, body})
	s.mu.Unlock()
	response := s.example.Response
	var text []byte
	if response.HasBody {
		text = response.Body.Literal()
	}
	answer(w, response.Status, response.Headers, text)
}

func answer(w http.ResponseWriter, status int, headers map[string]string, body []byte) {
	if body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away fails by itself
}

// documentedUser returns the response to a read of the user of the first create or get that has one.
func (s *stage) documentedUser() []byte {
	for _, example := range s.d.Examples {
		if example.Operation == "get" && example.Outcome == "" {
			return example.Response.Body.Literal()
		}
	}
	for _, example := range s.d.Examples {
		if example.Operation == "create" && example.Outcome == "" && example.Response.HasBody && !s.d.Create.IDOnly() {
			return within(s.d.Get.User, s.d.Create.User.Raw(example.Response.Body.Literal()))
		}
	}
	return []byte("{}")
}

// within returns a document with a value at a place.
func within(place describe.Pointer, value json.RawMessage) []byte {
	for _, step := range slices.Backward(place) {
		value, _ = json.Marshal(map[string]json.RawMessage{step: value}) // it is valid JSON
	}
	return value
}

// compare compares the request that arrived with the documented one.
func (s *stage) compare(baseURL string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) != 1 {
		return fmt.Errorf("%d requests were sent instead of the documented one", len(s.sent))
	}
	got, want := s.sent[0], s.example.Request
	base, err := url.Parse(baseURL)
	if err != nil {
		return err
	}
	path := strings.TrimPrefix(got.path, strings.TrimRight(base.EscapedPath(), "/"))
	wantPath, wantQuery, _ := strings.Cut(want.Path, "?")
	if got.method != want.Method || path != wantPath {
		return fmt.Errorf("%s %s was sent, documented is %s %s", got.method, path, want.Method, wantPath)
	}
	if sentQuery, documented := pairs(got.query, true), pairs(wantQuery, strings.Contains(wantQuery, "%")); !reflect.DeepEqual(sentQuery, documented) {
		return fmt.Errorf("the query %v was sent, documented is %v", sentQuery, documented)
	}
	var body []byte
	switch {
	case want.Form != "":
		body = []byte(want.Form)
	case want.HasBody:
		body = want.Body.Literal()
	}
	if bytes.Equal(got.body, body) {
		return nil
	}
	at := difference(got.body, body)
	for _, field := range s.d.Table().Secrets() {
		if _, has := s.example.Record[field.Name]; has { // which may be next to the difference
			return fmt.Errorf("the body differs from the documented one at byte %d", at)
		}
	}
	return fmt.Errorf("the body differs from the documented one at byte %d: documented is %s", at, around(body, at))
}

// pairs returns the parameters of a query. A documented one may be written without escapes.
func pairs(query string, isEscaped bool) map[string]string {
	found := map[string]string{}
	if query == "" {
		return found
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if isEscaped {
			name, _ = url.QueryUnescape(name)
			value, _ = url.QueryUnescape(value)
		}
		found[name] = value
	}
	return found
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// around returns the part of a documented text at a position.
func around(text []byte, at int) string {
	const near = 30
	if len(text) == 0 {
		return "no body"
	}
	return fmt.Sprintf("%q", text[max(0, at-near):min(len(text), at+near)])
}
