package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

const (
	someOrganization = "0f8fad5b-d9cb-469f-a165-70867728950e"
	someRole         = "7C9E6679-7425-40DE-944B-E07FC1F90AE7"
)

func (b *bench) evolutionCreate(body string) call {
	return call{
		method: http.MethodPost, url: b.BaseURL("evolution") + "/users", body: body,
		header: map[string]string{
			"Authorization": "Bearer given", "X-API-Key": "k", "Accept": "application/json", "Content-Type": "application/json",
		},
	}
}

func evolutionBody(name string) string {
	return fmt.Sprintf(`{"identityName":%q,"displayName":"Ann Lee","organizations":[{"organizationId":%q,"roleId":%q}],`+
		`"email":"no e-mail syntax is asked","firstName":"Ann","lastName":"Lee"}`, name, someOrganization, someRole)
}

func TestEvolutionCreate(t *testing.T) {
	b := newBench(t, Options{})
	sent := evolutionBody("ann.lee")
	created := b.send(b.evolutionCreate(sent))
	if created.object(http.StatusCreated); created.body != sent {
		t.Errorf("got  %s\nwant %s", created.body, sent)
	}
	if got := created.header.Get("Content-Location"); got != "ann.lee" {
		t.Errorf("Content-Location %q", got)
	}
	if got := created.header.Get("Location"); got != "" {
		t.Errorf("Location %q is not documented", got)
	}
}

func TestEvolutionGet(t *testing.T) {
	b := newBench(t, Options{})
	create := b.evolutionCreate(evolutionBody("Ann/Lee é"))
	b.send(create).want(http.StatusCreated)
	for _, escaped := range []string{"Ann%2FLee%20%C3%A9", "ann%2Flee%20e%CC%81"} {
		user := b.send(create.getting(b.BaseURL("evolution") + "/users/" + escaped)).object(http.StatusOK)
		id, _ := user["id"].(string)
		if err := uuid.Validate(id); err != nil {
			t.Errorf("id %q: %v", id, err)
		}
		delete(user, "id")
		same(t, user, map[string]any{
			"identityName": "Ann/Lee é", "displayName": "Ann Lee", "email": "no e-mail syntax is asked",
			"firstName": "Ann", "lastName": "Lee",
			"organizations": []any{map[string]any{
				"organizationId": someOrganization, "organizationName": "Organization 0f8fad5b",
				"roleId": someRole, "roleName": "Role 7C9E6679",
			}},
		})
	}
	absent := b.send(create.getting(b.BaseURL("evolution") + "/users/nobody")).object(http.StatusNotFound)
	same(t, absent, map[string]any{"code": 404.0, "message": "Not Found", "description": "user not found"})
}

func TestEvolutionListPages(t *testing.T) {
	b := newBench(t, Options{})
	create := b.evolutionCreate("")
	users := b.BaseURL("evolution") + "/users"
	if empty := b.send(create.getting(users)); empty.body != "[]" || empty.header.Get("X-Total-Count") != "0" {
		t.Errorf("an empty list is %s %v", empty.body, empty.header)
	}
	const many = 45
	for i := range many {
		b.send(create.sending(evolutionBody(fmt.Sprintf("u%02d", i)))).want(http.StatusCreated)
	}
	for _, test := range []struct {
		query       string
		first, size int
	}{
		{"", 0, 20},
		{"?offset=20", 20, 20},
		{"?offset=40", 40, 5},
		{"?offset=45", 0, 0},
		{"?limit=3", 0, 3},
		{"?limit=3&offset=44", 44, 1},
		{"?limit=100", 0, 45},
		{"?limit=0", 0, 0},
	} {
		page := b.send(create.getting(users + test.query))
		list := page.array(http.StatusOK)
		if len(list) != test.size {
			t.Errorf("%q: %d users, want %d", test.query, len(list), test.size)
		}
		if len(list) > 0 && list[0].(map[string]any)["identityName"] != fmt.Sprintf("u%02d", test.first) {
			t.Errorf("%q starts with %v", test.query, list[0])
		}
		got := []string{page.header.Get("X-Total-Count"), page.header.Get("X-Result-Count")}
		if want := []string{"45", fmt.Sprint(test.size)}; !slices.Equal(got, want) {
			t.Errorf("%q: counts %v, want %v", test.query, got, want)
		}
	}
	for _, query := range []string{"?limit=-1", "?limit=x", "?offset=1.5", "?limit=", "?limit=1&limit=2", "?size=3", "?limit=9999999999", "?%zz"} {
		b.send(create.getting(users + query)).want(http.StatusBadRequest)
	}
}

func TestEvolutionUpdate(t *testing.T) {
	b := newBench(t, Options{})
	create := b.evolutionCreate(evolutionBody("ann"))
	b.send(create).want(http.StatusCreated)
	b.send(create.sending(evolutionBody("bob"))).want(http.StatusCreated)
	ann := create.to(b.BaseURL("evolution") + "/users/ann")
	before := b.send(ann.getting(ann.url)).object(http.StatusOK)

	role := evolutionRoles()[1]
	after := b.send(ann.patching(fmt.Sprintf(`{"displayName":"A. Lee","organizations":[{"organizationId":%q,"roleId":%q}]}`,
		someOrganization, strings.ToUpper(role.ID)))).object(http.StatusOK)
	before["displayName"] = "A. Lee"
	before["organizations"] = []any{map[string]any{
		"organizationId": someOrganization, "organizationName": "Organization 0f8fad5b",
		"roleId": strings.ToUpper(role.ID), "roleName": role.Name,
	}}
	same(t, after, before)

	b.send(ann.patching(`{"identityName":"Bob"}`)).want(http.StatusConflict)
	b.send(ann.patching(`{"identityName":"Ann"}`)).want(http.StatusOK)
	b.send(ann.patching(`{"identityName":"anna"}`)).want(http.StatusOK)
	b.send(ann.getting(ann.url)).want(http.StatusNotFound)
	b.send(ann.getting(ann.url + "a")).want(http.StatusOK)
	b.send(ann.patching(`{}`)).want(http.StatusNotFound)
	for _, body := range []string{`{"organizations":[]}`, `{"email":" "}`, `{"email":null}`, `{"id":"x"}`} {
		b.send(ann.to(ann.url + "a").patching(body)).want(http.StatusBadRequest)
	}
}

func TestEvolutionRoles(t *testing.T) {
	b := newBench(t, Options{})
	roles := b.evolutionCreate("").getting(b.BaseURL("evolution") + "/roles")
	all := b.send(roles)
	list := all.array(http.StatusOK)
	if len(list) < 2 || all.header.Get("X-Total-Count") != fmt.Sprint(len(list)) {
		t.Fatalf("roles %v %v", list, all.header)
	}
	want := shape(parsed(t, `{"id":"","name":"","permissions":[{"id":"","name":""}]}`))
	for _, role := range list {
		role := role.(map[string]any)
		role["permissions"] = role["permissions"].([]any)[:1]
		same(t, shape(role), want)
		if err := uuid.Validate(role["id"].(string)); err != nil {
			t.Error(err)
		}
	}
	second := b.send(roles.to(roles.url + "?limit=1&offset=1"))
	if got := second.array(http.StatusOK); len(got) != 1 || got[0].(map[string]any)["id"] != list[1].(map[string]any)["id"] {
		t.Errorf("second page %v", got)
	}
	if counts := []string{second.header.Get("X-Total-Count"), second.header.Get("X-Result-Count")}; !slices.Equal(counts, []string{fmt.Sprint(len(list)), "1"}) {
		t.Errorf("counts of the second page %v", counts)
	}
	beyond := b.send(roles.to(roles.url + "?offset=99"))
	if beyond.body != "[]" || beyond.header.Get("X-Result-Count") != "0" || beyond.header.Get("X-Total-Count") != fmt.Sprint(len(list)) {
		t.Errorf("beyond the end: %s %v", beyond.body, beyond.header)
	}
	for _, query := range []string{"?limit=-1", "?offset=x", "?name=Reader"} {
		b.send(roles.to(roles.url + query)).want(http.StatusBadRequest)
	}
}

// Organizations and roles that the sandbox knows have names, whatever the case
// of their ids; the organizations of all users are named in the list.
func TestEvolutionNames(t *testing.T) {
	b := newBench(t, Options{})
	create := b.evolutionCreate("")
	names := map[string]int{}
	for id, name := range evolutionOrganizations() {
		if err := uuid.Validate(id); err != nil || id != strings.ToLower(id) {
			t.Errorf("id %q: %v", id, err)
		}
		names[name]++
		for way, spelling := range map[string]string{"lower": id, "upper": strings.ToUpper(id)} {
			body := strings.Replace(evolutionBody(way+id), someOrganization, spelling, 1)
			body = strings.Replace(body, someRole, evolutionRoles()[2].ID, 1)
			b.send(create.sending(body)).want(http.StatusCreated)
			user := b.send(create.getting(b.BaseURL("evolution") + "/users/" + way + id)).object(http.StatusOK)
			same(t, user["organizations"], []any{map[string]any{
				"organizationId": spelling, "organizationName": name, "roleId": evolutionRoles()[2].ID, "roleName": "Reader",
			}})
		}
	}
	if names["ACME"] != 1 || names["Initech"] != 2 {
		t.Errorf("names %v, want ACME once and one name that two organizations share", names)
	}
	for _, user := range b.send(create.getting(b.BaseURL("evolution") + "/users")).array(http.StatusOK) {
		first := user.(map[string]any)["organizations"].([]any)[0].(map[string]any)
		if first["organizationName"] == "" || first["roleName"] != "Reader" {
			t.Errorf("the list names %v", first)
		}
	}
}

func TestEvolutionViolations(t *testing.T) {
	b := newBench(t, Options{})
	refusal := b.send(b.evolutionCreate(`{"identityName":"\t ","organizations":[{"organizationId":"x","roleId":7},{}],` +
		`"email":"e","firstName":1,"lastName":"Lee","phone":"1"}`)).object(http.StatusBadRequest)
	same(t, refusal["violations"], []any{
		violated("identityName", `must match \S`),
		violated("displayName", "is required"),
		violated("organizations[0].organizationId", "must be a UUID"),
		violated("organizations[0].roleId", "must be a string"),
		violated("organizations[1].organizationId", "is required"),
		violated("organizations[1].roleId", "is required"),
		violated("firstName", "must be a string"),
		violated("phone", "is not a documented field"),
	})
	delete(refusal, "violations")
	same(t, shape(refusal), shape(parsed(t, `{"code":0,"message":"","status":0,"title":""}`)))
}

func violated(field, message string) map[string]any {
	return map[string]any{"field": field, "message": message}
}

func TestEvolutionDuplicate(t *testing.T) {
	b := newBench(t, Options{})
	b.send(b.evolutionCreate(evolutionBody("Ann"))).want(http.StatusCreated)
	refusal := b.send(b.evolutionCreate(evolutionBody("ann"))).object(http.StatusConflict)
	same(t, refusal, map[string]any{"code": 409.0, "message": "Conflict", "description": "a user with this key already exists"})
}
