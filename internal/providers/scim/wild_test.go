package scim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// wild is a small server with the ways of one of those that are in use. What is
// not set answers as the standard has it.
type wild struct {
	t *testing.T
	// on answers requests by method and path ("POST /Users"); "GET /Users/" is for
	// every path below. Others get 404.
	on map[string]http.HandlerFunc

	mu       sync.Mutex
	requests []string // method, path and query as they came
	bodies   []string
}

func (w *wild) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.requests = append(w.requests, r.Method+" "+r.RequestURI)
	w.bodies = append(w.bodies, string(body))
	w.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	path := r.Method + " " + r.URL.Path
	if handler, ok := w.on[path]; ok {
		handler(out, r)
		return
	}
	if handler, ok := w.on[path[:strings.LastIndexByte(path, '/')+1]]; ok {
		handler(out, r)
		return
	}
	http.NotFound(out, r)
}

// sent lists the requests to a path so far.
func (w *wild) sent(prefix string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var sent []string
	for _, request := range w.requests {
		if strings.HasPrefix(request, prefix) {
			sent = append(sent, request)
		}
	}
	return sent
}

// client is what usher needs of a server.
type client interface {
	provider.Client
	provider.Finder
	provider.Lister
	provider.Checker
	provider.Getter
	provider.Updater
	provider.Deactivator
	provider.Deleter
	provider.Batcher
	provider.SchemaSource
}

// meet starts the server and makes a client of the standard's adapter.
func (w *wild) meet(t *testing.T) client { return w.meetAs(t, scim.Adapter()) }

func (w *wild) meetAs(t *testing.T, adapter provider.Adapter) client {
	t.Helper()
	w.t = t
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return connect(t, adapter, server.URL).(client)
}

// connect makes a client with the program's own transport.
func connect(t providertest.TB, adapter provider.Adapter, baseURL string) provider.Client {
	t.Helper()
	transport, err := rest.New(rest.Options{
		BaseURL: baseURL, Auth: adapter.Auth, Reason: adapter.Reason,
		IsSet:   func(name string) bool { return name == "token" },
		Setting: func(string) (string, bool) { return "", false },
		Secret:  func(context.Context, string) (string, error) { return "canary-token-2c26b46b", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	made, err := adapter.New(provider.Connection{Transport: transport, Setting: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// answers returns the same answer to every request.
func answers(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a client that has gone away fails the test itself
	}
}

const scimJSON = "application/scim+json"

// refusal is an error as the standard has it.
func refusal(status int, keyword string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"%d","scimType":%q,"detail":"no"}`, status, keyword)
}

// person is a user as a server answers.
func person(id, userName string) string {
	name, _ := json.Marshal(userName)
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":%q,"userName":%s}`, id, name)
}

// people is a list of users with the total that the server claims.
func people(total int, users ...string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"Resources":[%s]}`, total, strings.Join(users, ","))
}

// config is a ServiceProviderConfig.
func config(patch bool, bulk, bytes int) http.HandlerFunc {
	return answers(200, scimJSON, fmt.Sprintf(`{"patch":{"supported":%v},"filter":{"supported":true},"bulk":{"supported":%v,"maxOperations":%d,"maxPayloadSize":%d}}`,
		patch, bulk > 0, bulk, bytes))
}

// judge compares the class and the status of a failure.
func judge(t *testing.T, name string, err error, class provider.Class, status int) *provider.Error {
	t.Helper()
	failure, _ := err.(*provider.Error)
	if failure == nil || failure.Class != class || failure.Status != status {
		t.Errorf("%s: got %v (class %s), want class %s with status %d", name, err, provider.ClassOf(err), class, status)
		return &provider.Error{}
	}
	return failure
}

// drain lists all users before the first error.
func drain(c provider.Lister) (names []string, err error) {
	for user, err := range c.List(context.Background(), nil) {
		if err != nil {
			return names, err
		}
		names = append(names, user.Key)
	}
	return names, nil
}

// pager serves users by startIndex and count.
type pager struct {
	users, size int  // users in all, and how many a page contains at most
	total       int  // as claimed; 0 for the truth, -1 for no member
	deaf        bool // startIndex is ignored
	all         bool // count is ignored
	again       bool // past the end, the first page comes again
	unfiltered  bool // the filter is ignored
	exact       bool // the filter regards case
}

func (p pager) name(n int) string { return "Person." + strconv.Itoa(n) }

func (p pager) serve(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if filter := query.Get("filter"); filter != "" && !p.unfiltered {
		var found []string
		for n := range p.users {
			wanted, given := `userName eq "`+p.name(n)+`"`, filter
			if !p.exact {
				wanted, given = strings.ToLower(wanted), strings.ToLower(given)
			}
			if wanted == given {
				found = append(found, person(strconv.Itoa(n), p.name(n)))
			}
		}
		answers(200, scimJSON, people(len(found), found...))(w, r)
		return
	}
	start, err := strconv.Atoi(query.Get("startIndex"))
	if err != nil || p.deaf {
		start = 1
	}
	count, err := strconv.Atoi(query.Get("count"))
	if err != nil || p.all {
		count = p.size
	}
	if start > p.users && p.again {
		start = 1
	}
	var found []string
	for n := start - 1; n < min(start-1+min(count, p.size), p.users); n++ {
		found = append(found, person(strconv.Itoa(n), p.name(n)))
	}
	body := people(p.users, found...)
	switch {
	case p.total > 0:
		body = people(p.total, found...)
	case p.total < 0:
		body = strings.Replace(body, `"totalResults":`+strconv.Itoa(p.users)+",", "", 1)
	}
	answers(200, scimJSON, body)(w, r)
}

func record(userName string) schema.Record { return schema.Record{"userName": userName} }
