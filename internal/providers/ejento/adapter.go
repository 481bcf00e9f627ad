// Package ejento is the adapter for Ejento AI, in the two generations of its
// API that document the create: "V2 Legacy" and "V2".
package ejento

import (
	"encoding/json"
	"fmt"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const docs = "https://ejentoapi.apidog.io/create-a-user-in-an-organization"

// The API versions that a profile chooses from.
const (
	v2Legacy = "v2-legacy"
	v2       = "v2"
)

// Adapter returns the adapter for Ejento AI as its documentation describes it.
func Adapter() provider.Adapter {
	return provider.Adapter{
		Name:   "ejento",
		Vendor: "Ejento AI",
		Docs:   docs,
		Settings: []provider.Setting{
			{Name: "subscription-key", Help: "key for the header Ocp-Apim-Subscription-Key", Secret: true},
			{Name: "token", Help: "Ejento access token (valid for 7 days)", Secret: true},
			{Name: "api", Help: "API version", Default: v2Legacy, Values: []string{v2Legacy, v2}},
			{Name: "auth-server", Help: "URL of the authorization server for usher auth login"},
		},
		Auth: provider.Auth{
			Headers: []provider.AuthHeader{
				{Name: "Ocp-Apim-Subscription-Key", Setting: "subscription-key"},
				{Name: "Authorization", Prefix: "Bearer ", Setting: "token"},
			},
		},
		Table: table(),
		Key:   "email",
		// "Must be a valid, unique email address."
		Unique: provider.UniqueDocumented, UniqueSource: docs, UniqueFields: []string{"email"},
		Lifecycle: provider.Lifecycle{Created: []string{"date_joined"}},
		Scope:     "org_id",
		Login:     login(),
		Endpoints: []provider.Endpoint{
			{Capability: provider.CapabilityCreate, Request: "POST /v2/api/organization/{org_id}/user, or POST /api/v2/organizations/{organization_id}/users with api: v2", Docs: docs},
			{Capability: provider.CapabilityLogin, Request: "POST " + loginPath + ", renewed by POST " + refreshPath, Docs: loginDocs},
		},
		Reason: reason,
		New:    newClient,
	}
}

func newClient(connection provider.Connection) (provider.Client, error) {
	c := &client{transport: connection.Transport, table: table()}
	switch api := connection.Setting("api"); api {
	case v2Legacy:
		c.path = "/v2/api/organization/%d/user"
	case v2:
		c.path = "/api/v2/organizations/%d/users"
	default:
		return nil, fmt.Errorf("api: %q must be one of %s, %s", api, v2Legacy, v2)
	}
	return c, nil
}

// table lists the fields in the order of the page's curl example, after the number in the path. The vendor's site
// prints every email address as "[email protected]" with a no-break space; its own example is valid by definition.
func table() schema.Table {
	return schema.Table{
		{Name: "org_id", In: schema.Path, Kind: schema.Integer, Required: true, Title: "Organization number", Help: "id of the organization (a number)",
			Aliases: []string{"organization id", "organization", "org"}},
		{Name: "role", Required: true, WriteOnly: true, Title: "Role", Help: "access level in the organization",
			Suggestions: []string{"User", "Admin"}},
		{Name: "email", Means: schema.EmailAddress, Format: schema.Email, Required: true, Title: "Email address", Help: "unique email address",
			Example: "[email\u00a0protected]", Aliases: []string{"mail", "e-mail"}},
		{Name: "password", Required: true, Secret: true, WriteOnly: true, Title: "Password", Help: "password of the user"},
		{Name: "first_name", Means: schema.GivenName, Required: true, Title: "First name", Help: "first name of the user", Aliases: []string{"given name"}},
		{Name: "last_name", Means: schema.FamilyName, Required: true, Title: "Last name", Help: "last name of the user", Aliases: []string{"family name", "surname"}},
	}
}

// reason reads the envelope of a refusal as the vendor's own client does: message, then error.
func reason(body []byte) string {
	var refusal struct {
		Message string `json:"message"`
		Error   string `json:"error"`
	}
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	if refusal.Message != "" {
		return refusal.Message
	}
	return refusal.Error
}
