// Package evolution is the adapter for the "referential" API of Orange
// Business's Evolution Platform.
package evolution

import (
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const docs = "https://documentation.evolutionplatform.orange-business.com"

// Adapter returns the adapter for the Evolution Platform as its documentation describes it.
func Adapter() provider.Adapter {
	return provider.Adapter{
		Name:    "evolution",
		Vendor:  "Orange Business, Evolution Platform",
		Docs:    docs + "/docs/api/referential",
		BaseURL: "https://api.orange.com/evolutionplatform/referentiel/api/v1",
		Settings: []provider.Setting{
			{Name: "client-id", Help: "OAuth client id of the application", Secret: true},
			{Name: "client-secret", Help: "client secret of the application", Secret: true},
			{Name: "token", Help: "bearer token, instead of client id and secret", Secret: true},
			{Name: "api-key", Help: "key for the header X-API-Key", Secret: true},
			{Name: "token-url", Help: "URL of the token endpoint", Default: "https://api.orange.com/oauth/v3/token"},
		},
		Auth: provider.Auth{
			Headers: []provider.AuthHeader{
				{Name: "Authorization", Prefix: "Bearer ", Setting: "token"},
				{Name: "X-API-Key", Setting: "api-key"},
			},
			ClientCredentials: &provider.ClientCredentials{TokenURL: "token-url", ClientID: "client-id", ClientSecret: "client-secret"},
		},
		Table: table(),
		Key:   "identityName",
		Endpoints: []provider.Endpoint{
			{Capability: provider.CapabilityCreate, Request: "POST /users", Docs: docs + "/docs/api/referential"},
			{Capability: provider.CapabilityFind, Request: "GET /users/{identityName}", Docs: docs + "/fr/docs/api/referential/get-user-by-identity-name"},
			{Capability: provider.CapabilityList, Request: "GET /users?limit=&offset=", Docs: docs + "/fr/docs/api/console/referential/get-users"},
			{Capability: provider.CapabilityGet, Request: "GET /users/{identityName}", Docs: docs + "/fr/docs/api/referential/get-user-by-identity-name"},
			{Capability: provider.CapabilityUpdate, Request: "PATCH /users/{identityName}", Docs: docs + "/docs/api/referential/patch-users"},
			{Capability: provider.CapabilityRoles, Request: "GET /roles?limit=&offset=", Docs: docs + "/fr/docs/api/referential/get-roles"},
			{Capability: provider.CapabilityOrganizations, Request: "GET /users?limit=&offset=", Docs: docs + "/fr/docs/api/console/referential/get-users"},
			{Capability: provider.CapabilityCheck, Request: "GET /users?limit=1&offset=0", Docs: docs + "/fr/docs/api/console/referential/get-users"},
		},
		Reason: reason,
		New: func(connection provider.Connection) (provider.Client, error) {
			return &client{transport: connection.Transport, table: table()}, nil
		},
	}
}

// table lists the fields in the order of the page.
func table() schema.Table {
	return schema.Table{
		{Name: "identityName", Format: schema.NonBlank, Identifier: true, Required: true, Title: "Identity name", Help: "identity name (name of the account)",
			Aliases: []string{"identity", "user name", "login"}},
		{Name: "displayName", Means: schema.FullName, Format: schema.NonBlank, Required: true, Title: "Display name", Help: "display name",
			Aliases: []string{"full name"}},
		{Name: "organizations", Kind: schema.Objects, Required: true, Flag: "organization", Placeholder: "ORG:ROLE",
			Title: "Organizations", Help: "UUIDs of an organization and of the user's role in it (repeatable)",
			Parts: []schema.Field{
				{Name: "organizationId", Format: schema.UUID, Required: true, Refers: provider.Organization, Title: "Organization", Help: "UUID of the organization", Aliases: []string{"organization id"}},
				{Name: "roleId", Format: schema.UUID, Required: true, Refers: provider.Role, Title: "Role", Help: "UUID of the user's role in it", Aliases: []string{"role id"}},
			}},
		{Name: "email", Means: schema.EmailAddress, Format: schema.NonBlank, Identifier: true, Required: true, Title: "Email address", Help: "email address", Aliases: []string{"mail", "e-mail"}},
		{Name: "firstName", Means: schema.GivenName, Format: schema.NonBlank, Required: true, Title: "First name", Help: "first name", Aliases: []string{"given name"}},
		{Name: "lastName", Means: schema.FamilyName, Format: schema.NonBlank, Required: true, Title: "Last name", Help: "last name", Aliases: []string{"family name", "surname"}},
	}
}
