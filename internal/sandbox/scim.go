package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	scimPath  = "/v2"
	scimMedia = "application/scim+json"

	scimErrorURN = "urn:ietf:params:scim:api:messages:2.0:Error"
	scimListURN  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
)

// The standard's keywords for a refusal with 400 or 409 (RFC 7644, table 9).
const (
	scimInvalidFilter = "invalidFilter"
	scimUniqueness    = "uniqueness"
	scimMutability    = "mutability"
	scimInvalidSyntax = "invalidSyntax"
	scimInvalidPath   = "invalidPath"
	scimNoTarget      = "noTarget"
	scimInvalidValue  = "invalidValue"
)

// scimAPI is a service provider of SCIM 2.0 (RFC 7643, RFC 7644). Where the standard leaves a choice: an unknown
// attribute is refused; members of groups are users; a filter is one comparison; nothing is sorted, and no attributes are
// selected but the members of groups; a bulk operation returns no user.
type scimAPI struct {
	*backend
	provider string
}

// scim returns the dialect of a provider that implements SCIM: the standard's own, or a vendor's of the family.
func scim(b *backend, provider string) dialect {
	api := scimAPI{b, provider}
	routes := []route{
		{method: http.MethodPost, path: "/Users", does: creates, serve: api.createUser},
		{method: http.MethodGet, path: "/Users", does: lists, query: []string{"filter", "startIndex", "count"}, serve: api.listUsers},
		{method: http.MethodGet, path: "/Users/{id}", does: readsOne, serve: api.getUser},
		{method: http.MethodPut, path: "/Users/{id}", does: changes, serve: api.replaceUser},
		{method: http.MethodPatch, path: "/Users/{id}", does: changes, serve: api.patchUser},
		{method: http.MethodDelete, path: "/Users/{id}", does: deletes, serve: api.deleteUser},
		{method: http.MethodPost, path: "/Bulk", does: creates, serve: api.bulk},
		{method: http.MethodPost, path: "/Groups", serve: api.createGroup},
		{method: http.MethodGet, path: "/Groups", does: lists, query: []string{"excludedAttributes", "filter", "startIndex", "count"}, serve: api.listGroups},
		{method: http.MethodGet, path: "/Groups/{id}", does: readsOne, query: []string{"excludedAttributes"}, serve: api.getGroup},
		{method: http.MethodPatch, path: "/Groups/{id}", does: changes, serve: api.patchGroup},
		{method: http.MethodGet, path: "/ServiceProviderConfig", serve: scimDocument(api.config)},
		{method: http.MethodGet, path: "/Schemas", serve: scimDocument(api.schemas)},
		{method: http.MethodGet, path: "/ResourceTypes", serve: scimDocument(scimResourceTypes)},
	}
	for i := range routes {
		routes[i].path = scimPath + routes[i].path
	}
	return dialect{
		provider: provider, prefix: "/" + provider, base: "/" + provider + scimPath,
		key: [][]string{{"userName"}}, optional: []string{"nickName"},
		routes: routes, authenticate: scimAuthenticate, shape: scimRefusal,
	}
}

func scimAuthenticate(r *request) error {
	token := r.bearer()
	if token == "" {
		return unauthorized("header Authorization: Bearer <token> required")
	}
	if err := rehearse(token); err != nil {
		return err
	}
	return scimAccepts(r.Header.Get("Accept"))
}

// scimAccepts returns an error for a client that accepts neither of SCIM's two media types.
func scimAccepts(header string) error {
	for _, part := range strings.Split(header, ",") {
		switch media, _, _ := mime.ParseMediaType(strings.TrimSpace(part)); media {
		case "", scimMedia, "application/json", "application/*", "*/*":
			return nil
		}
	}
	return refuse(http.StatusNotAcceptable, "the Accept header must allow %s", scimMedia)
}

// scimReply returns a response in SCIM's media type.
func scimReply(status int, body any) answer {
	a := jsonAnswer(status, body)
	a.setHeader("Content-Type", scimMedia)
	return a
}

// scimRefusal returns the response of a refusal (RFC 7644, 3.12).
func scimRefusal(p *problem) answer { return scimReply(p.status, scimErrorOf(p)) }

type scimError struct {
	Schemas  []string `json:"schemas"`
	Status   string   `json:"status"`
	SCIMType string   `json:"scimType,omitempty"`
	Detail   string   `json:"detail"`
}

func scimErrorOf(p *problem) scimError {
	keyword := p.keyword
	switch {
	case keyword == "" && p.status == http.StatusConflict:
		keyword = scimUniqueness
	case keyword == "" && p.status == http.StatusBadRequest:
		keyword = scimInvalidValue
	}
	return scimError{Schemas: []string{scimErrorURN}, Status: strconv.Itoa(p.status), SCIMType: keyword, Detail: p.message}
}

// scimBad returns a problem of status 400 with the standard's keyword for it.
func scimBad(keyword, format string, args ...any) *problem {
	p := refuse(http.StatusBadRequest, format, args...)
	p.keyword = keyword
	return p
}

// scimBody reads a body of one JSON object in one of SCIM's two media types.
func scimBody(r *request) (map[string]any, error) {
	if err := r.requireJSON(scimMedia, "application/json"); err != nil {
		return nil, err
	}
	tree, err := parseJSON(r.body)
	if err != nil {
		return nil, scimBad(scimInvalidSyntax, "the body is not valid JSON: %v", err)
	}
	object, isObject := tree.(map[string]any)
	if !isObject {
		return nil, scimBad(scimInvalidSyntax, "the body must be a JSON object")
	}
	return object, nil
}

func (a scimAPI) createUser(r *request) (answer, error) {
	body, err := scimBody(r)
	if err != nil {
		return answer{}, err
	}
	user, err := scimUserOf(body)
	if err != nil {
		return answer{}, err
	}
	now := scimTime(a.now())
	id := uuid.NewString()
	user["id"], user["meta"] = id, scimMeta(now, now)
	name, _ := user["userName"].(string) // the rules ask for it
	err = a.create(r.Context(), a.provider, name, func(int64) (string, any) { return id, user })
	created := scimReply(http.StatusCreated, a.shown(r, user))
	created.setHeader("Location", a.location(r, id))
	return created, err
}

func (a scimAPI) getUser(r *request) (answer, error) {
	var user map[string]any
	err := a.load(r.Context(), a.provider, byID, r.PathValue("id"), &user)
	return scimReply(http.StatusOK, a.shown(r, user)), err
}

// replaceUser keeps only what the server itself sets.
func (a scimAPI) replaceUser(r *request) (answer, error) {
	body, err := scimBody(r)
	if err != nil {
		return answer{}, err
	}
	wanted, err := scimUserOf(body)
	if err != nil {
		return answer{}, err
	}
	return a.change(r, func(map[string]any) (map[string]any, error) { return wanted, nil })
}

// change stores a user derived from the present one, with a new time.
func (a scimAPI) change(r *request, alter func(present map[string]any) (map[string]any, error)) (answer, error) {
	var stored map[string]any
	var refusal error
	err := a.update(r.Context(), a.provider, byID, r.PathValue("id"), &stored, func() string {
		present := stored
		name, _ := present["userName"].(string)
		var changed map[string]any
		if changed, refusal = alter(present); refusal != nil {
			return name
		}
		meta, _ := present["meta"].(map[string]any)
		created, _ := meta["created"].(string)
		changed["id"], changed["meta"] = present["id"], scimMeta(created, scimTime(a.now()))
		stored = changed
		name, _ = changed["userName"].(string)
		return name
	})
	if err := errors.Join(err, refusal); err != nil {
		return answer{}, err
	}
	return scimReply(http.StatusOK, a.shown(r, stored)), nil
}

func (a scimAPI) deleteUser(r *request) (answer, error) {
	return answer{status: http.StatusNoContent}, a.remove(r.Context(), a.provider, r.PathValue("id"))
}

func (a scimAPI) listUsers(r *request) (answer, error) {
	start, count, err := scimPaging(r)
	if err != nil {
		return answer{}, err
	}
	found, total, err := a.matching(r, start, count)
	if err != nil {
		return answer{}, err
	}
	resources := []map[string]any{}
	for _, user := range found {
		var document map[string]any
		if err := json.Unmarshal(user.Document, &document); err != nil {
			return answer{}, err
		}
		resources = append(resources, a.shown(r, document))
	}
	return scimReply(http.StatusOK, scimList(resources, total, start)), nil
}

// matching returns a page of the users that the filter selects, and how many it selects.
func (a scimAPI) matching(r *request, start, count int) ([]User, int, error) {
	expression, filtered := r.query["filter"]
	if !filtered {
		return a.page(r.Context(), a.provider, a.pageOf(count), start-1)
	}
	filter, err := parseSCIMFilter(expression)
	if err != nil {
		return nil, 0, scimBad(scimInvalidFilter, "%v", err)
	}
	all, err := a.selected(r.Context(), filter)
	from, count := min(start-1, len(all)), a.pageOf(count)
	return all[from:min(from+count, len(all))], len(all), err
}

// selected returns the users that a filter selects, by the store's index where it can.
func (a scimAPI) selected(ctx context.Context, filter scimFilter) ([]User, error) {
	if name, ok := filter.value.(string); ok && filter.operator == "eq" && slices.Equal(filter.path, []string{"userName"}) {
		return a.withKey(ctx, a.provider, name)
	}
	var selected []User
	for user, err := range a.users(ctx, a.provider) {
		if err != nil {
			return nil, err
		}
		var document map[string]any
		if err := json.Unmarshal(user.Document, &document); err != nil {
			return nil, err
		}
		if filter.selects(document) {
			selected = append(selected, user)
		}
	}
	return selected, nil
}

// scimPaging reads startIndex and count (RFC 7644, 3.4.2.4): values that are too small count as the smallest.
func scimPaging(r *request) (start, count int, err error) {
	start, count = 1, scimDefaultPage
	for name, target := range map[string]*int{"startIndex": &start, "count": &count} {
		given, present := r.query[name]
		if !present {
			continue
		}
		if *target, err = strconv.Atoi(given); err != nil {
			return 0, 0, scimBad(scimInvalidValue, "%s must be an integer", name)
		}
	}
	return max(start, 1), min(max(count, 0), scimMaxResults), nil
}

type scimListResponse struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	StartIndex   int      `json:"startIndex"`
	ItemsPerPage int      `json:"itemsPerPage"`
	Resources    any      `json:"Resources"`
}

func scimList[T any](resources []T, total, start int) scimListResponse {
	return scimListResponse{Schemas: []string{scimListURN}, TotalResults: total, StartIndex: start, ItemsPerPage: len(resources), Resources: resources}
}

func scimMeta(created, modified string) map[string]any {
	return map[string]any{"resourceType": "User", "created": created, "lastModified": modified}
}

// shown adds the address of a stored user to it.
func (a scimAPI) shown(r *request, user map[string]any) map[string]any {
	if meta, ok := user["meta"].(map[string]any); ok {
		meta["location"] = a.location(r, fmt.Sprint(user["id"]))
	}
	return user
}

func (a scimAPI) location(r *request, id string) string { return a.address(r, "/Users/"+id) }

func (a scimAPI) address(r *request, path string) string {
	return BaseURL("http://"+r.Host, a.provider) + path
}

// scimTime writes a time as an xsd:dateTime, to the millisecond.
func scimTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
