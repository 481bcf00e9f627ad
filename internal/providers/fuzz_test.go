package providers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Each adapter has a target of its own. TestEveryAdapterIsFuzzed names the one
// that is missing.

func FuzzSuluAnswers(f *testing.F)      { fuzzAnswers(f, "sulu") }
func FuzzEjentoAnswers(f *testing.F)    { fuzzAnswers(f, "ejento") }
func FuzzEvolutionAnswers(f *testing.F) { fuzzAnswers(f, "evolution") }
func FuzzOryAnswers(f *testing.F)       { fuzzAnswers(f, "ory") }
func FuzzScimAnswers(f *testing.F)      { fuzzAnswers(f, "scim") }

// TestEveryAdapterIsFuzzed holds that no adapter was forgotten above.
func TestEveryAdapterIsFuzzed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("fuzz_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, adapter := range providers.All() {
		name := strings.ToUpper(adapter.Name[:1]) + adapter.Name[1:]
		if want := "func Fuzz" + name + "Answers("; !bytes.Contains(source, []byte(want)) {
			t.Errorf("the answers of %s are not fuzzed: add %s", adapter.Name, want)
		}
	}
}

// canary begins every secret of a sample.
const canary = "Canary-"

// script is a transport that gives the same answers to whatever is asked: the
// first one, and then the other one until nothing more comes.
type script struct {
	reason    func([]byte) string
	status    int
	header    http.Header
	bodies    [2][]byte
	requests  int
	delivered int // bytes
}

// mostRequests is far more than any operation needs for two different answers;
// who asks so often asks for ever.
const mostRequests = 40

// Do answers as the program's own transport does.
func (s *script) Do(_ context.Context, request provider.Request) (*provider.Response, error) {
	body := s.bodies[min(s.requests, 1)]
	if s.requests++; s.requests > mostRequests {
		return nil, &provider.Error{Class: provider.Unsent, Op: request.Op, Err: errors.New("nothing more comes")}
	}
	s.delivered += len(body)
	reason := func() string {
		if s.reason == nil {
			return ""
		}
		return strings.ReplaceAll(s.reason(body), canary, "REDACTED")
	}
	if s.status > 299 {
		return nil, &provider.Error{Class: provider.ClassOfStatus(s.status, false), Op: request.Op, Status: s.status, Detail: reason()}
	}
	response := &provider.Response{Status: s.status, Header: s.header, Reason: reason}
	if request.Read == nil {
		response.Body = body
		return response, nil
	}
	if err := request.Read(bytes.NewReader(body)); err != nil {
		return nil, provider.BadResponse(request.Op, s.status, err)
	}
	return response, nil
}

// fuzzAnswers lets an adapter's client read whatever a provider may answer, in
// every operation. It never panics and never asks for ever. What it gives is
// what the response holds: a user has an id and a key, it is the one that was asked
// for, its attributes hold no secret and are no longer than the responses; and no
// error repeats a secret.
func fuzzAnswers(f *testing.F, name string) {
	p := profileNamed(f, name)
	adapter, record := p.adapter, providertest.Sample(p.adapter.Table, 1)
	setting := func(name string) string { value, _ := p.plain(name); return value }
	for _, seed := range answerSeeds(f, name) {
		f.Add(uint16(200), seed, []byte(`[]`), "")
		f.Add(uint16(201), []byte(`[`+string(seed)+`]`), seed, "/users/a%20b")
	}
	f.Fuzz(func(t *testing.T, status uint16, first, other []byte, address string) {
		if len(first)+len(other) > 64<<10 || strings.ContainsAny(address, "\r\n") {
			t.Skip("more than two pages, or no header")
		}
		status = 200 + status%400
		for _, operate := range operations() {
			transport := &script{
				reason: adapter.Reason, status: int(status), bodies: [2][]byte{first, other},
				header: http.Header{"Content-Location": {address}, "Location": {address}, "Link": {"<" + address + `>; rel="next"`}},
			}
			client, err := adapter.New(provider.Connection{Transport: transport, Setting: setting})
			if err != nil {
				t.Fatal(err)
			}
			operate(answered{t: t, adapter: adapter, client: client, record: record, transport: transport})
			if transport.requests > mostRequests {
				t.Fatalf("%d requests were sent for two answers", transport.requests)
			}
		}
	})
}

// answerSeeds returns the documented answers of a provider, and what goes wrong.
func answerSeeds(f *testing.F, name string) (seeds [][]byte) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join(name, "testdata", "wire", "*.answer.http"))
	if err != nil || len(files) == 0 {
		f.Fatalf("%s has no documented answers: %v", name, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := bytes.Cut(text, []byte("\n\n"))
		seeds = append(seeds, body)
	}
	key, err := json.Marshal(providertest.Sample(profileNamed(f, name).adapter.Table, 1).Text(profileNamed(f, name).adapter.Key))
	if err != nil {
		f.Fatal(err)
	}
	expected := `{"id":1,"userId":"u","` + profileNamed(f, name).adapter.Key + `":` + string(key) + `,"password":"` + canary + `1"}`
	for _, text := range []string{
		``, `null`, `[]`, `{}`, `"` + canary + `1"`, `<html>` + canary + `1</html>`, `{"success":false,"message":"` + canary + `1"}`,
		expected, `{"success":true,"data":` + expected + `}`, `{"items":[` + expected + `,` + expected + `],"total":2,"next":"x"}`,
		`{"content":[` + expected + `],"totalPages":9,"last":false}`, `{"id":1e400}`, strings.Repeat(`[`, 2000), expected + `}`, `{"id":"\ud800","email":""}`,
	} {
		seeds = append(seeds, []byte(text))
	}
	return seeds
}

func profileNamed(t testing.TB, name string) profile {
	t.Helper()
	all := providers.All()
	i := slices.IndexFunc(all, func(a provider.Adapter) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("no adapter is called %s", name)
	}
	return profile{adapter: all[i]}
}

// answered is an adapter's client, and what it is asked.
type answered struct {
	t         *testing.T
	adapter   provider.Adapter
	client    provider.Client
	record    schema.Record
	transport *script
}

// operations lists everything that a client may be asked. What the adapter does
// not have does nothing.
func operations() []func(answered) {
	return []func(answered){
		answered.create, answered.find, answered.list, answered.get, answered.update, answered.deactivate,
		answered.check, answered.batch, answered.entries, answered.apiKeys, answered.schema, answered.login,
	}
}

func (a answered) key() string { return a.record.Text(a.adapter.Key) }

func (a answered) create() {
	if user, err := a.client.Create(a.t.Context(), a.record); a.good(err) {
		a.expected(user)
	}
}

func (a answered) find() {
	if finder, ok := provider.As[provider.Finder](a.client); ok {
		if user, err := finder.Find(a.t.Context(), a.key()); a.good(err) {
			a.expected(user)
		}
	}
}

func (a answered) list() {
	lister, ok := provider.As[provider.Lister](a.client)
	if !ok {
		return
	}
	ended := false
	for user, err := range lister.List(a.t.Context(), nil) {
		if ended {
			a.t.Fatal("the list goes on after an error")
		}
		if ended = !a.good(err); !ended {
			a.user(user)
		}
	}
	if requests, err := lister.ListRequests(a.t.Context()); a.good(err) && requests < 0 {
		a.t.Errorf("a list takes %d requests", requests)
	}
}

func (a answered) get() {
	if getter, ok := provider.As[provider.Getter](a.client); ok {
		if user, err := getter.Get(a.t.Context(), "1"); a.good(err) {
			a.user(user)
		}
	}
}

func (a answered) update() {
	if updater, ok := provider.As[provider.Updater](a.client); ok {
		changes := schema.Record{}
		for _, field := range a.adapter.Table.Mutable() {
			if !field.Apart {
				changes[field.Name] = a.record[field.Name]
			}
		}
		if user, err := updater.Update(a.t.Context(), "1", changes); a.good(err) {
			a.user(user)
		}
	}
}

func (a answered) deactivate() {
	if deactivator, ok := provider.As[provider.Deactivator](a.client); ok {
		if user, err := deactivator.Deactivate(a.t.Context(), "1"); a.good(err) {
			a.user(user)
		}
	}
	if activator, ok := provider.As[provider.Activator](a.client); ok {
		if user, err := activator.Activate(a.t.Context(), "1"); a.good(err) {
			a.user(user)
		}
	}
	if deleter, ok := provider.As[provider.Deleter](a.client); ok {
		a.good(deleter.Delete(a.t.Context(), "1"))
	}
}

func (a answered) check() {
	if checker, ok := provider.As[provider.Checker](a.client); ok {
		a.good(checker.Check(a.t.Context()))
	}
}

func (a answered) batch() {
	batcher, ok := provider.As[provider.Batcher](a.client)
	if !ok {
		return
	}
	size, err := batcher.BatchSize(a.t.Context())
	if a.good(err) && size < 0 {
		a.t.Errorf("a batch has %d records", size)
	}
	records := []schema.Record{a.record, providertest.Sample(a.adapter.Table, 2)}
	results := batcher.CreateBatch(a.t.Context(), records)
	if len(results) != len(records) {
		a.t.Fatalf("%d results for %d records", len(results), len(records))
	}
	for i, result := range results {
		if a.good(result.Err) {
			a.user(result.User)
			if err := provider.SameKey(result.User, records[i].Text(a.adapter.Key)); err != nil {
				a.t.Errorf("record %d: %v", i, err)
			}
		}
	}
}

func (a answered) entries() {
	directory, ok := provider.As[provider.Directory](a.client)
	if !ok {
		return
	}
	for _, kind := range []string{provider.Role, provider.Organization} {
		seen := map[string]bool{}
		for entry, err := range directory.Entries(a.t.Context(), kind) {
			if !a.good(err) {
				break
			}
			if entry.ID == "" || seen[entry.ID] {
				a.t.Errorf("the %s %q is without an id, or listed twice", kind, entry.ID)
			}
			seen[entry.ID] = true
		}
	}
}

func (a answered) apiKeys() {
	manager, ok := provider.As[provider.APIKeyManager](a.client)
	if !ok {
		return
	}
	keys, err := manager.APIKeys(a.t.Context(), "1")
	a.good(err)
	made, err := manager.CreateAPIKey(a.t.Context(), "1", providertest.Sample(a.adapter.APIKeyTable, 1))
	if a.good(err) {
		keys = append(keys, made)
	}
	for _, key := range keys {
		if len(key.Attributes) > 0 && !json.Valid(key.Attributes) {
			a.t.Errorf("the attributes of a key are no JSON: %s", key.Attributes)
		}
	}
}

func (a answered) schema() {
	source, ok := provider.As[provider.SchemaSource](a.client)
	if !ok {
		return
	}
	if document, err := source.Schema(a.t.Context()); a.good(err) && !json.Valid(document) {
		a.t.Errorf("the schema is no JSON: %q", document)
	}
}

func (a answered) login() {
	if a.adapter.Login == nil {
		return
	}
	tokens, err := a.adapter.Login.Tokens(a.transport.bodies[0])
	if err == nil && tokens.Access == "" {
		a.t.Error("an empty token was taken for one")
	}
	if err != nil && strings.Contains(err.Error(), canary) {
		a.t.Errorf("the error tells a secret: %v", err)
	}
}

// good reports whether there is not an error, and fails if it is not as it should be.
func (a answered) good(err error) bool {
	a.t.Helper()
	if err == nil {
		return true
	}
	if _, ok := errors.AsType[*provider.Error](err); !ok {
		a.t.Errorf("the error has no class: %T %v", err, err)
	}
	if strings.Contains(err.Error(), canary) {
		a.t.Errorf("the error tells a secret: %v", err)
	}
	return false
}

// expected holds that it is the user that was asked for.
func (a answered) expected(user provider.User) {
	a.t.Helper()
	a.user(user)
	if err := provider.SameKey(user, a.key()); err != nil {
		a.t.Errorf("another user was taken for the one that was asked for: %v", err)
	}
}

// user contains what holds for every user.
func (a answered) user(user provider.User) {
	a.t.Helper()
	members, err := provider.Properties(user.Attributes)
	if err != nil || user.ID == "" || user.Key == "" {
		a.t.Fatalf("got %+v with %q, %v", user, user.Attributes, err)
	}
	for _, place := range provider.SecretPlaces(a.adapter.Table) {
		if value := at(members, place); value != nil {
			a.t.Errorf("the attributes hold %q at %q", value, place)
		}
	}
	const escaped = 6 // bytes of JSON that one byte becomes at the most
	if limit := escaped * (a.transport.delivered + 1); len(user.Attributes)+len(user.ID)+len(user.Key) > 3*limit {
		a.t.Errorf("%d bytes of attributes were made of %d", len(user.Attributes), a.transport.delivered)
	}
}

// at returns what stands at a place of an object, nil for nothing or an object.
func at(members map[string]any, place []string) any {
	var value any = members
	for _, name := range place {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	if value != nil && reflect.TypeOf(value).Kind() == reflect.Map {
		return nil
	}
	return value
}
