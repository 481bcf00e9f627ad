package sandbox

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func newServer(t *testing.T, options Options) *Server {
	t.Helper()
	server, err := New(memoryStore(t), options)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func TestStartRefusesOtherThanLoopback(t *testing.T) {
	server := newServer(t, Options{})
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1.example.com:0"} {
		if _, err := Start(t.Context(), addr, server); err == nil || !strings.Contains(err.Error(), "must be a loopback address, for example 127.0.0.1:4010") {
			t.Errorf("%q: %v", addr, err)
		}
	}
	for _, addr := range []string{"", "127.0.0.1", "localhost", "::1"} {
		if _, err := Start(t.Context(), addr, server); err == nil || !strings.Contains(err.Error(), "must be HOST:PORT") {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

func TestStartOnLoopbackNames(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "LocalHost:0"} {
		running, err := Start(t.Context(), addr, newServer(t, Options{}))
		if err != nil {
			t.Errorf("%s: %v", addr, err)
			continue
		}
		if host, port, err := net.SplitHostPort(running.Addr()); err != nil || port == "0" || !net.ParseIP(host).IsLoopback() {
			t.Errorf("%s: listens on %s", addr, running.Addr())
		}
		mustClose(t, running)
	}
}

func TestStartOnATakenPort(t *testing.T) {
	b := newBench(t, Options{})
	if _, err := Start(t.Context(), b.Addr(), newServer(t, Options{})); err == nil || !strings.Contains(err.Error(), "start the sandbox") {
		t.Errorf("%v", err)
	}
}

func TestForeignHostNamesAreRefused(t *testing.T) {
	b := newBench(t, Options{})
	list := b.request(b.suluCreate("").getting(b.BaseURL("sulu") + "/users"))
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:80": 200, "127.0.0.1": 200, "[::1]:4010": 200, "[::1]": 200, "example.com": 421, "127.0.0.1.example.com:4010": 421,
	} {
		list.Host = host
		response, err := b.client.Do(list)
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, response.Body)
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, response.StatusCode, want)
		}
	}
}

func TestEndOfTheContextClosesTheServer(t *testing.T) {
	for _, before := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		running, err := Start(ctx, "127.0.0.1:0", newServer(t, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if before {
			mustClose(t, running)
		}
		cancel()
		if err := running.Wait(); err != nil {
			t.Error(err)
		}
		if conn, err := net.Dial("tcp", running.Addr()); err == nil {
			t.Error("it still listens")
			mustClose(t, conn)
		}
		mustClose(t, running)
	}
}

func TestWaitTellsWhyTheServerStopped(t *testing.T) {
	running, err := Start(t.Context(), "127.0.0.1:0", newServer(t, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, running.listener)
	if err := running.Wait(); err == nil || !strings.Contains(err.Error(), "the sandbox stopped") {
		t.Errorf("%v", err)
	}
}

func TestCloseDropsRequestsThatAreHeldBack(t *testing.T) {
	entered := make(chan struct{})
	for _, options := range []Options{{Latency: time.Hour}, {Faults: Faults{FaultSlow: 1}, SlowFor: time.Hour}} {
		b := newBench(t, options, func(s *Server) {
			s.pause = func(d time.Duration) bool {
				if d > 0 {
					entered <- struct{}{}
				}
				return s.sleep(d)
			}
		})
		ended := make(chan error)
		go func() {
			_, err := b.exchange(b.suluCreate(suluBody("ann@example.com")))
			ended <- err
		}()
		<-entered
		mustClose(t, b.Running)
		<-ended
		if got := count(t, b.store, "sulu"); got != 0 {
			t.Errorf("%d users", got)
		}
	}
}

func TestSleepEndsByItself(t *testing.T) {
	server := newServer(t, Options{})
	if !server.sleep(0) || !server.sleep(time.Nanosecond) {
		t.Error("cut short")
	}
	server.end()
	server.end()
	if server.sleep(time.Hour) {
		t.Error("slept on after the end")
	}
}

func TestRequestsAfterTheEndAreAborted(t *testing.T) {
	b := newBench(t, Options{})
	mustClose(t, b.Running)
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("recovered %v", got)
		}
	}()
	b.Running.serve(nil, b.request(b.suluCreate("")))
}
