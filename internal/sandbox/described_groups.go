package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/internal/describe"
)

func (a *describedAPI) listGroups(r *request) (answer, error) {
	groups, err := a.groups(r.Context(), a.d.Name)
	if err != nil {
		return answer{}, err
	}
	var objects []any
	for _, group := range groups {
		objects = append(objects, listedObject(&a.d.Groups.List, group.ID, group.Name))
	}
	return a.listedPage(r, &a.d.Groups.List.List, objects)
}

func (a *describedAPI) listMembers(r *request) (answer, error) {
	list := &a.d.Groups.Members
	group, err := a.group(r.Context(), a.d.Name, value(r, list.Path, "group"))
	if err != nil {
		return answer{}, err
	}
	members, err := a.members(r.Context(), a.d.Name, group.ID)
	if err != nil {
		return answer{}, err
	}
	var objects []any
	for _, member := range members {
		objects = append(objects, listedObject(list, member.ID, member.Key))
	}
	return a.listedPage(r, &list.List, objects)
}

// listedObject returns an object of a list, with what tells it from objects that do not count.
func listedObject(list *describe.Listing, id, name string) any {
	object := around(list.ID, id)
	if list.Name != nil {
		object = merged(object, around(list.Name, name))
	}
	if list.Only != nil {
		object = merged(object, around(list.Only.At, list.Only.Is[0]))
	}
	return object
}

// listedPage returns the page of a list that a request asks for. A cursor is an offset.
func (a *describedAPI) listedPage(r *request, list *describe.List, objects []any) (answer, error) {
	if objects == nil {
		objects = []any{}
	}
	page := list.Page
	if page == nil {
		return jsonAnswer(http.StatusOK, around(list.Users, objects)), nil
	}
	size, offset, err := a.window(r, page)
	if err != nil {
		return answer{}, err
	}
	parameter := page.Parameter
	if parameter == "" {
		parameter = afterParameter
	}
	hasCursor := page.By == describe.ByCursor || page.By == describe.ByLink
	if cursor, given := r.query[parameter]; given && hasCursor {
		text, _ := base64.RawURLEncoding.DecodeString(cursor) // of another one nothing is left
		if offset, err = strconv.Atoi(string(text)); err != nil {
			return answer{}, refuse(http.StatusBadRequest, "unknown %s", parameter)
		}
	}
	begin := min(offset, len(objects))
	end := min(begin+size, len(objects))
	document := around(list.Users, objects[begin:end])
	if page.Total != nil {
		document = merged(document, around(page.Total, len(objects)))
	}
	var header http.Header
	if hasCursor && end < len(objects) {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
		query := url.Values{}
		for name, given := range r.query {
			query.Set(name, given)
		}
		query.Set(parameter, cursor)
		address := r.URL.EscapedPath() + "?" + query.Encode()
		switch {
		case page.By == describe.ByLink:
			header = http.Header{"Link": {"<" + address + `>; rel="next"`}}
		case page.Parameter == "":
			document = merged(document, around(page.Next, address))
		default:
			document = merged(document, around(page.Next, cursor))
		}
	}
	made := jsonAnswer(http.StatusOK, document)
	for name, values := range header {
		made.setHeader(name, values[0])
	}
	if page.TotalHeader != "" {
		made.setHeader(page.TotalHeader, strconv.Itoa(len(objects)))
	}
	return made, nil
}

// getMember returns a member, or 404.
func (a *describedAPI) getMember(r *request) (answer, error) {
	route := a.d.Groups.Member
	group, err := a.group(r.Context(), a.d.Name, value(r, route.Path, "group"))
	if err != nil {
		return answer{}, err
	}
	members, err := a.members(r.Context(), a.d.Name, group.ID)
	if err != nil {
		return answer{}, err
	}
	user := value(r, route.Path, "user")
	if !slices.ContainsFunc(members, func(m storedMember) bool { return m.ID == user }) {
		return answer{}, refuse(http.StatusNotFound, "not a member")
	}
	if slices.Contains(route.Statuses, http.StatusNoContent) {
		return answer{status: http.StatusNoContent, empty: true}, nil
	}
	return jsonAnswer(http.StatusOK, around(describe.Pointer{a.d.ID}, user)), nil
}

// changeMember adds a user to a group, or removes one. A POST refuses a member, and a removal a user who is none.
func (a *describedAPI) changeMember(r *request, route *describe.Route, wanted bool) (answer, error) {
	named := func(name string) string {
		if text := value(r, route.Path, name); text != "" || len(r.body) == 0 {
			return text
		}
		document, err := a.tree(r)
		if err != nil {
			return ""
		}
		text, _ := route.Body.Match(name, document)
		return text
	}
	group, err := a.group(r.Context(), a.d.Name, named("group"))
	if err != nil {
		return answer{}, err
	}
	user := named("user")
	err = a.changeMembers(r.Context(), a.d.Name, group.ID, func(present []storedMember) ([]string, error) {
		var ids []string
		is := false
		for _, member := range present {
			if is = is || member.ID == user; member.ID != user {
				ids = append(ids, member.ID)
			}
		}
		switch {
		case is && wanted && route.Method == http.MethodPost:
			return nil, refuse(http.StatusConflict, "a member already")
		case !is && !wanted:
			return nil, refuse(http.StatusNotFound, "not a member")
		case wanted:
			ids = append(ids, user)
		}
		return ids, nil
	})
	if err != nil {
		return answer{}, orNotFound(err)
	}
	status := http.StatusNoContent
	if len(route.Statuses) > 0 {
		status = route.Statuses[0]
	}
	if status == http.StatusNoContent {
		return answer{status: status, empty: true}, nil
	}
	return jsonAnswer(status, struct{}{}), nil
}
