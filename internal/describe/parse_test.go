package describe_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/describe"
)

// least is a description with only what is required.
const least = `usher: provider/v1
name: acme
vendor: Acme
docs: https://docs.example.com/users
auth:
  - {header: Authorization, prefix: "Bearer ", setting: token, help: API token}
key: email
fields:
  - {name: email, format: email, required: true}
  - {name: password, secret: true}
create: {request: POST /users, status: 201}
examples:
  - docs: https://docs.example.com/users
    record: {email: ada@example.com}
    request: {method: POST, path: /users, body: {email: ada@example.com}}
    response: {status: 201, body: {id: 1, email: ada@example.com}}
    user: {id: "1", key: ada@example.com}
`

// grouped is what is needed to change groups, with this request to add a member.
func grouped(add string) string {
	return "groups: {list: {request: GET /groups, groups: \"\"}, members: {request: \"GET /groups/{group}/members\", users: \"\"}, add: {request: \"" +
		add + "\"}, remove: {request: \"DELETE /groups/{group}/members/{user}\"}}\n"
}

// reads is what every change needs.
const reads = `find: {request: "GET /users?email={key}", users: ""}
list: {request: GET /users, users: ""}
get: {request: "GET /users/{id}"}
`

func TestParseTheLeast(t *testing.T) {
	d, err := describe.Parse([]byte(least))
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "acme" || d.ID != "id" || d.Create.Statuses[0] != 201 || len(d.Table()) != 2 || d.Create.Docs != d.Docs {
		t.Errorf("got %+v", d)
	}
	if key, _ := d.Table().Field("email"); !key.Identifier {
		t.Error("the key is not an identifier")
	}
	if password, _ := d.Table().Field("password"); !password.WriteOnly {
		t.Error("a secret can be read back")
	}
}

// Each error has its place, and suggests the word that may be meant.
func TestParseReportsPlaces(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"a word that is not known", "vendor: Acme", "vender: Acme", `3:1: the description: unknown word "vender" (did you mean vendor?)`},
		{"a word inside another one", "prefix:", "prefx:", `6:29: auth: unknown word "prefx" (did you mean prefix?)`},
		{"a word that is missing", "key: email\n", "", "1:1: the description: the word key is missing"},
		{"a word that is listed twice", "vendor: Acme", "vendor: Acme\nvendor: Acme", "4:1: the description: the word vendor is listed twice"},
		{"another version", "provider/v1", "provider/v2", "1:8: usher must be provider/v1"},
		{"a key that is no field", "key: email", "key: emial", `7:6: key: unknown field "emial" (did you mean email?)`},
		{"a pointer without a slash", "key: email", "key: email\nid: id", `a place is a JSON pointer such as "/data/id"`},
		{"plain HTTP", "vendor: Acme", "vendor: Acme\nbase-url: http://api.example.com", "4:11: base-url: plain http:// would send credentials unencrypted"},
		{"a template in a host", "vendor: Acme", "vendor: Acme\nbase-url: https://{tenant}.example.com", "4:11: base-url has no templates"},
		{"a template in a header", "header: Authorization", `header: "X-{token}"`, "the name of a header consists of letters"},
		{"a header that is no credential", "header: Authorization", "header: Host", "the header Host cannot contain a credential"},
		{"a value that is not known", "{request: POST /users,", "{request: \"POST /users/{org}\",", `unknown value "org"`},
		{"a segment that leaves the base URL", "request: POST /users,", "request: POST /../users,", `the segment ".." leaves the base URL`},
		{"another host in a request", "request: POST /users,", "request: POST https://other.example.com/users,", "a path begins with a slash"},
		{"a method that creates nothing", "request: POST /users,", "request: GET /users,", "create: the method GET creates nothing"},
		{"202", "status: 201}\nexamples", "status: 202}\nexamples", "create: 202 affirms nothing"},
		{"an alias", "vendor: Acme", "vendor: &a Acme", "anchors and aliases are not part of the format"},
		{"a tag", "vendor: Acme", "vendor: !!binary Acme", "tags are not part of the format"},
		{"two fields with one place", "  - {name: password, secret: true}", "  - {name: password, secret: true, wire: /email}", "the place /email is taken already"},
		{"two fields with one name", "  - {name: password, secret: true}", "  - {name: e-mail}", `means the fields`},
		{"one read alone", "create: {", "find: {request: \"GET /users?email={key}\", users: \"\"}\ncreate: {", "find, list and get are described together or not at all"},
		{"an update without reads", "create: {", "update: {request: \"PATCH /users/{id}\"}\ncreate: {", "update needs find, list and get"},
		{"no example", least[strings.Index(least, "examples"):], "", "at least one documented create"},
		{"an example with another field", "record: {email: ada@example.com}", "record: {mail: ada@example.com}", `unknown field "mail"`},
		{"a setting of every profile", "setting: token", "setting: timeout", "the setting timeout has a meaning in every profile"},
		{"a second document", least, least + "---\n" + least, "a second document"},
		{"not YAML", "vendor: Acme", "vendor: [", "not valid YAML"},
		{"nothing", least, "", "1:1: empty"},
		{"a field of the path that may be absent", "  - {name: password, secret: true}", "  - {name: org, in: path}", "10:5: fields: org is in the path: it must be a required single value"},
		{"a field of the path that is not there", "  - {name: password, secret: true}", "  - {name: org, in: path, required: true}", "10:3: fields: org is in the path: it must be the only such field, and the path of create must contain {org}"},
		{"a field in another place", "  - {name: password, secret: true}", "  - {name: org, in: query}", `unknown value "query"`},
		{"an organization that is no field", "key: email", "key: email\norganization: org", "organization must be a field of the body"},
		{"a form with a nested place", "key: email\nfields:", "key: email\nbody: form\nfields:\n  - {name: x, wire: /a/b}", "8:7: body: a form has no nested place /a/b"},
		{"a form with an envelope", "key: email", "key: email\nbody: form\nenvelope: user", "8:7: body: a form has no envelope"},
		{"a form with an object", "key: email", "key: email\nbody: form\nconstants: {/a: {b: 1}}", "the constant /a is not a single value"},
		{"another kind of body", "key: email", "key: email\nbody: xml", `8:7: body: unknown value "xml"`},
		{"objects without parts", "  - {name: password, secret: true}", "  - {name: phones, kind: objects}", "10:5: fields: phones: the kind objects and the word parts need each other"},
		{"parts of a text", "  - {name: password, secret: true}", "  - {name: phones, parts: [{name: number}]}", "the kind objects and the word parts need each other"},
		{"a part with a place", "  - {name: password, secret: true}", "  - {name: phones, kind: objects, parts: [{name: number, wire: /n}]}", `unknown word "wire"`},
		{"read-first of a PATCH", "create: {", reads + "update: {request: \"PATCH /users/{id}\", read-first: true}\ncreate: {", "update: read-first sends the whole user by PUT"},
		{"read-first of a removal", "create: {", reads + "delete: {request: \"DELETE /users/{id}\", read-first: true}\ncreate: {", `delete: unknown word "read-first"`},
		{"a read that is a POST", "create: {", "check: {request: POST /check}\ncreate: {", "check: a request that reads is a GET"},
		{"an id that is nowhere", "status: 201}\n", "status: 201, id: \"\"}\n", "create: id must be Location or the place of the id"},
		{"an id beside a user", "status: 201}\n", "status: 201, id: /id, user: /data}\n", "create: id says that no user is in the response"},
		{"a conflict with a good status", "create: {", "conflict: [{status: 200}]\ncreate: {", "a good status is a conflict only with the words at and is"},
		{"a conflict that nothing refuses", "create: {", "conflict: [{status: 200, at: /code, is: 102}]\ncreate: {", "a good status needs the word refused"},
		{"a conflict that is a redirect", "create: {", "conflict: [{status: 302}]\ncreate: {", "302 is a redirect"},
		{"busy without a code", "create: {", "busy: [{status: 403}]\ncreate: {", "busy: the words at and is say what the status means"},
		{"busy with a lookup", "create: {", "busy: [{status: 403, at: /a, is: b, lookup: true}]\ncreate: {", `busy: unknown word "lookup"`},
		{"half a rate", "create: {", "rate: {remaining: X-Left}\ncreate: {", "rate: the word reset is missing"},
		{"a rate with a template", "create: {", "rate: {remaining: \"X-{a}\", reset: X-Reset}\ncreate: {", "rate: the name of a header consists of letters"},
		{"a token from another host by plain HTTP", "auth:\n", "auth:\n  - oauth: {token: \"http://login.example.com/token\"}\n", "token: plain http:// would send credentials unencrypted"},
		{"a token from a host with a template", "auth:\n", "settings: [{name: tenant-name, help: tenant}]\nauth:\n  - oauth: {token: \"https://{tenant-name}.example.com/token\"}\n", "token has no templates"},
		{"parts of a lookup of one", "create: {", "find: {request: \"GET /user?email={key}\", substring: true}\ncreate: {", "find: substring needs the word users"},
		{"pages of a lookup of one", "create: {", "find: {request: \"GET /user?email={key}\", page: {by: link}}\ncreate: {", "find: page needs the word users"},
		{"half a repetition", "create: {", "update: {request: \"PATCH /users/{id}\", repeat: [{name: a}]}\ncreate: {", "repeat: the word or is missing"},
		{"a conflict with a meaning", "create: {", "conflict: [{status: 404}]\ncreate: {", "404 already has a meaning"},
		{"half of the groups", "create: {", reads + "groups: {list: {request: GET /groups, groups: \"\"}}\ncreate: {", "groups: the word members is missing"},
		{"groups without a user", "create: {", reads + grouped("PUT /groups/{group}/members") + "create: {", "add: the path or the body must contain {user}"},
		{"groups that a GET changes", "create: {", reads + grouped("GET /groups/{group}/members/{user}") + "create: {", "groups: a GET changes nothing"},
		{"groups of users who cannot be read", "create: {", grouped("PUT /groups/{group}/members/{user}") + "create: {", "groups needs find, list and get"},
		{"an example without its group", "examples:\n", reads + grouped("PUT /groups/{group}/members/{user}") + "examples:\n  - {docs: \"https://docs.example.com\", operation: add-member, id: x, request: {method: PUT, path: /x}, response: {status: 204}}\n", "an example of add-member needs the word group"},
		{"an optional setting with a default", "auth:\n", "settings: [{name: team, help: team, default: x, optional: true}]\nauth:\n", "a setting with a default is not optional"},
		{"a lookup that is not described", "create: {", "conflict: [{status: 422, lookup: true}]\ncreate: {", "conflict: lookup needs find"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(least, test.old, test.new, 1)
			_, err := describe.Parse([]byte(text))
			faults, ok := errors.AsType[describe.Errors](err)
			if !ok || !strings.Contains(faults.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			for _, fault := range faults {
				if fault.Line < 1 || fault.Column < 1 {
					t.Errorf("no place: %v", fault)
				}
			}
		})
	}
}

func TestParseIsBounded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a: &a [x,x]\n")
	for i := 'b'; i < 'm'; i++ {
		fmt.Fprintf(&bomb, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", i, i, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1, i-1)
	}
	for name, text := range map[string]string{
		"10 MB":             strings.Repeat("a: b\n", 2<<20),
		"a bomb of aliases": bomb.String(),
		"deep nesting":      strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		"many errors":       strings.Repeat("- x\n", 1000),
	} {
		_, err := describe.Parse([]byte(text))
		if faults, ok := errors.AsType[describe.Errors](err); !ok || len(faults) == 0 || len(faults) > 20 {
			t.Errorf("%s: %d errors", name, len(faults))
		}
	}
}

// FuzzParse searches for a text that is neither a valid description nor an error with a place.
func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	files, err := filepath.Glob("../providers/catalogue/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("the catalogue is not there")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := describe.Parse(text)
		if faults, ok := errors.AsType[describe.Errors](err); ok {
			for _, fault := range faults {
				if fault.Line < 1 || fault.Column < 1 || fault.Problem == "" {
					t.Fatalf("no place: %+v", fault)
				}
			}
			return
		}
		if err != nil || d.Create == nil || d.Name == "" {
			t.Fatalf("got %+v, %v", d, err)
		}
		if _, ok := d.Table().Field(d.Key.Field); !ok {
			t.Fatal("the key is no field")
		}
	})
}
