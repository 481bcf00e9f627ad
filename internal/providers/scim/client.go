package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// media is the media type of SCIM (RFC 7644, 3.1).
const media = "application/scim+json"

type client struct {
	transport provider.Transport
	table     schema.Table
	server    *server
	// unique is the uniqueness of the username by the schema file; nil without one.
	unique *provider.Uniqueness
	// noFilter is set for a server that has turned out to ignore the filter.
	noFilter atomic.Bool
	// noPatch, noBulk and bulkLimit are what the server has done against its own ServiceProviderConfig. A limit of 0 is
	// none.
	noPatch, noBulk atomic.Bool
	bulkLimit       atomic.Int64
	// hidesMembers is set for a server that returns groups without their members, and finds a group by a member.
	hidesMembers bool
	// adds and removes are set once a response has shown that the server adds a member to a group, or removes one.
	adds, removes atomic.Bool
}

func newClient(transport provider.Transport, table schema.Table, documented *Capabilities) *client {
	c := &client{transport: transport, table: table}
	c.server = newServer(c.do, documented)
	return c
}

// do sends a request in SCIM's media type. A refusal that comes with a good status is a failure.
func (c *client) do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	request.Media = media
	answer, err := c.transport.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	if refusal := refusalIn(request, answer); refusal != nil {
		return nil, refusal
	}
	return answer, nil
}

// Create follows RFC 7644, 3.3: the response is the user as the server stores it, or only its address.
func (c *client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	body, err := c.encode(op, record)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodPost, Path: "/Users", Body: body, Secrets: provider.SecretPlaces(c.table)})
	if err != nil {
		return provider.User{}, err
	}
	return provider.ReadCreated(op, answer, provider.CreateShape{Status: http.StatusCreated, Location: provider.IDInLocation, Read: c.read})
}

// read reads a user, and what there is of an incomplete one.
func (c *client) read(body []byte) (provider.User, error) {
	return provider.ReadPart(body, c.table, "id", "userName")
}

// encode writes a user with the schemas that its fields belong to.
func (c *client) encode(op string, record schema.Record) ([]byte, error) {
	body, err := c.table.Encode(record)
	if err != nil {
		return nil, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	schemas, _ := json.Marshal(schemasOf(c.table, record)) // texts always encode
	separator := ","
	if len(body) == len("{}") {
		separator = ""
	}
	return slices.Concat([]byte(`{"schemas":`), schemas, []byte(separator), bytes.TrimPrefix(body, []byte("{"))), nil
}

// schemasOf lists the URNs of the schemas that a record's fields belong to.
func schemasOf(table schema.Table, record schema.Record) []string {
	schemas := []string{userURN}
	for _, field := range table {
		urn := field.WirePath()[0]
		if _, ok := record[field.Name]; ok && isURN(urn) && !slices.Contains(schemas, urn) {
			schemas = append(schemas, urn)
		}
	}
	return schemas
}

// isURN reports whether a name is that of an extension's object and not that of an attribute, which has no colon (RFC
// 7643, 2.1).
func isURN(name string) bool { return strings.Contains(name, ":") }

// Get follows RFC 7644, 3.4.1.
func (c *client) Get(ctx context.Context, id string) (provider.User, error) {
	return c.get(ctx, "read the user", id)
}

// Self follows RFC 7644, 3.11, which servers do not have to support.
func (c *client) Self(ctx context.Context) (provider.User, error) {
	const op = "read the user of the credentials"
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/Me", Absence: isNotFound})
	if err != nil {
		return provider.User{}, err
	}
	user, err := provider.ReadUser(answer.Body, c.table, "id", "userName")
	if err == nil && user.ID == "" {
		err = errors.New("no id")
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(op, answer.Status, err)
	}
	return user, nil
}

func (c *client) get(ctx context.Context, op, id string) (provider.User, error) {
	path, err := userPath(op, id)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path, Absence: isNotFound})
	if err != nil {
		return provider.User{}, err
	}
	return c.readWithID(op, answer, id)
}

// readWithID reads the user of a response about the user with this id.
func (c *client) readWithID(op string, answer *provider.Response, id string) (provider.User, error) {
	user, err := provider.ReadUser(answer.Body, c.table, "id", "userName")
	if err == nil {
		err = provider.SameID(user, id)
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(op, answer.Status, err)
	}
	return user, nil
}

// Delete follows RFC 7644, 3.6. Servers return 500 for a user who is already deleted, so the user is looked up after
// one.
func (c *client) Delete(ctx context.Context, id string) error {
	const op = "delete the user"
	path, err := userPath(op, id)
	if err != nil {
		return err
	}
	request := provider.Request{Op: op, Method: http.MethodDelete, Path: path, Absence: isNotFound}
	if read, ok := provider.ReadBefore(ctx, id); ok {
		request = c.conditional(ctx, request, read)
	}
	answer, err := c.do(ctx, request)
	if err == nil && !affirmsDelete(answer) {
		return provider.BadResponse(op, answer.Status, errors.New("the documented response to a delete is 204 No Content"))
	}
	err = unlessChanged(request, err)
	if statusOf(err) != http.StatusInternalServerError {
		return err
	}
	if _, gone := c.get(ctx, op, id); provider.AbsenceOf(gone) == provider.AbsenceDocumented {
		return nil
	}
	return err
}

// affirmsDelete reports whether a response of success affirms that the user was deleted: 204 (RFC 7644, 3.6), or 200
// without a body or with one in JSON, as some servers have it. A login page does not, nor does 202.
func affirmsDelete(answer *provider.Response) bool {
	return answer.Status == http.StatusNoContent ||
		answer.Status == http.StatusOK && (len(answer.Body) == 0 || provider.IsJSON(answer.Header, answer.Body))
}

// userPath returns the path of the user with this id, which may be any text.
func userPath(op, id string) (string, error) {
	segment, err := provider.PathSegment(op, id)
	return "/Users/" + segment, err
}
