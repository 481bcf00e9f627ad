package providers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// wireFile is a request or a response as a vendor's page documents it: lines of
// comment that name the page, a first line (method and address, or status),
// headers, an empty line, and the body as printed.
type wireFile struct {
	page   string
	first  string
	header http.Header
	body   []byte
}

// composed reports whether the page prints no such example, so that the file was
// made from its words.
func (f wireFile) composed() bool { return strings.Contains(strings.ToLower(f.page), "composed") }

func readWireFile(t *testing.T, path string) wireFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, body, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		t.Fatalf("%s: no empty line before the body", path)
	}
	file := wireFile{header: http.Header{}, body: body}
	for line := range strings.Lines(string(head)) {
		line = strings.TrimSpace(line)
		name, value, isHeader := strings.Cut(line, ":")
		switch {
		case strings.HasPrefix(line, "#"):
			file.page += line + "\n"
		case file.first == "":
			file.first = line
		case isHeader:
			file.header.Set(name, strings.TrimSpace(value))
		default:
			t.Fatalf("%s: %q is no header", path, line)
		}
	}
	if !strings.HasPrefix(file.page, "# Page: ") || file.first == "" {
		t.Fatalf("%s: names no page at its top, or has no first line", path)
	}
	return file
}

// request splits the first line into its method and its address.
func (f wireFile) request(t *testing.T) (method string, address *url.URL) {
	t.Helper()
	method, text, _ := strings.Cut(f.first, " ")
	address, err := url.Parse(text)
	if err != nil || address.Path == "" {
		t.Fatalf("%q is no method and address: %v", f.first, err)
	}
	return method, address
}

// compact returns a JSON document without the space between its tokens.
func compact(t *testing.T, document []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, document); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// capture is a server that keeps every request as it arrived, and answers as
// the files say, by the path of the request.
type capture struct {
	*httptest.Server
	answers map[string]wireFile

	mu       sync.Mutex
	captured []captured
}

// captured is one request: its line, its headers and its bytes.
type captured struct {
	method, uri string
	header      http.Header
	body        []byte
}

// newCapture starts a server that answers requests to these paths with these files.
func newCapture(t *testing.T, answers map[string]wireFile) *capture {
	c := &capture{answers: answers}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *capture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	c.mu.Lock()
	c.captured = append(c.captured, captured{r.Method, r.RequestURI, r.Header, body})
	c.mu.Unlock()
	answer, ok := c.answers[r.URL.EscapedPath()]
	if !ok {
		http.NotFound(w, r)
		return
	}
	for name, values := range answer.header {
		w.Header()[textproto.CanonicalMIMEHeaderKey(name)] = values
	}
	status := map[string]int{"200": http.StatusOK, "201": http.StatusCreated}[answer.first]
	w.WriteHeader(status)
	_, _ = w.Write(answer.body) // a client that has gone away fails the test itself
}

// requests lists what was captured.
func (c *capture) requests() []captured {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.captured
}

// compareHeaders reports documented headers that did not arrive as documented,
// and headers that nobody documents. A header whose printed credential is empty
// is compared with the one that the profile gives.
func compareHeaders(t *testing.T, documented, got http.Header, credentials ...string) {
	t.Helper()
	for name := range documented {
		want := []string{documented.Get(name)}
		for _, credential := range credentials {
			want = append(want, strings.TrimSpace(want[0]+" "+credential))
		}
		if !slices.Contains(want, got.Get(name)) {
			t.Errorf("the header %s is %q, documented is %q", name, got.Get(name), documented.Get(name))
		}
	}
	for name, values := range got {
		switch _, ok := documented[name]; {
		case ok, name == "User-Agent", name == "Content-Length", name == "Accept", name == "Accept-Encoding":
		default:
			t.Errorf("the header %s: %q is not documented", name, values)
		}
	}
}
