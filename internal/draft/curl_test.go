package draft_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/draft"
)

// completed returns a draft whose TODOs without a guess are completed, as a description.
func completed(t *testing.T, made *draft.Draft) *describe.Description {
	t.Helper()
	text := strings.NewReplacer(
		"docs: TODO", "docs: https://docs.example.com/users", "body: TODO", "body: {id: u1, email: ada@example.com}", "{id: TODO", "{id: u1",
		"name: TODO", "name: acme", "key: TODO", "key: ada",
	).Replace(string(made.Text))
	d, err := describe.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

func curl(t *testing.T, command string) (*draft.Draft, *describe.Description) {
	t.Helper()
	made, err := draft.Curl(command, draft.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return made, completed(t, made)
}

func fieldOf(d *describe.Description, name string) describe.Field {
	i := slices.IndexFunc(d.Fields, func(f describe.Field) bool { return f.Name == name })
	if i < 0 {
		return describe.Field{}
	}
	return d.Fields[i]
}

// TestVendorsCommands reads the commands of the pages that this program began with.
func TestVendorsCommands(t *testing.T) {
	for _, test := range []struct {
		file, name, baseURL, path string
		headers                   []string
		settings                  []string
		fields                    []string
		todos, needed             int
	}{
		{
			"sulu.txt", "sulu", "https://api.sulu.sh", "/v0/users", []string{"Authorization=Bearer "}, nil,
			[]string{"email", "oryId", "organization", "roles", "firstName", "lastName", "phone", "address.line1", "address.line2", "address.city", "address.state", "address.country", "address.zipCode"},
			16, 4,
		},
		{
			"ejento.txt", "acme", "", "/v2/api/organization/{organization}/user", []string{"Ocp-Apim-Subscription-Key=", "Authorization=Bearer "}, []string{"organization"},
			[]string{"role", "email", "password", "first_name", "last_name"}, 19, 5,
		},
		{
			"evolution.txt", "orange", "https://api.orange.com", "/evolutionplatform/referentiel/api/v1/users", []string{"X-Api-Key=", "Authorization=Bearer "}, nil,
			[]string{"identityName", "displayName", "organizations.organizationId", "organizations.roleId", "email", "firstName", "lastName"}, 19, 4,
		},
	} {
		t.Run(test.file, func(t *testing.T) {
			page, err := os.ReadFile(filepath.Join("testdata", test.file))
			if err != nil {
				t.Fatal(err)
			}
			made, d := curl(t, string(page))
			var headers, settings, names []string
			for _, header := range d.Auth.Headers {
				headers = append(headers, header.Name+"="+header.Prefix)
			}
			for _, setting := range d.Settings {
				settings = append(settings, setting.Name)
			}
			for _, field := range d.Fields {
				names = append(names, field.Name)
			}
			if d.Name != test.name || d.BaseURL != test.baseURL || d.Create.Path.String() != test.path {
				t.Errorf("got %s at %q, %s", d.Name, d.BaseURL, d.Create.Path)
			}
			if !slices.Equal(headers, test.headers) || !slices.Equal(settings, test.settings) || !slices.Equal(names, test.fields) {
				t.Errorf("got headers %q, settings %q, fields %q", headers, settings, names)
			}
			needed := 0
			for _, todo := range made.Todos {
				if todo.Needed {
					needed++
				}
			}
			if len(made.Todos) != test.todos || needed != test.needed {
				t.Errorf("got %d TODOs, %d of them needed, want %d and %d", len(made.Todos), needed, test.todos, test.needed)
			}
		})
	}
}

// Each TODO is in the line that it names.
func TestTodosHaveTheirLines(t *testing.T) {
	made, _ := curl(t, `curl https://api.ac.test/users -H 'X-Version: 2' -d '{"email":"a@example.com","x":1.5}'`)
	lines := strings.Split(string(made.Text), "\n")
	for _, todo := range made.Todos {
		if !strings.HasSuffix(lines[todo.Line-1], "# TODO "+todo.Text) {
			t.Errorf("line %d is %q, want the TODO %q", todo.Line, lines[todo.Line-1], todo.Text)
		}
	}
	if marks := strings.Count(string(made.Text), "# TODO "); marks != len(made.Todos) {
		t.Errorf("%d TODOs are written, %d are listed", marks, len(made.Todos))
	}
}

func TestCurlOptions(t *testing.T) {
	const body = `{"email":"ada@example.com"}`
	for name, test := range map[string]struct{ command, method, path, auth string }{
		"defaults":           {"curl https://api.ac.test/users -H 'Authorization: Bearer $TOKEN' -d '" + body + "'", "POST", "/users", "Authorization=Bearer "},
		"attached values":    {"curl -sSXPUT https://api.ac.test/users -H'Authorization: SSWS x' -d'" + body + "'", "PUT", "/users", "Authorization=SSWS "},
		"--url and --json":   {"$ curl --url https://api.ac.test/users --oauth2-bearer $T --json '" + body + "' | jq .", "POST", "/users", "Authorization=Bearer "},
		"basic":              {"curl -u admin:secret https://api.ac.test/users --data '" + body + "'", "POST", "/users", "basic"},
		"basic in a header":  {"curl https://api.ac.test/users -H 'authorization: Basic YWRtaW46c2VjcmV0' --data '" + body + "'", "POST", "/users", "basic"},
		"in the address":     {"curl https://admin:secret@api.ac.test/users --data '" + body + "'", "POST", "/users", "basic"},
		"a key header":       {"curl https://api.ac.test/users -H 'X-Api-Key: <key>' --data '" + body + "'", "POST", "/users", "X-Api-Key="},
		"dollar quotes":      {"curl https://api.ac.test/users -u a:b --data-raw $'{\"email\":\"ada\\u0040example.com\"}'", "POST", "/users", "basic"},
		"double quotes":      {`curl "https://api.ac.test/users" -u "$U:$P" -d "{\"email\":\"ada@example.com\"}"`, "POST", "/users", "basic"},
		"other options":      {"curl -k --max-time 5 -o out.json --compressed https://api.ac.test/users -u a:b -d '" + body + "'", "POST", "/users", "basic"},
		"braces":             {"curl -u a:b https://api.ac.test/orgs/{orgId}/users -d '" + body + "'", "POST", "/orgs/{org-id}/users", "basic"},
		"angle brackets":     {"curl -u a:b 'https://api.ac.test/orgs/<org>/users' -d '" + body + "'", "POST", "/orgs/{org}/users", "basic"},
		"a variable":         {"curl -u a:b https://api.ac.test/orgs/$ORG_ID/users -d '" + body + "'", "POST", "/orgs/{o-r-g-i-d}/users", "basic"},
		"a colon":            {"curl -u a:b https://api.ac.test/orgs/:org/users -d '" + body + "'", "POST", "/orgs/{org}/users", "basic"},
		"a number":           {"curl -u a:b https://api.ac.test/orgs/17/users -d '" + body + "'", "POST", "/orgs/{org}/users", "basic"},
		"a name that is not": {"curl -u a:b https://api.ac.test/{profile}/users -d '" + body + "'", "POST", "/{profile-b}/users", "basic"},
	} {
		t.Run(name, func(t *testing.T) {
			_, d := curl(t, test.command)
			auth := ""
			if d.Auth.Basic != nil {
				auth = "basic"
			}
			for _, header := range d.Auth.Headers {
				auth += header.Name + "=" + header.Prefix
			}
			if d.Create.Method != test.method || d.Create.Path.String() != test.path || auth != test.auth {
				t.Errorf("got %s %s with %q", d.Create.Method, d.Create.Path, auth)
			}
			if d.Key.Field != "email" || fieldOf(d, "email").Format != "email" || len(d.Fields) != 1 {
				t.Errorf("got the fields %+v", d.Fields)
			}
		})
	}
}

func TestKindsOfFields(t *testing.T) {
	_, d := curl(t, `curl -u a:b https://api.ac.test/users -d '{"user":{"mail":"ada@example.com","age":3,"active":true,"tags":[],"roles":["a"],
		"name":{"first":"<string>","last":null},"password":"x","passwordConfirm":"x","emails":[{"value":"b@example.com"},{"value":"c@example.com"}],
		"born":"1999-01-31","seat":"0a1b2c3d-0000-4000-8000-000000000001","rate":1.5,"any":{},"odd name":"x","mixed":[1]}}'`)
	if d.Envelope != "user" {
		t.Errorf("the envelope is %q", d.Envelope)
	}
	for name, want := range map[string]string{
		"mail": "string email [mail]", "age": "integer  [age]", "active": "boolean  [active]", "tags": "list of strings  [tags]", "roles": "list of strings  [roles]",
		"name.first": "string  [name first]", "name.last": "string  [name last]", "password": "string  [password]", "emails.value": "string email [emails 0 value]",
		"born": "string date [born]", "seat": "string uuid [seat]", "odd_name": "string  [odd name]",
	} {
		f := fieldOf(d, name)
		if got := f.Kind.String() + " " + string(f.Format) + " [" + strings.Join(f.WirePath(), " ") + "]"; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	password := fieldOf(d, "password")
	if !password.Secret || len(password.Copies) != 1 || len(d.Fields) != 12 {
		t.Errorf("got %+v of %d fields", password, len(d.Fields))
	}
}

// No credential of a command is in the draft or in an error, in whatever option it is.
func TestCredentialsAreNotWritten(t *testing.T) {
	const canary = "Canary42Canary"
	for _, command := range []string{
		`curl https://api.ac.test/users -H 'Authorization: Bearer Canary42Canary' -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -H 'Authorization: Canary42Canary x' -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -H 'X-Auth-Token: Canary42Canary' -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -H 'X-Other: Canary42Canary' -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -b 'session=Canary42Canary' -H 'Cookie: s=Canary42Canary' -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -u admin:Canary42Canary -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -uCanary42Canary: -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users --oauth2-bearer Canary42Canary -d '{"email":"a@example.com"}'`,
		`curl https://admin:Canary42Canary@api.ac.test/users -d '{"email":"a@example.com"}'`,
		`curl 'https://api.ac.test/users?api_key=Canary42Canary&x=1' -d '{"email":"a@example.com"}'`,
		`curl 'https://api.ac.test/users#Canary42Canary' -u a:b -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -u a:b -d '{"email":"a@example.com","password":"Canary42Canary","new_password":"Canary42Canary"}'`,
		`curl https://api.ac.test/users -u a:b -d '{"email":"a@example.com","credentials":[{"type":"password","value":"Canary42Canary"}]}'`,
		`curl https://api.ac.test/users -H 'Canary42Canary' -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -u a:b -d '{"email":"Canary42Canary}'`,
		`curl https://api.ac.test/users -u a:b Canary42Canary -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -X Canary42Canary -d '{"email":"a@example.com"}'`,
		`curl https://api.ac.test/users -H 'Authorization: Bearer Canary42Canary -d '{"email":"a@example.com"}'`,
	} {
		made, err := draft.Curl(command, draft.Options{})
		if err != nil {
			if strings.Contains(err.Error(), canary) {
				t.Errorf("%s: the error is %v", command, err)
			}
			continue
		}
		if strings.Contains(string(made.Text), canary) {
			t.Errorf("%s: the draft is\n%s", command, made.Text)
		}
	}
}

// Each error has its place.
func TestMalformedCommands(t *testing.T) {
	for command, want := range map[string]string{
		"":                                       "1:1: no curl command",
		"wget https://api.ac.test/users -d '{}'": "1:1: no curl command",
		"text\n  $ curl https://api.ac.test/users -u a:b \\\n  -d '{\"a\":1":                                      "3:6: the quotation mark ' has no second one",
		"curl -u a:b -d '{\"a\":1}'":                                                                              "1:1: the command has no address",
		"curl -u a:b https://api.ac.test/users":                                                                   "1:1: the command has no JSON body",
		"curl https://api.ac.test/users -d":                                                                       "1:32: the option --data has no value",
		"curl https://api.ac.test/users -d 'a=b&c=d'":                                                             "1:36: the body: not valid JSON",
		"curl https://api.ac.test/users -d '{\"a\": 1,\n\"b\": x}'":                                               "2:6: the body: not valid JSON",
		"curl https://api.ac.test/users -d '[1]'":                                                                 "the body must be a JSON object",
		"curl https://api.ac.test/users -d '{}'":                                                                  "the body has no property",
		"curl https://api.ac.test/users -d '{\"a\":1} x'":                                                         "not valid JSON",
		"curl https://api.ac.test/users -d '{\"a\":1,\"a\":2}'":                                                   "a property is listed twice",
		"curl https://api.ac.test/users -d '{\"a\":1}' -d '{\"b\":2}'":                                            "1:48: a second body",
		"curl https://api.ac.test/users -d @user.json":                                                            "1:35: the body is in a file",
		"curl https://api.ac.test/users -F name=ada":                                                              "1:32: a form or an upload is not read",
		"curl -G https://api.ac.test/users -d a=b":                                                                "1:6: the command reads",
		"curl -X DELETE https://api.ac.test/users -d '{\"a\":1}'":                                                 "1:9: the method must be POST, PUT or PATCH",
		"curl https://api.ac.test/users https://b.ac.test -d '{\"a\":1}'":                                         "1:32: a second address",
		"curl ftp://api.ac.test/users -d '{\"a\":1}'":                                                             "1:6: the address must begin with https://",
		"curl https://api.ac.test -d '{\"a\":1}'":                                                                 "1:6: the address has no path",
		"curl https://api.ac.test/../users -d '{\"a\":1}'":                                                        "1:6: the path has the segment",
		"curl https://a%20b/users -d '{\"a\":1}'":                                                                 "1:6: the address has no valid host",
		"curl https://api.ac.test/users -H 'Accept' -d '{\"a\":1}'":                                               "1:35: a header is written",
		"curl https://api.ac.test/users -d \"$(cat user.json)\" -H 'A: b' -H":                                     "1:64: the option --header has no value",
		"curl https://api.ac.test/users -d $(cat user.json)":                                                      "1:35: a command inside the command",
		"curl https://api.ac.test/users -d '" + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40) + "'": "nested too deeply",
	} {
		_, err := draft.Curl(command, draft.Options{})
		failed, ok := errors.AsType[describe.Error](err)
		if !ok || failed.Line < 1 || failed.Column < 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", command, err, want)
		}
	}
}

// FuzzCurl searches for a command whose draft is not valid YAML or has the credential, and for an error without a place.
func FuzzCurl(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 3 {
		f.Fatalf("found %d pages, %v", len(files), err)
	}
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(page))
	}
	for _, seed := range []string{
		`curl -u a:Zq7Canary https://x.test/a -d '{"e":"a@b.c","password":"Zq7Canary","n":null,"o":{"p":[{"q":1}]}}'`,
		`curl 'http://x.test/{a}//7/?b=<c>&token=Zq7Canary' -H 'X-Key: Zq7Canary' -d $'{"a\u0085":"#\ud83d\ude00"}'`,
	} {
		f.Add(seed)
	}
	credential := regexp.MustCompile(`(?:-u ?\w+:|Bearer |"password": ?")(Zq7Canary)`)
	f.Fuzz(func(t *testing.T, text string) {
		made, err := draft.Curl(text, draft.Options{})
		if err != nil {
			failed, ok := errors.AsType[describe.Error](err)
			if !ok || failed.Line < 1 || failed.Column < 1 || failed.Problem == "" || failed.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("got %#v", err)
			}
			return
		}
		var document map[string]any
		if err := yaml.Unmarshal(made.Text, &document); err != nil || document["usher"] != describe.Version {
			t.Fatalf("%v\n%s", err, made.Text)
		}
		if credential.MatchString(text) && strings.Count(text, "Zq7Canary") == 1 && strings.Contains(string(made.Text), "Zq7Canary") {
			t.Fatalf("the credential is in the draft:\n%s", made.Text)
		}
	})
}
