package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	scimUserURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	scimEnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// A scimAttribute is one attribute of a schema (RFC 7643, 7), with the names of its properties in /Schemas.
type scimAttribute struct {
	Name            string          `json:"name"`
	Type            string          `json:"type"`
	SubAttributes   []scimAttribute `json:"subAttributes,omitempty"`
	MultiValued     bool            `json:"multiValued"`
	Description     string          `json:"description"`
	Required        bool            `json:"required"`
	CanonicalValues []string        `json:"canonicalValues,omitempty"`
	CaseExact       bool            `json:"caseExact"`
	Mutability      string          `json:"mutability"`
	Returned        string          `json:"returned"`
	Uniqueness      string          `json:"uniqueness"`
}

// scimText is an attribute that contains one text.
func scimText(name, description string) scimAttribute {
	return scimAttribute{Name: name, Type: "string", Description: description, Mutability: "readWrite", Returned: "default", Uniqueness: "none"}
}

func (a scimAttribute) of(kind string) scimAttribute {
	a.Type = kind
	return a
}

func (a scimAttribute) holding(inner ...scimAttribute) scimAttribute {
	a.Type, a.SubAttributes = "complex", inner
	return a
}

// scimPlural is an attribute with several values (RFC 7643, 2.4).
func scimPlural(name, description, kind string, types ...string) scimAttribute {
	label := scimText("type", "A label indicating the attribute's function.")
	label.CanonicalValues = types
	a := scimText(name, description).holding(
		scimText("value", "The value.").of(kind),
		scimText("display", "A human-readable name, primarily used for display purposes."),
		label,
		scimText("primary", "Whether this is the preferred value.").of("boolean"),
	)
	a.MultiValued = true
	return a
}

// scimDescribed lists the attributes of a user that a schema has (RFC 7643, 8.7.1): externalId, which every resource has
// (3.1), is in none, and addresses have the sub-attribute primary only by default (2.4).
func scimDescribed() []scimAttribute {
	without := func(attributes []scimAttribute, name string) []scimAttribute {
		return slices.DeleteFunc(attributes, func(a scimAttribute) bool { return a.Name == name })
	}
	core := without(scimCore(), "externalId")
	for i := range core {
		if core[i].Name == "addresses" {
			core[i].SubAttributes = without(core[i].SubAttributes, "primary")
		}
	}
	return core
}

// scimCore lists the attributes of a user that a client may send (RFC 7643, 3.1, 2.4 and 8.7.1).
func scimCore() []scimAttribute {
	userName := scimText("userName", "Unique identifier for the User.")
	userName.Required, userName.Uniqueness = true, "server"
	externalID := scimText("externalId", "A String that is an identifier for the resource as defined by the provisioning client.")
	externalID.CaseExact = true
	password := scimText("password", "The User's cleartext password.")
	password.Mutability, password.Returned = "writeOnly", "never"
	groups := scimText("groups", "A list of groups to which the user belongs.").holding(scimText("value", "The identifier of the User's group."))
	groups.MultiValued, groups.Mutability = true, "readOnly"
	addresses := scimText("addresses", "A physical mailing address for this User.").holding(
		scimText("formatted", "The full mailing address."), scimText("streetAddress", "The full street address component."),
		scimText("locality", "The city or locality component."), scimText("region", "The state or region component."),
		scimText("postalCode", "The zip code or postal code component."), scimText("country", "The country name component."),
		scimText("type", "A label indicating the attribute's function."), scimText("primary", "Whether this is the preferred value.").of("boolean"),
	)
	addresses.MultiValued = true
	return []scimAttribute{
		userName, externalID,
		scimText("name", "The components of the user's real name.").holding(
			scimText("formatted", "The full name."), scimText("familyName", "The family name of the User."),
			scimText("givenName", "The given name of the User."), scimText("middleName", "The middle name(s) of the User."),
			scimText("honorificPrefix", "The honorific prefix(es) of the User."), scimText("honorificSuffix", "The honorific suffix(es) of the User."),
		),
		scimText("displayName", "The name of the User, suitable for display to end-users."),
		scimText("nickName", "The casual way to address the user in real life."),
		scimText("profileUrl", "A fully qualified URL pointing to a page representing the User's online profile.").of("reference"),
		scimText("title", "The user's title."), scimText("userType", "Used to identify the relationship between the organization and the user."),
		scimText("preferredLanguage", "Indicates the User's preferred written or spoken language."),
		scimText("locale", "Used to indicate the User's default location."),
		scimText("timezone", "The User's time zone in the 'Olson' time zone database format."),
		scimText("active", "A Boolean value indicating the User's administrative status.").of("boolean"),
		password,
		scimPlural("emails", "Email addresses for the user.", "string", "work", "home", "other"),
		scimPlural("phoneNumbers", "Phone numbers for the User.", "string", "work", "home", "mobile", "fax", "pager", "other"),
		scimPlural("ims", "Instant messaging addresses for the User.", "string", "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
		scimPlural("photos", "URLs of photos of the User.", "reference", "photo", "thumbnail"),
		addresses, groups,
		scimPlural("entitlements", "A list of entitlements for the User.", "string"),
		scimPlural("roles", "A list of roles for the User.", "string"),
		scimPlural("x509Certificates", "A list of certificates issued to the User.", "binary"),
	}
}

// scimEnterprise lists the attributes of the enterprise extension.
func scimEnterprise() []scimAttribute {
	name := scimText("displayName", "The displayName of the User's manager.")
	name.Mutability = "readOnly"
	return []scimAttribute{
		scimText("employeeNumber", "Numeric or alphanumeric identifier assigned to a person."),
		scimText("costCenter", "Identifies the name of a cost center."), scimText("organization", "Identifies the name of an organization."),
		scimText("division", "Identifies the name of a division."), scimText("department", "Identifies the name of a department."),
		scimText("manager", "The User's manager.").holding(
			scimText("value", "The id of the SCIM resource representing the User's manager."),
			scimText("$ref", "The URI of the SCIM resource representing the User's manager.").of("reference"), name,
		),
	}
}

// scimUserOf checks a user and returns it as it is stored: names as they are defined, without what the server itself
// sets, the password, and empty values.
func scimUserOf(body map[string]any) (map[string]any, error) {
	var found []violation
	urns := scimSchemasOf(body, &found)
	rest := maps.Clone(body)
	extension := map[string]any{}
	for name, value := range body {
		switch {
		case strings.EqualFold(name, "schemas"):
			delete(rest, name)
		case strings.EqualFold(name, "id"), strings.EqualFold(name, "meta"):
			delete(rest, name) // set by the server: neither refused nor used
		case strings.EqualFold(name, scimEnterpriseURN):
			delete(rest, name)
			if !slices.Contains(urns, scimEnterpriseURN) {
				found = append(found, badRequest("schemas", "must contain the extension that is used")...)
			}
			extension = scimObject(scimEnterprise(), scimEnterpriseURN, value, &found)
		}
	}
	user := scimObject(scimCore(), "", rest, &found)
	if len(found) > 0 {
		p := scimBad(scimInvalidSyntax, "%s", summary(found))
		if name, ok := user["userName"].(string); !ok || strings.TrimSpace(name) == "" {
			p.keyword = scimInvalidValue
		}
		return nil, p
	}
	delete(user, "password")
	user["schemas"] = []string{scimUserURN}
	if len(extension) > 0 {
		user["schemas"] = []string{scimUserURN, scimEnterpriseURN}
		user[scimEnterpriseURN] = extension
	}
	return user, nil
}

// scimSchemasOf reads the schemas of a user, which contain the core schema and no other than the enterprise extension.
func scimSchemasOf(body map[string]any, found *[]violation) []string {
	given, _ := body["schemas"].([]any)
	var urns []string
	for _, value := range given {
		urn, _ := value.(string)
		switch {
		case strings.EqualFold(urn, scimUserURN):
			urns = append(urns, scimUserURN)
		case strings.EqualFold(urn, scimEnterpriseURN):
			urns = append(urns, scimEnterpriseURN)
		default:
			*found = append(*found, badRequest("schemas", "must contain known schemas only")...)
		}
	}
	if !slices.Contains(urns, scimUserURN) {
		*found = append(*found, badRequest("schemas", "must be a list that contains "+scimUserURN)...)
	}
	return urns
}

// scimObject checks the properties of an object. Names are compared without regard to case.
func scimObject(attributes []scimAttribute, at string, value any, found *[]violation) map[string]any {
	given, isObject := value.(map[string]any)
	if !isObject {
		*found = append(*found, badRequest(at, "must be a JSON object")...)
		return nil
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		definition, ok := scimNamed(attributes, name)
		if !ok {
			*found = append(*found, badRequest(join(at, name), "is not a documented attribute")...)
			continue
		}
		if definition.Mutability == "readOnly" {
			continue
		}
		if read := definition.value(join(at, name), given[name], found); read != nil {
			object[definition.Name] = read
		}
	}
	for _, definition := range attributes {
		if _, ok := object[definition.Name]; definition.Required && !ok {
			*found = append(*found, badRequest(join(at, definition.Name), "is required")...)
		}
	}
	return object
}

func scimNamed(attributes []scimAttribute, name string) (scimAttribute, bool) {
	i := slices.IndexFunc(attributes, func(a scimAttribute) bool { return strings.EqualFold(a.Name, name) })
	if i < 0 {
		return scimAttribute{}, false
	}
	return attributes[i], true
}

// value checks the value of an attribute. Null and an empty list are no value (RFC 7643, 2.5).
func (a scimAttribute) value(at string, value any, found *[]violation) any {
	if value == nil {
		return nil
	}
	if !a.MultiValued {
		return a.single(at, value, found)
	}
	items, isArray := value.([]any)
	if !isArray {
		*found = append(*found, badRequest(at, "must be an array")...)
		return nil
	}
	var read []any
	preferred := 0
	for i, item := range items {
		one := a.single(fmt.Sprintf("%s[%d]", at, i), item, found)
		if object, ok := one.(map[string]any); ok && object["primary"] == true {
			preferred++
		}
		read = append(read, one)
	}
	if preferred > 1 {
		*found = append(*found, badRequest(at, "must not have more than one primary value")...)
	}
	if len(read) == 0 {
		return nil
	}
	return read
}

func (a scimAttribute) single(at string, value any, found *[]violation) any {
	switch a.Type {
	case "complex":
		object := scimObject(a.SubAttributes, at, value, found)
		if len(object) == 0 {
			return nil
		}
		return object
	case "boolean":
		if _, ok := value.(bool); !ok {
			*found = append(*found, badRequest(at, "must be true or false")...)
		}
	default:
		accept := text
		if a.Required {
			accept = filled
		}
		*found = append(*found, accept(at, value)...)
	}
	return value
}
