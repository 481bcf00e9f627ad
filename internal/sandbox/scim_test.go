package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (b *bench) scimCreate(body string) call {
	return call{
		method: http.MethodPost, url: b.BaseURL("scim") + "/Users", body: body,
		header: map[string]string{"Authorization": "Bearer some-token", "Content-Type": scimMedia, "Accept": scimMedia},
	}
}

func scimBodyOf(userName string) string {
	return fmt.Sprintf(`{"schemas":[%q],"userName":%q}`, scimUserURN, userName)
}

// scimMade creates a user and gives its address, with a call that reads it.
func (b *bench) scimMade(body string) (one call, user map[string]any) {
	b.t.Helper()
	create := b.scimCreate(body)
	user = b.send(create).object(http.StatusCreated)
	return create.getting(create.url + "/" + user["id"].(string)), user
}

// RFC 7644, 3.3.
func TestSCIMCreatesTheDocumentedUser(t *testing.T) {
	b := newBench(t, Options{})
	sent := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen","externalId":"bjensen",
		"name":{"formatted":"Ms. Barbara J Jensen III","familyName":"Jensen","givenName":"Barbara"}}`
	got := b.send(b.scimCreate(sent))
	created := got.object(http.StatusCreated)
	id := created["id"].(string)
	location := b.BaseURL("scim") + "/Users/" + id
	if got.header.Get("Location") != location || got.header.Get("Content-Type") != scimMedia {
		t.Errorf("Location %q, Content-Type %q", got.header.Get("Location"), got.header.Get("Content-Type"))
	}
	want := parsed(t, sent).(map[string]any)
	want["id"] = id
	want["meta"] = map[string]any{
		"resourceType": "User", "created": "2026-03-28T00:28:11.172Z", "lastModified": "2026-03-28T00:28:11.172Z", "location": location,
	}
	same(t, created, want)
	same(t, b.send(b.scimCreate("").getting(location)).object(http.StatusOK), want)
}

func TestSCIMKeepsNoPasswordAndTakesNoIDs(t *testing.T) {
	b := newBench(t, Options{})
	one, user := b.scimMade(`{"schemas":["` + scimUserURN + `"],"USERNAME":"ann","password":"hunter2","id":"mine","meta":{"location":"x"},
		"groups":[{"value":"admins"}],"emails":[],"title":null}`)
	for _, absent := range []string{"password", "groups", "emails", "title", "USERNAME"} {
		if _, ok := user[absent]; ok {
			t.Errorf("the user has %s", absent)
		}
	}
	if user["id"] == "mine" || user["userName"] != "ann" {
		t.Errorf("created %v", user)
	}
	for stored, err := range b.store.Users(t.Context(), "scim") {
		if err != nil || strings.Contains(string(stored.Document), "hunter2") {
			t.Errorf("the store holds the password: %v", err)
		}
	}
	same(t, b.send(one).object(http.StatusOK), user)
}

func TestSCIMRefusesWhatTheStandardRefuses(t *testing.T) {
	b := newBench(t, Options{})
	b.send(b.scimCreate(scimBodyOf("Ann"))).want(http.StatusCreated)
	core := `"schemas":["` + scimUserURN + `"]`
	for _, test := range []struct {
		name, body, keyword string
		status              int
	}{
		{"taken, in another case", scimBodyOf("ANN"), "uniqueness", 409},
		{"no name", `{` + core + `}`, "invalidValue", 400},
		{"another schema", `{"schemas":["urn:x"],"userName":"bob"}`, "invalidSyntax", 400},
		{"an extension that is not named", `{` + core + `,"userName":"bob","` + scimEnterpriseURN + `":{"department":"x"}}`, "invalidSyntax", 400},
		{"active as a text", `{` + core + `,"userName":"bob","active":"true"}`, "invalidSyntax", 400},
		{"e-mail addresses as a text", `{` + core + `,"userName":"bob","emails":"bob@example.com"}`, "invalidSyntax", 400},
		{"two primary values", `{` + core + `,"userName":"bob","emails":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, "invalidSyntax", 400},
		{"no such sub-attribute", `{` + core + `,"userName":"bob","name":{"first":"Bob"}}`, "invalidSyntax", 400},
	} {
		refusal := b.send(b.scimCreate(test.body)).object(test.status)
		if refusal["scimType"] != test.keyword || refusal["status"] != fmt.Sprint(test.status) {
			t.Errorf("%s: %v", test.name, refusal)
		}
	}
	if got := count(t, b.store, "scim"); got != 1 {
		t.Errorf("%d users", got)
	}
}

func TestSCIMFiltersAndPages(t *testing.T) {
	b := newBench(t, Options{})
	core := `"schemas":["` + scimUserURN + `"]`
	both := `"schemas":["` + scimUserURN + `","` + scimEnterpriseURN + `"]`
	for _, body := range []string{
		`{` + core + `,"userName":"Ann","externalId":"x1","name":{"familyName":"Adams"},"emails":[{"value":"ann@example.com","type":"work"}]}`,
		`{` + both + `,"userName":"bob\"s","externalId":"X1","active":true,"` + scimEnterpriseURN + `":{"department":"R&D"},"name":{"familyName":"Baker"}}`,
		`{` + core + `,"userName":"cyd","active":false,"name":{"familyName":"Adamson"}}`,
	} {
		b.send(b.scimCreate(body)).want(http.StatusCreated)
	}
	users := b.BaseURL("scim") + "/Users"
	for _, test := range []struct{ query, want, totals string }{
		{"", "Ann bob\"s cyd", "3 1 3"},
		{`?filter=userName+eq+%22ann%22`, "Ann", "1 1 1"},
		{`?filter=USERNAME+Eq+%22bob%5C%22s%22`, `bob"s`, "1 1 1"},
		{`?filter=externalId+eq+%22X1%22`, `bob"s`, "1 1 1"},
		{`?filter=userName+eq+%22nobody%22`, "", "0 1 0"},
		{`?filter=name.familyName+sw+%22adam%22`, "Ann cyd", "2 1 2"},
		{`?filter=name.familyName+sw+%22adam%22&startIndex=2&count=5`, "cyd", "2 2 1"},
		{`?filter=emails+co+%22example.com%22`, "Ann", "1 1 1"},
		{`?filter=emails.type+eq+%22work%22`, "Ann", "1 1 1"},
		{`?filter=active+eq+true`, `bob"s`, "1 1 1"},
		{`?filter=` + scimEnterpriseURN + `:department+eq+%22r%26d%22`, `bob"s`, "1 1 1"},
		{`?filter=` + scimUserURN + `:userName+sw+%22c%22`, "cyd", "1 1 1"},
		{`?filter=active+pr`, `bob"s cyd`, "2 1 2"},
		{`?filter=userName+ne+%22ann%22`, `bob"s cyd`, "2 1 2"},
		{"?startIndex=2&count=1", `bob"s`, "3 2 1"},
		{"?startIndex=0&count=2", `Ann bob"s`, "3 1 2"},
		{"?startIndex=9", "", "3 9 0"},
		{"?count=0", "", "3 1 0"},
		{"?count=-3", "", "3 1 0"},
	} {
		list := b.send(b.scimCreate("").getting(users + test.query)).object(http.StatusOK)
		var names []string
		for _, user := range list["Resources"].([]any) {
			names = append(names, user.(map[string]any)["userName"].(string))
		}
		totals := fmt.Sprint(list["totalResults"], list["startIndex"], list["itemsPerPage"])
		if got := strings.Join(names, " "); got != test.want || totals != test.totals {
			t.Errorf("%q: got %q (%s), want %q (%s)", test.query, got, totals, test.want, test.totals)
		}
	}
	for _, query := range []string{`?filter=nick+eq+%22a%22`, `?filter=userName`, `?filter=userName+eq+ann`, `?filter=userName+gt+%22a%22`} {
		if refusal := b.send(b.scimCreate("").getting(users + query)).object(400); refusal["scimType"] != "invalidFilter" {
			t.Errorf("%s: %v", query, refusal)
		}
	}
	b.send(b.scimCreate("").getting(users + "?count=x")).want(http.StatusBadRequest)
}

func TestSCIMPatches(t *testing.T) {
	b := newBench(t, Options{})
	one, user := b.scimMade(`{"schemas":["` + scimUserURN + `"],"userName":"ann","title":"Dr","name":{"givenName":"Ann"},
		"emails":[{"value":"ann@example.com","type":"work","primary":true},{"value":"a@example.org","type":"home"}]}`)
	b.clock.advance(time.Hour)
	patch := func(operations string) call {
		return one.patching(`{"schemas":["` + scimPatchURN + `"],"Operations":[` + operations + `]}`)
	}
	for _, test := range []struct {
		operations string
		change     func()
	}{
		{`{"op":"replace","path":"name.familyName","value":"Lee"}`, func() { user["name"].(map[string]any)["familyName"] = "Lee" }},
		{`{"op":"remove","path":"title"}`, func() { delete(user, "title") }},
		{`{"op":"remove","path":"title"}`, func() {}},
		{`{"op":"add","value":{"emails":[{"value":"babs@jensen.org","type":"home"}],"nickname":"Babs"}}`, func() { // RFC 7644, 3.5.2.1
			user["emails"] = append(user["emails"].([]any), map[string]any{"value": "babs@jensen.org", "type": "home"})
			user["nickName"] = "Babs"
		}},
		{`{"op":"remove","path":"emails[type eq \"home\"]"}`, func() { user["emails"] = user["emails"].([]any)[:1] }},
		{`{"op":"replace","path":"emails[type eq \"work\"].value","value":"lee@example.com"}`, func() {
			user["emails"].([]any)[0].(map[string]any)["value"] = "lee@example.com"
		}},
		{`{"op":"replace","path":"` + scimEnterpriseURN + `:department","value":"R&D"},{"op":"replace","path":"` + scimEnterpriseURN + `:manager.value","value":"26118915"}`, func() {
			user["schemas"] = append(user["schemas"].([]any), scimEnterpriseURN)
			user[scimEnterpriseURN] = map[string]any{"department": "R&D", "manager": map[string]any{"value": "26118915"}}
		}},
		{`{"op":"replace","value":{"` + scimEnterpriseURN + `":{"division":"North"}}}`, func() {
			user[scimEnterpriseURN].(map[string]any)["division"] = "North"
		}},
		{`{"op":"replace","path":"active","value":false}`, func() { user["active"] = false }},
		{`{"op":"replace","path":"userName","value":"ann.lee"}`, func() { user["userName"] = "ann.lee" }},
	} {
		test.change()
		user["meta"].(map[string]any)["lastModified"] = "2026-03-28T01:28:11.172Z"
		same(t, b.send(patch(test.operations)).object(http.StatusOK), user)
	}
	same(t, b.send(one).object(http.StatusOK), user)

	for operations, keyword := range map[string]string{
		`{"op":"remove"}`:                                     "noTarget",
		`{"op":"replace","path":"title"}`:                     "invalidValue",
		`{"op":"replace","value":"x"}`:                        "invalidValue",
		`{"op":"merge","path":"title","value":"x"}`:           "invalidSyntax",
		`{"op":"replace","path":"shoe","value":"x"}`:          "invalidPath",
		`{"op":"replace","path":"name.shoe","value":"x"}`:     "invalidPath",
		`{"op":"replace","path":"groups","value":[]}`:         "mutability",
		`{"op":"remove","path":"emails[type eq \"none\"]"}`:   "noTarget",
		`{"op":"remove","path":"emails[shoe eq \"none\"]"}`:   "invalidFilter",
		`{"op":"remove","path":"userName"}`:                   "invalidValue",
		`{"op":"replace","path":"active","value":"no"}`:       "invalidSyntax",
		`{"op":"replace","path":"emails","value":"a@b.test"}`: "invalidSyntax",
	} {
		if refusal := b.send(patch(operations)).object(400); refusal["scimType"] != keyword {
			t.Errorf("%s: %v, want %s", operations, refusal, keyword)
		}
	}
	b.send(one.patching(`{"Operations":[]}`)).want(http.StatusBadRequest)
	same(t, b.send(one).object(http.StatusOK), user)
	b.send(b.scimCreate(scimBodyOf("bob"))).want(http.StatusCreated)
	b.send(patch(`{"op":"replace","path":"userName","value":"BOB"}`)).want(http.StatusConflict)
	b.send(patch(`{"op":"remove","path":"title"}`).to(one.url + "x")).want(http.StatusNotFound)
}

func TestSCIMReplacesAndDeletes(t *testing.T) {
	b := newBench(t, Options{})
	one, user := b.scimMade(`{"schemas":["` + scimUserURN + `"],"userName":"ann","title":"Dr"}`)
	b.clock.advance(time.Hour)
	delete(user, "title")
	user["active"] = true
	user["meta"].(map[string]any)["lastModified"] = "2026-03-28T01:28:11.172Z"
	put := one.using(http.MethodPut)
	same(t, b.send(put.sending(`{"schemas":["`+scimUserURN+`"],"userName":"ann","active":true}`)).object(http.StatusOK), user)
	b.send(put.sending(`{"schemas":["` + scimUserURN + `"]}`)).want(http.StatusBadRequest)
	b.send(put.to(one.url + "x").sending(scimBodyOf("ann"))).want(http.StatusNotFound)

	gone := b.send(one.using(http.MethodDelete))
	if gone.status != http.StatusNoContent || gone.body != "" {
		t.Errorf("delete: %d %q", gone.status, gone.body)
	}
	b.send(one.using(http.MethodDelete)).want(http.StatusNotFound)
	b.send(one).want(http.StatusNotFound)
	b.send(b.scimCreate(scimBodyOf("ann"))).want(http.StatusCreated)
}

func TestSCIMBulk(t *testing.T) {
	b := newBench(t, Options{})
	one, user := b.scimMade(scimBodyOf("ann"))
	path := "/Users/" + user["id"].(string)
	bulk := func(operations ...string) call {
		return one.using(http.MethodPost).to(b.BaseURL("scim") + "/Bulk").sending(
			`{"schemas":["` + scimBulkURN + `"],"Operations":[` + strings.Join(operations, ",") + `]}`)
	}
	create := func(id, name string) string {
		return fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":%q,"data":%s}`, id, scimBodyOf(name))
	}
	answer := b.send(bulk(
		create("a", "bob"), create("b", "ANN"), create("a", "cyd"), create("", "dan"),
		`{"method":"PATCH","path":"`+path+`","data":{"schemas":["`+scimPatchURN+`"],"Operations":[{"op":"replace","path":"title","value":"Dr"}]}}`,
		`{"method":"DELETE","path":"/Users/nobody"}`, `{"method":"POST","path":"/Groups","bulkId":"z","data":{}}`,
	)).object(http.StatusOK)
	var statuses []string
	for _, outcome := range answer["Operations"].([]any) {
		statuses = append(statuses, outcome.(map[string]any)["status"].(string))
	}
	if got, want := strings.Join(statuses, " "), "201 409 400 400 200 404 400"; got != want {
		t.Errorf("statuses %s, want %s", got, want)
	}
	first := answer["Operations"].([]any)[0].(map[string]any)
	if location := first["location"].(string); b.send(one.getting(location)).object(http.StatusOK)["userName"] != "bob" || first["bulkId"] != "a" {
		t.Errorf("the first outcome is %v", first)
	}
	if got := b.send(one).object(http.StatusOK)["title"]; got != "Dr" {
		t.Errorf("title %v", got)
	}
	many := make([]string, scimBulkMost+1)
	for i := range many {
		many[i] = create(fmt.Sprint(i), fmt.Sprint("u", i))
	}
	b.send(bulk(many...)).want(http.StatusRequestEntityTooLarge)
	b.send(bulk().sending(`{"Operations":[]}`)).want(http.StatusBadRequest)
	if got := count(t, b.store, "scim"); got != 2 {
		t.Errorf("%d users, want 2", got)
	}
	stop := strings.Replace(bulk(create("a", "bob"), create("b", "eve")).body, `"Operations"`, `"failOnErrors":1,"Operations"`, 1)
	if outcomes := b.send(bulk().sending(stop)).object(200)["Operations"].([]any); len(outcomes) != 1 {
		t.Errorf("after the first error: %v", outcomes)
	}
}

func TestSCIMDescribesItself(t *testing.T) {
	b := newBench(t, Options{})
	get := b.scimCreate("").getting("")
	config := b.send(get.to(b.BaseURL("scim") + "/ServiceProviderConfig")).object(http.StatusOK)
	for _, name := range []string{"patch", "bulk", "filter"} {
		if config[name].(map[string]any)["supported"] != true {
			t.Errorf("%s: %v", name, config[name])
		}
	}
	schemas := b.send(get.to(b.BaseURL("scim") + "/Schemas")).object(http.StatusOK)["Resources"].([]any)
	if len(schemas) != 3 || schemas[2].(map[string]any)["id"] != scimGroupURN || schemas[0].(map[string]any)["id"] != scimUserURN || schemas[1].(map[string]any)["id"] != scimEnterpriseURN {
		t.Errorf("schemas %s", pretty(schemas))
	}
	if text := pretty(schemas); strings.Contains(text, "externalId") {
		t.Errorf("a schema has the common attribute externalId: %s", text)
	}
	if types := b.send(get.to(b.BaseURL("scim") + "/ResourceTypes")).object(http.StatusOK)["Resources"].([]any); len(types) != 2 {
		t.Errorf("resource types %v", types)
	}
	b.send(get.to(b.BaseURL("scim")+"/Users").with("Accept", "text/html")).want(http.StatusNotAcceptable)
}

func FuzzSCIMPathsAndFilters(f *testing.F) {
	for _, seed := range []string{
		"userName", "name.familyName", `emails[type eq "work"].value`, scimEnterpriseURN + ":manager.value", scimUserURN + ":userName",
		`userName eq "a"`, `emails.type pr`, `active eq true`, "emails[", "]emails[", "emails[]", "a.b.c", ":", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		user := map[string]any{"userName": "ann", "name": map[string]any{"familyName": "x"}, "emails": []any{map[string]any{"value": "a", "type": "work"}}}
		if filter, err := parseSCIMFilter(text); err == nil {
			filter.selects(user)
		}
		target, err := parseSCIMPath(scimCore(), text)
		if err != nil {
			return
		}
		if target.attribute.Name == "" || target.attribute.Mutability == "readOnly" {
			t.Errorf("%q names %+v", text, target)
		}
		for _, op := range []string{"add", "replace", "remove"} {
			_ = scimChange{op, "x", target}.apply(user) // it may refuse, and must not fail
		}
	})
}
