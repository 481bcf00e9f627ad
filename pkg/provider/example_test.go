package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// crm returns the adapter of a provider that documents one request: POST /users, which responds with the user.
func crm() provider.Adapter {
	const docs = "https://crm.example.com/docs/users"
	return provider.Adapter{
		Name: "crm", Vendor: "Example CRM", Docs: docs, BaseURL: "https://crm.example.com/v1", Key: "email",
		Settings: []provider.Setting{{Name: "token", Help: "API token", Secret: true, Required: true}},
		Auth:     provider.Auth{Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}}},
		Table: schema.Table{
			{Name: "email", Required: true, Format: schema.Email, Title: "Email", Help: "email address"},
			{Name: "name", Title: "Name", Help: "full name"},
		},
		Endpoints: []provider.Endpoint{{Capability: provider.CapabilityCreate, Request: "POST /users", Docs: docs}},
		New: func(c provider.Connection) (provider.Client, error) {
			return crmClient{transport: c.Transport}, nil
		},
	}
}

// crmClient sends the documented request. A provider that documents more has more methods: see Finder, Lister and the
// other interfaces.
type crmClient struct{ transport provider.Transport }

// Create implements provider.Client.
func (c crmClient) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	table := crm().Table
	body, err := provider.Encode(op, table, record)
	if err != nil {
		return provider.User{}, err
	}
	response, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodPost, Path: "/users", Body: body, Secrets: provider.SecretPlaces(table)})
	if err != nil {
		return provider.User{}, err
	}
	return provider.ReadCreated(op, response, provider.CreateShape{
		Status: http.StatusCreated,
		Read: func(body []byte) (provider.User, error) {
			return provider.ReadPart(body, table, "id", "email")
		},
		Location: provider.IDInLocation,
	})
}

// printed is a transport that prints each request and returns one response.
type printed struct {
	status int
	body   string
}

// Do implements provider.Transport.
func (p printed) Do(_ context.Context, request provider.Request) (*provider.Response, error) {
	fmt.Println(request.Method, request.Path, strings.TrimSpace(string(request.Body)))
	return &provider.Response{Status: p.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(p.body)}, nil
}

// An adapter is a table of fields, a few settings, and a client. The program gives the client its transport.
func ExampleAdapter() {
	adapter := crm()
	client, err := adapter.New(provider.Connection{
		Transport: printed{http.StatusCreated, `{"id": 7, "email": "ada@example.com", "name": "Ada"}`},
		Setting:   func(string) string { return "" },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	record := schema.Record{"email": "ada@example.com", "name": "Ada"}
	if err := adapter.Table.Validate(record).Err(); err != nil {
		fmt.Println(err)
		return
	}
	user, err := client.Create(context.Background(), record)
	fmt.Println(user.ID, user.Key, err)
	// Output:
	// POST /users {"email":"ada@example.com","name":"Ada"}
	// 7 ada@example.com <nil>
}

// A response that affirms nothing leaves a create in doubt: it may have happened, and is never sent again blindly.
func ExampleReadCreated() {
	client, _ := crm().New(provider.Connection{Transport: printed{http.StatusAccepted, ``}})
	_, err := client.Create(context.Background(), schema.Record{"email": "ada@example.com"})
	fmt.Println(provider.ClassOf(err))
	// Output:
	// POST /users {"email":"ada@example.com"}
	// unknown
}
