package provider_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

func table() schema.Table {
	return schema.Table{
		{Name: "email"}, {Name: "name.login"}, {Name: "password", Secret: true}, {Name: "code", Wire: []string{"recovery", "code"}, Secret: true},
	}
}

func TestReadUser(t *testing.T) {
	for _, test := range []struct{ object, id, key, attributes string }{
		{`{"id":"u1","email":"Ann@example.com"}`, "u1", "Ann@example.com", `{"id":"u1","email":"Ann@example.com"}`},
		{" {\"email\":\"a\",\"id\":12345678901234567890}\n", "12345678901234567890", "a", `{"email":"a","id":12345678901234567890}`},
		{`{"id":0,"email":"a","x":1.50}`, "0", "a", `{"id":0,"email":"a","x":1.50}`},
		{`{"id":"1","email":"a","password":"p","n":1.50}`, "1", "a", `{"id":"1","email":"a","n":1.50}`},
		{`{"id":"1","email":"a","password":null}`, "1", "a", `{"id":"1","email":"a"}`},
		{`{"id":"1","email":"a","recovery":{"code":"c","sent":true}}`, "1", "a", `{"id":"1","email":"a","recovery":{"sent":true}}`},
		{`{"id":"1","email":"a","recovery":"none"}`, "1", "a", `{"id":"1","email":"a","recovery":"none"}`},
		{`{"id":"1","email":"a","recovery":{"code":"c"},"recovery":{}}`, "1", "a", `{"id":"1","email":"a","recovery":{}}`},
		{`{"id":"1","email":"a","pass\u0077ord":"p"}`, "1", "a", `{"id":"1","email":"a"}`},
		{"{ \"a\" : [ {\"id\":\"2\"} , \"}\" ] ,\n\"\\u0069d\" : \"\\\"é\\\\\" , \"email\":\"a\", \"id2\":\"3\" }", `"é\`, "a",
			`{"a":[{"id":"2"},"}"],"id":"\"é\\","email":"a","id2":"3"}`},
		{`{"id":"1","id":"2","email":"a"}`, "2", "a", `{"id":"2","email":"a"}`},
	} {
		user, err := provider.ReadUser(json.RawMessage(test.object), table(), "id", "email")
		if err != nil || user.ID != test.id || user.Key != test.key || !sameJSON(t, string(user.Attributes), test.attributes) {
			t.Errorf("%s: got %+v with %s, %v", test.object, user, user.Attributes, err)
		}
	}
}

func TestReadUserWhoseKeyIsTheID(t *testing.T) {
	user, err := provider.ReadUser(json.RawMessage(`{"name":"ann"}`), table(), "name", "name")
	if err != nil || user.ID != "ann" || user.Key != "ann" {
		t.Errorf("got %+v, %v", user, err)
	}
}

// The key is the field's, wherever its place is; a list may hold users without one.
func TestReadUserKey(t *testing.T) {
	for _, test := range []struct{ object, key, want string }{
		{`{"id":"u1","name":{"login":"ann"}}`, "name.login", "ann"},
		{`{"id":"u1","name.login":"no","name":{"login":7}}`, "name.login", "7"},
		{`{"id":"u1","nick":"ann"}`, "nick", "ann"},
		{`{"id":"u1"}`, "", ""},
	} {
		user, err := provider.ReadUser(json.RawMessage(test.object), table(), "id", test.key)
		if err != nil || user.Key != test.want {
			t.Errorf("%s: got the key %q, %v, want %q", test.object, user.Key, err, test.want)
		}
	}
	for _, object := range []string{`{"id":"u1","name.login":"ann"}`, `{"id":"u1","name":"ann"}`, `{"id":"u1","name":{"login":""}}`, `{"id":"u1","name":null}`} {
		if user, err := provider.ReadUser(json.RawMessage(object), table(), "id", "name.login"); err == nil {
			t.Errorf("%s was read as %+v", object, user)
		}
	}
}

// sameJSON compares documents, numbers as they are written.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	first, errA := provider.Properties(json.RawMessage(a))
	second, errB := provider.Properties(json.RawMessage(b))
	return errA == nil && errB == nil && reflect.DeepEqual(first, second)
}

func TestReadUserRefuses(t *testing.T) {
	for _, object := range []string{
		``, ` `, `null`, `[]`, `"x"`, `1`, `{`, `{}`, `{"id":"1"}`, `{"email":"a"}`, `{"id":"","email":"a"}`, `{"id":"1","email":""}`,
		`{"id":null,"email":"a"}`, `{"id":{},"email":"a"}`, `{"id":true,"email":"a"}`, `{"id":["1"],"email":"a"}`, `{"id":"1","email":{}}`,
		`{"ID":"1","email":"a"}`, `{"id":"1","email":"a"}{}`, `{"id":"1","email":"a"}}`, `{"id":"1","email":"a"}]`, `{"id":"1","email":"a"}x`,
	} {
		if user, err := provider.ReadUser(json.RawMessage(object), table(), "id", "email"); err == nil {
			t.Errorf("%s was read as %+v", object, user)
		}
	}
}

func TestSameKey(t *testing.T) {
	user := provider.User{Key: "José@Example.com"}
	for _, key := range []string{"José@Example.com", "JOSÉ@EXAMPLE.COM", "jose\u0301@example.com"} {
		if err := provider.SameKey(user, key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{"", "jose@example.com", "José@example.com "} {
		if provider.SameKey(user, key) == nil {
			t.Errorf("%q is taken for %q", key, user.Key)
		}
	}
}

func TestSecretPlaces(t *testing.T) {
	if got, want := provider.SecretPlaces(table()), [][]string{{"password"}, {"recovery", "code"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzReadUser holds for any response: a user has an id, a key and attributes that
// are one JSON object without a secret field; and the error tells no value.
func FuzzReadUser(f *testing.F) {
	for _, seed := range []string{
		`{"id":"u1","email":"a"}`, `{"id":1,"email":"a","password":"canary-value"}`, `{"id":1e400,"email":"a","recovery":{"code":{}}}`,
		`{"password":"canary-value"`, `"canary-value"`, `{"id":"1","email":"a"} canary-value`, `{"id":"\u0000","email":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		user, err := provider.ReadUser(object, table(), "id", "email")
		if err != nil {
			if strings.Contains(err.Error(), "canary-value") {
				t.Fatalf("the error tells what the answer holds: %v", err)
			}
			return
		}
		members, err := provider.Properties(user.Attributes)
		if err != nil || user.ID == "" || fmt.Sprint(members["id"]) != user.ID || user.Key == "" || fmt.Sprint(members["email"]) != user.Key {
			t.Fatalf("%s: got %+v with %s, %v", object, user, user.Attributes, err)
		}
		if _, ok := members["password"]; ok {
			t.Fatalf("%s: the attributes hold the password", object)
		}
		if recovery, ok := members["recovery"].(map[string]any); ok && recovery["code"] != nil {
			t.Fatalf("%s: the attributes hold the code", object)
		}
	})
}
