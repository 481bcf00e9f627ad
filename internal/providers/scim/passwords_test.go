package scim_test

import (
	"net/http"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// A server changes passwords only if it says so.
func TestChangesPasswords(t *testing.T) {
	for name, test := range map[string]struct {
		config         http.HandlerFunc // nil for 404
		changes, fails bool
	}{
		"it says so":                {answers(200, scimJSON, `{"changePassword":{"supported":true}}`), true, false},
		"it says that it does not":  {answers(200, scimJSON, `{"changePassword":{"supported":false}}`), false, false},
		"it says nothing of it":     {answers(200, scimJSON, `{"patch":{"supported":true}}`), false, false},
		"it says it in another way": {answers(200, scimJSON, `{"changePassword":true}`), false, false},
		"it does not say":           {nil, false, false},
		"it fails":                  {answers(500, scimJSON, `{}`), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wild{on: map[string]http.HandlerFunc{}}
			if test.config != nil {
				w.on["GET /ServiceProviderConfig"] = test.config
			}
			changes, err := w.meet(t).(provider.PasswordChanger).ChangesPasswords(t.Context())
			if changes != test.changes || (err != nil) != test.fails {
				t.Errorf("got %v, %v", changes, err)
			}
		})
	}
}

// A server declines passwords only if it describes its users, without one, and
// does not say that passwords can be changed.
func TestDeclinesPasswords(t *testing.T) {
	schemas := func(attributes string) http.HandlerFunc {
		return answers(200, scimJSON, `{"Resources":[{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[`+attributes+`]}]}`)
	}
	const named, password = `{"name":"userName"}`, `{"name":"userName"},{"name":"Password"}`
	changes := func(supported string) http.HandlerFunc {
		return answers(200, scimJSON, `{"changePassword":{"supported":`+supported+`}}`)
	}
	for name, test := range map[string]struct {
		schemas, config http.HandlerFunc // nil for 404
		declines, fails bool
	}{
		"no password, none changed":         {schemas(named), changes("false"), true, false},
		"no password, and no config":        {schemas(named), nil, true, false},
		"no password, a config of nothing":  {schemas(named), answers(200, scimJSON, `{}`), true, false},
		"no password, but it can change":    {schemas(named), changes("true"), false, false},
		"a password, none changed":          {schemas(password), changes("false"), false, false},
		"no attributes":                     {schemas(""), changes("false"), false, false},
		"no schemas, none changed":          {nil, changes("false"), false, false},
		"schemas of nobody":                 {answers(200, scimJSON, `{}`), changes("false"), false, false},
		"schemas that cannot be read":       {answers(500, scimJSON, `{}`), changes("false"), false, true},
		"a config that cannot be read":      {schemas(named), answers(500, scimJSON, `{}`), false, true},
		"schemas that nobody like us reads": {answers(403, scimJSON, refusal(403, "")), changes("false"), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wild{on: map[string]http.HandlerFunc{}}
			if test.schemas != nil {
				w.on["GET /Schemas"] = test.schemas
			}
			if test.config != nil {
				w.on["GET /ServiceProviderConfig"] = test.config
			}
			declines, err := w.meet(t).(provider.PasswordDecliner).DeclinesPasswords(t.Context())
			if declines != test.declines || (err != nil) != test.fails {
				t.Errorf("got %v, %v", declines, err)
			}
		})
	}
}
