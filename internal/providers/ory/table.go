package ory

import (
	"regexp"

	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	schemaIDField       = "schema_id"
	externalIDField     = "external_id"
	organizationIDField = "organization_id"
	passwordField       = "credentials.password.config.password"
	hashField           = "credentials.password.config.hashed_password"
)

// traits are the fields of one identity schema.
type traits struct {
	// schemaIDs are the ids of the schemas that a profile uses; the first is that of users without another one.
	schemaIDs []string
	fields    schema.Table
	// key is the name of the trait that identifies a user.
	key string
}

// preset returns the traits with which a new Ory project begins.
func preset() traits {
	return traits{
		schemaIDs: []string{defaultSchemaID},
		key:       "traits.email",
		fields: schema.Table{
			{Name: "traits.email", Means: schema.EmailAddress, Format: schema.Email, Required: true, Flag: "email", Title: "Email", Help: "email address used to log in",
				Aliases: []string{"mail", "e-mail address"}},
			{Name: "traits.name.first", Means: schema.GivenName, Flag: "name-first", Title: "First name", Help: "first name", Aliases: []string{"given name"}},
			{Name: "traits.name.last", Means: schema.FamilyName, Flag: "name-last", Title: "Last name", Help: "last name", Aliases: []string{"family name", "surname"}},
		},
	}
}

// table lists the fields of an identity in the order of the page's examples: those that every tenant has around the
// tenant's own traits.
func table(traits traits) schema.Table {
	return append(append(before(traits.schemaIDs), traits.fields...), after()...)
}

func before(schemaIDs []string) schema.Table {
	return schema.Table{
		{Name: schemaIDField, Immutable: true, Suggestions: schemaIDs, Closed: true, Title: "Identity schema",
			Help: "id of the identity schema (default: the first of the profile)"},
	}
}

func after() schema.Table {
	return schema.Table{
		{Name: "verifiable_addresses", Kind: schema.Objects, Immutable: true, Flag: "verifiable-address", Title: "Verified addresses",
			Help: "address in the traits that is already verified (repeatable)",
			Parts: []schema.Field{
				{Name: "value", Required: true, Title: "Verified address", Help: "the address as in the traits"},
				{Name: "verified", Kind: schema.Boolean, Required: true, Title: "Is verified", Help: "whether it is verified"},
				{Name: "via", Required: true, Suggestions: []string{"email", "sms"}, Closed: true, Title: "Verified via", Help: "channel: email or sms"},
				{Name: "status", Required: true, Suggestions: []string{"completed", "pending", "sent"}, Closed: true, Title: "Verification status",
					Help: "verification status"},
			}},
		{Name: passwordField, Secret: true, WriteOnly: true, Flag: "password", Title: "Password",
			Help: "password in plain text; not checked against Ory's password policy"},
		{Name: hashField, Secret: true, Hash: true, WriteOnly: true, Flag: "hashed-password", Title: "Hashed password",
			Help:    "password hash in PHC format, instead of the password",
			Pattern: regexp.MustCompile(`^(\$|\{SSHA)`), Example: "$2a$10$ZsCsoVQ3xfBG/K2z2XpBf.tm90GZmtOqtqWcB5.pYd5Eq8y7RlDyq"},
		{Name: "state", Suggestions: []string{"active", "inactive"}, Closed: true, Title: "State", Help: "active or inactive (default: active)"},
		{Name: externalIDField, Title: "External id", Help: "external id, unique among identities"},
		{Name: organizationIDField, Format: schema.UUID, Apart: true, Title: "Organization id", Help: "id of the identity's organization"},
		{Name: "metadata_public", Format: schema.JSON, Title: "Public metadata", Help: "JSON that the user can read",
			Placeholder: "JSON", Example: `{"plan":"gold"}`},
		{Name: "metadata_admin", Format: schema.JSON, Title: "Admin metadata", Help: "JSON that only administrators can read",
			Placeholder: "JSON", Example: `{"ticket":"INC-1"}`},
	}
}
