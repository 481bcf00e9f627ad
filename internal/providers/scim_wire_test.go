package providers_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// scimFiles are the examples of requests beside the creates.
func scimFiles() []string {
	var files []string
	for _, name := range []string{
		"patch.request.http", "bulk.request.http", "bulk.answer.http", "config.answer.http", "groups.request.http", "groups.answer.http",
		"members.request.http", "group.answer.http", "add-member.request.http", "remove-member.request.http",
	} {
		files = append(files, filepath.Join("scim", "testdata", "wire", name))
	}
	return files
}

func scimClient(t *testing.T, answers map[string]wireFile) (provider.Client, *capture) {
	t.Helper()
	answers["/ServiceProviderConfig"] = readWireFile(t, scimFiles()[3])
	server := newCapture(t, answers)
	documented := profileOf(t, "scim")
	documented.settings["token"] = "h480djs93hd8"
	return documented.client(t, server.URL), server
}

// compareLast compares the request that came last with a documented one.
func compareLast(t *testing.T, server *capture, documented wireFile) {
	t.Helper()
	method, address := documented.request(t)
	sent := server.requests()
	last := sent[len(sent)-1]
	if last.method != method || last.uri != address.RequestURI() {
		t.Errorf("sent %s %s, documented is %s %s", last.method, last.uri, method, address.RequestURI())
	}
	compareHeaders(t, documented.header, last.header)
	want := ""
	if len(documented.body) > 0 {
		want = compact(t, documented.body)
	}
	if got := string(last.body); got != want {
		t.Errorf("sent the body\n%s\ndocumented is\n%s", got, want)
	}
}

// TestSCIMPatchAsDocumented changes the user of the create's example.
func TestSCIMPatchAsDocumented(t *testing.T) {
	documented := readWireFile(t, scimFiles()[0])
	_, address := documented.request(t)
	user := readWireFile(t, filepath.Join("scim", "testdata", "wire", "create.answer.http"))
	user.first = "200"
	client, server := scimClient(t, map[string]wireFile{address.Path: user})
	changed, err := provider.Must[provider.Updater](client).Update(t.Context(), "2819c223-7f76-453a-919d-413861904646", schema.Record{
		"name.familyName": "Jensen-Smith", "nickName": "", "active": false, "password": "t1meMa$heen",
		"emails":     []schema.Record{{"value": "bjensen@example.com", "type": "work", "primary": true}},
		"department": "Tour Operations", "manager.value": "",
	})
	if err != nil || changed.Key != "bjensen" {
		t.Errorf("got %+v, %v", changed, err)
	}
	compareLast(t, server, documented)
}

// TestSCIMBulkAsDocumented creates two users in one request.
func TestSCIMBulkAsDocumented(t *testing.T) {
	client, server := scimClient(t, map[string]wireFile{"/Bulk": readWireFile(t, scimFiles()[2])})
	batcher := client.(provider.Batcher)
	if size, err := batcher.BatchSize(t.Context()); size != 100 || err != nil {
		t.Errorf("batches of %d, %v, want of 100", size, err)
	}
	results := batcher.CreateBatch(t.Context(), []schema.Record{{"userName": "Alice"}, {"userName": "Bob"}})
	compareLast(t, server, readWireFile(t, scimFiles()[1]))
	if made := results[0]; made.Err != nil || made.User.ID != "92b725cd-9465-4e7d-8c16-01f8e146b87a" || made.User.Key != "" {
		t.Errorf("Alice: %+v", made)
	}
	want := `could not create the user: the provider returned 400 Bad Request ("Request is unparsable, syntactically incorrect, or violates schema. (invalidSyntax)")`
	if refused := results[1].Err; provider.ClassOf(refused) != provider.Invalid || refused.Error() != want {
		t.Errorf("Bob: %v", refused)
	}
}

// TestSCIMGroupsAsDocumented lists, reads and changes the group of RFC 7643, 8.4. The answer to a change is the group
// (RFC 7644, 3.5.2), in which Babs Jensen is a member and the removed user is none.
func TestSCIMGroupsAsDocumented(t *testing.T) {
	const group, babs, mandy = "e9e30dba-f08f-4109-8486-d5c6a331660a", "2819c223-7f76-453a-919d-413861904646", "902c246b-6245-4190-8e05-00816be7344a"
	files := scimFiles()
	client, server := scimClient(t, map[string]wireFile{"/Groups": readWireFile(t, files[5]), "/Groups/" + group: readWireFile(t, files[7])})
	id, document, err := callEntries(provider.Group)(t, client, wireFile{})
	if err != nil || id != group+" Tour Guides" || compact(t, []byte(document)) != `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"`+group+`","displayName":"Tour Guides"}` {
		t.Errorf("got %q, %s, %v", id, document, err)
	}
	compareLast(t, server, readWireFile(t, files[4]))

	manager := client.(provider.MembershipManager)
	var members []provider.Member
	for member, err := range manager.Members(t.Context(), group) {
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, member)
	}
	if want := []provider.Member{{ID: babs, Name: "Babs Jensen"}, {ID: mandy, Name: "Mandy Pepperidge"}}; !slices.Equal(members, want) {
		t.Errorf("got %v, want %v", members, want)
	}
	compareLast(t, server, readWireFile(t, files[6]))

	if err := manager.AddMember(t.Context(), group, babs); err != nil {
		t.Error(err)
	}
	compareLast(t, server, readWireFile(t, files[8]))
	if err := manager.RemoveMember(t.Context(), group, "11b54d62-20ef-4a27-9c4d-7a1b6b1b0e2f"); err != nil {
		t.Error(err)
	}
	compareLast(t, server, readWireFile(t, files[9]))
}
