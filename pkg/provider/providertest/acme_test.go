package providertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// acme is an adapter for a provider that does not exist, small and right. Its
// client is made of functions, so that a test can put a wrong one in.
type acme struct {
	adapter provider.Adapter
	// transport wraps what sends the requests.
	transport func(provider.Transport) provider.Transport
	// encode writes the body of a create.
	encode func(schema.Record) ([]byte, error)
	// path gives the path of a create.
	path func(schema.Record) string
	// read makes a user of one object of a response.
	read func(object json.RawMessage) (provider.User, error)
	// affirm reads the response to a create.
	affirm func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error)
	// created judges the user in the response to a create.
	created func(user provider.User, record schema.Record) error
	// pick chooses among the users that a lookup gave.
	pick func(op, key string, users []provider.User) (provider.User, error)
	// query gives the query of a lookup.
	query func(key string) url.Values
	// course follows a list from page to page.
	course func(list provider.Paging[provider.User], read func(offset int) (provider.Page[provider.User], error)) iter.Seq2[provider.User, error]
	// absent judges the body of a 404 to a read of one user; nil for a client that does
	// not look at it.
	absent func(body []byte) bool
	// requests tells how many requests a list of so many users takes.
	requests func(users int) int
	// left reports whether a list ends when its loop is left.
	left bool
	// garbled is the error for a response that makes no sense.
	garbled func(op string, status int, cause error) error
	// filters gives the query of a list with filters.
	filters func(filter map[string]string) (url.Values, error)
	// serve starts a server of acme's.
	serve func(providertest.TB) string
	// powers limits what the client can do.
	powers func(client) provider.Client
	// more are the parts of the other powers.
	more
}

// acmePage is the size of a page of users.
const acmePage = 20

// newAcme is an acme that creates, finds, lists and checks, and no more.
func newAcme() *acme {
	return newWholeAcme().narrow(func(c client) provider.Client { return reader{c, c, c, c} },
		provider.CapabilityFind, provider.CapabilityList, provider.CapabilityCheck)
}

// narrow takes every power away beside creating and these.
func (a *acme) narrow(powers func(client) provider.Client, kept ...provider.Capability) *acme {
	a.powers = powers
	has := func(power provider.Capability) bool {
		return power == provider.CapabilityCreate || slices.Contains(kept, power)
	}
	a.adapter.Endpoints = slices.DeleteFunc(a.adapter.Endpoints, func(o provider.Endpoint) bool { return !has(o.Capability) })
	if !has(provider.CapabilityList) {
		a.adapter.Filters = nil
	}
	if !has(provider.CapabilityNewAPIKey) {
		a.adapter.APIKeyTable = nil
	}
	if !has(provider.CapabilityRoles) {
		for i := range a.adapter.Table {
			a.adapter.Table[i].Refers = ""
			for j := range a.adapter.Table[i].Parts {
				a.adapter.Table[i].Parts[j].Refers = ""
			}
		}
	}
	return a
}

// reader hides what a client can do beside creating and reading.
type reader struct {
	provider.Client
	provider.Finder
	provider.Lister
	provider.Checker
}

// newWholeAcme is an acme with every power.
func newWholeAcme() *acme {
	table := acmeTable()
	a := &acme{
		adapter: provider.Adapter{
			Name: "acme", Vendor: "Acme", Docs: "https://docs.example.com/users", BaseURL: "https://api.example.com/v1",
			Settings: []provider.Setting{{Name: "token", Help: "the token", Secret: true}},
			Auth:     provider.Auth{Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}}},
			Table:    table, Key: "email", Scope: "tenant",
			Endpoints: []provider.Endpoint{
				{Capability: provider.CapabilityCreate, Request: "POST /tenants/{tenant}/users", Docs: "https://docs.example.com/create"},
				{Capability: provider.CapabilityFind, Request: "GET /users?email=", Docs: "https://docs.example.com/find"},
				{Capability: provider.CapabilityList, Request: "GET /users?limit=20&offset=", Docs: "https://docs.example.com/list"},
				{Capability: provider.CapabilityGet, Request: "GET /users/{id}", Docs: "https://docs.example.com/get"},
				{Capability: provider.CapabilityUpdate, Request: "PATCH /users/{id}", Docs: "https://docs.example.com/update"},
				{Capability: provider.CapabilityDeactivate, Request: "POST /users/{id}/deactivate", Docs: "https://docs.example.com/deactivate"},
				{Capability: provider.CapabilityDelete, Request: "DELETE /users/{id}", Docs: "https://docs.example.com/delete"},
				{Capability: provider.CapabilityBatch, Request: "POST /batch", Docs: "https://docs.example.com/batch"},
				{Capability: provider.CapabilityRoles, Request: "GET /roles", Docs: "https://docs.example.com/roles"},
				{Capability: provider.CapabilityOrganizations, Request: "GET /teams", Docs: "https://docs.example.com/teams"},
				{Capability: provider.CapabilityGroups, Request: "GET /groups", Docs: "https://docs.example.com/groups"},
				{Capability: provider.CapabilityMembers, Request: "GET /groups/{id}/members", Docs: "https://docs.example.com/members"},
				{Capability: provider.CapabilityAddMember, Request: "PUT /groups/{id}/members/{user}", Docs: "https://docs.example.com/add-member"},
				{Capability: provider.CapabilityRemoveMember, Request: "DELETE /groups/{id}/members/{user}", Docs: "https://docs.example.com/remove-member"},
				{Capability: provider.CapabilityAPIKeys, Request: "GET /users/{id}/keys", Docs: "https://docs.example.com/keys"},
				{Capability: provider.CapabilityNewAPIKey, Request: "POST /users/{id}/keys", Docs: "https://docs.example.com/new-key"},
				{Capability: provider.CapabilityCheck, Request: "GET /users?limit=1&offset=0", Docs: "https://docs.example.com/list"},
			},
			Filters: []provider.Filter{
				{Name: "active", Help: "whether the users may sign in"},
				{Name: "team", Help: "users of this team"},
			},
			APIKeyTable: acmeKeyTable(),
			Reason:      acmeReason,
			New:         func(provider.Connection) (provider.Client, error) { return nil, errors.New("made by the test") },
		},
		transport: func(t provider.Transport) provider.Transport { return t },
		encode: func(record schema.Record) ([]byte, error) {
			return provider.Encode("create the user", table, record)
		},
		path: func(r schema.Record) string { return fmt.Sprintf("/tenants/%d/users", r["tenant"]) },
		read: func(object json.RawMessage) (provider.User, error) {
			return provider.ReadUser(object, table, "id", "email")
		},
		affirm:  provider.ReadCreated,
		created: func(provider.User, schema.Record) error { return nil },
		pick: func(op, key string, users []provider.User) (provider.User, error) {
			search := provider.NewSearch(key)
			for _, user := range users {
				search.Add(user)
			}
			return search.Exact(op)
		},
		query:  func(key string) url.Values { return url.Values{"email": {key}} },
		course: provider.Paging[provider.User].ByOffset,
		absent: func(body []byte) bool { return acmeReason(body) != "" },
		left:   true,
		requests: func(users int) int {
			if users < 0 {
				return math.MaxInt32
			}
			return provider.OffsetRequests(users, acmePage)
		},
		garbled: func(op string, status int, cause error) error { return provider.BadResponse(op, status, cause) },
		serve:   serveAcme,
		powers:  func(c client) provider.Client { return c },
		more:    newMore(table),
	}
	a.filters = func(filter map[string]string) (url.Values, error) {
		return provider.FilterQuery("list the users", a.adapter.Filters, filter)
	}
	return a
}

// acmeTable has a field of every kind and place.
func acmeTable() schema.Table {
	return schema.Table{
		{Name: "tenant", In: schema.Path, Kind: schema.Integer, Required: true, Help: "number of the tenant"},
		{Name: "email", Format: schema.Email, Required: true, Immutable: true, Help: "e-mail address", Aliases: []string{"mail"}},
		{Name: "password", Required: true, Secret: true, WriteOnly: true, Help: "password"},
		{Name: "name.given", Help: "given name"},
		{Name: "name.family", Help: "family name"},
		{Name: "device", Wire: []string{"extra", "device", "id"}, Format: schema.UUID, Help: "device"},
		{Name: "active", Kind: schema.Boolean, Help: "whether the user may sign in"},
		{Name: "roles", Kind: schema.Strings, Flag: "role", Refers: provider.Role, Help: "roles", Suggestions: []string{"admin"}},
		{Name: "teams", Kind: schema.Objects, Flag: "team", Help: "teams", Parts: []schema.Field{
			{Name: "team", Required: true, Refers: provider.Organization, Help: "team"}, {Name: "rank", Kind: schema.Integer, Help: "rank"},
		}},
	}
}

func acmeReason(body []byte) string {
	var refusal struct{ Fault string }
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	return refusal.Fault
}

// client fulfils the contract with the functions of an acme.
type client struct {
	*acme
	send provider.Transport
}

// connect makes a client below a base URL.
func (a *acme) connect(baseURL string) provider.Client {
	sender := newSender(baseURL, a.adapter.Reason)
	return a.powers(client{acme: a, send: a.transport(sender)})
}

func (c client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	body, err := c.encode(record)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.send.Do(ctx, provider.Request{
		Op: op, Method: http.MethodPost, Path: c.path(record), Body: body, Secrets: provider.SecretPlaces(c.adapter.Table),
	})
	if err != nil {
		return provider.User{}, err
	}
	user, err := c.affirm(op, answer, provider.CreateShape{Status: http.StatusCreated, Location: provider.IDInLocation, Read: c.readCreated})
	if err != nil {
		return provider.User{}, err
	}
	if err := c.created(user, record); err != nil {
		return provider.User{}, c.garbled(op, answer.Status, err)
	}
	return user, nil
}

// readCreated reads the response to a create, and what there is of an incomplete one.
func (c client) readCreated(body []byte) (provider.User, error) {
	var envelope struct{ User json.RawMessage }
	if err := json.Unmarshal(body, &envelope); err != nil {
		return provider.User{}, err
	}
	user, err := c.read(envelope.User)
	if err != nil {
		user, _ = provider.ReadPart(envelope.User, c.adapter.Table, "id", "email")
	}
	return user, err
}

func (c client) Find(ctx context.Context, key string) (provider.User, error) {
	const op = "look the user up"
	page, err := c.list(ctx, op, c.query(key))
	if err != nil {
		return provider.User{}, err
	}
	return c.pick(op, key, page.Members)
}

func (c client) Check(ctx context.Context) error {
	_, err := c.list(ctx, "check the credentials", url.Values{"limit": {"1"}, "offset": {"0"}})
	return err
}

func (c client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
	return func(yield func(provider.User, error) bool) {
		query, err := c.filters(filter)
		if err != nil {
			yield(provider.User{}, err)
			return
		}
		list := provider.Paging[provider.User]{Op: op, Size: acmePage, ID: func(user provider.User) string { return user.Key }}
		for user, err := range c.course(list, func(offset int) (provider.Page[provider.User], error) {
			query.Set("limit", strconv.Itoa(acmePage))
			query.Set("offset", strconv.Itoa(offset))
			return c.list(ctx, op, query)
		}) {
			if !yield(user, err) && c.left {
				return
			}
		}
	}
}

func (c client) ListRequests(ctx context.Context) (int, error) {
	page, err := c.list(ctx, "count the users", url.Values{"limit": {"1"}, "offset": {"0"}})
	return c.requests(page.Total), err
}

func (c client) list(ctx context.Context, op string, query url.Values) (provider.Page[provider.User], error) {
	none := provider.Page[provider.User]{}
	answer, err := c.send.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/users", Query: query})
	if err != nil {
		return none, err
	}
	var list struct {
		Total *int
		Users *[]json.RawMessage
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		return none, c.garbled(op, answer.Status, err)
	}
	if list.Users == nil {
		return none, c.garbled(op, answer.Status, errors.New("no users in it"))
	}
	page := provider.Page[provider.User]{Total: -1, Members: make([]provider.User, len(*list.Users))}
	if list.Total != nil {
		page.Total = *list.Total
	}
	for i, object := range *list.Users {
		if page.Members[i], err = c.read(object); err != nil {
			return none, c.garbled(op, answer.Status, err)
		}
	}
	return page, nil
}

// redacted takes secrets out of a text.
func redacted(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return text
}
