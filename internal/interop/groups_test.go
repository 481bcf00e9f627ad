package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers/catalogue"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// grouped is a real server with two groups, and what is known of it past usher.
type grouped struct {
	server
	adapter provider.Adapter
	record  func(n int) schema.Record
	groups  []string
	// members returns the ids of the members of a group, read past usher.
	members func(t *testing.T, group string) []string
}

// groupedSCIM starts a SCIM server.
func groupedSCIM(t *testing.T, name string) grouped {
	t.Helper()
	s := start(t, name)
	subject := s.subject(t)
	s.clear(t)
	made := grouped{server: s, adapter: subject.Adapter, record: subject.Record, groups: s.createGroups(t)}
	made.members = func(t *testing.T, group string) []string {
		t.Helper()
		var read struct{ Members []struct{ Value string } }
		check(t, json.Unmarshal(s.get(t, "/Groups/"+group), &read))
		var ids []string
		for _, member := range read.Members {
			ids = append(ids, member.Value)
		}
		return ids
	}
	return made
}

// groupedByDescription starts a server that usher knows by a description, and is part of the long form alone.
func groupedByDescription(t *testing.T, name string) grouped {
	t.Helper()
	built := needServers(t)
	if os.Getenv("USHER_LONG") == "" {
		t.Skip("part of the long form: USHER_LONG=1 bash .ci/interop -run TestGroups runs it")
	}
	all := describedServers()
	known := all[slices.IndexFunc(all, func(d describedServer) bool { return d.name == name })]
	s := startCommand(t, name, exec.Command(filepath.Join(built, name)))
	text, _ := catalogue.Text(name)
	d, err := describe.Parse(text)
	check(t, err)
	for i := range d.Settings {
		if d.Settings[i].Optional {
			d.Settings[i].Default = "acme"
		}
	}
	made := grouped{server: s, adapter: described.Adapter(d)}
	made.record = func(n int) schema.Record {
		record := schema.Record{d.Key.Field: known.key(n)}
		if name == "gitea" {
			record["email"], record["password"] = fmt.Sprintf("person%d@example.com", n), "Secret-123456"
		}
		return record
	}
	call := func(t *testing.T, method, path, body string) []byte {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, s.base+path, bytes.NewReader([]byte(body)))
		check(t, err)
		request.Header.Set("Content-Type", "application/json")
		known.authorize(request, s.token)
		answer, err := http.DefaultClient.Do(request)
		check(t, err)
		defer answer.Body.Close()
		var document json.RawMessage
		check(t, json.NewDecoder(answer.Body).Decode(&document))
		if answer.StatusCode >= 300 {
			t.Fatalf("%s %s: %d\n%s", method, path, answer.StatusCode, document)
		}
		return document
	}
	type object struct{ ID, Login any }
	made.members = func(t *testing.T, group string) []string {
		t.Helper()
		var users []object
		if name == "gitea" {
			check(t, json.Unmarshal(call(t, http.MethodGet, "/api/v1/teams/"+group+"/members?limit=50", ""), &users))
		} else {
			var list struct{ Users []object }
			check(t, json.Unmarshal(call(t, http.MethodGet, "/v3/groups/"+group+"/users", ""), &list))
			users = list.Users
		}
		var ids []string
		for _, user := range users {
			if user.Login != nil {
				user.ID = user.Login
			}
			ids = append(ids, fmt.Sprint(user.ID))
		}
		return ids
	}
	if name == "gitea" {
		call(t, http.MethodPost, "/api/v1/orgs", `{"username":"acme"}`)
	}
	for _, group := range []string{"Staff", "Board"} {
		var created struct {
			ID    any
			Group object
		}
		if name == "gitea" {
			check(t, json.Unmarshal(call(t, http.MethodPost, "/api/v1/orgs/acme/teams", `{"name":"`+group+`","permission":"read","units":["repo.code"]}`), &created))
		} else {
			check(t, json.Unmarshal(call(t, http.MethodPost, "/v3/groups", `{"group":{"name":"`+group+`","domain_id":"default"}}`), &created))
			created.ID = created.Group.ID
		}
		made.groups = append(made.groups, fmt.Sprint(created.ID))
	}
	return made
}

// TestGroups puts users into two groups while responses are lost and requests do not arrive, several at once, and takes
// half of them out of one: nobody is missing, and nobody is too many.
func TestGroups(t *testing.T) {
	for name, open := range map[string]func(*testing.T, string) grouped{
		"scimmy": groupedSCIM, "elimity": groupedSCIM, "betterauth": groupedSCIM, "gitea": groupedByDescription, "keystone": groupedByDescription,
	} {
		t.Run(name, func(t *testing.T) { open(t, name).test(t) })
	}
}

func (g grouped) test(t *testing.T) {
	const people = 40 // one page of each server
	direct := g.connect(t, g.adapter, g.base)
	var users []string
	for n := range people {
		user, err := direct.Create(t.Context(), g.record(n+1))
		check(t, err)
		users = append(users, user.ID)
	}
	var listed []string
	for entry, err := range provider.Must[provider.Directory](direct).Entries(t.Context(), provider.Group) {
		check(t, err)
		listed = append(listed, entry.ID)
	}
	for _, group := range g.groups {
		if !slices.Contains(listed, group) {
			t.Fatalf("the group %s is not among %q", group, listed)
		}
	}
	proxied := g.proxy(t)
	g.lose(t, 0.1, "downstream")
	g.lose(t, 0.05, "upstream")
	// A connection of its own for each change, so that the proxy decides anew.
	manager := func() provider.MembershipManager {
		return g.connect(t, g.adapter, proxied).(provider.MembershipManager)
	}
	var sent, lost int
	for _, group := range g.groups {
		s, l := g.ensure(t, manager, group, users, true)
		sent, lost = sent+s, lost+l
	}
	for _, group := range g.groups {
		wantMembers(t, g.members(t, group), users)
	}
	leaving := users[:people/2]
	s, l := g.ensure(t, manager, g.groups[0], leaving, false)
	wantMembers(t, g.members(t, g.groups[0]), users[people/2:])
	wantMembers(t, g.members(t, g.groups[1]), users)
	t.Logf("%d changes, %d requests, %d of them without a usable response", 2*people+len(leaving), sent+s, lost+l)
	if lost+l == 0 {
		t.Error("no response was lost, so nothing was tried")
	}
	var read []string
	for member, err := range provider.Must[provider.MembershipManager](direct).Members(t.Context(), g.groups[1]) {
		check(t, err)
		read = append(read, member.ID)
	}
	wantMembers(t, read, users)
}

// ensure makes users members of a group, or takes them out, several at once. After a failure the membership is read, and
// the change sent again if need be. It returns the numbers of changes sent and of those that failed.
func (g grouped) ensure(t *testing.T, connect func() provider.MembershipManager, group string, users []string, wanted bool) (sent, failed int) {
	t.Helper()
	const workers, tries = 8, 20
	var mu sync.Mutex
	var all sync.WaitGroup
	queue := make(chan string)
	one := func(user string) error {
		var err error
		for range tries {
			manager := connect()
			change := manager.AddMember
			if !wanted {
				change = manager.RemoveMember
			}
			err = change(t.Context(), group, user)
			mu.Lock()
			sent++
			if err != nil {
				failed++
			}
			mu.Unlock()
			if err == nil {
				return nil
			}
			if is, reading := patiently(t.Context(), manager, group, user); reading == nil && is == wanted {
				return nil
			}
		}
		return err
	}
	for range workers {
		all.Go(func() {
			for user := range queue {
				if err := one(user); err != nil {
					t.Errorf("%s in %s: %v", user, group, err)
				}
			}
		})
	}
	for _, user := range users {
		queue <- user
	}
	close(queue)
	all.Wait()
	return sent, failed
}

// patiently reads a membership until a response arrives.
func patiently(ctx context.Context, manager provider.MembershipManager, group, user string) (is bool, err error) {
	for range 10 {
		if is, err = manager.IsMember(ctx, group, user); err == nil {
			return is, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false, err
}

func wantMembers(t *testing.T, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%d members, want %d\n%q\n%q", len(got), len(want), got, want)
	}
}

// TestHiddenMembers shows what a server that affirms every change with a group without members makes of it: an addition
// is unknown, for nothing shows it, and it is sent once.
func TestHiddenMembers(t *testing.T) {
	s := start(t, "jackson")
	subject := s.subject(t)
	s.clear(t)
	client := s.connect(t, scim.Adapter(), s.base)
	user, err := client.Create(t.Context(), person("jackson", subject.Adapter.Table, 1))
	check(t, err)
	manager := provider.Must[provider.MembershipManager](client)
	if err := manager.AddMember(t.Context(), s.createGroups(t)[0], user.ID); err == nil || provider.ClassOf(err) != provider.Unknown {
		t.Errorf("got %v, want an error of class unknown", err)
	}
}

// withoutGroups hides what the adapter does with groups, for a server that shows no members.
func withoutGroups(subject providertest.Subject) providertest.Subject {
	subject.Adapter.Endpoints = slices.DeleteFunc(slices.Clone(subject.Adapter.Endpoints), func(e provider.Endpoint) bool {
		return slices.Contains([]provider.Capability{
			provider.CapabilityGroups, provider.CapabilityMembers, provider.CapabilityAddMember, provider.CapabilityRemoveMember,
		}, e.Capability)
	})
	connect := subject.Connect
	subject.Connect = func(t providertest.TB, baseURL string) provider.Client {
		return struct{ onlyUsers }{connect(t, baseURL).(onlyUsers)}
	}
	return subject
}

// onlyUsers is what a client does with users.
type onlyUsers interface {
	provider.Client
	provider.Finder
	provider.ExternalFinder
	provider.Lister
	provider.Checker
	provider.SelfReader
	provider.Getter
	provider.Updater
	provider.Deactivator
	provider.Activator
	provider.Deleter
	provider.Batcher
	provider.SchemaSource
	provider.Uniquer
}
