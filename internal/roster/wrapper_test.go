package roster

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestAListInsideADocumentIsOpenedAndNamed(t *testing.T) {
	users := `[{"userName":"ann"},{"userName":"bob"}]`
	for _, test := range []struct {
		name, text, notes string
		faults            string
	}{
		{"x.json", `{"users":` + users + `}`, `the users are the list in "users"`, ""},
		{"x.json", `{"totalResults":2,"Resources":` + users + `,"meta":{"a":[1,{"b":[]}]}}`, `the users are the list in "Resources";not read: "totalResults", "meta"`, ""},
		{"x.json", `{"value":` + users + `,"other":[{"x":1}]}`, `the users are the list in "value";not read: "other"`, ""},
		{"x.json", `{"d":{"results":` + users + `,"next":"n"}}`, `the users are the list in "d.results";not read: "next"`, ""},
		{"x.json", `{"data":[1,2],"items":` + users + `}`, `the users are the list in "items";not read: "data"`, ""},
		{"x.json", `{"userName":"ann"} {"userName":"bob"}`, "", ""},
		{"x.yaml", "users:\n- userName: ann\n- userName: bob\nrealm: x\n", `the users are the list in "users";not read: "realm"`, ""},
		{"x.yaml", "data:\n  items:\n  - userName: ann\n  - userName: bob\n", `the users are the list in "data.items"`, ""},
		{"x.ndjson", `{"schema":"usher.user/v1","key":"ann","user":{"userName":"ann"}}` + "\n" + `{"schema":"usher.user/v1","user":{"userName":"bob"}}` + "\n", `each user is in property "user" of a document of usher`, ""},
		{"x.json", `[{"schema":"usher.user/v1","user":{"userName":"ann","id":"7"}},{"schema":"usher.user/v1","user":{"userName":"bob"}}]`, `each user is in property "user" of a document of usher`, ""},
	} {
		r, err := Open(t.Context(), Stream(test.name, strings.NewReader(test.text)), Options{Table: keysTable()})
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var names []string
		for _, row := range rows(t, r) {
			names = append(names, row.Record.Text("userName"))
			if row.Errors != nil {
				t.Errorf("%s: %v", test.text, row.Errors)
			}
		}
		if strings.Join(names, ",") != "ann,bob" || strings.Join(r.Description().Notes, ";") != test.notes {
			t.Errorf("%s: users %v, notes %q", test.text, names, r.Description().Notes)
		}
	}
}

func TestALargeListInsideADocumentIsReadRowByRow(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"count":600,"users":[`)
	for i := range 600 {
		fmt.Fprintf(&text, `{"userName":"user%d","title":"%s"},`, i, strings.Repeat("x", 10_000))
	}
	text.WriteString(`{"userName":"last"}],"end":true}`)
	r, err := Open(t.Context(), Stream("x.json", strings.NewReader(text.String())), Options{Table: keysTable()})
	if err != nil {
		t.Fatal(err)
	}
	if all := rows(t, r); len(all) != 601 || all[600].Record.Text("userName") != "last" {
		t.Errorf("%d rows", len(all))
	}
	var failed bytes.Buffer
	w, err := NewFailedWriter(t.Context(), &failed, r, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(601, "broken", ""); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil || !strings.Contains(failed.String(), `"userName":"last"`) {
		t.Errorf("failed rows %s, %v", failed.String(), err)
	}
}

func TestOtherFormatsOfDirectoriesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"version: 1\n\ndn: uid=ann,dc=example,dc=com\nuid: ann\n": "LDIF",
		"# export\ndn:: dWlkPWFubg==\n":                           "LDIF",
		"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n":             "vCard",
	} {
		for _, name := range []string{"x.txt", "x.csv", "x.ldif", "standard input"} {
			if _, err := Open(t.Context(), Stream(name, strings.NewReader(text)), Options{Table: keysTable()}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %q: %v", name, text, err)
			}
		}
	}
}
