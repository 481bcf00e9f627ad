package reliability

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"

	"bufio"
)

// witness stands before the sandbox and notes, for each create, whether its
// client got a proper answer: one that says whether the user was made.
type witness struct {
	next http.Handler
	key  string // the member of a create's body that names the person, with dots

	mu        sync.Mutex
	lost      map[string]int      // creates without a proper answer, by person
	sent      map[string]int      // all creates, by person
	passwords map[string]string   // of the last create, by person
	notice    func(method string) // called at each request; may be nil
}

// personIn gives the person that a create's body names, "" where it names none.
func (w *witness) personIn(members map[string]any) string {
	place := strings.Split(w.key, ".")
	for _, name := range place[:len(place)-1] {
		members, _ = members[name].(map[string]any)
	}
	person, _ := members[place[len(place)-1]].(string)
	return person
}

func (w *witness) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	w.mu.Lock()
	notice := w.notice
	w.mu.Unlock()
	if notice != nil {
		notice(request.Method)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the client is gone
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	var members map[string]any
	if request.Method != http.MethodPost || json.Unmarshal(body, &members) != nil || w.personIn(members) == "" {
		w.next.ServeHTTP(answer, request)
		return
	}
	person := w.personIn(members)
	w.note(&w.sent, person)
	if password, ok := members["password"].(string); ok {
		w.keep(person, password)
	}
	seen := &seen{ResponseWriter: answer}
	proper := false
	defer func() {
		if !proper || seen.hijacked || seen.status >= 500 && seen.Header().Get("Retry-After") == "" {
			w.note(&w.lost, person)
		}
	}()
	w.next.ServeHTTP(seen, request) // a connection that is cut off ends it by a panic
	proper = true
}

func (w *witness) note(counts *map[string]int, person string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if *counts == nil {
		*counts = map[string]int{}
	}
	(*counts)[person]++
}

func (w *witness) keep(person, password string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.passwords == nil {
		w.passwords = map[string]string{}
	}
	w.passwords[person] = password
}

func (w *witness) passwordOf(person string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passwords[person]
}

// inDoubt gives the people of whom a create got no proper answer.
func (w *witness) inDoubt() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	people := map[string]bool{}
	for person := range maps.Keys(w.lost) {
		people[person] = true
	}
	return people
}

// onRequest has a function called at each request from now on.
func (w *witness) onRequest(notice func(method string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notice = notice
}

// seen notes what was answered.
type seen struct {
	http.ResponseWriter
	status   int
	hijacked bool
}

func (s *seen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Hijack lets the sandbox reset the connection.
func (s *seen) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s.hijacked = true
	return http.NewResponseController(s.ResponseWriter).Hijack()
}

// Flush lets the sandbox send half of an answer.
func (s *seen) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }
