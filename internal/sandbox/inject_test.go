package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exchange sends one request over a connection of its own and returns what comes
// back, to the last byte, and an error unless the server closed in good order.
func (b *bench) exchange(c call) (string, error) {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.Addr())
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	r := b.request(c)
	r.Close = true
	if err := r.Write(conn); err != nil {
		b.t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	return string(got), err
}

func TestFaultsOnTheWire(t *testing.T) {
	for _, test := range []struct {
		fault      Fault
		status     int // 0: no response at all
		retryAfter string
		reset      bool
		made       bool
		json       bool
	}{
		{fault: FaultLostReply, made: true},
		{fault: FaultReset, reset: true},
		{fault: FaultResetAfter, reset: true, made: true},
		{fault: Fault500, status: 500, json: true},
		{fault: Fault500After, status: 500, json: true, made: true},
		{fault: Fault502, status: 502},
		{fault: Fault503, status: 503, retryAfter: "1", json: true},
		{fault: Fault429, status: 429, retryAfter: "1", json: true},
		{fault: Fault401, status: 401, json: true},
		{fault: FaultSlow, status: 201, json: true, made: true},
		{fault: FaultTruncated, status: 201, made: true},
		{fault: FaultGarbage, status: 201, made: true},
		{fault: FaultOneID, status: 201, json: true, made: true},
		{fault: Fault202, status: 202, json: true},
		{fault: Fault202After, status: 202, json: true, made: true},
		{fault: Fault302, status: 302},
		{fault: Fault302After, status: 302, made: true},
		{fault: Fault408, status: 408, json: true},
		{fault: Fault408After, status: 408, json: true, made: true},
		{fault: Fault425, status: 425, json: true},
		{fault: Fault425After, status: 425, json: true, made: true},
		{fault: Fault503After, status: 503, retryAfter: "1", json: true, made: true},
		{fault: FaultSignIn, status: 200},
	} {
		for _, provider := range Providers() {
			t.Run(string(test.fault)+"/"+provider, func(t *testing.T) {
				if test.fault.Missing(provider) != "" {
					t.Skip(test.fault.Missing(provider))
				}
				var held time.Duration
				b := newBench(t, Options{Faults: Faults{test.fault: 1}, SlowFor: 3 * time.Second}, func(s *Server) {
					s.pause = func(d time.Duration) bool { held += d; return true }
				})
				raw, err := b.exchange(b.creates()[provider])

				if got := err != nil; got != test.reset {
					t.Errorf("the connection ended with %v, want a reset: %v", err, test.reset)
				}
				made := count(t, b.store, provider) == 1
				if made != test.made {
					t.Errorf("made %v, want %v", made, test.made)
				}
				stats := b.server.Stats(provider)
				if stats.Received != 1 || (stats.Committed == 1) != made || stats.Faults[test.fault] != 1 {
					t.Errorf("stats %+v", stats)
				}
				if (held == 3*time.Second) != (test.fault == FaultSlow) {
					t.Errorf("held back for %v", held)
				}
				if test.status == 0 {
					if raw != "" {
						t.Errorf("an answer: %q", raw)
					}
					return
				}
				checkRawAnswer(t, raw, test.status, test.retryAfter, test.json, test.fault == FaultTruncated)
			})
		}
	}
}

func checkRawAnswer(t *testing.T, raw string, status int, retryAfter string, isJSON, cut bool) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	defer response.Body.Close()
	if response.StatusCode != status || response.Header.Get("Retry-After") != retryAfter {
		t.Errorf("status %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}
	body, err := io.ReadAll(response.Body)
	if cut != errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the body ended with %v", err)
	}
	if half := response.ContentLength / 2; cut && (int64(len(body)) != half || half == 0) {
		t.Errorf("%d bytes of %d", len(body), response.ContentLength)
	}
	if got := json.Valid(body); got != isJSON {
		t.Errorf("valid JSON: %v, want %v: %s", got, isJSON, body)
	}
	if len(body) == 0 {
		t.Error("the body is empty")
	}
}

func TestFault401LooksLikeExpiry(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{Fault401: 1}})
	b.wantCode(b.evolutionCreate(evolutionBody("ann")), codeExpired)
}

func TestFaultsSpareOtherRequests(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{FaultReset: 1}})
	get := b.suluCreate("").getting(b.BaseURL("sulu") + "/users")
	b.send(get).want(http.StatusOK)
	b.token()
	b.send(b.suluCreate("{}").to(get.url + "/x/apikeys")).want(http.StatusNotFound)
	if got := b.server.Stats("sulu"); got.Received != 0 || len(got.Faults) != 0 {
		t.Errorf("stats %+v", got)
	}
}

func TestSpoiledAnswersLeaveRefusalsAlone(t *testing.T) {
	for _, fault := range []Fault{FaultTruncated, FaultGarbage} {
		b := newBench(t, Options{Faults: Faults{fault: 1}})
		b.send(b.suluCreate("{}")).want(http.StatusBadRequest)
	}
}

func TestLostReplyOfARefusal(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{FaultLostReply: 1}})
	if raw, err := b.exchange(b.suluCreate("{}")); raw != "" || err != nil {
		t.Errorf("%q %v", raw, err)
	}
	if got := b.server.Stats("sulu"); got.Committed != 0 {
		t.Errorf("stats %+v", got)
	}
}

func TestSlowGoesOnWithoutItsClient(t *testing.T) {
	entered, left := make(chan struct{}), make(chan struct{})
	b := newBench(t, Options{Faults: Faults{FaultSlow: 1}}, func(s *Server) {
		s.pause = func(d time.Duration) bool {
			if d > 0 {
				close(entered)
				<-left
			}
			return true
		}
	})
	conn, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.request(b.suluCreate(suluBody("ann@example.com"))).Write(conn); err != nil {
		t.Fatal(err)
	}
	<-entered
	mustClose(t, conn)
	close(left)
	mustClose(t, b.Running) // waits for the request in flight
	if got := count(t, b.store, "sulu"); got != 1 {
		t.Errorf("%d users, want 1", got)
	}
}

func TestResetWithoutAConnectionToReset(t *testing.T) {
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("recovered %v", got)
		}
	}()
	resetConnection(struct{ http.ResponseWriter }{})
}

func TestFaultsAreCountedAmongMany(t *testing.T) {
	b := newBench(t, Options{Faults: Faults{Fault500: 0.3, Fault503: 0.3}, Seed: 3})
	const many = 200
	status := map[int]int{}
	for i := range many {
		status[b.send(b.suluCreate(suluBody(fmt.Sprintf("u%d@example.com", i)))).status]++
	}
	stats := b.server.Stats("sulu")
	if stats.Received != many || stats.Committed != status[201] || stats.Faults[Fault500] != status[500] || stats.Faults[Fault503] != status[503] {
		t.Errorf("stats %+v, answers %v", stats, status)
	}
	if status[201] == 0 || status[500] == 0 || status[503] == 0 || count(t, b.store, "") != status[201] {
		t.Errorf("answers %v", status)
	}
}
