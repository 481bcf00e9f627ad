package sandbox

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scimGroups are the ids and names of a list of groups.
func (b *bench) scimGroups(query string) []string {
	b.t.Helper()
	list := b.send(b.scimCreate("").getting(b.BaseURL("scim") + "/Groups" + query)).object(http.StatusOK)
	var groups []string
	for _, resource := range list["Resources"].([]any) {
		group := resource.(map[string]any)
		groups = append(groups, fmt.Sprintf("%v %v", group["id"], group["displayName"]))
	}
	return groups
}

// scimMembersOf are the ids of the members of a group, in order.
func (b *bench) scimMembersOf(group string) []string {
	b.t.Helper()
	members, _ := b.send(b.scimCreate("").getting(b.BaseURL("scim") + "/Groups/" + group)).object(http.StatusOK)["members"].([]any)
	var ids []string
	for _, member := range members {
		ids = append(ids, member.(map[string]any)["value"].(string))
	}
	return ids
}

func (b *bench) scimPatchGroup(group, operation string) result {
	b.t.Helper()
	patch := b.scimCreate(`{"schemas":["` + scimPatchURN + `"],"Operations":[` + operation + `]}`)
	patch.method, patch.url = http.MethodPatch, b.BaseURL("scim")+"/Groups/"+group
	return b.send(patch)
}

func TestSCIMGroupsAreListedAndMade(t *testing.T) {
	b := newBench(t, Options{PageSize: 2})
	create := b.scimCreate(`{"schemas":["` + scimGroupURN + `"],"displayName":"Tour Guides"}`)
	create.url = b.BaseURL("scim") + "/Groups"
	made := b.send(create)
	id := made.object(http.StatusCreated)["id"].(string)
	if want := b.BaseURL("scim") + "/Groups/" + id; made.header.Get("Location") != want {
		t.Errorf("Location %q, want %q", made.header.Get("Location"), want)
	}
	var all []string
	for _, start := range []int{1, 3, 5} {
		page := b.scimGroups(fmt.Sprintf("?startIndex=%d&count=100&excludedAttributes=members", start))
		if len(page) != 2 {
			t.Errorf("a page of %d from %d", len(page), start)
		}
		all = append(all, page...)
	}
	if len(all) != len(exampleGroups())+1 || all[0] != exampleGroups()[0].ID+" Engineering" || all[5] != id+" Tour Guides" {
		t.Errorf("got %q", all)
	}
	if found := b.scimGroups(`?filter=displayName+eq+"tour+guides"`); !slices.Equal(found, []string{id + " Tour Guides"}) {
		t.Errorf("found %q", found)
	}
	create.body = `{"schemas":["` + scimGroupURN + `"]}`
	b.send(create).want(http.StatusBadRequest)
}

// RFC 7644, 3.5.2.1 and 3.5.2.2.
func TestSCIMMembersAreAddedAndRemoved(t *testing.T) {
	b := newBench(t, Options{})
	group := exampleGroups()[1].ID
	var ids []string
	for _, name := range []string{"ann", "bob", "cy"} {
		_, user := b.scimMade(scimBodyOf(name))
		ids = append(ids, user["id"].(string))
	}
	value := func(id string) string { return `[{"value":"` + id + `"}]` }
	for _, test := range []struct {
		operation string
		status    int
		members   []string
	}{
		{`{"op":"add","path":"members","value":` + value(ids[0]) + `}`, 204, ids[:1]},
		{`{"op":"add","path":"members","value":` + value(ids[0]) + `}`, 204, ids[:1]},
		{`{"op":"add","value":{"members":` + value(ids[1]) + `}}`, 204, ids[:2]},
		{`{"op":"add","path":"members","value":` + value("nobody") + `}`, 400, ids[:2]},
		{`{"op":"remove","path":"members[value eq \"` + ids[2] + `\"]"}`, 400, ids[:2]}, // noTarget
		{`{"op":"remove","path":"members[value eq \"` + ids[0] + `\"]"}`, 204, ids[1:2]},
		{`{"op":"replace","path":"displayName","value":"x"}`, 400, ids[1:2]},
		{`{"op":"replace","path":"userName","value":"x"}`, 400, ids[1:2]},
		{`{"op":"replace","path":"members","value":` + value(ids[2]) + `}`, 204, ids[2:]},
		{`{"op":"remove","path":"members","value":` + value(ids[0]) + `}`, 204, nil}, // all of them, by the standard
	} {
		if got := b.scimPatchGroup(group, test.operation); got.status != test.status {
			t.Errorf("%s: status %d: %s", test.operation, got.status, got.body)
		}
		if got := b.scimMembersOf(group); !slices.Equal(got, test.members) {
			t.Errorf("after %s: %q, want %q", test.operation, got, test.members)
		}
	}
	b.scimPatchGroup("nothing", `{"op":"add","path":"members","value":`+value(ids[0])+`}`).want(http.StatusNotFound)
	if others := b.scimMembersOf(exampleGroups()[0].ID); others != nil {
		t.Errorf("another group has %q", others)
	}
}

func TestDeletedUsersLeaveTheirGroups(t *testing.T) {
	b := newBench(t, Options{})
	group := exampleGroups()[0].ID
	one, user := b.scimMade(scimBodyOf("ann"))
	b.scimPatchGroup(group, fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, user["id"]))
	if members := b.scimMembersOf(group); len(members) != 1 {
		t.Errorf("members %q", members)
	}
	one.method = http.MethodDelete
	b.send(one)
	if members := b.scimMembersOf(group); members != nil {
		t.Errorf("members %q", members)
	}
	var rows int
	if err := b.store.reader.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM memberships").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d memberships are stored, %v", rows, err)
	}
}

// A member whose addition was lost is in the group.
func TestFaultsOfMembers(t *testing.T) {
	b := newBench(t, Options{})
	_, user := b.scimMade(scimBodyOf("ann"))
	group := exampleGroups()[0].ID
	lossy := benchOn(t, b.store, Options{Faults: Faults{FaultLostReply: 1}})
	patch := lossy.scimCreate(fmt.Sprintf(`{"schemas":[%q],"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`, scimPatchURN, user["id"]))
	patch.method, patch.url = http.MethodPatch, lossy.BaseURL("scim")+"/Groups/"+group
	if got, _ := lossy.exchange(patch); got != "" {
		t.Errorf("the reply was not lost: %s", got)
	}
	if members := b.scimMembersOf(group); len(members) != 1 {
		t.Errorf("members %q", members)
	}
}

// A file of the first version gets the tables of groups, and keeps its users.
func TestStoreOfTheFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	const user = `INSERT INTO users VALUES (1, 'scim', 'a', 'ann', 'ann', 0, '2026-03-28T00:28:11Z', '{}');`
	if _, err := db.ExecContext(t.Context(), schemas()[0]+user+fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 1;", applicationID)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, db)
	for range 2 {
		store, err := OpenStore(path)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := store.Count(t.Context(), "scim"); n != 1 || err != nil {
			t.Errorf("%d users, %v", n, err)
		}
		var tables string
		const query = "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name IN ('groups', 'memberships')"
		if err := store.reader.QueryRowContext(t.Context(), query).Scan(&tables); err != nil || len(strings.Split(tables, ",")) != 2 {
			t.Errorf("tables %q, %v", tables, err)
		}
		mustClose(t, store)
	}
}
