package providers_test

import (
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// wireCall is a documented operation beside the create.
type wireCall struct {
	provider   string
	capability provider.Capability
	// requests are the files of what is sent, in order; answer is that to each.
	requests []string
	answer   string
	// call makes the call. It gives an id or a key with a document, for comparison.
	call func(t *testing.T, client provider.Client, request wireFile) (id, document string, err error)
	// id and document are what it should give.
	id, document string
}

const (
	suluUser = `{"id":"<string>","object":"user","firstName":"<string>","lastName":"<string>","email":"jsmith@example.com","oryId":"<string>",` +
		`"address":{"line1":"<string>","line2":"<string>","city":"<string>","state":"<string>","country":"<string>","zipCode":"<string>"},` +
		`"phone":"<string>","createdAt":"2023-11-07T05:31:56Z","updatedAt":"2023-11-07T05:31:56Z","organization":"<string>"}`
	suluKey = `{"createdAt":"2023-11-07T05:31:56Z","expiresAt":"2023-11-07T05:31:56Z",` +
		`"principals":[{"id":"<string>","organizationId":"<string>"}],"updatedAt":"2023-11-07T05:31:56Z"}`
	evolutionUser = `{"id":"a0b1c2d3-0000-4000-8000-00000000000c","identityName":"user identity name","displayName":"user displayed name",` +
		`"organizations":[{"organizationId":"a0b1c2d3-0000-4000-8000-00000000000a","organizationName":"organization name",` +
		`"roleId":"A0B1C2D3-0000-4000-8000-00000000000B","roleName":"role name"}],` +
		`"email":"user email","firstName":"user first name","lastName":"user last name"}`
	evolutionRole = `{"id":"A0B1C2D3-0000-4000-8000-00000000000B","name":"role name",` +
		`"permissions":[{"id":"a0b1c2d3-0000-4000-8000-00000000000d","name":"permission name"}]}`
)

func wireCalls() []wireCall {
	const suluID, evolutionID = "<string>", "user identity name"
	return []wireCall{
		{"sulu", provider.CapabilityList, []string{"list.request.http"}, "list.answer.http", callList, suluID, suluUser},
		{"sulu", provider.CapabilityFind, []string{"find.request.http"}, "list.answer.http", callFind("jsmith@example.com"), suluID, suluUser},
		{"sulu", provider.CapabilityGet, []string{"get.request.http"}, "get.answer.http", callGet(suluID), suluID, suluUser},
		// The address is read first: whether a part of one is merged is not documented.
		{"sulu", provider.CapabilityUpdate, []string{"get.request.http", "update.request.http"}, "update.answer.http", callUpdate("sulu", suluID), suluID, suluUser},
		{"sulu", provider.CapabilityAPIKeys, []string{"keys.request.http"}, "keys.answer.http", callKeys, "<string>", suluKey},
		{"sulu", provider.CapabilityNewAPIKey, []string{"new-key.request.http"}, "new-key.answer.http", callNewKey, "<string>", suluKey},
		{"evolution", provider.CapabilityList, []string{"list.request.http"}, "list.answer.http", callList, evolutionID, evolutionUser},
		{"evolution", provider.CapabilityFind, []string{"get.request.http"}, "get.answer.http", callFind(evolutionID), evolutionID, evolutionUser},
		{"evolution", provider.CapabilityGet, []string{"get.request.http"}, "get.answer.http", callGet(evolutionID), evolutionID, evolutionUser},
		{"evolution", provider.CapabilityUpdate, []string{"update.request.http"}, "update.answer.http", callUpdate("evolution", evolutionID), evolutionID, evolutionUser},
		{
			"evolution", provider.CapabilityRoles, []string{"roles.request.http"}, "roles.answer.http", callEntries(provider.Role),
			"A0B1C2D3-0000-4000-8000-00000000000B role name", evolutionRole,
		},
		{
			"evolution", provider.CapabilityOrganizations, []string{"list.request.http"}, "list.answer.http", callEntries(provider.Organization),
			"a0b1c2d3-0000-4000-8000-00000000000a organization name",
			`{"organizationId":"a0b1c2d3-0000-4000-8000-00000000000a","organizationName":"organization name"}`,
		},
	}
}

func callList(t *testing.T, client provider.Client, _ wireFile) (id, document string, err error) {
	for user, err := range client.(provider.Lister).List(t.Context(), nil) {
		id, document = id+user.ID, document+string(user.Attributes)
		if err != nil {
			return id, document, err
		}
	}
	return id, document, nil
}

type callFunc = func(t *testing.T, client provider.Client, request wireFile) (id, document string, err error)

func callFind(key string) callFunc {
	return func(t *testing.T, client provider.Client, _ wireFile) (id, document string, err error) {
		user, err := provider.Must[provider.Finder](client).Find(t.Context(), key)
		return user.ID, string(user.Attributes), err
	}
}

func callGet(id string) callFunc {
	return func(t *testing.T, client provider.Client, _ wireFile) (string, string, error) {
		user, err := provider.Must[provider.Getter](client).Get(t.Context(), id)
		return user.ID, string(user.Attributes), err
	}
}

// callUpdate makes the documented changes.
func callUpdate(name, id string) callFunc {
	return func(t *testing.T, client provider.Client, request wireFile) (string, string, error) {
		table := profileOf(t, name).adapter.Table
		user, err := provider.Must[provider.Updater](client).Update(t.Context(), id, decoded(t, table, request))
		return user.ID, string(user.Attributes), err
	}
}

func callKeys(t *testing.T, client provider.Client, _ wireFile) (id, document string, err error) {
	keys, err := provider.Must[provider.APIKeyManager](client).APIKeys(t.Context(), "<string>")
	for _, key := range keys {
		id, document = id+key.Key, document+string(key.Attributes)
	}
	return id, document, err
}

// callNewKey makes a key with the documented options.
func callNewKey(t *testing.T, client provider.Client, request wireFile) (id, document string, err error) {
	options := decoded(t, profileOf(t, "sulu").adapter.APIKeyTable, request)
	key, err := provider.Must[provider.APIKeyManager](client).CreateAPIKey(t.Context(), "<string>", options)
	return key.Key, string(key.Attributes), err
}

func callEntries(kind string) callFunc {
	return func(t *testing.T, client provider.Client, _ wireFile) (id, document string, err error) {
		for entry, err := range client.(provider.Directory).Entries(t.Context(), kind) {
			if err != nil {
				return id, document, err
			}
			id, document = id+entry.ID+" "+entry.Name, document+string(entry.Attributes)
		}
		return id, document, nil
	}
}

// decoded reads the documented body as a record.
func decoded(t *testing.T, table schema.Table, request wireFile) schema.Record {
	t.Helper()
	document, err := provider.Properties(request.body)
	if err != nil {
		t.Fatal(err)
	}
	record, fieldErrs := table.Decode(document)
	for _, field := range table {
		fieldErrs = append(fieldErrs, field.Check(record[field.Name])...)
	}
	if len(fieldErrs) > 0 {
		t.Fatalf("the documented example is refused: %v", fieldErrs)
	}
	return record
}

func (c wireCall) file(t *testing.T, name string) wireFile {
	t.Helper()
	return readWireFile(t, filepath.Join(c.provider, "testdata", "wire", name))
}

// TestDocumentedOperations makes each documented call at a server that answers
// in the documented shape and no other, and compares the bytes.
func TestDocumentedOperations(t *testing.T) {
	for _, example := range wireCalls() {
		t.Run(example.provider+" "+string(example.capability), func(t *testing.T) {
			example.compare(t, profileOf(t, example.provider).adapter)
		})
	}
}

// compare makes the call with an adapter and compares the bytes.
func (c wireCall) compare(t *testing.T, adapter provider.Adapter) {
	t.Helper()
	settings := map[string]map[string]string{"sulu": {"token": "<token>"}, "evolution": {"token": "<token>", "api-key": "<api-key>"}}
	documented := make([]wireFile, len(c.requests))
	answers := map[string]wireFile{}
	for i, name := range c.requests {
		documented[i] = c.file(t, name)
		_, address := documented[i].request(t)
		answers[address.EscapedPath()] = c.file(t, c.answer)
	}
	base, err := url.Parse(adapter.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	server := newCapture(t, answers)
	client := profile{adapter, settings[c.provider]}.client(t, server.URL+base.Path)

	id, document, err := c.call(t, client, documented[len(documented)-1])

	if err != nil {
		t.Fatal(err)
	}
	sent := server.requests()
	if len(sent) != len(documented) {
		t.Fatalf("%d requests were sent, want %d", len(sent), len(documented))
	}
	for i := range documented {
		compareRequest(t, documented[i], sent[i])
	}
	if id != c.id || compact(t, []byte(document)) != c.document {
		t.Errorf("got %q and\n%s\nwant %q and\n%s", id, document, c.id, c.document)
	}
}

// compareRequest reports where a request is not the documented one. The
// credentials are those of compareHeaders.
func compareRequest(t *testing.T, documented wireFile, sent captured, credentials ...string) {
	t.Helper()
	method, address := documented.request(t)
	if sent.method != method || sent.uri != address.RequestURI() {
		t.Errorf("sent %s %s, documented is %s %s", sent.method, sent.uri, method, address.RequestURI())
	}
	compareHeaders(t, documented.header, sent.header, credentials...)
	want := ""
	if len(documented.body) > 0 {
		want = compact(t, documented.body)
	}
	if string(sent.body) != want {
		t.Errorf("sent the body\n%s\ndocumented is\n%s", sent.body, want)
	}
}

// TestEveryOperationHasADocumentedExample holds the list of calls against the
// operations that adapters document.
func TestEveryOperationHasADocumentedExample(t *testing.T) {
	const listed = 12 // typed by hand, so that none is lost
	if got := len(wireCalls()); got != listed {
		t.Errorf("%d calls, want %d", got, listed)
	}
	for _, name := range []string{"sulu", "ejento", "evolution"} {
		for _, operation := range profileOf(t, name).adapter.Endpoints {
			shown := slices.ContainsFunc(wireCalls(), func(c wireCall) bool { return c.provider == name && c.capability == operation.Capability })
			switch operation.Capability {
			case provider.CapabilityCreate, provider.CapabilityCheck, provider.CapabilityLogin: // shown elsewhere, by the list, by whoever logs in
			default:
				if !shown {
					t.Errorf("no example of %s's %s", name, operation.Capability)
				}
			}
		}
	}
}
