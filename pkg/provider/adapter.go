package provider

import (
	"time"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Adapter is the description of one provider.
type Adapter struct {
	// Name is the provider's name in commands and profiles: "sulu".
	Name string
	// Vendor is the provider as its vendor writes it: "Orange Business, Evolution Platform".
	Vendor string
	// Docs is the address of the page that documents how a user is created.
	Docs string
	// BaseURL is the documented base URL; empty if each tenant has its own.
	BaseURL string
	// Settings are the profile settings that this provider has beyond the common ones.
	Settings []Setting
	// Auth is the way in which requests are authenticated.
	Auth Auth
	// Table lists the fields of a user.
	Table schema.Table
	// Envelope is the property that contains the fields in the body of a create and of an update; "" if they are the
	// body's own.
	Envelope string
	// Key is the name of the field by which the provider identifies a user.
	Key string
	// Unique is what the provider documents about two users with one key; UniqueSource is the page or the test that it
	// follows from. A [Uniquer] overrides it for one tenant.
	Unique       Uniqueness
	UniqueSource string
	// UniqueFields are the documented fields, the key among them, of which no two users
	// may have the same value; nil if that is not documented.
	UniqueFields []string
	// KeyCase is what the provider documents of keys that differ only in case, and KeyCaseDocs the address of that
	// page, empty for KeyCaseUnknown.
	KeyCase     KeyCase
	KeyCaseDocs string
	// FindsParts reports that the documented lookup searches by parts: it may return users with other keys, and the user is
	// absent if none of them has the key.
	FindsParts bool
	// IDOnly reports that the documented response to a create contains nothing of the user but the id, in its body or in
	// the header Location.
	IDOnly bool
	// Quota are the headers with the rate limit, if their names are not common ones; zero if they are.
	Quota Quota
	// Scope is the name of the field with the organization in which a user is created, if it is part of the path.
	Scope string
	// Organization is the name of the field with the organization in which a user is created, if one organization
	// belongs to one tenant; empty for none.
	Organization string
	// ForTenant returns the adapter for one profile, with the fields, the key and the clients of its tenant; nil if this
	// one applies to all of them. It receives the settings that are not secret and sends nothing: the tenant's
	// description of its fields is in the file of the setting [SchemaFile].
	ForTenant func(setting func(name string) string) (Adapter, error)
	// Filters are the documented query parameters by which a list is narrowed.
	Filters []Filter
	// Lifecycle are the properties of a user's object that show its past; zero if the provider documents none.
	Lifecycle Lifecycle
	// APIKeyTable lists the options of a new API key of a user.
	APIKeyTable schema.Table
	// Login is the documented exchange of a username and a password for a token; nil for none.
	Login *Login
	// Endpoints lists what the provider documents, in the order of [Capabilities].
	Endpoints []Endpoint
	// Reason returns the documented error body as one sentence, "" if there is none in it.
	Reason func(body []byte) string
	// New returns a new client. It sends nothing. It fails on a setting that it cannot use.
	New func(Connection) (Client, error)
}

// Setting is one profile setting of a provider.
type Setting struct {
	// Name is the setting's key in a profile, in kebab case: "client-id".
	Name string
	// Help describes the setting: a phrase without a full stop.
	Help string
	// Secret settings contain a reference to a secret, never the secret.
	Secret bool
	// Default is the value if nothing sets it.
	Default string
	// Required settings have no default, and no request can be made without them.
	Required bool
	// RequiredBySome settings have no default, and some requests cannot be made without them.
	RequiredBySome bool
	// Values lists the valid values; nil if any value is valid.
	Values []string
}

// SchemaFile is the setting, of adapters that tailor their table, with the file in which the response of a
// [SchemaSource] is stored.
const SchemaFile = "schema-file"

// Quota are the names of two headers: the number of requests that are left, and the time until there are more.
type Quota struct{ Remaining, Reset string }

// Filter is one documented query parameter of a list.
type Filter struct {
	// Name is the parameter's documented name: "oryId".
	Name string
	// Help describes what it selects: a phrase without a full stop.
	Help string
	// Example is a value that the provider accepts; empty if it accepts any text.
	Example string
}

// Login is a documented exchange of a username and a password for a token: a form post of username and password. It is
// not an OAuth grant of a client; the user's password is prompted for and never stored.
type Login struct {
	// Server is the setting with the address of the authorization server.
	Server string
	// Path is the documented path below it.
	Path string
	// Setting is the secret setting for the token.
	Setting string
	// Lifetime is how long a token is valid, by its documentation.
	Lifetime time.Duration
	// RefreshPath is the documented path below the server to which a refresh token is posted for new tokens, as a bearer
	// token and without a body; "" for none.
	RefreshPath string
	// Docs is the address of the page that documents it.
	Docs string
	// Tokens returns the tokens in the body of a good response to either request. Its error is an [*Error] of class
	// Denied if the body denies success; any other one continues "the response": "contains no token". It repeats nothing
	// of the body.
	Tokens func(body []byte) (Tokens, error)
}

// Tokens is what a login issues.
type Tokens struct {
	// Access is sent with every request of the API.
	Access string
	// Refresh is sent for new tokens, and to nothing else; "" for none.
	Refresh string
}

// Connection is what an adapter's client receives from a profile.
type Connection struct {
	// Transport sends the requests, with credentials, below the base URL.
	Transport Transport
	// Setting returns the value of one of the adapter's settings that is not secret, its default if nothing sets it.
	Setting func(name string) string
}

// Capability is the name of an operation.
type Capability string

// The powers, as providers document them.
const (
	CapabilityCreate        Capability = "create"
	CapabilityFind          Capability = "find"
	CapabilityList          Capability = "list"
	CapabilityGet           Capability = "get"
	CapabilityUpdate        Capability = "update"
	CapabilityDeactivate    Capability = "deactivate"
	CapabilityActivate      Capability = "activate"
	CapabilityDelete        Capability = "delete"
	CapabilityBatch         Capability = "batch"
	CapabilityRoles         Capability = "roles"
	CapabilityOrganizations Capability = "organizations"
	CapabilityGroups        Capability = "groups"
	CapabilityMembers       Capability = "members"
	CapabilityAddMember     Capability = "add member"
	CapabilityRemoveMember  Capability = "remove member"
	CapabilityAPIKeys       Capability = "keys"
	CapabilityNewAPIKey     Capability = "new key"
	CapabilitySessions      Capability = "sessions"
	CapabilityRevoke        Capability = "revoke sessions"
	CapabilityRecovery      Capability = "recovery"
	CapabilityResetMFA      Capability = "reset mfa"
	CapabilityLogin         Capability = "login"
	CapabilitySchema        Capability = "schema"
	CapabilityCheck         Capability = "check"
	CapabilitySelf          Capability = "self"
)

// Capabilities returns every power in the order of reference pages.
func Capabilities() []Capability {
	return []Capability{
		CapabilityCreate, CapabilityFind, CapabilityList, CapabilityGet, CapabilityUpdate, CapabilityDeactivate, CapabilityActivate, CapabilityDelete, CapabilityBatch,
		CapabilityRoles, CapabilityOrganizations, CapabilityGroups, CapabilityMembers, CapabilityAddMember, CapabilityRemoveMember,
		CapabilityAPIKeys, CapabilityNewAPIKey, CapabilitySessions, CapabilityRevoke, CapabilityRecovery, CapabilityResetMFA, CapabilityLogin, CapabilitySchema, CapabilityCheck, CapabilitySelf,
	}
}

// Endpoint is one documented operation.
type Endpoint struct {
	Capability Capability
	// Request is the documented method and path: "GET /users?email=".
	Request string
	// Docs is the address of the page that documents it.
	Docs string
}

// Endpoint returns the documented operation for a power.
func (a Adapter) Endpoint(power Capability) (Endpoint, bool) {
	for _, operation := range a.Endpoints {
		if operation.Capability == power {
			return operation, true
		}
	}
	return Endpoint{}, false
}
