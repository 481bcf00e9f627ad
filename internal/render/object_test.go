package render

import (
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

func TestObject(t *testing.T) {
	fields := [][2]string{{"id", "u_1"}, {"phone", "+49 30 1234"}, {"display name", "王\tAnn\x1b[2J"}}
	json := `{
  "schema": "usher.user/v1",
  "id": "u_1",
  "number": 18446744073709551615,
  "zip": "00123",
  "phone": "+49 30 1234",
  "roles": [
    "admin",
    "no"
  ]
}
`
	tests := []struct {
		name    string
		format  Format
		options []term.TestOption
		want    string
	}{
		{"table at a terminal", "", atTerminal(12), "" + // values are never truncated
			"id            u_1\n" +
			"phone         +49 30 1234\n" +
			"display name  王 Ann\ufffd[2J\n"},
		{"table in a pipe", Table, inPipe(), "" +
			"id            u_1\n" +
			"phone         +49 30 1234\n" +
			"display name  王 Ann\ufffd[2J\n"},
		{"tsv", "", inPipe(), "id\tu_1\nphone\t+49 30 1234\ndisplay name\t王 Ann\ufffd[2J\n"},
		{"csv", CSV, inPipe(), "id,phone,display name\nu_1,'+49 30 1234,王\tAnn\x1b[2J\n"},
		{"csv at a terminal", CSV, atTerminal(80), "id,phone,display name\nu_1,'+49 30 1234,王\tAnn\ufffd[2J\n"},
		{"json", JSON, inPipe(), json},
		{"json at a terminal", JSON, atTerminal(10), json},
		{"ndjson", NDJSON, inPipe(), `{"schema":"usher.user/v1","id":"u_1","number":18446744073709551615,` +
			`"zip":"00123","phone":"+49 30 1234","roles":["admin","no"]}` + "\n"},
		{"yaml", YAML, inPipe(), `schema: usher.user/v1
id: u_1
number: 18446744073709551615
zip: "00123"
phone: +49 30 1234
roles:
  - admin
  - "no"
`},
		{"id", ID, atTerminal(80), "u_1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, out := newPrinter(t, tt.format, "", tt.options...)
			if err := p.Object(t.Context(), ann, fields, "u_1"); err != nil {
				t.Fatal(err)
			}
			compare(t, out, tt.want)
		})
	}
}

func TestObjectWithoutID(t *testing.T) {
	p, out := newPrinter(t, ID, "")
	if err := p.Object(t.Context(), ann, nil, ""); err != nil {
		t.Fatal(err)
	}
	compare(t, out, "")
}

func TestObjectThatCannotBeEncoded(t *testing.T) {
	for _, format := range []Format{JSON, NDJSON, YAML} {
		p, out := newPrinter(t, format, "")
		if err := p.Object(t.Context(), func() {}, nil, ""); err == nil {
			t.Errorf("-o %s: no error", format)
		}
		compare(t, out, "")
	}
}
