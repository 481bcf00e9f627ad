package render

import (
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/bring-aboard/usher/internal/term"
)

// TestMain makes widths independent of the locale.
func TestMain(m *testing.M) {
	twwidth.SetEastAsian(false)
	m.Run()
}

// person is a document like those of the commands.
type person struct {
	Schema string   `json:"schema"`
	ID     string   `json:"id"`
	Number uint64   `json:"number"`
	Zip    string   `json:"zip"`
	Phone  string   `json:"phone"`
	Roles  []string `json:"roles"`
	Boss   *person  `json:"boss,omitempty"`
}

var (
	ann = person{
		Schema: "usher.user/v1", ID: "u_1", Number: 18446744073709551615, Zip: "00123",
		Phone: "+49 30 1234", Roles: []string{"admin", "no"},
	}
	bob = person{
		Schema: "usher.user/v1", ID: "u_2", Number: 7, Zip: "no",
		Phone: "", Roles: []string{}, Boss: &person{ID: "<&>", Roles: nil},
	}
)

var columns = []Column{{Name: "id", Header: "ID"}, {Name: "phone"}, {Name: "e_mail", Header: "E-mail"}}

// atTerminal and inPipe return the options of standard output.
func atTerminal(columns int) []term.TestOption {
	return []term.TestOption{term.WithTerminals(true, true, true), term.WithWidth(columns)}
}

func inPipe() []term.TestOption { return nil }

func newPrinter(t *testing.T, format Format, jq string, options ...term.TestOption) (*Printer, *term.Buffer) {
	t.Helper()
	streams, _, out, _ := term.Test(options...)
	p, err := New(streams, format, jq)
	if err != nil {
		t.Fatal(err)
	}
	return p, out
}

func compare(t *testing.T, got interface{ String() string }, want string) {
	t.Helper()
	if got.String() != want {
		t.Errorf("printed\n%s\nwant\n%s\nquoted %q", got, want, got.String())
	}
}
