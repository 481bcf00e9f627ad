package described

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
)

const membersOp = "list the members of the group"

// Entries is [provider.Directory].
func (c *client) Entries(ctx context.Context, kind string) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		if kind != provider.Group {
			yield(provider.Entry{}, invalid("list names", fmt.Errorf("no documented list of %q", kind)))
			return
		}
		for object, err := range c.listed(ctx, "list the groups", &c.d.Groups.List, nil) {
			if !yield(provider.Entry{ID: object.ID, Name: object.Key, Attributes: object.Attributes}, err) || err != nil {
				return
			}
		}
	}
}

// Members is [provider.MembershipManager].
func (c *client) Members(ctx context.Context, groupID string) iter.Seq2[provider.Member, error] {
	return func(yield func(provider.Member, error) bool) {
		for object, err := range c.listed(ctx, membersOp, &c.d.Groups.Members, map[string]string{"group": groupID}) {
			if !yield(provider.Member{ID: object.ID, Name: object.Key}, err) || err != nil {
				return
			}
		}
	}
}

// IsMember is [provider.MembershipManager]. The 404 of a request about one member is also that of an unknown group, so the
// members are read after it.
func (c *client) IsMember(ctx context.Context, groupID, userID string) (bool, error) {
	if route := c.d.Groups.Member; route != nil {
		request, err := c.request("look up the member of the group", route, map[string]string{"group": groupID, "user": userID})
		if err != nil {
			return false, err
		}
		request.Absence = c.absence()
		answer, err := c.do(ctx, request)
		if err == nil {
			err = affirmed(request.Op, route, answer)
		}
		if provider.ClassOf(err) != provider.NotFound || err == nil {
			return err == nil, err
		}
	}
	for member, err := range c.Members(ctx, groupID) {
		if err != nil {
			return false, err
		}
		if member.ID == userID {
			return true, nil
		}
	}
	return false, nil
}

// AddMember is [provider.MembershipManager].
func (c *client) AddMember(ctx context.Context, groupID, userID string) error {
	return c.changeMember(ctx, "add the user to the group", c.d.Groups.Add, groupID, userID, true)
}

// RemoveMember is [provider.MembershipManager].
func (c *client) RemoveMember(ctx context.Context, groupID, userID string) error {
	return c.changeMember(ctx, "remove the user from the group", c.d.Groups.Remove, groupID, userID, false)
}

func (c *client) changeMember(ctx context.Context, op string, route *describe.Route, groupID, userID string, wanted bool) error {
	for _, id := range []string{groupID, userID} { // which may be in the body
		if _, err := provider.PathSegment(op, id); err != nil {
			return err
		}
	}
	request, err := c.request(op, route, map[string]string{"group": groupID, "user": userID})
	if err != nil {
		return err
	}
	request.Absence = c.absence()
	answer, err := c.do(ctx, request)
	if err != nil {
		return provider.AfterRefusal(ctx, c, groupID, userID, wanted, err)
	}
	return affirmed(op, route, answer)
}

// affirmed returns an error unless a response of success is of the documented kind: of a documented status, if there are
// some, and without a body or with one in JSON.
func affirmed(op string, route *describe.Route, answer *provider.Response) error {
	documented := answer.Status != http.StatusAccepted
	if len(route.Statuses) > 0 {
		documented = slices.Contains(route.Statuses, answer.Status)
	}
	if documented && (len(answer.Body) == 0 || provider.IsJSON(answer.Header, answer.Body)) {
		return nil
	}
	return provider.BadResponse(op, answer.Status, errors.New("the response is not the documented one"))
}

// listed yields the objects of a list, each id once, with the name as their key.
func (c *client) listed(ctx context.Context, op string, list *describe.Listing, values map[string]string) iter.Seq2[provider.User, error] {
	read := func(object json.RawMessage) (provider.User, error) {
		made := provider.User{Attributes: object}
		if texts := list.ID.Texts(object); len(texts) == 1 {
			made.ID = texts[0]
		}
		if texts := list.Name.Texts(object); list.Name != nil && len(texts) == 1 {
			made.Key = texts[0]
		}
		if made.ID == "" {
			return made, fmt.Errorf("%q is missing", list.ID)
		}
		return made, nil
	}
	found := c.oneResponse(ctx, op, list, values, read)
	if list.Page != nil {
		found = c.pages(ctx, op, &list.List, values, read, true)
	}
	return func(yield func(provider.User, error) bool) {
		seen := map[string]bool{}
		for object, err := range found {
			if err == nil && (seen[object.ID] || list.Only != nil && !list.Only.In(object.Attributes)) {
				continue
			}
			seen[object.ID] = true
			if !yield(object, err) {
				return
			}
		}
	}
}

// oneResponse yields the objects of a list that is one response.
func (c *client) oneResponse(ctx context.Context, op string, list *describe.Listing, values map[string]string, read readFunc) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		request, err := c.request(op, &list.Route, values)
		var found []provider.User
		if err == nil {
			var answer *provider.Response
			if answer, err = c.do(ctx, request); err == nil {
				var beside map[string]json.RawMessage
				found, beside, err = objects(op, answer, list.Users, read)
				if err == nil && provider.PointsToMore(answer.Header, beside, len(found)) {
					err = provider.Incomplete(op, errors.New("the response points to more"))
				}
			}
		}
		for _, object := range found {
			if !yield(object, nil) {
				return
			}
		}
		if err != nil {
			yield(provider.User{}, err)
		}
	}
}
