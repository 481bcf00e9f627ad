package ory

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	identities = "/admin/identities"
	findUser   = "look up the user"
)

type client struct {
	transport provider.Transport
	table     schema.Table
	key       string
	schemaIDs []string
	// noBatch is set for a server that has turned out to have no batches.
	noBatch atomic.Bool
}

// Create follows createIdentity: the response is the identity. Its Location
// header may lack a part of the path, so only its end is used.
func (c *client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	body, err := c.encode(op, record)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodPost, Path: identities, Body: body, Secrets: provider.SecretPlaces(c.table),
	})
	if err != nil {
		return provider.User{}, err
	}
	return provider.ReadCreated(op, answer, provider.CreateShape{Status: http.StatusCreated, Read: c.readPart, Location: provider.IDInLocation})
}

// encode writes the body that creates an identity, which always contains the schema's id.
func (c *client) encode(op string, record schema.Record) ([]byte, error) {
	named := record.With(schema.Record{schemaIDField: cmp.Or(record.Text(schemaIDField), c.schemaIDs[0])})
	return provider.Encode(op, c.table, named)
}

// Find follows listIdentities with the filter credentials_identifier, which is exact. Another credential of another
// user may have the same identifier, so the trait decides. A Kratos that ignores an unknown filter returns all users.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	search, complete := provider.NewSearch(key), error(nil)
	for user, err := range c.users(ctx, findUser, url.Values{"credentials_identifier": {key}}) {
		if provider.IsIncomplete(err) {
			complete = err
			break
		}
		if err != nil {
			return provider.User{}, err
		}
		search.Add(user)
	}
	user, err := search.Exact(findUser)
	if len(provider.UsersIn(err)) == 0 || provider.ClassOf(err) == provider.Conflict {
		return user, err
	}
	switch ignored, probed := c.ignoresFilter(ctx); {
	case probed != nil:
		return provider.User{}, probed
	case !ignored:
		return user, err
	case complete != nil:
		return search.Unproved(findUser, complete)
	default:
		return search.Among(findUser)
	}
}

// ignoresFilter reports whether the server returns identities for an identifier that no user has.
func (c *client) ignoresFilter(ctx context.Context) (bool, error) {
	page, err := c.page(ctx, findUser, url.Values{"credentials_identifier": {"nobody-" + strings.ToLower(rand.Text())}})
	return len(page.Members) > 0, err
}

// Get follows getIdentity.
func (c *client) Get(ctx context.Context, id string) (provider.User, error) {
	return c.about(ctx, provider.Request{Op: "read the user", Method: http.MethodGet}, id)
}

// FindExternal follows getIdentityByExternalID. The external id is unique among identities.
func (c *client) FindExternal(ctx context.Context, externalID string) (provider.User, error) {
	segment, err := provider.PathSegment(findUser, externalID)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: findUser, Method: http.MethodGet, Path: identities + "/by/external/" + segment, Absence: isNotFound})
	if err != nil {
		return provider.User{}, err
	}
	user, err := c.read(answer.Body)
	if err == nil && user.Record(c.table).Text(externalIDField) != externalID {
		err = errors.New("response is for another user")
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(findUser, answer.Status, err)
	}
	return user, nil
}

// Delete follows deleteIdentity.
func (c *client) Delete(ctx context.Context, id string) error {
	const op = "delete the user"
	path, err := identityPath(op, id)
	if err != nil {
		return err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodDelete, Path: path, Absence: isNotFound})
	if err == nil && answer.Status != http.StatusNoContent {
		err = provider.BadResponse(op, answer.Status, errors.New("the documented response to a delete is 204 No Content"))
	}
	return err
}

// Check reads the first entry of the list of identities.
func (c *client) Check(ctx context.Context) error {
	_, err := c.page(ctx, "read the list of users", url.Values{"page_size": {"1"}})
	return err
}

// about sends a request about the identity with this id, whose response is the
// identity.
func (c *client) about(ctx context.Context, request provider.Request, id string) (provider.User, error) {
	path, err := identityPath(request.Op, id)
	if err != nil {
		return provider.User{}, err
	}
	request.Path = path
	if request.Method == http.MethodGet {
		request.Absence = isNotFound
	}
	answer, err := c.transport.Do(ctx, request)
	if err != nil {
		return provider.User{}, err
	}
	user, err := c.read(answer.Body)
	if err == nil {
		err = provider.SameID(user, id)
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(request.Op, answer.Status, err)
	}
	return user, nil
}

// read returns the user of an identity. One of another schema may lack the trait that is the key here; its key is then
// empty.
func (c *client) read(object json.RawMessage) (provider.User, error) {
	user, err := c.readPart(object)
	if err != nil && user.ID == "" {
		return provider.User{}, err
	}
	return user, nil
}

// readPart reads an identity, and what there is of an incomplete one.
func (c *client) readPart(object []byte) (provider.User, error) {
	object, err := withoutCredentials(object)
	if err != nil {
		return provider.User{}, err
	}
	user, err := provider.ReadPart(object, c.table, "id", "")
	user.Key = user.Record(c.table).Text(c.key)
	if err == nil && user.Key == "" {
		err = fmt.Errorf("%q is missing", c.key)
	}
	return user, err
}

// withoutCredentials removes the content of credentials from an identity: hashes, and tokens of other services.
func withoutCredentials(object json.RawMessage) (json.RawMessage, error) {
	members, err := provider.Properties(object)
	if err != nil {
		return nil, err
	}
	credentials, _ := members["credentials"].(map[string]any)
	found := false
	for _, credential := range credentials {
		if members, ok := credential.(map[string]any); ok && members["config"] != nil {
			delete(members, "config")
			found = true
		}
	}
	if !found {
		return object, nil
	}
	return json.Marshal(members)
}

// identityPath returns the path of the identity with this id.
func identityPath(op, id string) (string, error) {
	segment, err := provider.PathSegment(op, id)
	return identities + "/" + segment, err
}

// refusal is an error body: Kratos has a reason next to the message, the client documentation a description.
type refusal struct {
	Code        int    `json:"code"`
	StatusCode  int    `json:"status_code"`
	Reason      string `json:"reason"`
	Message     string `json:"message"`
	Description string `json:"error_description"`
}

// sentence joins the parts of a refusal.
func (r refusal) sentence() string {
	var parts []string
	for _, text := range []string{r.Reason, r.Message, r.Description} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}

// isNotFound reports whether the body of a 404 is a documented one.
func isNotFound(body []byte) bool {
	var answer struct {
		Error refusal `json:"error"`
	}
	return json.Unmarshal(body, &answer) == nil && cmp.Or(answer.Error.Code, answer.Error.StatusCode) == http.StatusNotFound
}

// reason reads a documented error body.
func reason(body []byte) string {
	var answer struct {
		Error refusal `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	return answer.Error.sentence()
}
