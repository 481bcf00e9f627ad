package described

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// client sends the requests of a description. It has every method; what is described is chosen by [client.able].
type client struct {
	d         *describe.Description
	transport provider.Transport
	table     schema.Table // of a user's object
	scope     schema.Field // in the path of the create; without a name if there is none
	secrets   [][]string
	settings  map[string]string
}

func newClient(d *describe.Description, connection provider.Connection) (provider.Client, error) {
	c := &client{d: d, transport: connection.Transport, table: readTable(d), secrets: secretPlaces(d), settings: map[string]string{}}
	c.scope, _ = d.Table().Field(d.Scope())
	for _, setting := range d.Settings {
		value := connection.Setting(setting.Name)
		if value == "" && !setting.Optional && connection.Transport != nil {
			return nil, fmt.Errorf("%s is required", setting.Name)
		}
		c.settings[setting.Name] = value
	}
	return c, nil
}

func (c *client) setting(name string) string { return c.settings[name] }

// request makes a request of a route, with further values for its templates.
func (c *client) request(op string, route *describe.Route, values map[string]string) (provider.Request, error) {
	value := func(name string) string {
		if text, ok := values[name]; ok {
			return text
		}
		return c.settings[name]
	}
	request := provider.Request{Op: op, Method: route.Method, Secrets: c.secrets}
	for _, name := range route.Path.Names() {
		if text, isSetting := c.settings[name]; isSetting && text == "" {
			return request, invalid(op, fmt.Errorf("the setting %s is required", name))
		}
	}
	var err error
	if request.Path, err = route.Path.Expand(value); err != nil {
		return request, invalid(op, err)
	}
	if request.Query, err = describe.Values(route.Query, value); err != nil {
		return request, invalid(op, err)
	}
	if !route.Body.IsNull() {
		if request.Body, err = route.Body.JSON(value); err != nil {
			return request, invalid(op, err)
		}
	}
	request.Form = c.d.Form
	if len(c.d.Busy) > 0 {
		request.Refusal = c.busy
	}
	return request, nil
}

// do sends a request. A response that denies success is a refusal, whatever its status.
func (c *client) do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	answer, err := c.transport.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	if c.d.Refused != nil && c.d.Refused.In(answer.Body) {
		denied := &provider.Error{
			Class: provider.Invalid, Op: request.Op, Status: answer.Status, Detail: answer.Reason(), Err: errors.New("the response denies success"),
		}
		if request.Refusal != nil {
			if class, ambiguous, ok := request.Refusal(answer.Status, answer.Body); ok {
				denied.Class, denied.Ambiguous = class, ambiguous
			}
		}
		return nil, denied
	}
	return answer, nil
}

// Create is [provider.Client].
func (c *client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	described := c.d.Create
	var values map[string]string
	if c.scope.Name != "" {
		values = map[string]string{c.scope.Name: c.scope.Text(record[c.scope.Name])}
	}
	request, err := c.request(op, &described.Route, values)
	if err != nil {
		return provider.User{}, err
	}
	if request.Body, err = c.body(op, false, record, nil, c.d.Constants); err != nil {
		return provider.User{}, err
	}
	request.Refusal = c.refusal
	answer, err := c.do(ctx, request)
	if err != nil {
		return provider.User{}, err
	}
	shape := provider.CreateShape{Status: described.Statuses[0], Location: provider.IDInLocation, Read: c.reader(described)}
	if slices.Contains(described.Statuses, answer.Status) {
		shape.Status = answer.Status
	}
	return provider.ReadCreated(op, answer, shape)
}

// reader returns what reads the user in the response to a create.
func (c *client) reader(described *describe.Create) func([]byte) (provider.User, error) {
	switch {
	case described.Location:
		return func([]byte) (provider.User, error) {
			return provider.User{}, errors.New("no user is documented in the response")
		}
	case described.IDAt != nil:
		return func(body []byte) (provider.User, error) {
			_, err := objectAt(body, described.IDAt)
			texts := described.IDAt.Texts(body)
			if err != nil || len(texts) != 1 || texts[0] == "" {
				return provider.User{}, cmp.Or(err, fmt.Errorf("%q is missing", described.IDAt))
			}
			return provider.User{ID: texts[0]}, nil
		}
	}
	return func(body []byte) (provider.User, error) {
		object, err := objectAt(body, described.User)
		if err != nil {
			return provider.User{}, err
		}
		return provider.ReadPart(object, c.table, c.d.ID, c.d.Key.Field)
	}
}

// refusal returns the class of a refusal of a create or an update.
func (c *client) refusal(status int, body []byte) (class provider.Class, ambiguous, ok bool) {
	if conflict := describe.RefusalIn(c.d.Conflicts, status, body); conflict != nil {
		return provider.Conflict, conflict.Lookup, true
	}
	return c.busy(status, body)
}

// busy returns the class of a refusal of any request.
func (c *client) busy(status int, body []byte) (class provider.Class, ambiguous, ok bool) {
	return provider.Busy, false, describe.RefusalIn(c.d.Busy, status, body) != nil
}

// objectAt returns the value at a place of a response that is one JSON document.
func objectAt(body []byte, place describe.Pointer) (json.RawMessage, error) {
	if !json.Valid(body) {
		return nil, fmt.Errorf("not one JSON document: %w", whole(body))
	}
	object := place.Raw(body)
	if object == nil {
		return nil, fmt.Errorf("%q is missing", place)
	}
	return object, nil
}

// whole returns the error of a text that is not one JSON document.
func whole(body []byte) error {
	var value json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	return errors.New("text follows it")
}

// absence returns the check of a 404 to a request about one user.
func (c *client) absence() func([]byte) bool {
	if c.d.Absent == nil {
		return func([]byte) bool { return false }
	}
	return c.d.Absent.In
}

// Find is [provider.Finder].
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	const op = "look up the user"
	described := c.d.Find
	values := map[string]string{"key": key}
	request, err := c.request(op, &described.Route, values)
	if err != nil {
		return provider.User{}, err
	}
	if key == "" {
		return provider.User{}, invalid(op, errors.New("the key is empty"))
	}
	if described.IsItem {
		request.Absence = c.absence()
		answer, err := c.do(ctx, request)
		if err != nil {
			return provider.User{}, err
		}
		object, err := objectAt(answer.Body, described.User)
		if err != nil {
			return provider.User{}, provider.BadResponse(op, answer.Status, err)
		}
		return provider.ReadExpected(op, answer.Status, object, c.table, c.d.ID, c.d.Key.Field, key)
	}
	search := provider.NewSearch(key)
	if described.Page != nil {
		for user, err := range c.pages(ctx, op, &described.List, values, c.readUser, false) {
			switch {
			case provider.IsIncomplete(err):
				return search.Unproved(op, err)
			case err != nil:
				return provider.User{}, err
			}
			search.Add(user)
		}
	} else {
		answer, err := c.do(ctx, request)
		if err != nil {
			return provider.User{}, err
		}
		users, beside, err := objects(op, answer, described.Users, c.readUser)
		if err != nil {
			return provider.User{}, err
		}
		for _, user := range users {
			search.Add(user)
		}
		if provider.PointsToMore(answer.Header, beside, len(users)) {
			return search.Unproved(op, provider.Incomplete(op, errors.New("the response points to more")))
		}
	}
	if described.Substring {
		return search.Among(op)
	}
	return search.Exact(op)
}

// objects reads the list of objects of a response, and the properties beside it.
func objects(op string, answer *provider.Response, place describe.Pointer, read readFunc) ([]provider.User, map[string]json.RawMessage, error) {
	garbled := func(err error) ([]provider.User, map[string]json.RawMessage, error) {
		return nil, nil, provider.BadResponse(op, answer.Status, err)
	}
	text, err := objectAt(answer.Body, place)
	if err != nil {
		return garbled(err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil || list == nil {
		return garbled(errors.New("not a list"))
	}
	users := make([]provider.User, len(list))
	for i, object := range list {
		if users[i], err = read(object); err != nil {
			return garbled(err)
		}
	}
	beside := map[string]json.RawMessage{}
	if len(place) > 0 && json.Unmarshal(answer.Body, &beside) == nil {
		delete(beside, place[0])
	}
	return users, beside, nil
}

// Get is [provider.Getter].
func (c *client) Get(ctx context.Context, id string) (provider.User, error) {
	return c.getFor(ctx, "read the user", id)
}

// Self is [provider.SelfReader].
func (c *client) Self(ctx context.Context) (provider.User, error) {
	const op = "read the user of the credentials"
	if c.d.Self == nil {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: op, Err: errors.New("not described")}
	}
	request, err := c.request(op, c.d.Self, nil)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.do(ctx, request)
	if err != nil {
		return provider.User{}, err
	}
	object, err := objectAt(answer.Body, c.d.Self.User)
	var user provider.User
	if err == nil {
		user, err = provider.ReadUser(object, c.table, c.d.ID, c.d.Key.Field)
	}
	if err == nil && user.ID == "" {
		err = errors.New("no id")
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(op, answer.Status, err)
	}
	return user, nil
}

// getFor reads a user for an operation.
func (c *client) getFor(ctx context.Context, op, id string) (provider.User, error) {
	request, err := c.request(op, c.d.Get, map[string]string{"id": id})
	if err != nil {
		return provider.User{}, err
	}
	request.Absence = c.absence()
	answer, err := c.do(ctx, request)
	if err != nil {
		return provider.User{}, err
	}
	return c.same(op, answer, c.d.Get, id)
}

// same reads the user's object of a response about the user with this id.
func (c *client) same(op string, answer *provider.Response, route *describe.Route, id string) (provider.User, error) {
	object, err := objectAt(answer.Body, route.User)
	var user provider.User
	if err == nil {
		user, err = provider.ReadUser(object, c.table, c.d.ID, c.d.Key.Field)
	}
	if err == nil {
		err = provider.SameID(user, id)
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(op, answer.Status, err)
	}
	return user, nil
}

// Update is [provider.Updater].
func (c *client) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	const op = "update the user"
	route := c.d.Update
	if _, err := c.body(op, true, changes, nil, nil); err != nil {
		return provider.User{}, err
	}
	request, err := c.request(op, route, map[string]string{"id": id})
	if err != nil {
		return provider.User{}, err
	}
	var before *tree
	if route.ReadFirst || len(route.Repeat) > 0 || completes(route.Complete, changes) {
		user, err := c.getFor(ctx, op, id)
		if err != nil {
			return provider.User{}, err
		}
		if route.ReadFirst {
			before = treeOf(user.Attributes)
		} else if before, err = repeated(op, user, without(route.Repeat, c.d, changes)); err != nil {
			return provider.User{}, err
		}
		for _, prefix := range route.Complete {
			if part := within(changes, prefix); len(part) > 0 {
				changes = within(user.Record(c.d.Table().Mutable()), prefix).With(changes)
			}
		}
	}
	if request.Body, err = c.body(op, true, changes, before, nil); err != nil {
		return provider.User{}, err
	}
	request.Refusal = c.refusal
	return c.change(ctx, op, request, route, id)
}

// without returns the properties to repeat that the changes do not set.
func without(repeat []describe.Repeat, d *describe.Description, changes schema.Record) []describe.Repeat {
	return slices.DeleteFunc(slices.Clone(repeat), func(property describe.Repeat) bool {
		return slices.ContainsFunc(d.Fields, func(f describe.Field) bool {
			_, set := changes[f.Name]
			return set && f.WirePath()[0] == property.Name
		})
	})
}

func completes(prefixes []string, changes schema.Record) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return len(within(changes, prefix)) > 0 })
}

// within returns the fields of a record that are inside an object.
func within(record schema.Record, prefix string) schema.Record {
	part := schema.Record{}
	for name, value := range record {
		if strings.HasPrefix(name, prefix+".") {
			part[name] = value
		}
	}
	return part
}

// change sends a request that changes a user, and returns the user as it is afterwards: from the response, or by another
// read if no user is documented in it.
func (c *client) change(ctx context.Context, op string, request provider.Request, route *describe.Route, id string) (provider.User, error) {
	answer, err := c.do(ctx, request)
	if err != nil {
		return provider.User{}, err
	}
	if route.NoUser {
		return c.getFor(ctx, op, id)
	}
	return c.same(op, answer, route, id)
}

// access deactivates or activates a user.
func (c *client) access(ctx context.Context, op string, route *describe.Route, id string) (provider.User, error) {
	request, err := c.request(op, route, map[string]string{"id": id})
	if err != nil {
		return provider.User{}, err
	}
	request.Absence = c.absence()
	if len(route.Repeat) > 0 {
		user, err := c.getFor(ctx, op, id)
		if err != nil {
			return provider.User{}, err
		}
		root, err := repeated(op, user, route.Repeat)
		if err != nil {
			return provider.User{}, err
		}
		for _, name := range route.Body.Names() {
			value, _ := route.Body.Member(name)
			text, err := value.JSON(c.setting)
			if err != nil {
				return provider.User{}, invalid(op, err)
			}
			root.put([]string{name}, text)
		}
		request.Body = root.append(nil)
	}
	return c.change(ctx, op, request, route, id)
}

// Delete is [provider.Deleter].
func (c *client) Delete(ctx context.Context, id string) error {
	const op = "delete the user"
	request, err := c.request(op, c.d.Delete, map[string]string{"id": id})
	if err != nil {
		return err
	}
	request.Absence = c.absence()
	_, err = c.do(ctx, request)
	return err
}

// Check is [provider.Checker]: it sends the described check, or the first request of the list.
func (c *client) Check(ctx context.Context) error {
	const op = "check the credentials"
	if c.d.CheckRead == nil {
		_, err := c.firstPage(ctx, op)
		return err
	}
	request, err := c.request(op, c.d.CheckRead, nil)
	if err != nil {
		return err
	}
	answer, err := c.do(ctx, request)
	if err != nil {
		return err
	}
	members, err := provider.Properties(answer.Body)
	if err == nil && len(members) == 0 {
		err = errors.New("an empty object")
	}
	if err != nil {
		return provider.BadResponse(op, answer.Status, err)
	}
	return nil
}

// Deactivate is [provider.Deactivator].
func (c *client) Deactivate(ctx context.Context, id string) (provider.User, error) {
	return c.access(ctx, "deactivate the user", c.d.Deactivate, id)
}

// Activate is [provider.Activator].
func (c *client) Activate(ctx context.Context, id string) (provider.User, error) {
	return c.access(ctx, "activate the user", c.d.Activate, id)
}

// RevokeSessions is [provider.SessionRevoker].
func (c *client) RevokeSessions(ctx context.Context, userID string) error {
	return c.affect(ctx, "revoke the sessions", c.d.RevokeSessions, userID)
}

// ResetMFA is [provider.MFAResetter].
func (c *client) ResetMFA(ctx context.Context, userID string) error {
	return c.affect(ctx, "remove the second factors", c.d.ResetMFA, userID)
}

// affect sends a request about a user whose response has nothing of the user.
func (c *client) affect(ctx context.Context, op string, route *describe.Route, id string) error {
	if _, err := provider.PathSegment(op, id); err != nil {
		return err
	}
	request, err := c.request(op, route, map[string]string{"id": id})
	if err != nil {
		return err
	}
	request.Absence = c.absence()
	answer, err := c.do(ctx, request)
	if err != nil {
		return err
	}
	return affirmed(op, route, answer)
}
