package scim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/pkg/provider"
)

// groups is what a client does with groups.
type groups interface {
	provider.Directory
	provider.MembershipManager
}

// groupOf is a group with members of these ids.
func groupOf(ids ...string) string {
	members := make([]string, len(ids))
	for i, id := range ids {
		members[i] = fmt.Sprintf(`{"value":%q}`, id)
	}
	return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g","displayName":"Staff","members":[` + strings.Join(members, ",") + `]}`
}

func groupsAt(t *testing.T, w *wild) groups { return w.meet(t).(groups) }

// A list has several pages, and a server may return the members although they are excluded.
func TestGroupsOfSeveralPages(t *testing.T) {
	page := func(ids ...string) http.HandlerFunc {
		var objects []string
		for _, id := range ids {
			objects = append(objects, fmt.Sprintf(`{"id":%q,"displayName":"Group %s","members":[{"value":"1"}]}`, id, id))
		}
		return answers(200, scimJSON, `{"totalResults":3,"Resources":[`+strings.Join(objects, ",")+`]}`)
	}
	w := &wild{on: map[string]http.HandlerFunc{"GET /Groups": func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("startIndex") {
		case "1":
			page("a", "b")(out, r)
		default:
			page("b", "c")(out, r)
		}
	}}}
	var names []string
	for entry, err := range groupsAt(t, w).Entries(t.Context(), provider.Group) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(entry.Attributes), "members") {
			t.Errorf("the attributes of %s have the members: %s", entry.ID, entry.Attributes)
		}
		names = append(names, entry.ID+" "+entry.Name)
	}
	if want := []string{"a Group a", "b Group b", "c Group c"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if sent := w.sent("GET /Groups?"); len(sent) != 2 || !strings.Contains(sent[0], "excludedAttributes=members") {
		t.Errorf("sent %q", sent)
	}
}

// Members are told apart by their type, or else by their address (RFC 7643, 4.2).
func TestMembersAreUsers(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{"GET /Groups/g": answers(200, scimJSON, `{"id":"g","members":[
		{"value":"1","type":"User","display":"Ada"},{"value":"2","type":"Group"},{"value":"3","$ref":"https://example.com/v2/Groups/3"},
		{"value":"4","$ref":"https://example.com/v2/Users/4"},{"value":5},{"value":"1"},{"value":"6","type":"user","$ref":"../Groups/6"}]}`)}}
	var got []provider.Member
	for member, err := range groupsAt(t, w).Members(t.Context(), "g") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, member)
	}
	if want := []provider.Member{{ID: "1", Name: "Ada"}, {ID: "4"}, {ID: "5"}, {ID: "6"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A change of members is affirmed by 204, by the group, or by 200 without a body. It is verified until one was.
func TestMemberChangeAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		patch http.HandlerFunc
		after string
		reads int
		class provider.Class
		fails bool
	}{
		"204":                          {patch: answers(204, "", ""), after: groupOf("1"), reads: 1},
		"200 and nothing":              {patch: answers(200, scimJSON, ""), after: groupOf("1"), reads: 1},
		"the group":                    {patch: answers(200, scimJSON, groupOf("1", "2"))},
		"the group without members":    {patch: answers(200, scimJSON, `{"id":"g"}`), after: groupOf("1"), reads: 1},
		"the group as it was":          {patch: answers(200, scimJSON, groupOf("2")), fails: true},
		"204, and nothing was done":    {patch: answers(204, "", ""), after: groupOf("2"), reads: 1, fails: true},
		"another group":                {patch: answers(200, scimJSON, strings.Replace(groupOf("1"), `"g"`, `"h"`, 1)), fails: true},
		"a page":                       {patch: answers(200, "text/html", "<html>"), fails: true},
		"202":                          {patch: answers(202, scimJSON, groupOf("1")), fails: true},
		"500":                          {patch: answers(500, scimJSON, ""), fails: true},
		"conflict, and it is a member": {patch: answers(409, scimJSON, "{}"), after: groupOf("1"), reads: 1},
		"conflict, and it is none":     {patch: answers(409, scimJSON, "{}"), after: groupOf("2"), reads: 1, fails: true, class: provider.Conflict},
		"refused":                      {patch: answers(400, scimJSON, "{}"), after: groupOf(), reads: 1, fails: true, class: provider.Invalid},
		"no such group":                {patch: answers(404, scimJSON, "{}"), reads: 1, fails: true, class: provider.NotFound},
		"204, and then denied":         {patch: answers(204, "", ""), after: "-", reads: 1, fails: true},
	} {
		on := map[string]http.HandlerFunc{"PATCH /Groups/g": test.patch}
		switch test.after {
		case "":
		case "-":
			on["GET /Groups/g"] = answers(403, scimJSON, "{}")
		default:
			on["GET /Groups/g"] = answers(200, scimJSON, test.after)
		}
		w := &wild{on: on}
		client := groupsAt(t, w)
		err := client.AddMember(t.Context(), "g", "1")
		if (err != nil) != test.fails || provider.ClassOf(err) != test.class {
			t.Errorf("%s: %v", name, err)
		}
		if reads := len(w.sent("GET /Groups/g")); reads != test.reads {
			t.Errorf("%s: %d reads, want %d", name, reads, test.reads)
		}
		if err != nil {
			continue
		}
		if err := client.AddMember(t.Context(), "g", "1"); err != nil {
			t.Errorf("%s, again: %v", name, err)
		}
		if again := len(w.sent("GET /Groups/g")) - test.reads; again != 0 && !strings.HasPrefix(name, "conflict") {
			t.Errorf("%s: %d reads after it was verified", name, again)
		}
	}
}

// A server that ignores the path of a removal removes nothing, and one whose answer is lost may have.
func TestRemovalsThatMayNotHaveHappened(t *testing.T) {
	for name, patch := range map[string]http.HandlerFunc{"ignored": answers(204, "", ""), "lost": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }} {
		w := &wild{on: map[string]http.HandlerFunc{"PATCH /Groups/g": patch, "GET /Groups/g": answers(200, scimJSON, groupOf("1", "2"))}}
		if err := groupsAt(t, w).RemoveMember(t.Context(), "g", "1"); err == nil || provider.ClassOf(err) != provider.Unknown {
			t.Errorf("%s: %v", name, err)
		}
		if sent := w.sent("PATCH "); len(sent) != 1 {
			t.Errorf("%s: sent %q", name, sent)
		}
	}
	w := &wild{on: map[string]http.HandlerFunc{"PATCH /Groups/g": answers(400, scimJSON, "{}"), "GET /Groups/g": answers(200, scimJSON, groupOf("2"))}}
	if err := groupsAt(t, w).RemoveMember(t.Context(), "g", "1"); err != nil {
		t.Errorf("a user who is no member: %v", err)
	}
}

// An id is a JSON text in the path of a removal.
func TestRemovalQuotesTheID(t *testing.T) {
	w := &wild{on: map[string]http.HandlerFunc{"PATCH /Groups/g": answers(200, scimJSON, groupOf())}}
	if err := groupsAt(t, w).RemoveMember(t.Context(), "g", `1"] or "2`); err != nil {
		t.Error(err)
	}
	if want := `"path":"members[value eq \"1\\\"] or \\\"2\"]"`; len(w.bodies) != 1 || !strings.Contains(w.bodies[0], want) {
		t.Errorf("sent %q, want %s", w.bodies, want)
	}
}

// AWS IAM Identity Center returns groups without members, and finds a group by a member
// (https://docs.aws.amazon.com/singlesignon/latest/developerguide/listgroups.html).
func TestMembersThatAreHidden(t *testing.T) {
	adapter, err := scim.Adapter().ForTenant(func(name string) string {
		return map[string]string{"vendor": "aws-identity-center"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := adapter.Endpoint(provider.CapabilityMembers); ok {
		t.Error("a list of members is documented")
	}
	w := &wild{on: map[string]http.HandlerFunc{
		"PATCH /Groups/g": answers(204, "", ""), "GET /Groups/g": answers(200, scimJSON, `{"id":"g","displayName":"Staff","members":[]}`),
		"GET /Groups": func(out http.ResponseWriter, r *http.Request) {
			list := `{"totalResults":0,"Resources":[]}`
			if r.URL.Query().Get("filter") == `id eq "g" and members eq "1"` {
				list = `{"totalResults":1,"Resources":[{"id":"g","displayName":"Staff","members":[]}]}`
			}
			answers(200, scimJSON, list)(out, r)
		},
	}}
	client := w.meetAs(t, adapter).(groups)
	for id, want := range map[string]bool{"1": true, "2": false} {
		if is, err := client.IsMember(t.Context(), "g", id); is != want || err != nil {
			t.Errorf("%s is a member: %t, %v", id, is, err)
		}
	}
	if err := client.AddMember(t.Context(), "g", "1"); err != nil {
		t.Error(err)
	}
	if _, err := client.IsMember(t.Context(), "h", "1"); provider.ClassOf(err) != provider.NotFound {
		t.Errorf("an unknown group: %v", err)
	}
}
