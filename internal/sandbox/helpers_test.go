package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a running sandbox on a store in memory, with a raw client.
type bench struct {
	*Running
	t      testing.TB
	store  *Store
	server *Server
	clock  *clock
	client *http.Client
}

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func memoryStore(t testing.TB) *Store {
	t.Helper()
	store, err := MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mustClose(t, store) })
	return store
}

func mustClose(t testing.TB, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// newBench starts a sandbox. Adjust may change the server before it starts.
func newBench(t testing.TB, options Options, adjust ...func(*Server)) *bench {
	t.Helper()
	return benchOn(t, memoryStore(t), options, adjust...)
}

func benchOn(t testing.TB, store *Store, options Options, adjust ...func(*Server)) *bench {
	t.Helper()
	server, err := New(store, options)
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 3, 28, 0, 28, 11, 172_034_000, time.UTC)}
	server.backend.now = c.Now
	for _, change := range adjust {
		change(server)
	}
	running, err := Start(context.Background(), "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		mustClose(t, running)
	})
	return &bench{Running: running, t: t, store: store, server: server, clock: c, client: client}
}

// A call is a request to be sent as it stands.
type call struct {
	method, url, body string
	header            map[string]string
}

// with returns the call with another header; "" removes one.
func (c call) with(name, value string) call {
	header := map[string]string{}
	for k, v := range c.header {
		header[k] = v
	}
	header[name] = value
	if value == "" {
		delete(header, name)
	}
	c.header = header
	return c
}

func (c call) to(url string) call        { c.url = url; return c }
func (c call) using(method string) call  { c.method = method; return c }
func (c call) sending(body string) call  { c.body = body; return c }
func (c call) patching(body string) call { return c.using(http.MethodPatch).sending(body) }
func (c call) getting(url string) call   { return c.using(http.MethodGet).to(url).sending("") }

func (b *bench) request(c call) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), c.method, c.url, strings.NewReader(c.body))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	return r
}

// A result is a response, read to its end.
type result struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

func (b *bench) send(c call) result {
	b.t.Helper()
	response, err := b.client.Do(b.request(c))
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return result{t: b.t, status: response.StatusCode, header: response.Header, body: string(body)}
}

// want checks the status and returns the body.
func (r result) want(status int) any {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if got := r.header.Get("Content-Type"); got != "application/json" && got != scimMedia {
		r.t.Errorf("Content-Type %q", got)
	}
	return parsed(r.t, r.body)
}

// object is want for a JSON object.
func (r result) object(status int) map[string]any {
	r.t.Helper()
	object, isObject := r.want(status).(map[string]any)
	if !isObject {
		r.t.Fatalf("no object: %s", r.body)
	}
	return object
}

// array is want for a JSON array.
func (r result) array(status int) []any {
	r.t.Helper()
	array, isArray := r.want(status).([]any)
	if !isArray {
		r.t.Fatalf("no array: %s", r.body)
	}
	return array
}

func parsed(t testing.TB, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func sample(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// shape replaces every value by the name of its JSON type.
func shape(value any) any {
	switch v := value.(type) {
	case map[string]any:
		shaped := map[string]any{}
		for key, member := range v {
			shaped[key] = shape(member)
		}
		return shaped
	case []any:
		shaped := []any{}
		for _, element := range v {
			shaped = append(shaped, shape(element))
		}
		return shaped
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}

// same compares two JSON values.
func same(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", pretty(got), pretty(want))
	}
}

func pretty(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func count(t testing.TB, store *Store, provider string) int {
	t.Helper()
	n, err := store.Count(t.Context(), provider)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
