//go:build unix

package cli

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

const (
	suluList  = "HTTP/1.1 200 OK\n\n" + `{"users":[{"id":"usr_1","email":"ada@example.com","firstName":"Ada","phone":"+441","address":{"city":"London"}}]}`
	suluAfter = "HTTP/1.1 200 OK\n\n" + `{"id":"usr_1","email":"ada@example.com","firstName":"Ada","lastName":"King","address":{"city":"London"}}`
)

// suluAt returns a profile of variables for a server.
func suluAt(url string) []string {
	return []string{"USHER_PROVIDER=sulu", "USHER_BASE_URL=" + url, "USHER_TOKEN=canary"}
}

// The form of an update has the fields that can be updated, with the current and the specified values. The
// differences are shown and require confirmation.
func TestUpdateForm(t *testing.T) {
	server := serve(t, answerText(suluList), answerText(suluAfter))
	term := start(t, suluAt(server.url()), nil, "users", "update", "ada@example.com", "-i", "--last-name", "King")
	term.Sees("User ada@example.com in sulu "+server.url(), "(1 of 2)", "> Ada", "> King", "> +441")
	for _, title := range []string{"First name", "Last name", "Phone", "Address line 1", "Address line 2", "City", "State", "Country", "Zip code"} {
		term.isAt(title)
		switch title {
		case "Phone":
			term.Types(termtest.ClearLine)
		case "City":
			term.Sees("> London")
		}
		term.Types(termtest.Enter)
	}
	term.Sees("Last name  (empty) → King", "Phone      +441 → (empty)", "Update ada@example.com in environment?", "> Update", "  Edit", "  Cancel")
	term.Lacks("Email address", "Organization", "firstName", "address.city")
	if n := len(server.requests()); n != 1 {
		t.Errorf("%d requests were sent before the person agreed", n)
	}
	term.Types(termtest.Enter)
	term.exits(0)
	term.Sees("state         updated", "Equivalent command:", "usher users update ada@example.com -p environment --last-name King --phone '' --yes")
	term.Lacks("canary")
	if body := server.requests()[1].body; body != `{"lastName":"King","phone":""}` {
		t.Errorf("the server got %s", body)
	}
}

// Without confirmation nothing is changed.
func TestUpdateIsAskedAbout(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		status int
		says   string
	}{
		"no":     {"n\n", 2, "error: cancelled; nothing was sent"},
		"Return": {"\n", 2, "error: cancelled; nothing was sent"},
		"Ctrl-C": {termtest.Interrupt, 130, "error: interrupted; nothing was sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, answerText(suluList), answerText(suluAfter))
			term := start(t, suluAt(server.url()), nil, "users", "update", "ada@example.com", "--last-name", "King")
			term.Sees("lastName  (empty) → King", "Update ada@example.com in environment? [y/N]")
			term.Types(test.answer)
			term.exits(test.status)
			term.Sees(test.says)
			if n := len(server.requests()); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
	t.Run("Ctrl-C in the form", func(t *testing.T) {
		t.Parallel()
		server := serve(t, answerText(suluList), answerText(suluAfter))
		term := start(t, suluAt(server.url()), nil, "users", "update", "ada@example.com", "-i")
		term.isAt("First name")
		term.Types(termtest.Enter)
		term.isAt("Last name")
		term.Types("King's", termtest.Interrupt)
		term.exits(130)
		term.Sees(`next: usher users update ada@example.com -p environment --last-name 'King'\''s' -i`)
		if n := len(server.requests()); n != 1 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// One key ends the form on its first page. The review goes back to it, and Cancel sends nothing and loses nothing.
func TestUpdateFormIsDone(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			server := serve(t, answerText(suluList))
			term := startTold(t, "", columns, suluAt(server.url()), nil, "users", "update", "ada@example.com", "-i")
			term.isAt("First name")
			term.Sees("ctrl+d done")
			term.fits(columns)
			term.Types(termtest.Enter)
			term.isAt("Last name")
			term.Types("King", "\x04")
			term.Sees("Last name  (empty) → King", "> Update")
			term.fits(columns)
			term.Types(termtest.Down, termtest.Enter)
			term.isAt("First name")
			term.Sees("> King")
			term.Types(termtest.ClearLine, "Augusta", "\x04")
			term.Sees("First name  Ada → Augusta", "Last name   (empty) → King", "  Cancel")
			term.Types(termtest.Down, termtest.Down, termtest.Enter)
			term.exits(130)
			term.Sees("next: usher users update ada@example.com -p environment", "--first-name Augusta", "--last-name King -i")
			again := startTold(t, "", columns, suluAt(server.url()), nil, "users", "update", "ada@example.com", "-i")
			again.isAt("First name")
			again.Types(termtest.ClearLine, "Augusta", "\x04")
			again.Sees("> Update")
			again.Types(termtest.Down, termtest.Enter)
			again.isAt("First name")
			again.Types(termtest.Escape)
			again.exits(130)
			if n := strings.Count(again.View(), "next: "); n != 1 {
				t.Errorf("%d next steps:\n%s", n, again.View())
			}
			for _, request := range server.requests() {
				if !strings.HasPrefix(request.head, "GET ") {
					t.Errorf("the provider got %q", request)
				}
			}
		})
	}
}

// A form without changes sends nothing.
func TestUpdateFormLeftAlone(t *testing.T) {
	server := serve(t, answerText(suluList), answerText(suluAfter))
	term := start(t, append(suluAt(server.url()), "ACCESSIBLE=1"), nil, "users", "update", "ada@example.com", "-i")
	term.Sees("Which field? Enter when done.", "2. First name: Ada", "Number from 1 to 10 [1]:")
	term.Types("2\n")
	term.Sees("First name [Enter keeps Ada, - clears it]:")
	term.Types("\n")
	term.Until("the fields again", func(view string) bool {
		return strings.Count(view, "Which field?") == 2 && strings.HasSuffix(view, ":")
	})
	term.Types("\n")
	term.exits(0)
	term.Sees("Already up to date.", "state         unchanged")
	if n := len(server.requests()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

// After an interrupt the update in progress gets its response. If the response is lost, or after a second interrupt,
// the outcome is unknown.
func TestInterruptedUpdate(t *testing.T) {
	begin := func(t *testing.T, lost bool) (term *terminal, reply chan<- struct{}) {
		arrived, replies := make(chan struct{}), make(chan struct{})
		server, err := startRawServer(func(n int, _ rawRequest) answer {
			switch n {
			case 0:
				return answerText(suluList)
			case 1:
				return func(conn *net.TCPConn) {
					close(arrived)
					<-replies
					if !lost {
						answerText(suluAfter)(conn)
					}
				}
			default:
				return answerText(suluAfter)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.close)
		term = start(t, suluAt(server.url()), nil, "users", "update", "ada@example.com", "--last-name", "King", "--yes")
		<-arrived
		term.Types(termtest.Interrupt)
		term.Sees("Waiting for the request in progress.")
		return term, replies
	}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		term, reply := begin(t, false)
		close(reply)
		term.exits(0)
		term.Sees("state         updated")
	})
	t.Run("once and the answer is lost", func(t *testing.T) {
		t.Parallel()
		term, reply := begin(t, true)
		close(reply)
		term.exits(130)
		term.Sees(`error: email "ada@example.com": outcome of the update is unknown: `, "state         unknown")
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		term, reply := begin(t, true)
		defer close(reply)
		term.Types(termtest.Interrupt)
		term.exits(130)
		term.Sees(`error: email "ada@example.com": outcome of the update is unknown: `, "state         unknown")
	})
}
