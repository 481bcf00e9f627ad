package sandbox

import (
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestProvidersAndAddresses(t *testing.T) {
	if got, want := Providers(), []string{"sulu", "ejento", "evolution", "ory", "scim"}; !slices.Equal(got, want) {
		t.Errorf("providers %v, want %v", got, want)
	}
	const origin = "http://127.0.0.1:4010"
	for provider, want := range map[string]string{
		"sulu":      origin + "/sulu/v0",
		"ejento":    origin + "/ejento",
		"evolution": origin + "/evolution/referentiel/api/v1",
		"ory":       origin + "/ory",
		"scim":      origin + "/scim/v2",
		"described": origin + "/described",
	} {
		if got := BaseURL(origin, provider); got != want {
			t.Errorf("%s: %q, want %q", provider, got, want)
		}
		if got := BaseURL(origin+"/", provider); got != want {
			t.Errorf("%s after a slash: %q, want %q", provider, got, want)
		}
	}
	if got, want := TokenURL(origin), origin+"/evolution/oauth/v3/token"; got != want {
		t.Errorf("token URL %q, want %q", got, want)
	}
}

func TestOptionsThatMeanNothing(t *testing.T) {
	store := memoryStore(t)
	for _, options := range []Options{
		{Latency: -1}, {SlowFor: -1}, {TokenLifetime: -1}, {RateLimit: -1}, {RateLimit: math.NaN()}, {RateLimit: math.Inf(1)},
	} {
		if _, err := New(store, options); err == nil {
			t.Errorf("%+v was accepted", options)
		}
	}
}

func TestRateLimit(t *testing.T) {
	for _, test := range []struct {
		limit      float64
		burst      int
		retryAfter string
	}{{2, 2, "1"}, {0.1, 1, "10"}, {2.5, 2, "1"}} {
		b := newBench(t, Options{RateLimit: test.limit})
		list := b.suluCreate("").getting(b.BaseURL("sulu") + "/users")
		for range test.burst {
			b.send(list).want(http.StatusOK)
		}
		for range 3 { // a refused request costs nothing
			if got := b.send(list); got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != test.retryAfter {
				t.Errorf("%v: status %d, Retry-After %q", test.limit, got.status, got.header.Get("Retry-After"))
			}
		}
		b.token() // another provider has an allowance of its own
		b.clock.advance(time.Duration(float64(time.Second)/test.limit) + time.Millisecond)
		b.send(list).want(http.StatusOK)
		if got := b.server.Stats("sulu").RateLimited; got != 3 {
			t.Errorf("%d limited", got)
		}
	}
}

func TestRateLimitedCreatesMakeNothing(t *testing.T) {
	b := newBench(t, Options{RateLimit: 1, Faults: Faults{Fault500After: 1}})
	b.send(b.suluCreate(suluBody("a@example.com"))).want(http.StatusInternalServerError)
	b.send(b.suluCreate(suluBody("b@example.com"))).want(http.StatusTooManyRequests)
	if got := b.server.Stats("sulu"); got.Received != 1 || got.Committed != 1 || got.RateLimited != 1 {
		t.Errorf("stats %+v", got)
	}
}

func TestLatencyOfEveryAPIRequest(t *testing.T) {
	var mu sync.Mutex
	var held []time.Duration
	b := newBench(t, Options{Latency: 50 * time.Millisecond}, func(s *Server) {
		s.pause = func(d time.Duration) bool {
			mu.Lock()
			defer mu.Unlock()
			held = append(held, d)
			return true
		}
	})
	b.send(b.suluCreate(suluBody("a@example.com"))).want(http.StatusCreated)
	b.send(b.suluCreate("").getting(b.BaseURL("sulu") + "/users")).want(http.StatusOK)
	b.token()
	b.send(call{method: http.MethodGet, url: "http://" + b.Addr() + "/"})
	want := []time.Duration{b.server.options.Latency, b.server.options.Latency, b.server.options.Latency}
	if !slices.Equal(held, want) {
		t.Errorf("held back %v, want %v", held, want)
	}
}

func TestStatsCountConflicts(t *testing.T) {
	b := newBench(t, Options{})
	for provider, create := range b.creates() {
		b.send(create).want(http.StatusCreated)
		b.send(create).want(http.StatusConflict)
		b.send(create.sending("{}")).want(http.StatusBadRequest)
		got := b.server.Stats(provider)
		if got.Received != 3 || got.Committed != 1 || got.Conflicts != 1 || got.RateLimited != 0 || len(got.Faults) != 0 {
			t.Errorf("%s: %+v", provider, got)
		}
	}
	if got := b.server.Stats("other"); got.Received != 0 {
		t.Errorf("stats of an unknown provider: %+v", got)
	}
	b.server.Stats("sulu").Faults[FaultReset] = 9
	if got := b.server.Stats("sulu").Faults; len(got) != 0 {
		t.Errorf("stats are shared: %v", got)
	}
}

func TestAllowDuplicates(t *testing.T) {
	b := newBench(t, Options{AllowDuplicates: true})
	for _, create := range b.creates() {
		for range 3 {
			b.send(create).want(http.StatusCreated)
		}
	}
	b.send(b.suluCreate(suluBody("once@example.com"))).want(http.StatusCreated)
	got, err := b.store.Duplicates(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(x, y Duplicate) int { return strings.Compare(x.Provider, y.Provider) })
	want := []Duplicate{{"ejento", "ann@example.com", 3}, {"evolution", "ann", 3}, {"ory", "ann@example.com", 3}, {"scim", "ann", 3}, {"sulu", "ann@example.com", 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if one, err := b.store.Duplicates(t.Context(), "sulu"); err != nil || len(one) != 1 {
		t.Errorf("%v %v", one, err)
	}
	found := b.send(b.suluCreate("").getting(b.BaseURL("sulu") + "/users?email=ann@example.com")).object(http.StatusOK)
	if got := len(found["users"].([]any)); got != 3 {
		t.Errorf("%d users found by e-mail", got)
	}
}

func TestConcurrentCreatesOfOneKey(t *testing.T) {
	b := newBench(t, Options{})
	var group sync.WaitGroup
	for range 8 {
		for _, create := range b.creates() {
			group.Go(func() {
				if got := b.send(create).status; got != http.StatusCreated && got != http.StatusConflict {
					t.Errorf("status %d", got)
				}
			})
		}
	}
	group.Wait()
	for _, provider := range Providers() {
		if got := b.server.Stats(provider); got.Committed != 1 || got.Conflicts != 7 || count(t, b.store, provider) != 1 {
			t.Errorf("%s: %+v", provider, got)
		}
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	var lines []string
	b := newBench(t, Options{Faults: Faults{Fault500After: 1}, Log: func(line string) { lines = append(lines, line) }})
	b.send(b.ejentoCreate(ejentoBody("ann@example.com")).with("Authorization", "Bearer top-secret")).want(http.StatusInternalServerError)
	b.send(b.suluCreate("").getting(b.BaseURL("sulu") + "/users?email=ann@example.com")).want(http.StatusOK)
	b.send(b.suluCreate("").getting(b.BaseURL("sulu") + "/users/a%0Ab")).want(http.StatusNotFound)
	b.send(call{method: http.MethodGet, url: "http://" + b.Addr() + "/"})
	b.token()
	mustClose(t, b.Running)
	want := []string{
		`POST /ejento/v2/api/organization/0/user 500 fault=500-after 0s`,
		`GET /sulu/v0/users 200 0s`,
		`GET /sulu/v0/users/a%0Ab 404 0s`,
		`GET / 200 0s`,
		`POST /evolution/oauth/v3/token 200 0s`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestLogOfALostAnswer(t *testing.T) {
	var lines []string
	b := newBench(t, Options{Faults: Faults{FaultLostReply: 1}, Log: func(line string) { lines = append(lines, line) }})
	if _, err := b.exchange(b.suluCreate(suluBody("ann@example.com"))); err != nil {
		t.Fatal(err)
	}
	mustClose(t, b.Running)
	if want := "POST /sulu/v0/users no response fault=lost-reply 0s"; len(lines) != 1 || lines[0] != want {
		t.Errorf("log %q, want %q", lines, want)
	}
}

func TestTimesAreRFC3339(t *testing.T) {
	b := newBench(t, Options{})
	pattern := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$`)
	user := b.send(b.suluCreate(suluBody("ann@example.com"))).object(http.StatusCreated)
	for _, name := range []string{"createdAt", "updatedAt"} {
		if text := fmt.Sprint(user[name]); !pattern.MatchString(text) {
			t.Errorf("%s %q", name, text)
		}
	}
}

func TestAFailingStoreIsStatus500(t *testing.T) {
	store, err := MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	b := benchOn(t, store, Options{})
	mustClose(t, store)
	for provider, create := range b.creates() {
		b.wantRefused(t, provider, create, http.StatusInternalServerError)
		if got := b.server.Stats(provider); got.Committed != 0 || got.Conflicts != 0 {
			t.Errorf("%s: %+v", provider, got)
		}
	}
	b.send(b.suluCreate("").getting(b.BaseURL("sulu") + "/users/1")).want(http.StatusInternalServerError)
	b.send(b.evolutionCreate("").getting(b.BaseURL("evolution") + "/users")).want(http.StatusInternalServerError)
}

func TestAListThatFailsOnItsWayIsCutOff(t *testing.T) {
	store, err := MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	b := benchOn(t, store, Options{})
	mustClose(t, store)
	response, err := b.client.Do(b.request(b.suluCreate("").getting(b.BaseURL("sulu") + "/users")))
	if err != nil {
		return // cut off before the header
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("it looks whole: %s", body)
	}
}

func TestABodyThatEndsEarlyIsRefused(t *testing.T) {
	b := newBench(t, Options{})
	conn, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	head := "POST /sulu/v0/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
		t.Errorf("%q %v", answer, err)
	}
}
