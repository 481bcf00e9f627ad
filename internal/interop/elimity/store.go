package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/scim2/filter-parser/v2"
)

// store keeps users in memory, in the order of their creation.
type store struct {
	mu    sync.Mutex
	users []scim.Resource
	last  int
}

func (s *store) Create(_ *http.Request, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken(attributes, "") {
		return scim.Resource{}, errors.ScimErrorUniqueness
	}
	s.last++
	now := time.Now()
	user := scim.Resource{
		ID: fmt.Sprintf("%06x", s.last), ExternalID: externalID(attributes), Attributes: attributes,
		Meta: scim.Meta{Created: &now, LastModified: &now},
	}
	s.users = append(s.users, user)
	return copyOf(user), nil
}

func (s *store) Get(_ *http.Request, id string) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	return copyOf(s.users[at]), nil
}

func (s *store) GetAll(_ *http.Request, params scim.ListRequestParams) (scim.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	matching := []scim.Resource{}
	for _, user := range s.users {
		if params.FilterValidator == nil || params.FilterValidator.PassesFilter(user.Attributes) == nil {
			matching = append(matching, copyOf(user))
		}
	}
	from := min(params.StartIndex-1, len(matching))
	return scim.Page{TotalResults: len(matching), Resources: matching[from:min(from+params.Count, len(matching))]}, nil
}

func (s *store) Replace(_ *http.Request, id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(id, attributes)
}

func (s *store) Delete(_ *http.Request, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.find(id)
	if err == nil {
		s.users = append(s.users[:at:at], s.users[at+1:]...)
	}
	return err
}

// Patch applies operations on whole attributes and on members of complex ones.
func (s *store) Patch(_ *http.Request, id string, operations []scim.PatchOperation) (scim.Resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	attributes := copyOf(s.users[at]).Attributes
	for _, operation := range operations {
		if operation.Path == nil {
			values, ok := operation.Value.(map[string]any)
			if !ok {
				return scim.Resource{}, errors.ScimErrorInvalidValue
			}
			maps.Copy(attributes, values)
			continue
		}
		place := attributes
		path := operation.Path.AttributePath
		if uri := path.URI(); uri != "" && !strings.HasSuffix(uri, ":core:2.0:User") {
			place = inner(place, uri)
		}
		name := path.AttributeName
		if sub := path.SubAttributeName(); sub != "" {
			place, name = inner(place, name), sub
		}
		if name == "members" {
			changed, err := changedMembers(place[name], operation)
			if err != nil {
				return scim.Resource{}, err
			}
			place[name] = changed
			continue
		}
		if strings.EqualFold(operation.Op, scim.PatchOperationRemove) {
			delete(place, name)
			continue
		}
		place[name] = operation.Value
	}
	return s.put(id, attributes)
}

// changedMembers returns the members of a group after an addition, or after the removal of those with one value.
func changedMembers(present any, operation scim.PatchOperation) ([]any, error) {
	members, _ := present.([]any)
	added, _ := operation.Value.([]any)
	is := func(member any, id any) bool {
		object, _ := member.(map[string]any)
		return object["value"] == id
	}
	switch {
	case operation.Path.ValueExpression != nil:
		equal, ok := operation.Path.ValueExpression.(*filter.AttributeExpression)
		if !ok || equal.Operator != filter.EQ {
			return nil, errors.ScimErrorInvalidFilter
		}
		return slices.DeleteFunc(members, func(member any) bool { return is(member, equal.CompareValue) }), nil
	case strings.EqualFold(operation.Op, scim.PatchOperationRemove):
		return nil, nil
	case strings.EqualFold(operation.Op, scim.PatchOperationReplace):
		return added, nil
	}
	for _, member := range added {
		object, _ := member.(map[string]any)
		if !slices.ContainsFunc(members, func(other any) bool { return is(other, object["value"]) }) {
			members = append(members, member)
		}
	}
	return members, nil
}

// inner returns the object below a name, making it where there is none.
func inner(attributes map[string]any, name string) map[string]any {
	object, ok := attributes[name].(map[string]any)
	if !ok {
		object = map[string]any{}
		attributes[name] = object
	}
	return object
}

func (s *store) put(id string, attributes scim.ResourceAttributes) (scim.Resource, error) {
	at, err := s.find(id)
	if err != nil {
		return scim.Resource{}, err
	}
	if s.taken(attributes, id) {
		return scim.Resource{}, errors.ScimErrorUniqueness
	}
	now := time.Now()
	s.users[at].Attributes, s.users[at].ExternalID, s.users[at].Meta.LastModified = attributes, externalID(attributes), &now
	return copyOf(s.users[at]), nil
}

func (s *store) find(id string) (int, error) {
	for at, user := range s.users {
		if user.ID == id {
			return at, nil
		}
	}
	return 0, errors.ScimErrorResourceNotFound(id)
}

// taken reports whether another user has the userName, in any case of letters.
func (s *store) taken(attributes scim.ResourceAttributes, but string) bool {
	name, _ := attributes["userName"].(string)
	for _, user := range s.users {
		other, _ := user.Attributes["userName"].(string)
		if name != "" && user.ID != but && strings.EqualFold(other, name) {
			return true
		}
	}
	return false
}

func externalID(attributes scim.ResourceAttributes) optional.String {
	if id, ok := attributes["externalId"].(string); ok {
		return optional.NewString(id)
	}
	return optional.String{}
}

// copyOf returns a user that the library may write into.
func copyOf(user scim.Resource) scim.Resource {
	text, err := json.Marshal(user.Attributes)
	if err != nil {
		panic(err) // it came as JSON
	}
	user.Attributes = nil
	if err := json.Unmarshal(text, &user.Attributes); err != nil {
		panic(err)
	}
	return user
}

// count tells how many users there are, and how many names: not a part of SCIM.
func (s *store) count(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := map[string]bool{}
	for _, user := range s.users {
		name, _ := user.Attributes["userName"].(string)
		names[strings.ToLower(name)] = true
	}
	fmt.Fprintf(w, `{"users":%d,"names":%d}`, len(s.users), len(names))
}

func (s *store) clear(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = nil
	fmt.Fprint(w, "{}")
}
