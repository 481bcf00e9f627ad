package providers_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
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

// Members that the page does not document are skipped, whatever they hold.
func TestSuluSkipsOtherMembers(t *testing.T) {
	client := connect(t, "sulu", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, `{"meta":{"users":[{}]},"users":[{"id":"usr_1","email":"Ann@example.com","x":[1]}],"next":null}`)
	})
	user, err := client.(provider.Finder).Find(t.Context(), "ann@EXAMPLE.com")
	if err != nil || user.ID != "usr_1" || user.Key != "Ann@example.com" {
		t.Errorf("got %+v, %v", user, err)
	}
}
