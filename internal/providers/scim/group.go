package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// group is a group as a response has it (RFC 7643, 4.2).
type group struct {
	provider.Entry
	members []member
	// listed reports whether the response has the members: a server may omit them.
	listed bool
}

type member struct {
	provider.Member
	isUser bool
}

// Entries lists the groups (RFC 7644, 3.4.2). Their members are not requested (3.9), and left out of the attributes of a
// server that returns them anyway.
func (c *client) Entries(ctx context.Context, kind string) iter.Seq2[provider.Entry, error] {
	const op = "list the groups"
	if kind != provider.Group {
		return failed[provider.Entry](&provider.Error{Class: provider.Invalid, Op: "list names", Err: fmt.Errorf("no documented list of %q", kind)})
	}
	paging := provider.Paging[provider.Entry]{Op: op, Size: pageSize, Restarts: true, ID: func(entry provider.Entry) string { return entry.ID }}
	return once(paging.ByOffset(func(offset int) (provider.Page[provider.Entry], error) {
		query := pageQuery(url.Values{"excludedAttributes": {"members"}}, offset+1)
		return readPage(ctx, c, op, "/Groups", query, func(object json.RawMessage) (provider.Entry, error) {
			read, err := readGroup(object)
			return read.Entry, err
		})
	}))
}

// once yields each entry once.
func once(entries iter.Seq2[provider.Entry, error]) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		seen := map[string]bool{}
		for entry, err := range entries {
			if err == nil && seen[entry.ID] {
				continue
			}
			seen[entry.ID] = true
			if !yield(entry, err) {
				return
			}
		}
	}
}

// Members reads the group (RFC 7644, 3.4.1), which has all its members.
func (c *client) Members(ctx context.Context, groupID string) iter.Seq2[provider.Member, error] {
	const op = "list the members of the group"
	if c.hidesMembers {
		return failed[provider.Member](&provider.Error{Class: provider.Invalid, Op: op, Err: errors.New("no documented list of members")})
	}
	return func(yield func(provider.Member, error) bool) {
		read, err := c.group(ctx, op, groupID)
		if err != nil {
			yield(provider.Member{}, err)
			return
		}
		seen := map[string]bool{}
		for _, member := range read.members {
			if !member.isUser || seen[member.ID] {
				continue
			}
			seen[member.ID] = true
			if !yield(member.Member, nil) {
				return
			}
		}
	}
}

// IsMember reads the group. A group without the attribute has no members (RFC 7643, 2.5), unless the server hides them:
// then a filter finds the group if the user is in it.
func (c *client) IsMember(ctx context.Context, groupID, userID string) (bool, error) {
	const op = "look up the member of the group"
	read, err := c.group(ctx, op, groupID)
	if err != nil || !c.hidesMembers {
		return read.has(userID), err
	}
	query := url.Values{filterParameter: {"id eq " + quote(groupID) + " and members eq " + quote(userID)}}
	page, err := readPage(ctx, c, op, "/Groups", query, readGroup)
	return slices.ContainsFunc(page.Members, func(g group) bool { return g.ID == groupID }), err
}

func (g group) has(userID string) bool {
	return slices.ContainsFunc(g.members, func(m member) bool { return m.ID == userID })
}

func (c *client) group(ctx context.Context, op, id string) (group, error) {
	path, err := groupPath(op, id)
	if err != nil {
		return group{}, err
	}
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path, Absence: isNotFound})
	if err != nil {
		return group{}, err
	}
	return readGroupWithID(op, answer, id)
}

// AddMember follows RFC 7644, 3.5.2.1.
func (c *client) AddMember(ctx context.Context, groupID, userID string) error {
	value, err := marshal([]map[string]string{{"value": userID}})
	if err != nil {
		return &provider.Error{Class: provider.Invalid, Op: addMember, Err: err}
	}
	return c.changeMember(ctx, addMember, groupID, userID, true, patchOperation{Op: "add", Path: "members", Value: value})
}

// RemoveMember follows RFC 7644, 3.5.2.2. The form without a filter, with the member as the value, is never sent: it
// removes all members by the standard.
func (c *client) RemoveMember(ctx context.Context, groupID, userID string) error {
	return c.changeMember(ctx, removeMember, groupID, userID, false, patchOperation{Op: "remove", Path: "members[value eq " + quote(userID) + "]"})
}

const (
	addMember    = "add the user to the group"
	removeMember = "remove the user from the group"
)

// changeMember sends one operation of a PATCH. Some servers affirm a path that they do not understand and change
// nothing: until a response has shown a change of this kind, the group is read afterwards.
func (c *client) changeMember(ctx context.Context, op, groupID, userID string, wanted bool, operation patchOperation) error {
	path, err := groupPath(op, groupID)
	if err == nil && userID == "" {
		err = &provider.Error{Class: provider.Invalid, Op: op, Err: errors.New("no user")}
	}
	if err != nil {
		return err
	}
	body, err := marshal(patchRequest{Schemas: []string{patchURN}, Operations: []patchOperation{operation}})
	if err != nil {
		return &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodPatch, Path: path, Body: body, Absence: isNotFound})
	if err != nil {
		return provider.AfterRefusal(ctx, c, groupID, userID, wanted, err)
	}
	shown := &c.removes
	if wanted {
		shown = &c.adds
	}
	after, err := groupAfter(op, answer, groupID)
	if err != nil || !after.listed && shown.Load() {
		return err
	}
	is := after.has(userID)
	if !after.listed {
		if is, err = c.IsMember(ctx, groupID, userID); err != nil {
			return openAfter(err)
		}
	}
	if is != wanted {
		return provider.BadResponse(op, answer.Status, errors.New("the members of the group are the same as before"))
	}
	shown.Store(true)
	return nil
}

// openAfter returns the error of a change that was affirmed and could not be verified.
func openAfter(err error) error {
	failure, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return err
	}
	open := *failure
	open.Class, open.Absence = provider.Unknown, provider.AbsenceUnproved
	return &open
}

// groupAfter returns the group in the response to a PATCH, which is 200 with the group or 204 (RFC 7644, 3.5.2). Some
// servers return 200 without a body.
func groupAfter(op string, answer *provider.Response, id string) (group, error) {
	switch {
	case answer.Status == http.StatusNoContent, answer.Status == http.StatusOK && len(answer.Body) == 0:
		return group{}, nil
	case answer.Status == http.StatusOK:
		return readGroupWithID(op, answer, id)
	default:
		return group{}, provider.BadResponse(op, answer.Status, errors.New("the documented responses are 200 OK and 204 No Content"))
	}
}

// readGroupWithID reads the group of a response about the group with this id.
func readGroupWithID(op string, answer *provider.Response, id string) (group, error) {
	read, err := readGroup(answer.Body)
	if err == nil && read.ID != id {
		err = errors.New("response is for another group")
	}
	if err != nil {
		return group{}, provider.BadResponse(op, answer.Status, err)
	}
	return read, nil
}

func readGroup(object json.RawMessage) (group, error) {
	identified, err := provider.ReadUser(object, nil, "id", "")
	if err != nil {
		return group{}, err
	}
	properties := map[string]json.RawMessage{}
	var known struct {
		DisplayName string
		Members     []json.RawMessage
	}
	if err := errors.Join(json.Unmarshal(object, &properties), json.Unmarshal(object, &known)); err != nil {
		return group{}, err
	}
	read := group{Entry: provider.Entry{ID: identified.ID, Name: known.DisplayName, Attributes: identified.Attributes}}
	for name := range properties {
		if strings.EqualFold(name, "members") {
			read.listed = true
			delete(properties, name)
		}
	}
	if read.listed {
		if read.Attributes, err = marshal(properties); err != nil {
			return group{}, err
		}
	}
	for _, object := range known.Members {
		member, err := readMember(object)
		if err != nil {
			return group{}, fmt.Errorf("a member: %w", err)
		}
		read.members = append(read.members, member)
	}
	return read, nil
}

// readMember reads a member. Its type, or else its address, distinguishes a user from a group (RFC 7643, 4.2).
func readMember(object json.RawMessage) (member, error) {
	identified, err := provider.ReadUser(object, nil, "value", "")
	if err != nil {
		return member{}, err
	}
	var known struct {
		Display, Type string
		Ref           string `json:"$ref"`
	}
	if err := json.Unmarshal(object, &known); err != nil {
		return member{}, err
	}
	isGroup := strings.EqualFold(known.Type, "Group") || known.Type == "" && strings.Contains(known.Ref, "/Groups/")
	return member{provider.Member{ID: identified.ID, Name: known.Display}, !isGroup}, nil
}

// groupPath returns the path of the group with this id, which may be any text.
func groupPath(op, id string) (string, error) {
	segment, err := provider.PathSegment(op, id)
	return "/Groups/" + segment, err
}
