package providers_test

import (
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// scimFiles are the examples of requests beside the creates.
func scimFiles() []string {
	var files []string
	for _, name := range []string{"patch.request.http", "bulk.request.http", "bulk.answer.http", "config.answer.http"} {
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
	if got, want := string(last.body), compact(t, documented.body); got != want {
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
	changed, err := client.(provider.Updater).Update(t.Context(), "2819c223-7f76-453a-919d-413861904646", schema.Record{
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
