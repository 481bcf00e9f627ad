//go:build unix

package benchmarks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// The test binary is also the server, in a process of its own, so that what it
// costs is not counted as the client's.
const (
	serveVariable = "USHER_BENCHMARK_SERVE"
	limitVariable = "USHER_BENCHMARK_LIMIT"
	delayVariable = "USHER_BENCHMARK_DELAY"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		serve()
		return
	}
	os.Exit(m.Run())
}

// person is a user of the server, as Sulu documents one.
type person struct {
	ID           string `json:"id"`
	Object       string `json:"object"`
	Email        string `json:"email"`
	OryID        string `json:"oryId"`
	Organization string `json:"organization"`
	FirstName    string `json:"firstName"`
	LastName     string `json:"lastName"`
	CreatedAt    string `json:"createdAt"`
	UpdatedAt    string `json:"updatedAt"`
}

// serve answers creates, lists and updates as Sulu documents them, and counts the
// refused creates.
func serve() {
	limiter := rate.NewLimiter(rate.Inf, 0)
	if text := os.Getenv(limitVariable); text != "" {
		var perSecond float64
		_, _ = fmt.Sscan(text, &perSecond)
		limiter = rate.NewLimiter(rate.Limit(perSecond), int(perSecond)) // a window of one second
	}
	delay, _ := time.ParseDuration(os.Getenv(delayVariable))
	var (
		created, refused atomic.Int64
		mu               sync.Mutex
		people           = map[string]*person{}
	)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /users", func(w http.ResponseWriter, r *http.Request) {
		user := &person{Object: "user", CreatedAt: "2026-01-01T00:00:00Z", UpdatedAt: "2026-01-01T00:00:00Z"}
		if err := json.NewDecoder(r.Body).Decode(user); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if !limiter.Allow() {
			refused.Add(1)
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		time.Sleep(delay)
		user.ID = fmt.Sprintf("usr_%d", created.Add(1))
		mu.Lock()
		people[user.ID] = user
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(user)
	})
	mux.HandleFunc("GET /users", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		all := slices.Collect(maps.Values(people))
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"users": all})
	})
	mux.HandleFunc("PATCH /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		mu.Lock()
		user, ok := people[r.PathValue("id")]
		mu.Unlock()
		if !ok || json.NewDecoder(r.Body).Decode(user) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(user)
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%d %d", created.Load(), refused.Load())
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	_ = http.Serve(listener, mux)
}

// token is what every request carries, as a provider asks for it.
const token = "any"

// target is a running server.
type target struct {
	// provider is the name of its adapter, and url the address of the API.
	provider, url string
	// description is the file that describes the provider, "" for a built-in one.
	description string
	// created counts the users made so far.
	created func() int
}

// start serves from a process of its own: a provider that answers after a
// time, and refuses what goes beyond a limit a second, where that is not 0.
func start(tb testing.TB, limit float64, delay time.Duration) target {
	tb.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), serveVariable+"=1", delayVariable+"="+delay.String())
	if limit > 0 {
		command.Env = append(command.Env, fmt.Sprintf("%s=%g", limitVariable, limit))
	}
	to := target{provider: "sulu", url: strings.TrimSpace(listen(tb, command))}
	to.created = func() int { created, _ := to.stats(tb); return created }
	return to
}

// sandbox serves the program's own sandbox: its model of Sulu.
func sandbox(tb testing.TB) target {
	tb.Helper()
	command := exec.Command(build(tb), "sandbox", "serve", "--memory", "--open", "--addr", "127.0.0.1:0")
	command.Env = []string{"HOME=" + tb.TempDir()}
	name, url, _ := strings.Cut(strings.TrimSpace(listen(tb, command)), "\t")
	if name != "sulu" {
		tb.Fatalf("the sandbox begins with the address of %q", name)
	}
	return target{provider: name, url: url, created: func() int { return listed(tb, url) }}
}

// listen starts a server, and gives the first line that it prints.
func listen(tb testing.TB, command *exec.Cmd) string {
	tb.Helper()
	out, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return line
}

// listed counts the users that Sulu's model lists.
func listed(tb testing.TB, url string) int {
	tb.Helper()
	request, err := http.NewRequest(http.MethodGet, url+"/users", http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var users struct {
		Users []json.RawMessage `json:"users"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&users); err != nil {
		tb.Fatal(err)
	}
	return len(users.Users)
}

func (t target) stats(tb testing.TB) (created, refused int) {
	tb.Helper()
	answer, err := http.Get(t.url + "/stats")
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &created, &refused); err != nil {
		tb.Fatal(err)
	}
	return created, refused
}

func body(n int) []byte {
	return fmt.Appendf(nil, `{"email":"user%d@example.com","oryId":"ory-%d","organization":"org-1","firstName":"First","lastName":"Last"}`, n, n)
}

// roster writes a CSV file of n people for Sulu.
func roster(tb testing.TB, n int) string { return rosterOf(tb, n, "First") }

// rosterOf writes a CSV file of n people with a first name.
func rosterOf(tb testing.TB, n int, first string) string {
	tb.Helper()
	return csv(tb, n, "email,oryId,organization,firstName,lastName", func(w io.Writer, i int) {
		fmt.Fprintf(w, "user%d@example.com,ory-%d,org-1,%s,Last\n", i, i, first)
	})
}

// csv writes a CSV file of n rows.
func csv(tb testing.TB, n int, header string, row func(w io.Writer, i int)) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "people.csv")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, header)
	for i := range n {
		row(w, i)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// build makes the program as a release does.
func build(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "usher")
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/bring-aboard/usher/cmd/usher")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, text)
	}
	return path
}

// usage is what a finished process took.
type usage struct {
	elapsed time.Duration
	state   *os.ProcessState
}

// usher runs the program with an empty home against the target.
func usher(tb testing.TB, program string, to target, args ...string) usage {
	tb.Helper()
	command := exec.Command(program, args...)
	command.Env = []string{
		"HOME=" + tb.TempDir(), "PATH=" + os.Getenv("PATH"), "CI=true",
		"USHER_PROVIDER=" + to.provider, "USHER_BASE_URL=" + to.url, "USHER_TOKEN=" + token,
	}
	if to.description != "" {
		command.Env = append(command.Env, "USHER_PROVIDER_FILE="+to.description)
	}
	var said bytes.Buffer
	command.Stderr = &said
	began := time.Now()
	if err := command.Run(); err != nil {
		tb.Fatalf("%v\n%s", err, said.String())
	}
	return usage{time.Since(began), command.ProcessState}
}
