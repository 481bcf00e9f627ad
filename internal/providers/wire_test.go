package providers_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// wireExample is a documented create with its response.
type wireExample struct {
	provider        string
	request, answer string
	settings        map[string]string
	// path holds the fields that the documented address carries.
	path schema.Record
	// id and key are those of the documented user.
	id, key string
	// member of the response that is the user; "" for all of it.
	member string
	// described is the adapter that is tried instead of the built-in one; nil for none.
	described *provider.Adapter
}

func wireExamples() []wireExample {
	return []wireExample{
		{
			provider: "sulu", request: "create.request.http", answer: "create.answer.http",
			settings: map[string]string{"token": "<token>"},
			id:       "<string>", key: "jsmith@example.com",
		},
		{
			provider: "ejento", request: "create.request.http", answer: "create.answer.http",
			settings: map[string]string{"token": "some-token", "subscription-key": "some-key"},
			path:     schema.Record{"org_id": int64(0)},
			id:       "236", key: "[email\u00a0protected]", member: "data",
		},
		{
			provider: "ejento", request: "create-v2.request.http", answer: "create.answer.http",
			settings: map[string]string{"token": "some-token", "subscription-key": "some-key", "api": "v2"},
			path:     schema.Record{"org_id": int64(0)},
			id:       "236", key: "[email\u00a0protected]", member: "data",
		},
		{
			provider: "evolution", request: "create.request.http", answer: "create.answer.http",
			settings: map[string]string{"token": "<token>", "api-key": "<api-key>"},
			id:       "user identity name", key: "user identity name",
		},
		{
			provider: "scim", request: "create.request.http", answer: "create.answer.http",
			settings: map[string]string{"token": "h480djs93hd8"},
			id:       "2819c223-7f76-453a-919d-413861904646", key: "bjensen",
		},
		{
			provider: "scim", request: "create-full.request.http", answer: "create-full.answer.http",
			settings: map[string]string{"token": "h480djs93hd8"},
			id:       "2819c223-7f76-453a-919d-413861904646", key: "bjensen@example.com",
		},
		oryExample("create", "e01b5f2f-6afc-4194-8578-4cebcf69a4d5", "docs@example.org"),
		oryExample("verified", "880052ae-d32c-4b56-b82d-0dc711080910", "docs-verify@example.org"),
		oryExample("password", "880052ae-d32c-4b56-b82d-0dc711080910", "docs-cleartext@example.org"),
		oryExample("hash", "880052ae-d32c-4b56-b82d-0dc711080910", "docs-hash@example.org"),
	}
}

// oryExample is an example of Ory's pages, which share a project.
func oryExample(name, id, key string) wireExample {
	return wireExample{
		provider: "ory", request: name + ".request.http", answer: name + ".answer.http",
		settings: map[string]string{"token": "ory_pat_xRKLsFEOUFQFVBjd6o3FQDifaLYhabGd", "schema-id": "preset://email"},
		id:       id, key: key,
	}
}

// tokenFiles are the documented exchange of client credentials for a token.
func tokenFiles() []string {
	return []string{"evolution/testdata/wire/token.request.http", "evolution/testdata/wire/token.answer.http"}
}

func (e wireExample) file(t *testing.T, name string) wireFile {
	t.Helper()
	return readWireFile(t, filepath.Join(e.provider, "testdata", "wire", name))
}

func (e wireExample) adapter(t *testing.T) provider.Adapter {
	t.Helper()
	if e.described != nil {
		return *e.described
	}
	all := providers.All()
	i := slices.IndexFunc(all, func(a provider.Adapter) bool { return a.Name == e.provider })
	if i < 0 {
		t.Fatalf("no adapter is called %s", e.provider)
	}
	return tailored(t, all[i], e.settings).adapter
}

// record reads the documented body as a record. The example is valid.
func (e wireExample) record(t *testing.T) schema.Record {
	t.Helper()
	table := e.adapter(t).Table
	document, err := provider.Properties(e.file(t, e.request).body)
	if err != nil {
		t.Fatal(err)
	}
	record, fieldErrs := table.Decode(document)
	record = record.With(e.path)
	if fieldErrs = append(fieldErrs, table.Validate(record)...); len(fieldErrs) > 0 {
		t.Fatalf("the documented example is refused: %v", fieldErrs)
	}
	return record
}

// send creates the record with the program's own transport, at a server in the
// place of the documented one.
func (e wireExample) send(t *testing.T, server *capture) provider.User {
	t.Helper()
	adapter := e.adapter(t)
	base, err := url.Parse(adapter.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	user, err := profile{adapter, e.settings}.client(t, server.URL+base.Path).Create(t.Context(), e.record(t))
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// TestDocumentedExamples sends each documented example and compares the bytes.
func TestDocumentedExamples(t *testing.T) {
	for _, example := range wireExamples() {
		t.Run(example.provider+" "+example.request, example.compare)
	}
}

// compare sends the example and compares the bytes.
func (e wireExample) compare(t *testing.T) {
	documented, answer := e.file(t, e.request), e.file(t, e.answer)
	_, address := documented.request(t)
	if base := e.adapter(t).BaseURL; !strings.HasPrefix(address.String(), base) {
		t.Errorf("the documented address %s does not stand below %s", address, base)
	}
	server := newCapture(t, map[string]wireFile{address.EscapedPath(): answer})

	user := e.send(t, server)

	sent := server.requests()
	if len(sent) != 1 {
		t.Fatalf("%d requests were sent, want one", len(sent))
	}
	compareRequest(t, documented, sent[0], slices.Collect(maps.Values(e.settings))...)
	if user.ID != e.id || user.Key != e.key {
		t.Errorf("the user has the id %q and the key %q, want %q and %q", user.ID, user.Key, e.id, e.key)
	}
	if got, want := compact(t, user.Attributes), e.documentedUser(t, answer); got != want {
		t.Errorf("the attributes are\n%s\ndocumented is\n%s", got, want)
	}
}

// documentedUser returns the user in a documented response.
func (e wireExample) documentedUser(t *testing.T, answer wireFile) string {
	t.Helper()
	if e.member == "" {
		return compact(t, answer.body)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(answer.body, &members); err != nil {
		t.Fatal(err)
	}
	return compact(t, members[e.member])
}

// TestDocumentedToken fetches an access token as documented and creates the
// documented user with it. Both servers are one here.
func TestDocumentedToken(t *testing.T) {
	files := tokenFiles()
	tokenRequest, tokenAnswer := readWireFile(t, files[0]), readWireFile(t, files[1])
	method, address := tokenRequest.request(t)
	example := wireExamples()[3]
	create := example.file(t, example.request)
	_, createAddress := create.request(t)
	if setting := example.adapter(t).Settings[4]; setting.Name != "token-url" || setting.Default != address.String() {
		t.Errorf("token-url is %q by default, documented is %s", setting.Default, address)
	}
	server := newCapture(t, map[string]wireFile{
		address.EscapedPath():       tokenAnswer,
		createAddress.EscapedPath(): example.file(t, example.answer),
	})
	example.settings = map[string]string{
		"client-id": "<client-id>", "client-secret": "<client-secret>", "api-key": "<api-key>", "token-url": server.URL + address.Path,
	}

	example.send(t, server)
	example.send(t, server)

	sent := server.requests()
	if len(sent) != 4 {
		t.Fatalf("%d requests were sent, want a token and a user for each of two clients", len(sent))
	}
	if sent[0].method != method || sent[0].uri != address.RequestURI() {
		t.Errorf("sent %s %s, documented is %s %s", sent[0].method, sent[0].uri, method, address.RequestURI())
	}
	if got, want := string(sent[0].body), strings.TrimSpace(string(tokenRequest.body)); got != want {
		t.Errorf("sent the form %q, documented is %q", got, want)
	}
	pair, _ := strings.CutPrefix(tokenRequest.header.Get("Authorization"), "Basic ")
	id, secret, _ := strings.Cut(pair, ":")
	encoded := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id) + ":" + url.QueryEscape(secret))) // RFC 6749, 2.3.1
	tokenRequest.header.Set("Authorization", "Basic "+encoded)
	compareHeaders(t, tokenRequest.header, sent[0].header)
	compareHeaders(t, create.header, sent[1].header)
}

// TestEveryWireFileIsUsed fails for a file that no example names, and for an
// adapter without one.
func TestEveryWireFileIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, path := range append(tokenFiles(), scimFiles()...) {
		used[filepath.FromSlash(path)] = true
	}
	for _, example := range wireExamples() {
		for _, name := range []string{example.request, example.answer} {
			used[filepath.Join(example.provider, "testdata", "wire", name)] = true
		}
	}
	for _, call := range wireCalls() {
		for _, name := range append([]string{call.answer}, call.requests...) {
			used[filepath.Join(call.provider, "testdata", "wire", name)] = true
		}
	}
	found, err := filepath.Glob(filepath.Join("*", "testdata", "wire", "*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("found no wire files: %v", err)
	}
	if want := slices.Sorted(maps.Keys(used)); !slices.Equal(found, want) {
		t.Errorf("found  %q\nused %q", found, want)
	}
	for _, adapter := range providers.All() {
		if !slices.ContainsFunc(wireExamples(), func(e wireExample) bool { return e.provider == adapter.Name }) {
			t.Errorf("no example of %s's documentation", adapter.Name)
		}
	}
}

// TestFieldsWithoutDocumentedExample lists what no vendor's own example shows.
// For these fields the adapter and the sandbox rest on the words of the page.
func TestFieldsWithoutDocumentedExample(t *testing.T) {
	expected := map[string][]string{
		"sulu":   nil,
		"ejento": nil,
		"evolution": {
			"identityName", "displayName", "organizations", "organizations.organizationId", "organizations.roleId",
			"email", "firstName", "lastName",
		},
		"ory": {"traits.name.first", "traits.name.last", "state", "external_id", "organization_id", "metadata_public", "metadata_admin"},
		"scim": {
			"name.middleName", "name.honorificPrefix", "name.honorificSuffix", "displayName", "nickName", "profileUrl", "userType", "title",
			"preferredLanguage", "locale", "timezone", "active", "password",
			"emails", "emails.value", "emails.type", "emails.primary", "emails.display",
			"addresses", "addresses.streetAddress", "addresses.locality", "addresses.region", "addresses.postalCode", "addresses.country",
			"addresses.type", "addresses.primary", "addresses.formatted",
			"phoneNumbers", "phoneNumbers.value", "phoneNumbers.type", "phoneNumbers.primary", "phoneNumbers.display",
			"ims", "ims.value", "ims.type", "ims.primary", "ims.display",
			"photos", "photos.value", "photos.type", "photos.primary", "photos.display",
			"entitlements", "entitlements.value", "entitlements.type", "entitlements.primary", "entitlements.display",
			"roles", "roles.value", "roles.type", "roles.primary", "roles.display",
			"x509Certificates", "x509Certificates.value", "x509Certificates.type", "x509Certificates.primary", "x509Certificates.display",
			"employeeNumber", "costCenter", "organization", "division", "department", "manager.value",
		},
	}
	for _, adapter := range providers.All() {
		shown := map[string]bool{}
		for _, example := range wireExamples() {
			if example.provider == adapter.Name && !example.file(t, example.request).composed() {
				show(shown, "", adapter.Table, example.record(t))
			}
		}
		var missing []string
		for _, name := range names("", adapter.Table) {
			if !shown[name] {
				missing = append(missing, name)
			}
		}
		want, listed := expected[adapter.Name]
		if !listed {
			t.Errorf("the adapter %s is not in the list", adapter.Name)
		}
		if !slices.Equal(missing, want) {
			t.Errorf("%s: no example shows %q, the list says %q", adapter.Name, missing, want)
		}
	}
	if len(expected) != len(providers.All()) {
		t.Errorf("the list has %d adapters of %d", len(expected), len(providers.All()))
	}
}

// names lists the fields of a table, each followed by its parts.
func names(prefix string, table schema.Table) []string {
	var listed []string
	for _, field := range table {
		listed = append(listed, prefix+field.Name)
		listed = append(listed, names(prefix+field.Name+".", field.Parts)...)
	}
	return listed
}

// show marks the fields that a record holds, and their parts.
func show(shown map[string]bool, prefix string, table schema.Table, record schema.Record) {
	for _, field := range table {
		value, ok := record[field.Name]
		if !ok {
			continue
		}
		shown[prefix+field.Name] = true
		if objects, ok := value.([]schema.Record); ok {
			for _, object := range objects {
				show(shown, prefix+field.Name+".", field.Parts, object)
			}
		}
	}
}
