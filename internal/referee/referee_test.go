package referee_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/internal/referee"
)

// Every difference between a description and its examples is found.
func TestTheRefereeFindsDifferences(t *testing.T) {
	text, err := os.ReadFile("../providers/catalogue/pocketbase.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"another path", "/api/collections/{collection}/records\"", "/api/collections/{collection}/record\"", "was sent, documented is POST /api/collections/users/records"},
		{"a method", "POST /api/collections/{collection}/records", "PUT /api/collections/{collection}/records", "PUT /api/collections/users/records was sent"},
		{"a field at another place", "{name: name, means: full-name,", "{name: name, wire: /profile/name, means: full-name,", "the body differs from the documented one at byte"},
		{"a copy that is missing", ", copies: [/passwordConfirm]", "", "the body differs"},
		{"another query", "filter=(email=", "filter=(mail=", "the query"},
		{"another place of the list", "users: /items}", "users: /records}", "the response is refused"},
		{"another id", "id: /id\n", "id: /collectionId\n", "the user is"},
		{"another code", "is: validation_not_unique", "is: validation_unique", "is not taken for conflict"},
		{"a status that means everything", "at: /data/email/code, is: validation_not_unique", "lookup: true", "is not taken for conflict"},
		{"another body of a 404", `is: "404"`, `is: "405"`, "is not taken for absent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(string(text), test.old) {
				t.Fatalf("the description has no %q", test.old)
			}
			d, err := describe.Parse([]byte(strings.Replace(string(text), test.old, test.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			failures := referee.Check(t.Context(), described.Adapter(d), d)
			if test.want == "" && len(failures) == 0 {
				return
			}
			if len(failures) == 0 || !strings.Contains(failures[0].Error(), test.want) || failures[0].Line < 40 {
				t.Errorf("got %v, want %s", failures, test.want)
			}
		})
	}
}

// An id in Location, a log-in by client credentials, items of lists and constants.
func TestTheRefereeKnowsWhatElseThereIs(t *testing.T) {
	text, err := os.ReadFile("../providers/catalogue/keycloak.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := describe.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range referee.Check(t.Context(), described.Adapter(d), d) {
		t.Error(failure)
	}
}
