package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// token is the bearer token that the servers take.
const token = "interop-token"

// server is a SCIM server that others wrote.
type server struct {
	name string
	// base is the server's own base URL, and proxied the one through toxiproxy,
	// where a test asked for it.
	base, proxied string
}

// servers gives the servers that the script started. Without the script the
// test is skipped; with it, every one of them must be there.
func servers(t *testing.T) []server {
	t.Helper()
	if os.Getenv("USHER_INTEROP") == "" {
		t.Skip("needs servers from the package registries: bash .ci/interop runs this")
	}
	var listed []server
	for _, name := range []string{"scimmy", "elimity"} {
		base := os.Getenv("USHER_INTEROP_" + strings.ToUpper(name))
		if base == "" {
			t.Fatalf("the script gives no address for %s", name)
		}
		listed = append(listed, server{name: name, base: base})
	}
	return listed
}

// toxiproxy calls the proxy's own API.
func toxiproxy(t testing.TB, method, path string, body any) []byte {
	t.Helper()
	encoded, err := json.Marshal(body)
	check(t, err)
	request, err := http.NewRequest(method, os.Getenv("USHER_INTEROP_TOXIPROXY")+path, bytes.NewReader(encoded))
	check(t, err)
	answer, err := http.DefaultClient.Do(request)
	check(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(t, err)
	if answer.StatusCode >= 300 {
		t.Fatalf("toxiproxy: %s %s: %s\n%s", method, path, answer.Status, text)
	}
	return text
}

// proxy puts toxiproxy before the server for the time of the test, and gives
// the base URL that leads through it.
func (s server) proxy(t *testing.T) string {
	t.Helper()
	base, err := url.Parse(s.base)
	check(t, err)
	var proxy struct {
		Listen string `json:"listen"`
	}
	check(t, json.Unmarshal(toxiproxy(t, http.MethodPost, "/proxies", map[string]string{
		"name": s.name, "listen": "127.0.0.1:0", "upstream": base.Host,
	}), &proxy))
	t.Cleanup(func() { toxiproxy(t, http.MethodDelete, "/proxies/"+s.name, nil) })
	base.Host = proxy.Listen
	return base.String()
}

// lose has the proxy reset so large a part of the connections: downstream once
// the server has answered, so that the user exists and nobody hears of it;
// upstream before a byte of the request arrives.
func (s server) lose(t *testing.T, part float64, stream string) {
	t.Helper()
	toxiproxy(t, http.MethodPost, "/proxies/"+s.name+"/toxics", map[string]any{
		"name": stream, "type": "reset_peer", "stream": stream, "toxicity": part, "attributes": map[string]int{"timeout": 0},
	})
}

// count asks the server how many users it has, and how many names they have.
func (s server) count(t testing.TB) (users, names int) {
	t.Helper()
	var counts struct {
		Users int `json:"users"`
		Names int `json:"names"`
	}
	check(t, json.Unmarshal(s.own(t, http.MethodGet, "/count"), &counts))
	return counts.Users, counts.Names
}

// clear removes every user.
func (s server) clear(t testing.TB) { s.own(t, http.MethodPost, "/clear") }

// own calls what the server has beside SCIM.
func (s server) own(t testing.TB, method, path string) []byte {
	t.Helper()
	base, err := url.Parse(s.base)
	check(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("%s://%s%s", base.Scheme, base.Host, path), nil)
	check(t, err)
	answer, err := http.DefaultClient.Do(request)
	check(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s: %s\n%s", s.name, method, path, answer.Status, text)
	}
	return text
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
