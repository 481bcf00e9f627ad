// Package sulu is the adapter for Sulu (https://doc.sulu.sh/apiref/users).
package sulu

import (
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const docs = "https://doc.sulu.sh/apiref/users/"

// Adapter returns the adapter for Sulu as its documentation describes it.
func Adapter() provider.Adapter {
	return provider.Adapter{
		Name:    "sulu",
		Vendor:  "Sulu",
		Docs:    docs + "create-a-new-user",
		BaseURL: "https://api.sulu.sh/v0",
		Settings: []provider.Setting{
			{Name: "token", Help: "API key of a Sulu admin (sk_live_...)", Secret: true},
		},
		Auth: provider.Auth{
			Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}},
		},
		Table:        table(),
		Key:          "email",
		Organization: "organization",
		Lifecycle:    provider.Lifecycle{Created: []string{"createdAt"}, Modified: []string{"updatedAt"}},
		Endpoints: []provider.Endpoint{
			{Capability: provider.CapabilityCreate, Request: "POST /users", Docs: docs + "create-a-new-user"},
			{Capability: provider.CapabilityFind, Request: "GET /users?email=", Docs: docs + "list-users"},
			{Capability: provider.CapabilityList, Request: "GET /users", Docs: docs + "list-users"},
			{Capability: provider.CapabilityGet, Request: "GET /users/{id}", Docs: docs + "get-user-by-id"},
			{Capability: provider.CapabilityUpdate, Request: "PATCH /users/{id}", Docs: docs + "update-user"},
			{Capability: provider.CapabilityAPIKeys, Request: "GET /users/{userId}/apikeys", Docs: docs + "list-users-api-keys"},
			{Capability: provider.CapabilityNewAPIKey, Request: "POST /users/{userId}/apikeys", Docs: docs + "create-api-key-for-user"},
			{Capability: provider.CapabilityCheck, Request: "GET /users?email=", Docs: docs + "list-users"},
		},
		Filters:     filters(),
		APIKeyTable: apiKeyTable(),
		New: func(connection provider.Connection) (provider.Client, error) {
			return &client{transport: connection.Transport, table: table()}, nil
		},
	}
}

// table lists the fields in the order of the page's curl example.
func table() schema.Table {
	return schema.Table{
		{Name: "email", Means: schema.EmailAddress, Format: schema.Email, Required: true, Immutable: true, Title: "Email address", Help: "email address",
			Aliases: []string{"mail", "e-mail"}},
		{Name: "oryId", Required: true, Immutable: true, Title: "Ory id", Help: "id of the user's Ory identity",
			Aliases: []string{"ory identity", "identity id"}},
		{Name: "organization", Required: true, Immutable: true, Title: "Organization", Help: "id of the user's organization",
			Aliases: []string{"organization id", "org", "org id"}},
		{Name: "roles", Kind: schema.Strings, WriteOnly: true, Immutable: true, Flag: "role", Title: "Roles", Help: "role of the user (repeatable)"},
		{Name: "firstName", Means: schema.GivenName, Title: "First name", Help: "first name", Aliases: []string{"given name"}},
		{Name: "lastName", Means: schema.FamilyName, Title: "Last name", Help: "last name", Aliases: []string{"family name", "surname"}},
		{Name: "phone", Title: "Phone", Help: "phone number", Aliases: []string{"phone number", "telephone"}},
		{Name: "address.line1", Title: "Address line 1", Help: "address: first line", Aliases: []string{"line1", "street"}},
		{Name: "address.line2", Title: "Address line 2", Help: "address: second line", Aliases: []string{"line2"}},
		{Name: "address.city", Title: "City", Help: "address: city", Aliases: []string{"town"}},
		{Name: "address.state", Title: "State", Help: "address: state", Aliases: []string{"province", "region"}},
		{Name: "address.country", Title: "Country", Help: "address: country"},
		{Name: "address.zipCode", Title: "Zip code", Help: "address: postal code", Aliases: []string{"zip", "postal code", "postcode"}},
	}
}
