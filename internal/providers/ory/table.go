package ory

import (
	"regexp"

	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	schemaIDField   = "schema_id"
	externalIDField = "external_id"
)

// traits are the fields of one identity schema.
type traits struct {
	schemaID string
	fields   schema.Table
	// key is the name of the trait that identifies a user.
	key string
}

// preset returns the traits with which a new Ory project begins.
func preset() traits {
	return traits{
		schemaID: defaultSchemaID,
		key:      "traits.email",
		fields: schema.Table{
			{Name: "traits.email", Format: schema.Email, Required: true, Flag: "email", Title: "Email", Help: "email address used to log in",
				Aliases: []string{"mail", "e-mail address"}},
			{Name: "traits.name.first", Flag: "name-first", Title: "First name", Help: "first name", Aliases: []string{"given name"}},
			{Name: "traits.name.last", Flag: "name-last", Title: "Last name", Help: "last name", Aliases: []string{"family name", "surname"}},
		},
	}
}

// table lists the fields of an identity in the order of the page's examples: those that every tenant has around the
// tenant's own traits.
func table(traits traits) schema.Table {
	return append(append(before(traits.schemaID), traits.fields...), after()...)
}

func before(schemaID string) schema.Table {
	return schema.Table{
		{Name: schemaIDField, Immutable: true, Suggestions: []string{schemaID}, Closed: true, Title: "Identity schema",
			Help: "id of the identity schema (from the profile)"},
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
		{Name: "credentials.password.config.password", Secret: true, WriteOnly: true, Immutable: true, Flag: "password", Title: "Password",
			Help: "password in plain text; not checked against Ory's password policy"},
		{Name: "credentials.password.config.hashed_password", Secret: true, Hash: true, WriteOnly: true, Immutable: true, Flag: "hashed-password", Title: "Hashed password",
			Help:    "password hash in PHC format, instead of the password",
			Pattern: regexp.MustCompile(`^(\$|\{SSHA)`), Example: "$2a$10$ZsCsoVQ3xfBG/K2z2XpBf.tm90GZmtOqtqWcB5.pYd5Eq8y7RlDyq"},
		{Name: "state", Suggestions: []string{"active", "inactive"}, Closed: true, Title: "State", Help: "active or inactive (default: active)"},
		{Name: externalIDField, Title: "External id", Help: "external id, unique among identities"},
		{Name: "organization_id", Format: schema.UUID, Title: "Organization id", Help: "id of the identity's organization"},
	}
}
