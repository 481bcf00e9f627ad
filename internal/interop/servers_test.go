package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// serverNames lists the servers that others wrote, one directory each.
func serverNames() []string { return []string{"scimmy", "elimity", "jackson", "betterauth"} }

// server is a SCIM server that is running.
type server struct {
	name string
	// base is the server's own base URL.
	base, token string
	// proxied is the base URL that leads through toxiproxy, empty without one.
	proxied string
}

// needServers skips a test if .ci/interop did not prepare the servers. It returns
// the directory of what the script built.
func needServers(t testing.TB) string {
	t.Helper()
	built := os.Getenv("USHER_INTEROP")
	if built == "" {
		t.Skip("servers from the package registries are required: bash .ci/interop runs this test")
	}
	return built
}

// start starts a server without users. It ends with the test, or with the
// process that runs the test.
func start(t testing.TB, name string) server {
	t.Helper()
	built := needServers(t)
	command := exec.Command(filepath.Join(built, "node"), filepath.Join(name, "server.js"))
	if name == "elimity" {
		command = exec.Command(filepath.Join(built, name))
	}
	return startCommand(t, name, command)
}

// startCommand starts a server that prints its base URL and a token, and ends with its standard input.
func startCommand(t testing.TB, name string, command *exec.Cmd) server {
	t.Helper()
	var stderr bytes.Buffer
	command.Stderr = &stderr
	life, err := command.StdinPipe()
	check(t, err)
	stdout, err := command.StdoutPipe()
	check(t, err)
	check(t, command.Start())
	t.Cleanup(func() {
		check(t, life.Close())
		if err := command.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, &stderr)
		}
	})
	started := server{name: name}
	if _, err := fmt.Fscan(stdout, &started.base, &started.token); err != nil {
		t.Fatalf("%s did not start: %v", name, err)
	}
	return started
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

// loseMore is lose in place of an earlier one.
func (s server) loseMore(t *testing.T, part float64, stream string) {
	t.Helper()
	toxiproxy(t, http.MethodDelete, "/proxies/"+s.name+"/toxics/"+stream, nil)
	s.lose(t, part, stream)
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
func (s server) clear(t providertest.TB) { s.own(t, http.MethodPost, "/clear") }

// own calls what the server has beside SCIM.
func (s server) own(t providertest.TB, method, path string) []byte {
	t.Helper()
	base, err := url.Parse(s.base)
	check(t, err)
	status, text := s.send(t, method, fmt.Sprintf("%s://%s%s", base.Scheme, base.Host, path), nil)
	if status != http.StatusOK {
		t.Fatalf("%s: %s %s: %d\n%s", s.name, method, path, status, text)
	}
	return text
}

// get returns the response to a read below the base URL, which must work.
func (s server) get(t providertest.TB, path string) []byte {
	t.Helper()
	status, text := s.send(t, http.MethodGet, s.base+path, nil)
	if status != http.StatusOK {
		t.Fatalf("%s: GET %s: %d\n%s", s.name, path, status, text)
	}
	return text
}

// send sends a request with the server's token, past the program.
func (s server) send(t providertest.TB, method, address string, body []byte) (status int, text []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	check(t, err)
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/scim+json")
	answer, err := http.DefaultClient.Do(request)
	check(t, err)
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	check(t, err)
	return answer.StatusCode, text
}

func check(t providertest.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
