package provider

import (
	"time"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Adapter is everything that usher knows of one provider.
type Adapter struct {
	// Name is the word for the provider in commands and profiles: "sulu".
	Name string
	// Vendor is the provider as its vendor writes it: "Orange Business, Evolution Platform".
	Vendor string
	// Docs is the address of the page that documents how a user is created.
	Docs string
	// BaseURL is the documented base URL; empty where each tenant has its own.
	BaseURL string
	// Settings are the profile settings that this provider has beyond the common ones.
	Settings []Setting
	// Auth says how requests are authenticated.
	Auth Auth
	// Table lists the fields of a user.
	Table schema.Table
	// Key names the field by which the provider tells users apart.
	Key string
	// Unique is what the provider says of two users with one key; UniqueSource is the
	// page or the test that it follows from. [Uniquer] may know better of one tenant.
	Unique       Uniqueness
	UniqueSource string
	// UniqueFields are the documented fields, the key among them, of which no two users
	// may have the same value; nil if that is not documented.
	UniqueFields []string
	// KeyCase is what the provider documents of keys that differ only in case, and
	// KeyCaseDocs the address of the page that says so, empty for KeyCaseUnknown.
	KeyCase     KeyCase
	KeyCaseDocs string
	// Scope names the field that says in which organization a user is created, where the path carries it.
	Scope string
	// Organization names the field that says in which organization a user is
	// created, if one organization belongs to one tenant; empty for none.
	Organization string
	// Tailor gives the adapter as one profile has it, with the fields, the key and
	// the clients of its tenant; nil where this one holds for all of them. It gets the settings that are not secret
	// and sends nothing: what the tenant says of its fields stands in a file that
	// the setting [SchemaFile] names.
	Tailor func(setting func(name string) string) (Adapter, error)
	// Filters are the documented query parameters by which a list is narrowed.
	Filters []Filter
	// Traces names what a user's object tells of its past; zero where the provider documents nothing.
	Traces Traces
	// APIKeyTable lists the options of a new API key of a user.
	APIKeyTable schema.Table
	// Login is the documented exchange of a name and a password for a token; nil for none.
	Login *Login
	// Operations lists what the provider documents, in the order of [Powers].
	Operations []Operation
	// Reason reads the documented error body as one sentence, "" where it holds none.
	Reason func(body []byte) string
	// New makes a client. It sends nothing. It fails on a setting that it cannot use.
	New func(Connection) (Client, error)
}

// Setting is one profile setting of a provider.
type Setting struct {
	// Name is the setting's key in a profile, in kebab case: "client-id".
	Name string
	// Help says what it is: a phrase without a full stop.
	Help string
	// Secret settings hold a reference to a secret, never the secret.
	Secret bool
	// Default is used where nothing sets it.
	Default string
	// Values lists what it may be; nil where anything goes.
	Values []string
}

// SchemaFile is the setting, of adapters that tailor their table, that names the
// file in which the answer of a [SchemaSource] is kept.
const SchemaFile = "schema-file"

// Filter is one documented query parameter of a list.
type Filter struct {
	// Name is the parameter's documented name: "oryId".
	Name string
	// Help says what it selects: a phrase without a full stop.
	Help string
	// Example is a value that the provider takes; empty where it takes any text.
	Example string
}

// Login is a documented exchange of a name and a password for a token: a form
// post of username and password. It is no OAuth grant of a client; a person's
// password is asked for and kept nowhere.
type Login struct {
	// Server names the setting that holds the address of the authorization server.
	Server string
	// Path is the documented path below it.
	Path string
	// Setting names the secret setting that the token is for.
	Setting string
	// Lifetime is how long a token is good for, by its documentation.
	Lifetime time.Duration
	// Docs is the address of the page that documents it.
	Docs string
	// Token reads the token in the body of a good answer. Its error is an [*Error]
	// of class Denied where the body denies success; any other one goes on after
	// "the answer": "holds no token". It repeats nothing of the body.
	Token func(body []byte) (string, error)
}

// Connection is what a profile gives to an adapter's client.
type Connection struct {
	// Transport sends the requests, with credentials, below the base URL.
	Transport Transport
	// Setting gives the value of one of the adapter's settings that is not secret, its default where nothing sets it.
	Setting func(name string) string
}

// Power names an operation.
type Power string

// The powers, as providers document them.
const (
	PowerCreate        Power = "create"
	PowerFind          Power = "find"
	PowerList          Power = "list"
	PowerGet           Power = "get"
	PowerUpdate        Power = "update"
	PowerDeactivate    Power = "deactivate"
	PowerActivate      Power = "activate"
	PowerDelete        Power = "delete"
	PowerBatch         Power = "batch"
	PowerRoles         Power = "roles"
	PowerOrganizations Power = "organizations"
	PowerAPIKeys       Power = "keys"
	PowerNewAPIKey     Power = "new key"
	PowerLogin         Power = "login"
	PowerSchema        Power = "schema"
	PowerCheck         Power = "check"
)

// Powers lists every power in the order of reference pages.
func Powers() []Power {
	return []Power{
		PowerCreate, PowerFind, PowerList, PowerGet, PowerUpdate, PowerDeactivate, PowerActivate, PowerDelete, PowerBatch,
		PowerRoles, PowerOrganizations, PowerAPIKeys, PowerNewAPIKey, PowerLogin, PowerSchema, PowerCheck,
	}
}

// Operation is one documented operation.
type Operation struct {
	Power Power
	// Request is the documented method and path: "GET /users?email=".
	Request string
	// Docs is the address of the page that documents it.
	Docs string
}

// Operation finds the documented operation for a power.
func (a Adapter) Operation(power Power) (Operation, bool) {
	for _, operation := range a.Operations {
		if operation.Power == power {
			return operation, true
		}
	}
	return Operation{}, false
}
