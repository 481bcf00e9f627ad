package describe

import (
	"github.com/bring-aboard/usher/pkg/schema"
)

// Version is the value of the word usher in a description of this format.
const Version = "provider/v1"

// Description is a provider as a description has it, valid in itself.
type Description struct {
	Name, Vendor, Docs string
	// BaseURL is the documented base URL, without a slash at the end; empty if each tenant has its own.
	BaseURL string
	// Proof is how the description was proved.
	Proof Proof
	// Notes are sentences for the provider's page: what the description cannot express.
	Notes    []string
	Settings []Setting
	Auth     Auth
	Key      Key
	Unique   Unique
	// ID is the property of a user's object that contains the id.
	ID string
	// User is the place of the user's object in the response to a request about one user.
	User Pointer
	// Organization is the field with the organization in which a user is created, if one organization belongs to one
	// tenant; "" for none.
	Organization string
	// Envelope is the property that contains the fields in the body of a create and an update; "" for none.
	Envelope string
	Fields   []Field
	// Constants are sent with every create.
	Constants []Constant
	// Form reports that the bodies of requests are forms instead of JSON.
	Form bool
	// Conflicts are the refusals of a create because a value is taken, and Busy those of any request that is sent again
	// later, beside the common ones.
	Conflicts, Busy []Refusal
	// Quota are the headers with the rate limit, if they are not common ones; nil for none.
	Quota *Quota
	// Refused describes a response of status 2xx that denies success; nil for none.
	Refused *Match
	// Reasons are the places of the provider's own sentence in a refusal.
	Reasons []Pointer
	// Absent is what the documented body of a 404 for one item has; nil if none is documented.
	Absent *Match
	// State is the property that shows whether a user is deactivated; nil if none is documented.
	State *Match
	// Created and Modified are the properties with the times of a user's object; nil if they are not documented.
	Created, Modified Pointer

	Create                                               *Create
	Find                                                 *Find
	List                                                 *List
	Get, Update, Deactivate, Activate, Delete, CheckRead *Route
	// Self reads the user whose credentials are used.
	Self *Route
	// RevokeSessions ends all sessions of a user, and ResetMFA removes all second factors.
	RevokeSessions, ResetMFA *Route
	// Groups are the requests about groups and their members; nil for none.
	Groups *Groups

	Examples []Example
}

// Proof is how a description was proved.
type Proof string

// The proofs.
const (
	// ProofNone: nothing is said.
	ProofNone Proof = ""
	// ProofServer: a test runs it against the real server.
	ProofServer Proof = "server"
	// ProofSeen: the real server was used by hand.
	ProofSeen Proof = "seen"
	// ProofDocumented: it was written from documentation alone.
	ProofDocumented Proof = "documented"
)

// Setting is a setting of a profile that is not a credential.
type Setting struct {
	Name, Help, Default string
	Values              []string
	// Optional is set for a setting without a default that some requests do not need.
	Optional bool
}

// Auth is the ways in which requests are authenticated.
type Auth struct {
	Headers []Header
	Basic   *Basic
	OAuth   *OAuth
	Login   *Login
}

// Header is a header that contains a credential.
type Header struct {
	Name, Prefix, Setting, Help string
	Optional                    bool
}

// Basic is HTTP Basic authentication, by the names of its settings.
type Basic struct {
	Username, Password         string
	UsernameHelp, PasswordHelp string
}

// OAuth is the grant of client credentials.
type OAuth struct {
	// Path is the path of the token endpoint: below the base URL, or at the host of Origin, such as
	// "https://login.example.com", if that is not empty.
	Path       Path
	Origin     string
	InBody     bool
	Scopes     []string
	Parameters []Parameter
}

// Login is a request whose response has a token.
type Login struct {
	Path     Path
	Settings []Credential
	Body     Value
	// Token is the place of the token in the body; nil if it is in the header TokenHeader.
	Token          Pointer
	TokenHeader    string
	Header, Prefix string
}

// Credential is a secret setting of a log-in.
type Credential struct{ Name, Help string }

// Key is the natural key.
type Key struct {
	Field string
	// Compare is how the provider compares keys.
	Compare Compare
	// Docs is the page that documents that, or where it was observed.
	Docs string
}

// Compare is how a provider compares keys.
type Compare string

// The ways in which providers compare keys.
const (
	CompareUnknown Compare = ""
	CompareExact   Compare = "exact"
	CompareLower   Compare = "lower"
)

// Unique is what is known of two users with one key.
type Unique struct {
	Level  string // "", "documented" or "enforced"
	Docs   string
	Fields []string
}

// Field is a field of a user.
type Field struct {
	schema.Field
	// Copies are the places to which the value is copied.
	Copies [][]string
	// With are sent if the field is sent.
	With []Constant
	Line int
}

// Constant is a value at a place in the body.
type Constant struct {
	Place []string
	Value Value
}

// Match is a property with one of these values; with any value if there are none.
type Match struct {
	At Pointer
	Is []string
}

// Refusal is a response that has a documented meaning.
type Refusal struct {
	Status int
	// Match is the code that tells it apart; nil if the status is enough.
	Match *Match
	// Lookup is set if the status has other meanings as well.
	Lookup bool
}

// RefusalIn returns the one of these refusals that a response is; nil for none.
func RefusalIn(refusals []Refusal, status int, body []byte) *Refusal {
	for i, refusal := range refusals {
		if refusal.Status == status && (refusal.Match == nil || refusal.Match.In(body)) {
			return &refusals[i]
		}
	}
	return nil
}

// Quota are the names of the headers that contain the number of requests left, and the time until there are more.
type Quota struct{ Remaining, Reset string }

// Route is a documented request and what is special about its response.
type Route struct {
	Method string
	Path   Path
	Query  []Parameter
	// Text is the request as the description has it.
	Text string
	Body Value
	Docs string
	// Statuses are the documented statuses of success.
	Statuses []int
	// User is the place of the user's object; set if the response has one.
	User   Pointer
	NoUser bool
	// Repeat lists the properties of the user's object that are sent again.
	Repeat []Repeat
	// Complete lists the objects, by the prefix of their fields, that are sent complete.
	Complete []string
	// ReadFirst is set for a request that replaces the user: the whole object is read, and sent with the changes.
	ReadFirst bool
	Line      int
}

// Repeat is a property of the user's object that a change sends again.
type Repeat struct {
	Name string
	// Or is the property whose value is sent instead of an empty one, "" for none.
	Or string
}

// Create is the request that creates a user.
type Create struct {
	Route
	// Location is set if no user is in the response, and the id is in the header Location. IDAt is set if only the id is
	// in the response: its place.
	Location bool
	IDAt     Pointer
}

// IDOnly reports that the response contains nothing of the user but the id.
func (c *Create) IDOnly() bool { return c.Location || c.IDAt != nil }

// Find is the lookup by the natural key.
type Find struct {
	List
	// IsItem is set for a route that returns one user or 404, and no list.
	IsItem bool
	// Substring is set for a route that searches by parts.
	Substring bool
}

// List is a list of users.
type List struct {
	Route
	// Users is the place of the list in a response.
	Users Pointer
	// Page is how the list is paged; nil if it is one response.
	Page *Page
}

// Groups are the requests about groups and their members.
type Groups struct {
	List, Members Listing
	// Member is a request that succeeds for a member, and gets a 404 for a user who is none; nil for none.
	Member      *Route
	Add, Remove *Route
}

// Listing is a list of other objects than users.
type Listing struct {
	List
	// ID and Name are the places in an object of its id and of its name; Name is nil for none.
	ID, Name Pointer
	// Only tells the objects that count from others; nil if all of them do.
	Only *Match
}

// PageBy is a way in which pages are requested.
type PageBy string

// The ways of paging.
const (
	ByNumber PageBy = "number"
	ByOffset PageBy = "offset"
	ByCursor PageBy = "cursor"
	ByLink   PageBy = "link"
)

// Page is how a list is paged.
type Page struct {
	By PageBy
	// Parameter is the query parameter of the number, the offset or the cursor.
	Parameter string
	// First is the number of the first page.
	First int
	// Size is the query parameter of the page's size, "" for none, and Limit the largest documented value.
	Size  string
	Limit int
	// Total is the place of the number of all users, or TotalHeader the header that contains it.
	Total       Pointer
	TotalHeader string
	// Next is the place of the cursor, or of the whole URL, of the next page.
	Next Pointer
}

// Example is a documented exchange.
type Example struct {
	Docs      string
	Operation string // "create" by default
	// Composed is set if the page has no such example, and it was made from its words.
	Composed bool
	Settings map[string]string
	Record   map[string]Value
	Key, ID  string
	// Group is the id of the group of an example about members.
	Group    string
	Request  ExampleRequest
	Response ExampleResponse
	// User and Outcome are what usher must make of the response: a user, the first group or member, or a class of error.
	UserID, UserKey string
	Outcome         string
	Line            int
}

// ExampleRequest is the documented request.
type ExampleRequest struct {
	Method, Path string
	Body         Value
	HasBody      bool
	// Form is the body if it is a form, as it is written.
	Form string
}

// ExampleResponse is the documented response.
type ExampleResponse struct {
	Status  int
	Headers map[string]string
	Body    Value
	HasBody bool
}

// Routes yields the described requests by the name of their word.
func (d *Description) Routes() map[string]*Route {
	routes := map[string]*Route{}
	if d.Create != nil {
		routes["create"] = &d.Create.Route
	}
	if d.Find != nil {
		routes["find"] = &d.Find.Route
	}
	if d.List != nil {
		routes["list"] = &d.List.Route
	}
	for name, route := range map[string]*Route{
		"get": d.Get, "update": d.Update, "deactivate": d.Deactivate, "activate": d.Activate, "delete": d.Delete, "check": d.CheckRead, "self": d.Self,
		"revoke-sessions": d.RevokeSessions, "reset-mfa": d.ResetMFA,
	} {
		if route != nil {
			routes[name] = route
		}
	}
	if g := d.Groups; g != nil {
		routes["groups"], routes["members"], routes["add-member"], routes["remove-member"] = &g.List.Route, &g.Members.Route, g.Add, g.Remove
		if g.Member != nil {
			routes["member"] = g.Member
		}
	}
	return routes
}

// Table returns the fields as a table.
func (d *Description) Table() schema.Table {
	table := make(schema.Table, len(d.Fields))
	for i, field := range d.Fields {
		table[i] = field.Field
	}
	return table
}

// Scope returns the field that is in the path of the create, "" for none.
func (d *Description) Scope() string {
	for _, field := range d.Fields {
		if field.In == schema.Path {
			return field.Name
		}
	}
	return ""
}
