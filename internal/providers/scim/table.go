package scim

import (
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// The URNs of the schemas of a user (RFC 7643, 10.3.1).
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// standardTable lists the attributes of a user and of the enterprise extension
// that a client can set, in the order of the examples.
func standardTable() schema.Table {
	return slices.Concat(coreTable(), listTable(), enterpriseTable())
}

// coreTable lists the attributes with one value (RFC 7643, 4.1.1).
func coreTable() schema.Table {
	return schema.Table{
		{Name: "userName", Format: schema.NonBlank, Identifier: true, Required: true, Beside: []string{"schemas", "id", "meta"}, Title: "Username",
			Help: "unique login name", Aliases: []string{"login", "login name", "user principal name", "UPN", "account name"}},
		{Name: "externalId", Title: "External id", Example: "701984", Help: "identifier assigned by the client"},
		{Name: "name.formatted", Means: schema.FullName, Flag: "formatted-name", Title: "Formatted name", Example: "Ms. Barbara J Jensen, III", Help: "full name for display, with titles and suffixes",
			Aliases: []string{"full name", "complete name"}},
		{Name: "name.familyName", Means: schema.FamilyName, Flag: "family-name", Title: "Family name", Help: "family name, or last name in most Western languages",
			Aliases: []string{"last name", "surname"}},
		{Name: "name.givenName", Means: schema.GivenName, Flag: "given-name", Title: "Given name", Help: "given name, or first name in most Western languages",
			Aliases: []string{"first name", "forename"}},
		{Name: "name.middleName", Flag: "middle-name", Title: "Middle name", Example: "Jane", Help: "middle name"},
		{Name: "name.honorificPrefix", Flag: "honorific-prefix", Title: "Honorific prefix", Help: "honorific prefix, or title in most Western languages",
			Example: "Ms.", Aliases: []string{"salutation", "name prefix"}},
		{Name: "name.honorificSuffix", Flag: "honorific-suffix", Title: "Honorific suffix", Help: "honorific suffix, or suffix in most Western languages",
			Example: "III", Aliases: []string{"name suffix"}},
		{Name: "displayName", Means: schema.FullName, Title: "Display name", Help: "display name"},
		{Name: "nickName", Title: "Nick name", Example: "Babs", Help: "nickname"},
		{Name: "profileUrl", Title: "Profile URL", Example: "https://login.example.com/bjensen", Help: "URL of the user's online profile", Aliases: []string{"profile page", "profile address"}},
		{Name: "userType", Title: "User type", Help: "relationship between the organization and the user", Suggestions: []string{"Employee", "Contractor", "Intern", "Temp", "External", "Unknown"}},
		{Name: "title", Title: "Title", Example: "Tour Guide", Help: "job title, for example Vice President", Aliases: []string{"job title", "position"}},
		{Name: "preferredLanguage", Title: "Preferred language", Help: "preferred written or spoken languages, as in Accept-Language", Example: "en-US", Aliases: []string{"language"}},
		{Name: "locale", Title: "Locale", Help: "default location, for currency, date and time formats", Example: "en-US"},
		{Name: "timezone", Title: "Time zone", Help: "time zone in the form of the IANA database", Example: "America/Los_Angeles"},
		{Name: "active", Kind: schema.Boolean, Title: "Active", Help: "whether the user can log in", Aliases: []string{"enabled"}},
		{Name: "password", Secret: true, WriteOnly: true, Title: "Password", Help: "password of the user"},
	}
}

// listTable lists the attributes with several values (RFC 7643, 4.1.2), except groups, which are changed only through
// the groups.
func listTable() schema.Table {
	value := func(part schema.Field) schema.Field {
		part.Name, part.Required = "value", true
		return part
	}
	address := func(name, title, help, example string, aliases ...string) schema.Field {
		return schema.Field{Name: name, Title: title, Help: help, Example: example, Aliases: aliases}
	}
	emails := several("emails", "email", "Email addresses", "email address", value(schema.Field{Format: schema.Email, Help: "address"}), []string{"mail", "e-mail", "e-mail address"}, "work", "home", "other")
	emails.Means = schema.EmailAddress
	return schema.Table{
		emails,
		{Name: "addresses", Kind: schema.Objects, Flag: "address", Title: "Addresses", Help: "physical mailing address (repeatable)",
			Aliases: []string{"postal address", "mailing address"}, Parts: []schema.Field{
				address("streetAddress", "Street address", "full street address (may have several lines)", "100 Universal City Plaza", "street", "address line 1"),
				address("locality", "City", "city or locality", "Hollywood", "town"),
				address("region", "Region", "state or region", "CA", "state", "province"),
				address("postalCode", "Postal code", "zip code or postal code", "91608", "zip", "zip code", "postcode"),
				address("country", "Country", "country code (two letters, ISO 3166-1)", "US", "country code"),
				kindOf("work", "home", "other"),
				primary(),
				address("formatted", "Formatted address", "full mailing address, formatted for display", "100 Universal City Plaza, Hollywood, CA 91608 USA"),
			}},
		several("phoneNumbers", "phone", "Phone numbers", "phone number", value(schema.Field{Example: "tel:+1-201-555-0123", Scheme: true, Help: "phone number, preferably as RFC 3966: tel:+1-201-555-0123"}),
			[]string{"phone number", "telephone", "telephone number"}, "work", "home", "mobile", "fax", "pager", "other"),
		several("ims", "im", "Instant messaging addresses", "instant messaging address", value(schema.Field{Example: "someaimhandle", Help: "address"}), []string{"instant messenger"}, "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		several("photos", "photo", "Photos", "URL of a photo", value(schema.Field{Example: "https://photos.example.com/ada.png", Scheme: true, Help: "URL of an image file"}), []string{"photo URL", "picture", "avatar"}, "photo", "thumbnail"),
		several("entitlements", "entitlement", "Entitlements", "entitlement of the user", value(schema.Field{Example: "badge", Help: "entitlement"}), nil),
		several("roles", "role", "Roles", "role of the user, for example Student", value(schema.Field{Example: "Student", Help: "role"}), []string{"user role"}),
		several("x509Certificates", "x509-certificate", "X.509 certificates", "certificate of the user", value(schema.Field{Example: "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw", Help: "DER certificate in base64"}), []string{"certificate", "certificates"}),
	}
}

// several returns an attribute with several values (RFC 7643, 2.4).
func several(name, flag, title, help string, value schema.Field, aliases []string, types ...string) schema.Field {
	return schema.Field{
		Name: name, Kind: schema.Objects, Flag: flag, Title: title, Help: help + " (repeatable)", Aliases: aliases,
		Parts: []schema.Field{value, kindOf(types...), primary(), {Name: "display", Help: "name for display", Example: "shown to people"}},
	}
}

// kindOf returns the label of one of several values.
func kindOf(types ...string) schema.Field {
	help := "label of the value's function"
	if len(types) > 0 {
		help += ", for example " + strings.Join(types, ", ")
	}
	return schema.Field{Name: "type", Help: help, Suggestions: types}
}

func primary() schema.Field {
	return schema.Field{Name: "primary", Kind: schema.Boolean, Help: "true for the primary value (at most one)"}
}

// enterpriseTable lists the attributes of the enterprise extension (RFC 7643, 4.3).
func enterpriseTable() schema.Table {
	field := func(name, title, help, example string, aliases ...string) schema.Field {
		return schema.Field{
			Name: name, Wire: append([]string{enterpriseURN}, strings.Split(name, ".")...), Title: title, Help: help, Example: example, Aliases: aliases,
		}
	}
	manager := field("manager.value", "Manager", "id of the user's manager at the server", "26118915-6090-4610-87e4-49d8ca9f808d", "manager id")
	manager.Flag = "manager"
	return schema.Table{
		field("employeeNumber", "Employee number", "identifier assigned by the organization", "701984", "employee id", "staff number", "personnel number"),
		field("costCenter", "Cost center", "name of a cost center", "4130", "cost centre"),
		field("organization", "Organization", "name of an organization", "Universal Studios", "organisation", "company"),
		field("division", "Division", "name of a division", "Theme Park"),
		field("department", "Department", "name of a department", "Tour Operations", "dept"),
		manager,
	}
}
