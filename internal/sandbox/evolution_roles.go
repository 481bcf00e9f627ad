package sandbox

import (
	"cmp"
	"strings"
)

type evolutionPermission struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type evolutionRole struct {
	ID          string                `json:"id"`
	Name        string                `json:"name"`
	Permissions []evolutionPermission `json:"permissions"`
}

// evolutionRoles are the sandbox's own. Their ids never change, so that scripts can use them.
func evolutionRoles() []evolutionRole {
	read := evolutionPermission{ID: "5b1d7a52-0c0e-4c36-9d0a-6a8f5c1e0a01", Name: "users.read"}
	write := evolutionPermission{ID: "5b1d7a52-0c0e-4c36-9d0a-6a8f5c1e0a02", Name: "users.write"}
	order := evolutionPermission{ID: "5b1d7a52-0c0e-4c36-9d0a-6a8f5c1e0a03", Name: "orders.write"}
	return []evolutionRole{
		{ID: "8f14e45f-ceea-467f-a6d1-1d2f3c4b5a01", Name: "Administrator", Permissions: []evolutionPermission{read, write, order}},
		{ID: "8f14e45f-ceea-467f-a6d1-1d2f3c4b5a02", Name: "Buyer", Permissions: []evolutionPermission{read, order}},
		{ID: "8f14e45f-ceea-467f-a6d1-1d2f3c4b5a03", Name: "Reader", Permissions: []evolutionPermission{read}},
	}
}

func (a evolutionAPI) listRoles(r *request) (answer, error) {
	limit, offset, err := paging(r)
	if err != nil {
		return answer{}, err
	}
	roles := evolutionRoles()
	from := min(offset, len(roles))
	to := min(from+limit, len(roles))
	return evolutionPage(roles[from:to], len(roles)), nil
}

// evolutionOrganizations are the sandbox's own, with ids that never change. Two of them have the same name, as
// organizations may. No page documents the response of a list of organizations: their names are in the users who belong
// to them.
func evolutionOrganizations() map[string]string {
	return map[string]string{
		"c4ca4238-a0b9-4382-8dcc-509a6f75849a": "ACME",
		"c81e728d-9d4c-4f63-a06f-89cc14862c01": "Globex",
		"eccbc87e-4b5c-42fe-a830-8fd9f2a7baf3": "Initech",
		"a87ff679-a2f3-471d-9181-a67b7542122c": "Initech",
	}
}

// evolutionNamed adds the names that reads show. An id that the sandbox does not have is accepted, because no page
// forbids it, and gets a name derived from it.
func evolutionNamed(memberships []evolutionMembership) []evolutionMembership {
	organizations, roles := evolutionOrganizations(), map[string]string{}
	for _, role := range evolutionRoles() {
		roles[role.ID] = role.Name
	}
	named := make([]evolutionMembership, len(memberships))
	for i, m := range memberships {
		m.OrganizationName = cmp.Or(organizations[strings.ToLower(m.OrganizationID)], "Organization "+m.OrganizationID[:8])
		m.RoleName = cmp.Or(roles[strings.ToLower(m.RoleID)], "Role "+m.RoleID[:8])
		named[i] = m
	}
	return named
}
