//go:build unix

package cli

import (
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/catalogue"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/termtest"
)

// After an interrupt the request in progress gets its response, so that the outcome is known. A second interrupt
// abandons it and reports the consequence.
func TestInterruptedCreate(t *testing.T) {
	fields := []string{"users", "create", "--org-id", "7", "--role", "User", "--email", "jane@example.com", "--first-name", "Jane", "--last-name", "Doe", "--password-file", "testdata/password"}
	begin := func(t *testing.T) (term *terminal, reply chan<- struct{}) {
		arrived, replies := make(chan struct{}), make(chan struct{})
		server, err := startRawServer(func(int, rawRequest) answer {
			return func(conn *net.TCPConn) {
				close(arrived)
				<-replies
				ejentoCreated()(conn)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.close)
		term = start(t, ejentoAt(server.url()), nil, fields...)
		<-arrived
		return term, replies
	}
	signal := func(term *terminal, signal os.Signal) {
		if err := term.program.Process.Signal(signal); err != nil {
			term.t.Fatal(err)
		}
	}
	const waiting = "Waiting for the request in progress."

	t.Run("once", func(t *testing.T) {
		t.Parallel()
		term, reply := begin(t)
		term.Types(termtest.Interrupt)
		term.Sees(waiting)
		close(reply)
		term.exits(0)
		term.Sees("state       created")
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		term, reply := begin(t)
		defer close(reply)
		term.Types(termtest.Interrupt)
		term.Sees(waiting)
		term.Types(termtest.Interrupt)
		term.exits(130)
		term.Sees(`error: email "jane@example.com": outcome of the create is unknown: `, "--line 1 --created", "--line 1 --absent")
	})
	t.Run("SIGTERM", func(t *testing.T) {
		t.Parallel()
		term, reply := begin(t)
		defer close(reply)
		signal(term, syscall.SIGTERM)
		term.Sees(waiting)
		signal(term, syscall.SIGTERM)
		term.exits(130)
	})
}

// An interrupted list prints the users received so far, and reports that it is incomplete.
func TestInterruptedList(t *testing.T) {
	arrived, over := make(chan struct{}), make(chan struct{})
	defer close(over)
	server, err := startRawServer(func(int, rawRequest) answer {
		return func(conn *net.TCPConn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+`{"users":[{"id":"usr_1","email":"ada@example.com"},`)
			close(arrived)
			<-over
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	term := start(t, []string{"USHER_PROVIDER=sulu", "USHER_BASE_URL=" + server.url(), "USHER_TOKEN=t"}, nil, "users", "list", "-o", "ndjson")
	<-arrived
	term.Sees(`"key":"ada@example.com"`)
	term.Types(termtest.Interrupt)
	term.exits(130)
	term.Sees("error: incomplete list: failed after 1 user: ")
}

// Ctrl-C and SIGTERM end the server with exit status 0.
func TestInterruptEndsTheSandbox(t *testing.T) {
	for name, end := range map[string]func(*terminal){
		"Ctrl-C":  func(term *terminal) { term.Types(termtest.Interrupt) },
		"SIGTERM": func(term *terminal) { _ = term.program.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := start(t, nil, nil, "sandbox", "serve", "--addr", "127.0.0.1:0")
			term.Sees("Press Ctrl-C to stop.")
			if view := term.View(); strings.Count(view, "http://127.0.0.1:") != len(sandbox.Providers())+len(catalogue.Names())+1 { // and one for tokens
				t.Errorf("the addresses are missing:\n%s", view)
			}
			end(term)
			term.exits(0)
		})
	}
}
