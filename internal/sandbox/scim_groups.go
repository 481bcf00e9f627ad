package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

const scimGroupURN = "urn:ietf:params:scim:schemas:core:2.0:Group"

// scimGroup lists the attributes of a group that a client may send (RFC 7643, 4.2 and 8.7.1).
func scimGroup() []scimAttribute {
	name := scimText("displayName", "A human-readable name for the Group.")
	name.Required = true
	kind := scimText("type", "A label indicating the type of resource.")
	kind.CanonicalValues = []string{"User"}
	members := scimText("members", "A list of members of the Group.").holding(
		scimText("value", "Identifier of the member of this Group."), scimText("$ref", "The URI of the member resource.").of("reference"),
		kind, scimText("display", "A human-readable name, primarily used for display purposes."),
	)
	members.MultiValued = true
	return []scimAttribute{name, members}
}

// createGroup creates a group without members.
func (a scimAPI) createGroup(r *request) (answer, error) {
	body, err := scimBody(r)
	if err != nil {
		return answer{}, err
	}
	delete(body, "schemas")
	var found []violation
	object := scimObject(scimGroup(), "", body, &found)
	if len(found) > 0 {
		return answer{}, scimBad(scimInvalidSyntax, "%s", summary(found))
	}
	if object["members"] != nil {
		return answer{}, scimBad(scimInvalidValue, "members: must be added by a PATCH")
	}
	name, _ := object["displayName"].(string)
	group := storedGroup{uuid.NewString(), name}
	if err := a.addGroup(r.Context(), a.provider, group); err != nil {
		return answer{}, err
	}
	created := scimReply(http.StatusCreated, a.shownGroup(r, group, nil))
	created.setHeader("Location", a.address(r, "/Groups/"+group.ID))
	return created, nil
}

func (a scimAPI) listGroups(r *request) (answer, error) {
	start, count, err := scimPaging(r)
	if err != nil {
		return answer{}, err
	}
	filters, err := scimGroupFilters(r)
	if err != nil {
		return answer{}, err
	}
	groups, err := a.groups(r.Context(), a.provider)
	if err != nil {
		return answer{}, err
	}
	all := []map[string]any{}
	for _, group := range groups {
		document, err := a.groupDocument(r, group)
		if err != nil {
			return answer{}, err
		}
		if !slices.ContainsFunc(filters, func(f scimFilter) bool { return !f.selects(document) }) {
			all = append(all, document)
		}
	}
	from := min(start-1, len(all))
	return scimReply(http.StatusOK, scimList(all[from:min(from+a.pageOf(count), len(all))], len(all), start)), nil
}

// scimGroupFilters reads the filter of a list of groups: comparisons of which all must be true.
func scimGroupFilters(r *request) ([]scimFilter, error) {
	expression, filtered := r.query["filter"]
	if !filtered {
		return nil, nil
	}
	id := scimText("id", "")
	id.CaseExact = true
	var filters []scimFilter
	for comparison := range strings.SplitSeq(expression, " and ") {
		filter, err := parseSCIMComparison(append(scimGroup(), id), comparison)
		if err != nil {
			return nil, scimBad(scimInvalidFilter, "%v", err)
		}
		filters = append(filters, filter)
	}
	return filters, nil
}

func (a scimAPI) getGroup(r *request) (answer, error) {
	group, err := a.group(r.Context(), a.provider, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	document, err := a.groupDocument(r, group)
	return scimReply(http.StatusOK, document), err
}

// groupDocument returns a group as a read shows it, without its members if the query excludes them (RFC 7644, 3.9).
func (a scimAPI) groupDocument(r *request, group storedGroup) (map[string]any, error) {
	if strings.EqualFold(r.query["excludedAttributes"], "members") {
		return a.shownGroup(r, group, nil), nil
	}
	members, err := a.members(r.Context(), a.provider, group.ID)
	return a.shownGroup(r, group, members), err
}

func (a scimAPI) shownGroup(r *request, group storedGroup, members []storedMember) map[string]any {
	document := map[string]any{
		"schemas": []string{scimGroupURN}, "id": group.ID, "displayName": group.Name,
		"meta": map[string]any{"resourceType": "Group", "location": a.address(r, "/Groups/"+group.ID)},
	}
	if len(members) == 0 {
		return document
	}
	var shown []any
	for _, member := range members {
		shown = append(shown, map[string]any{"value": member.ID, "$ref": a.location(r, member.ID), "type": "User", "display": member.Key})
	}
	document["members"] = shown
	return document
}

// patchGroup changes the members of a group. The response is 204 (RFC 7644, 3.5.2).
func (a scimAPI) patchGroup(r *request) (answer, error) {
	body, err := scimBody(r)
	if err != nil {
		return answer{}, err
	}
	changes, err := scimChanges(scimGroup(), body)
	if err != nil {
		return answer{}, err
	}
	group, err := a.group(r.Context(), a.provider, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	err = a.changeMembers(r.Context(), a.provider, group.ID, func(present []storedMember) ([]string, error) {
		return scimMembers(group, present, changes)
	})
	if errors.Is(err, errAbsent) {
		err = scimBad(scimInvalidValue, "members: no such user")
	}
	return answer{status: http.StatusNoContent}, err
}

// scimMembers returns the ids of a group's members after the changes.
func scimMembers(group storedGroup, present []storedMember, changes []scimChange) ([]string, error) {
	var members []any
	for _, member := range present {
		members = append(members, map[string]any{"value": member.ID})
	}
	object := map[string]any{"displayName": group.Name, "members": members}
	for _, change := range changes {
		if err := change.apply(object); err != nil {
			return nil, err
		}
	}
	var found []violation
	object = scimObject(scimGroup(), "", object, &found)
	if len(found) > 0 {
		return nil, scimBad(scimInvalidSyntax, "%s", summary(found))
	}
	if object["displayName"] != group.Name {
		return nil, scimBad(scimMutability, "displayName: this server changes only members")
	}
	members, _ = object["members"].([]any)
	var ids []string
	for _, member := range members {
		properties, _ := member.(map[string]any)
		id, _ := properties["value"].(string)
		ids = append(ids, id)
	}
	return ids, nil
}
