package roster

import "github.com/bring-aboard/usher/pkg/schema"

// suluTable has nested members and a list of texts.
func suluTable() schema.Table {
	return schema.Table{
		{Name: "email", Kind: schema.String, Format: schema.Email, Required: true, Title: "E-mail address"},
		{Name: "oryId", Required: true, Title: "Ory identity"},
		{Name: "organization", Required: true},
		{Name: "roles", Kind: schema.Strings, WriteOnly: true, Flag: "role"},
		{Name: "firstName", Title: "First name"},
		{Name: "lastName", Title: "Last name"},
		{Name: "phone"},
		{Name: "address.line1"},
		{Name: "address.line2"},
		{Name: "address.city"},
		{Name: "address.state"},
		{Name: "address.country"},
		{Name: "address.zipCode"},
	}
}

// ejentoTable has a number in the path and a secret.
func ejentoTable() schema.Table {
	return schema.Table{
		{Name: "org_id", In: schema.Path, Kind: schema.Integer, Required: true},
		{Name: "role", Required: true, Suggestions: []string{"Admin", "User"}},
		{Name: "email", Format: schema.Email, Required: true},
		{Name: "password", Required: true, Secret: true},
		{Name: "first_name", Required: true},
		{Name: "last_name", Required: true},
	}
}

// evolutionTable has a list of objects.
func evolutionTable() schema.Table {
	return schema.Table{
		{Name: "identityName", Format: schema.NonBlank, Required: true},
		{Name: "displayName", Format: schema.NonBlank, Required: true},
		{Name: "organizations", Kind: schema.Objects, Required: true, Parts: []schema.Field{
			{Name: "organizationId", Format: schema.UUID, Required: true},
			{Name: "roleId", Format: schema.UUID, Required: true},
		}},
		{Name: "email", Format: schema.NonBlank, Required: true},
		{Name: "firstName", Format: schema.NonBlank, Required: true},
		{Name: "lastName", Format: schema.NonBlank, Required: true},
	}
}
