package providers_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

func TestSuluListsWithItsFilters(t *testing.T) {
	var queries []string
	client := connect(t, "sulu", func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.RawQuery)
		answer(w, http.StatusOK, `{"users":[]}`)
	})
	filter := map[string]string{"organization": "org 1&2", "oryId": "x"}
	for _, err := range client.(provider.Lister).List(t.Context(), filter) {
		t.Error(err)
	}
	if err := client.(provider.Checker).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if want := []string{"organization=org+1%262&oryId=x", "email=nobody%40example.com"}; !slices.Equal(queries, want) {
		t.Errorf("asked for %q, want %q", queries, want)
	}
}

// What was read before a fault is yielded, and the fault comes last.
func TestSuluListEndsWithItsFault(t *testing.T) {
	user := func(n int) string { return fmt.Sprintf(`{"id":"usr_%d","email":"p%d@example.com"}`, n, n) }
	tests := []struct {
		name, body string
		users      int
	}{
		{"a user without id", `{"users":[` + user(1) + `,{"email":"p2@example.com"},` + user(3) + `]}`, 1},
		{"a user without address", `{"users":[` + user(1) + `,` + user(2) + `,{"id":"usr_3"}]}`, 2},
		{"a user that is none", `{"users":[` + user(1) + `,null]}`, 1},
		{"users that are none", `{"users":null}`, 0},
		{"users that are one", `{"users":` + user(1) + `}`, 0},
		{"other members alone", `{"count":0}`, 0},
		{"an end that is missing", `{"users":[` + user(1), 1},
		{"more behind the end", `{"users":[` + user(1) + `]} {}`, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := connect(t, "sulu", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, test.body) })
			users, faults := 0, 0
			for _, err := range client.(provider.Lister).List(t.Context(), nil) {
				switch {
				case faults > 0:
					t.Fatal("the list goes on after its fault")
				case err == nil:
					users++
				case provider.ClassOf(err) != provider.Unknown:
					t.Errorf("the fault is of class %s: %v", provider.ClassOf(err), err)
					fallthrough
				default:
					faults++
				}
			}
			if users != test.users || faults != 1 {
				t.Errorf("got %d users and %d faults, want %d and one", users, faults, test.users)
			}
		})
	}
}

// A user without end is left long before it fills the memory.
func TestSuluListLeavesAnEndlessUser(t *testing.T) {
	left := make(chan struct{})
	client := connect(t, "sulu", func(w http.ResponseWriter, _ *http.Request) {
		defer close(left)
		_, err := w.Write([]byte(`{"users":[{"id":"usr_1","email":"`))
		for piece := bytes.Repeat([]byte("x"), 1<<16); err == nil; {
			_, err = w.Write(piece)
		}
	})
	for _, err := range client.(provider.Lister).List(t.Context(), nil) {
		if provider.ClassOf(err) != provider.Unknown || !strings.Contains(err.Error(), "larger than 8 MiB") {
			t.Errorf("got %v", err)
		}
	}
	<-left
}

// Members that the page does not document are skipped, whatever they hold.
func TestSuluSkipsOtherMembers(t *testing.T) {
	client := connect(t, "sulu", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"meta":{"users":[{}]},"users":[{"id":"usr_1","email":"Ann@example.com","x":[1]}],"next":null}`)
	})
	user, err := provider.Must[provider.Finder](client).Find(t.Context(), "ann@EXAMPLE.com")
	if err != nil || user.ID != "usr_1" || user.Key != "Ann@example.com" {
		t.Errorf("got %+v, %v", user, err)
	}
}

// Whether an address is merged or replaced is not documented: the whole of it is
// sent, as it is to be. A user without one gets no line that was not given.
func TestSuluUpdatesAWholeAddress(t *testing.T) {
	const line2, city = "address.line2", "address.city"
	tests := []struct {
		name, has string
		changes   schema.Record
		sent      string
		requests  int
	}{
		{"no line", `{"line1":"a"}`, schema.Record{"phone": "1"}, `{"phone":"1"}`, 1},
		{"an empty field", `{"line1":"a"}`, schema.Record{"phone": ""}, `{"phone":""}`, 1},
		{"another line", `{"line1":"a","city":"b"}`, schema.Record{line2: "c"}, `{"address":{"line1":"a","line2":"c","city":"b"}}`, 2},
		{"the same line", `{"line1":"a","city":"b"}`, schema.Record{city: "c", "phone": "1"}, `{"phone":"1","address":{"line1":"a","city":"c"}}`, 2},
		{"an empty line", `{"line1":"a","city":"b"}`, schema.Record{city: ""}, `{"address":{"line1":"a","city":""}}`, 2},
		{"a first line", `null`, schema.Record{city: "b"}, `{"address":{"city":"b"}}`, 2},
		{"lines that nobody documents", `{"line1":"a","line9":"z","city":null}`, schema.Record{line2: "c"}, `{"address":{"line1":"a","line2":"c"}}`, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			requests, sent := 0, ""
			client := connect(t, "sulu", func(w http.ResponseWriter, r *http.Request) {
				requests++
				if r.Method == http.MethodPatch {
					body, _ := io.ReadAll(r.Body)
					sent = string(body)
				}
				answer(w, http.StatusOK, `{"id":"usr_1","email":"ann@example.com","address":`+test.has+`}`)
			})
			user, err := provider.Must[provider.Updater](client).Update(t.Context(), "usr_1", test.changes)
			if err != nil || user.ID != "usr_1" || sent != test.sent || requests != test.requests {
				t.Errorf("got %+v, %v with %d requests and\n%s, want\n%s", user, err, requests, sent, test.sent)
			}
		})
	}
}

// A reading that fails ends the update: nothing was changed.
func TestSuluUpdateEndsWithItsReading(t *testing.T) {
	client := connect(t, "sulu", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s was sent", r.Method)
		}
		answer(w, http.StatusInternalServerError, `{}`)
	})
	_, err := provider.Must[provider.Updater](client).Update(t.Context(), "usr_1", schema.Record{"address.city": "Lyon"})
	if err == nil || !strings.Contains(err.Error(), "read the user") {
		t.Errorf("got %v", err)
	}
}

// A loop that is left gets nothing more, whatever becomes of the connection.
func TestSuluListThatIsLeftSaysNoMore(t *testing.T) {
	client := connect(t, "sulu", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000") // the body breaks off
		answer(w, http.StatusOK, `{"users":[{"id":"usr_1","email":"a@example.com"},{"id":"usr_2","email":"b@example.com"}`)
	})
	yielded := 0
	client.(provider.Lister).List(t.Context(), nil)(func(provider.User, error) bool {
		yielded++
		return false
	})
	if yielded != 1 {
		t.Errorf("it yields %d times", yielded)
	}
}

func TestSuluKeys(t *testing.T) {
	tests := []struct {
		name, body string
		keys       int
		fails      bool
	}{
		{"none", `{"apiKeys":[]}`, 0, false},
		{"two", `{"apiKeys":[{"key":"sk_1"},{"expiresAt":null}],"next":null}`, 2, false},
		{"null", `{"apiKeys":null}`, 0, true},
		{"no member", `{"keys":[]}`, 0, true},
		{"one that is none", `{"apiKeys":[null]}`, 0, true},
	}
	for _, test := range tests {
		client := connect(t, "sulu", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, test.body) })
		keys, err := provider.Must[provider.APIKeyManager](client).APIKeys(t.Context(), "usr_1")
		if len(keys) != test.keys || (err != nil) != test.fails || err != nil && provider.ClassOf(err) != provider.Unknown {
			t.Errorf("%s: got %v, %v", test.name, keys, err)
		}
	}
}
