package ory

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

const identifier = `"ory.sh/kratos":{"credentials":{"password":{"identifier":true}}}`

// identitySchema wraps properties of traits, and the names of required ones.
func identitySchema(properties string, required ...string) string {
	names := ""
	if len(required) > 0 {
		names = `,"required":["` + strings.Join(required, `","`) + `"]`
	}
	return `{"properties":{"traits":{"type":"object","properties":{` + properties + `}` + names + `}}}`
}

func TestTailorWithTheCustomersSchema(t *testing.T) {
	settings := map[string]string{settingSchemaID: "customer", provider.SchemaFile: filepath.Join("testdata", "schema", "customer.schema.json")}
	tailored, err := Adapter().ForTenant(func(name string) string { return settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	if tailored.Key != "traits.contact.email" {
		t.Errorf("the key is %q", tailored.Key)
	}
	want := []struct{ name, flag, title, help, kind string }{
		{"traits.contact.email", "contact-email", "Work email", "Work email", "string, email, required"},
		{"traits.contact.homepage", "contact-homepage", "Home page", "Home page", "string, uri"},
		{"traits.plan", "plan", "Plan", "The plan that the customer has booked", "string, one of basic gold, required"},
		{"traits.seats", "seats", "Seats", "Seats", "integer"},
		{"traits.newsletter", "newsletter", "Newsletter", "Newsletter", "boolean"},
		{"traits.born", "born", "Date of birth", "Date of birth", "string, date"},
		{"traits.customer_since", "customer-since", "", "trait customer_since", "string, date-time"},
		{"traits.device", "device", "", "trait device", "string, uuid"},
		{"traits.code", "code", "", "trait code", "string, matches ^[A-Z]{2}-[0-9]+$, 4 to 12"},
		{"traits.tags", "tags", "Tags", "Tags (repeatable)", "list of strings, 0 to 40"},
	}
	for i, field := range tailored.Table[1 : 1+len(want)] {
		got := struct{ name, flag, title, help, kind string }{field.Name, field.Flag, field.Title, field.Help, describe(field)}
		if got != want[i] {
			t.Errorf("got  %q\nwant %q", got, want[i])
		}
	}
	if fixed, _ := tailored.Table.Field(schemaIDField); !slices.Equal(fixed.Suggestions, []string{"customer"}) {
		t.Errorf("the schema's id may be %q", fixed.Suggestions)
	}
}

// describe tells in words what a field asks for.
func describe(field schema.Field) string {
	words := []string{field.Kind.String()}
	add := func(given bool, text string) {
		if given {
			words = append(words, text)
		}
	}
	add(field.Format != "", string(field.Format))
	add(field.Closed, "one of "+strings.Join(field.Suggestions, " "))
	if field.Pattern != nil {
		words = append(words, "matches "+field.Pattern.String())
	}
	add(field.MaxLength > 0, strings.Join([]string{schema.Field{}.Text(int64(field.MinLength)), schema.Field{}.Text(int64(field.MaxLength))}, " to "))
	add(field.Required, "required")
	return strings.Join(words, ", ")
}

func TestReadSchema(t *testing.T) {
	email := `"email":{"type":"string",` + identifier + `}`
	tests := []struct {
		name, text string
		want       []string // name --flag kind
	}{
		{"the order of the file", identitySchema(`"z":{"type":"string"},` + email + `,"a":{"type":"integer"}`),
			[]string{"traits.z --z string", "traits.email --email string, required", "traits.a --a integer"}},
		{"in a container", `{"id":"x","schema":` + identitySchema(email) + `}`, []string{"traits.email --email string, required"}},
		{"a password's identifier before a code's", identitySchema(`"phone":{"type":"string","ory.sh/kratos":{"credentials":{"code":{"identifier":true,"via":"sms"}}}},` + email),
			[]string{"traits.phone --phone string", "traits.email --email string, required"}},
		{"a required identifier before others", identitySchema(`"login":{"type":"string",`+identifier+`},`+email, "email"),
			[]string{"traits.login --login string", "traits.email --email string, required"}},
		{"required inside what is optional", identitySchema(email + `,"home":{"properties":{"city":{"type":"string"}},"required":["city"]}`),
			[]string{"traits.email --email string, required", "traits.home.city --home-city string"}},
		{"what has no form", identitySchema(email + `,"a":{"type":"number"},"b":{"type":"array","items":{"type":"object"}},"c":{"type":"object"},"d":{"$ref":"#/x"},` +
			`"e":{"type":["string","integer"]},"f":true,"g":{"type":"array"},"":{"type":"string"}`), []string{"traits.email --email string, required"}},
		{"null beside a type", identitySchema(email + `,"nick":{"type":["null","string"]}`), []string{"traits.email --email string, required", "traits.nick --nick string"}},
		{"a list of schemas of items", identitySchema(email + `,"mails":{"type":"array","items":[{"type":"string","format":"email"}]}`),
			[]string{"traits.email --email string, required", "traits.mails --mails list of strings, email"}},
		{"flags of other fields", identitySchema(email + `,"state":{"type":"string"},"password":{"type":"string"},"a":{"properties":{"b":{"type":"string"}}},"a-b":{"type":"string"}`),
			nil},
		{"flags of the identity's own fields", identitySchema(email + `,"state":{"type":"string"},"password":{"type":"string","title":"Password"}`),
			[]string{"traits.email --email string, required", "traits.state --traits-state string", "traits.password --traits-password string"}},
		{"signs in a name", identitySchema(email + `,"what's new=?":{"type":"string"},"größe":{"type":"string"}`),
			[]string{"traits.email --email string, required", "traits.what's new=? --what-s-new string", "traits.größe --größe string"}},
		{"enums that are no list of texts", identitySchema(email + `,"n":{"type":"integer","enum":[1,2]},"c":{"type":"string","enum":["a\u001b"]},"d":{"type":"string","enum":["x","y",""]}`),
			[]string{"traits.email --email string, required", "traits.n --n integer, one of 1 2", "traits.c --c string", "traits.d --d string, one of x y"}},
		{"an enum that its format contradicts", identitySchema(email + `,"c":{"type":"string","format":"email","enum":["x"]}`),
			[]string{"traits.email --email string, required", "traits.c --c string, email"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			read, err := readSchemas([]byte(test.text), []string{"default"})
			if test.want == nil {
				if err == nil {
					t.Errorf("got %q, want an error", read.fields.Names())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, field := range read.fields {
				got = append(got, field.Name+" --"+field.Flag+" "+describe(field))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if read.key != "traits.email" {
				t.Errorf("the key is %s", read.key)
			}
		})
	}
}

func TestReadSchemaRefuses(t *testing.T) {
	email := `"email":{"type":"string",` + identifier + `}`
	deep := strings.Repeat(`"a":{"type":"object","properties":{`, 12) + `"b":{"type":"string"}` + strings.Repeat(`}}`, 12)
	many := email
	for i := range 600 {
		many += `,"f` + schema.Field{}.Text(int64(i)) + `":{"type":"string"}`
	}
	for text, want := range map[string]string{
		``: "not a JSON Schema", `[]`: "no identity schema", `{}`: "properties.traits", `{"properties":{}}`: "properties.traits", `{"schema":{"schema":{}}}`: "properties.traits",
		identitySchema(`"email":{"type":"string"}`):                                              "is an identifier",
		identitySchema(`"emails":{"type":"array","items":{"type":"string",` + identifier + `}}`): "is an identifier",
		identitySchema(email+`,"n":{"type":"number"}`, "n"):                                      "traits.n: required",
		identitySchema(email + `,"E_Mail":{"type":"string"}`):                                    "same name",
		identitySchema(email + `,"-":{"type":"string"},"#":{"type":"string"}`):                   "same name",
		identitySchema(email + "," + email):                                                      "duplicate property",
		identitySchema(email + "," + deep):                                                       "nested too deeply",
		identitySchema(many):                                                                     "more than 500",
	} {
		if _, err := readSchemas([]byte(text), []string{"default"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: got %v, want %q", text, err, want)
		}
	}
}

func TestPatternsThatOnlyOryReads(t *testing.T) {
	read, err := readSchemas([]byte(identitySchema(`"email":{"type":"string","pattern":"^(?!x)","description":"Address.",`+identifier+`}`)), []string{"default"})
	if err != nil || read.fields[0].Pattern != nil || read.fields[0].Help != "Address; only Ory checks its pattern" {
		t.Errorf("got %+v, %v", read.fields, err)
	}
}

func TestWordsAreOneLine(t *testing.T) {
	read, err := readSchemas([]byte(identitySchema(`"email":{"type":"string","title":"E\u001b[31m\nMail.","description":"`+strings.Repeat("x", 1000)+`",`+identifier+`}`)), []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	if field := read.fields[0]; field.Title != "E [31m Mail" || len(field.Help) > 210 {
		t.Errorf("title %q, help of %d bytes", field.Title, len(field.Help))
	}
}

func TestTitlesThatTwoTraitsHaveAreDropped(t *testing.T) {
	read, err := readSchemas([]byte(identitySchema(`"email":{"type":"string","title":"State",`+identifier+`},"a":{"type":"string","title":"Street"},"b":{"type":"string","title":"street"}`)), []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range read.fields {
		if field.Title != "" {
			t.Errorf("%s has the title %q", field.Name, field.Title)
		}
	}
}

func TestSchemaFilesThatCannotBeRead(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.json")
	if err := os.WriteFile(large, make([]byte, mostBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{filepath.Join(t.TempDir(), "none.json"): "none.json", large: "larger than", t.TempDir(): "schema-file"} {
		_, err := Adapter().ForTenant(func(name string) string { return map[string]string{provider.SchemaFile: file}[name] })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Of several schemas, a trait is required if all require it, and bound if all bind it in the same way.
func TestSeveralSchemas(t *testing.T) {
	one := identitySchema(`"email":{"type":"string",` + identifier + `},"plan":{"type":"string","enum":["a","b"]},"code":{"type":"string","maxLength":4},"n":{"type":"integer"}`)
	other := identitySchema(`"email":{"type":"string",` + identifier + `},"plan":{"type":"string","enum":["a","c"]},"code":{"type":"string","maxLength":4},"tags":{"type":"array","items":{"type":"string"}}`)
	list := func(second string) []byte {
		return []byte(`[{"id":"one","schema":` + one + `},{"id":"other","schema":` + second + `},{"id":"third","schema":{}}]`)
	}
	read, err := readSchemas(list(other), []string{"other", "one"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"traits.email", "traits.plan", "traits.code", "traits.tags", "traits.n"}; !slices.Equal(read.fields.Names(), want) || read.key != "traits.email" {
		t.Errorf("got %q with the key %s, want %q", read.fields.Names(), read.key, want)
	}
	plan, _ := read.fields.Field("traits.plan")
	code, _ := read.fields.Field("traits.code")
	if plan.Closed || plan.Suggestions != nil || code.MaxLength != 4 {
		t.Errorf("the plan is %+v, the code %+v", plan, code)
	}
	for name, test := range map[string]struct {
		text []byte
		ids  []string
		want string
	}{
		"another kind":     {list(identitySchema(`"email":{"type":"string",` + identifier + `},"n":{"type":"string"}`)), []string{"one", "other"}, "traits.n"},
		"another key":      {list(identitySchema(`"name":{"type":"string",` + identifier + `}`)), []string{"one", "other"}, "traits.name"},
		"not in the list":  {list(other), []string{"one", "fourth"}, `"fourth"`},
		"only one":         {[]byte(one), []string{"one", "other"}, settingSchemaID},
		"none of the list": {list(other), []string{"third"}, "properties.traits"},
	} {
		if _, err := readSchemas(test.text, test.ids); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// FuzzReadSchema holds for any file: either it is refused, or its fields hold
// together as the conformance suite asks of every table.
func FuzzReadSchema(f *testing.F) {
	customer, err := os.ReadFile(filepath.Join("testdata", "schema", "customer.schema.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(customer)
	for _, seed := range []string{
		`{}`, `{"schema":{"properties":{"traits":true}}}`, identitySchema(`"e":{"type":"string",`+identifier+`}`, "e"),
		identitySchema(`"e":{"type":["string"],"enum":["a;b"," ",null,1],"examples":["\u0000"],"pattern":"(",` + identifier + `},"E":{"type":"array","items":[{"type":"string","enum":["a;b"]}]}`),
		identitySchema(`"traits":{"properties":{"e":{"type":"string",` + identifier + `}}},"e":{"type":"string"},"schemaid":{"type":"string"}`),
		identitySchema(`"x\u0301":{"type":"string",` + identifier + `},"x":{"type":"string","title":"State"},"\u0130":{"type":"boolean"}`),
	} {
		f.Add([]byte(seed))
	}
	var checks []providertest.Check
	for _, check := range providertest.Checks() {
		switch check.Name {
		case "the adapter is described", "the settings are consistent", "the table is consistent", "every name leads to one field":
			checks = append(checks, check)
		}
	}
	if len(checks) != 4 {
		f.Fatalf("the suite has %d of the four checks", len(checks))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := readSchemas(text, []string{"default"})
		if err != nil {
			return
		}
		read.schemaIDs = []string{defaultSchemaID}
		for _, check := range checks {
			if err := check.Run(t, providertest.Subject{Adapter: adapter(read)}); err != nil {
				t.Errorf("%s: %v", check.Name, err)
			}
		}
	})
}
