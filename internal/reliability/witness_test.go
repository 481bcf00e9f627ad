package reliability

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"sync"
)

// witness stands before the sandbox and notes, for each create, whether its
// client got a proper answer: one that says whether the user was made.
type witness struct {
	next http.Handler
	key  []string // the place in a create's body that names the person
	// divert may give another handler for the nth create, counted from 1, and
	// whether the response leaves the client in the dark; nil diverts nothing.
	divert func(n int) (next http.Handler, dark bool)

	mu        sync.Mutex
	creates   int
	lost      map[string]int      // creates without a proper answer, by person
	sent      map[string]int      // all creates, by person
	passwords map[string]string   // of the last create, by person
	notice    func(method string) // called at each request; may be nil
}

func (w *witness) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	w.mu.Lock()
	notice, everywhere := w.notice, w.next
	w.mu.Unlock()
	if notice != nil {
		notice(request.Method)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the client is gone
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	person, members := w.personIn(body)
	if request.Method != http.MethodPost || person == "" {
		everywhere.ServeHTTP(answer, request)
		return
	}
	next, dark := w.pick()
	w.note(&w.sent, person)
	if password, ok := members["password"].(string); ok {
		w.keep(person, password)
	}
	seen := &seen{ResponseWriter: answer}
	proper := false
	if dark {
		w.note(&w.lost, person)
	}
	defer func() {
		if !dark && (!proper || seen.hijacked || seen.status >= 500) {
			w.note(&w.lost, person)
		}
	}()
	next.ServeHTTP(seen, request) // a connection that is cut off ends it by a panic
	proper = true
}

// personIn returns the person whom a create's body names, "" where it names none.
func (w *witness) personIn(body []byte) (person string, members map[string]any) {
	if json.Unmarshal(body, &members) != nil {
		return "", nil
	}
	var value any = members
	for _, name := range w.key {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	person, _ = value.(string)
	return person, members
}

// pick counts a create and chooses who answers it.
func (w *witness) pick() (next http.Handler, dark bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.creates++
	if w.divert != nil {
		if next, dark := w.divert(w.creates); next != nil {
			return next, dark
		}
	}
	return w.next, false
}

// leadTo has another server answer all requests from now on.
func (w *witness) leadTo(next http.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = next
}

// server returns who answers the requests that are not diverted.
func (w *witness) server() http.Handler {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next
}

// diverting has a function choose who answers the creates from now on, nil for
// the sandbox. Creates are counted anew.
func (w *witness) diverting(divert func(n int) (next http.Handler, dark bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.creates, w.divert = 0, divert
}

func (w *witness) note(counts *map[string]int, person string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if *counts == nil {
		*counts = map[string]int{}
	}
	(*counts)[person]++
}

// sentFor returns how often a create of a person was sent.
func (w *witness) sentFor(person string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[person]
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

// sentTo returns how many creates of a person left.
func (w *witness) sentTo(person string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent[person]
}

// inDoubt returns the people of whom a create got no proper answer.
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

// Flush lets the sandbox send half of a response.
func (s *seen) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }
