//go:build unix

package reliability

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// routeStage is a stage with a profile for each of several providers, the first of which is Ory, and a route over them.
type routeStage struct {
	*stage
	names  []string // of the providers
	people int
}

func newRouteStage(t *testing.T, people int, names ...string) *routeStage {
	t.Helper()
	described := &providers.Descriptions{}
	s := &routeStage{names: names, people: people, stage: newStage(t, dialectOf("ory"), sandbox.Options{
		Seed: 11, Latency: 5 * time.Millisecond, Faults: sandbox.Faults{sandbox.FaultLostReply: 0.05},
		Described: []string{"directus"}, Describe: func(name string) (*describe.Description, error) {
			one, err := described.Get(name)
			if err != nil {
				return nil, err
			}
			return one.Description, nil
		},
	})}
	base := ""
	for _, entry := range s.env {
		if value, ok := strings.CutPrefix(entry, "USHER_BASE_URL="); ok {
			base = strings.TrimSuffix(value, sandbox.BaseURL("", "ory"))
		}
	}
	s.env = slices.DeleteFunc(s.env, func(entry string) bool {
		return strings.HasPrefix(entry, "USHER_") && !strings.HasPrefix(entry, "USHER_STATE_DIR=")
	})
	s.env = append(s.env, "USHER_CONFIG="+s.path("config.yaml"), "ANY=any")
	profiles, route := "profiles:\n", "routes:\n  newcomer:\n"
	for _, name := range names {
		profiles += fmt.Sprintf("  acme-%s: {provider: %s, base-url: %q, token: 'env:ANY', settle-after: 2s}\n", name, name, sandbox.BaseURL(base, name))
		route += "    - profile: acme-" + name + "\n" + map[string]string{
			"sulu": "      set: ['oryId=@acme-ory.id', 'organization=org_1']\n", "scim": "      set: ['externalId=@acme-ory.id']\n",
			"directus": "      set: ['external_identifier=@acme-ory.id']\n",
		}[name]
	}
	check(t, os.WriteFile(s.path("config.yaml"), []byte(profiles+route), 0o600))
	header, key := "email,First name\n", "%[1]s,First %[2]d\n"
	if slices.Contains(names, "scim") {
		header, key = "userName,"+header, "%[1]s,"+key
	}
	text := header
	for n := 1; n <= people; n++ {
		text += fmt.Sprintf(key, person(n), n)
	}
	check(t, os.WriteFile(s.path("people.csv"), []byte(text), 0o600))
	return s
}

// users returns the ids of a provider's users by person, and fails if one person has two.
func (s *routeStage) users(name string) map[string]string {
	s.t.Helper()
	twice, err := s.store.Duplicates(s.t.Context(), name)
	check(s.t, err)
	if len(twice) > 0 {
		s.t.Fatalf("%s: %d people were made more than once: %v", name, len(twice), twice)
	}
	ids := map[string]string{}
	for user, err := range s.store.Users(s.t.Context(), name) {
		check(s.t, err)
		ids[user.Key] = user.ID
	}
	return ids
}

// routeSize returns how many people a route is killed with, and how often.
func routeSize() (people, kills int) {
	if os.Getenv(longForm) != "" {
		return 200, 50
	}
	return 20, 5
}

// TestKillRoute brings people into three systems although responses are lost and the program is killed: the command is
// repeated, and then everybody was created once in each, with the id of the first. Where each system documents a delete,
// one undo deletes everybody whom the ledger has as created, of whichever of the runs, and a delete of the roster the rest.
func TestKillRoute(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	for _, second := range []string{"sulu", "scim"} {
		t.Run(second, func(t *testing.T) {
			t.Parallel()
			people, kills := routeSize()
			s := newRouteStage(t, people, "ory", second, "directus")
			s.program = program
			args := []string{"users", "import", s.path("people.csv"), "--to", "newcomer", "--max-failures", "0", "--yes", "--concurrency", "4", "-o", "json"}
			var left atomic.Int64 // changes before the next kill
			var victim atomic.Pointer[os.Process]
			s.witness.onRequest(func(method string) {
				if method != http.MethodGet && left.Add(-1) == 0 {
					_ = victim.Load().Kill()
				}
			})
			random := rand.New(rand.NewPCG(7, uint64(len(second))))
			for n := range kills {
				cmd := s.command(t.Context(), args...)
				left.Store(0)
				check(t, cmd.Start())
				victim.Store(cmd.Process)
				left.Store(1 + random.Int64N(int64(3*people/kills)))
				if _ = cmd.Wait(); cmd.ProcessState.Exited() {
					t.Fatalf("import %d ended before it was killed: %s", n+1, cmd.ProcessState)
				}
			}
			left.Store(0)
			ended := s.run(args...)
			var doc struct {
				Reports []struct{ Counts map[string]int }
			}
			check(t, json.Unmarshal([]byte(ended.stdout), &doc))
			if ended.status != 0 || len(doc.Reports) != 3 {
				t.Fatalf("%s", ended)
			}
			for i, report := range doc.Reports {
				if report.Counts["created"]+report.Counts["existing"] != people {
					t.Errorf("%s: %v", s.names[i], report.Counts)
				}
			}
			first := s.users("ory")
			for _, name := range s.names {
				if users := s.users(name); len(users) != people || !slices.Equal(slices.Sorted(maps.Keys(users)), slices.Sorted(maps.Keys(first))) {
					t.Errorf("%s has %d users, want %d", name, len(users), people)
				}
			}
			for name, field := range map[string]string{second: map[string]string{"sulu": "oryId", "scim": "externalId"}[second], "directus": "external_identifier"} {
				listed := s.run("users", "list", "-p", "acme-"+name, "--jq", "map({(.key): .user."+field+"}) | add")
				carried := map[string]string{}
				check(t, json.Unmarshal([]byte(listed.stdout), &carried))
				if !maps.Equal(carried, first) {
					t.Errorf("%s does not have the ids of Ory: %v", name, carried)
				}
			}
			if second != "sulu" { // it documents no delete
				s.undo()
			}
		})
	}
}

// TestInterruptRoute interrupts a route in its first system and in its second one: what is in progress ends, the next
// system is not begun, and the resumed route fills the holes.
func TestInterruptRoute(t *testing.T) {
	const people = 20
	for name, test := range map[string]struct{ create, begun int }{"first": {3, 1}, "second": {people + people/2, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newRouteStage(t, people, "ory", "sulu", "directus")
			var creates atomic.Int64
			cmd, stderr, goOn := s.begin(func(method string) bool {
				return isCreate(method) && creates.Add(1) >= int64(test.create)
			}, "users", "import", s.path("people.csv"), "--to", "newcomer", "--yes", "--concurrency", "1", "--results", s.path("results.csv"))
			check(t, cmd.Process.Signal(os.Interrupt))
			stderr.sees(t, stopping)
			goOn()
			_ = cmd.Wait()
			if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.Contains(stderr.String(), "next: usher runs resume ") {
				t.Errorf("status %d\n%s", status, stderr)
			}
			if runs := s.run("runs", "list", "--jq", "length"); runs.stdout != fmt.Sprintf("%d\n", test.begun) {
				t.Errorf("the ledger has %s runs, want %d", runs.stdout, test.begun)
			}
			results, err := os.ReadFile(s.path("results.csv"))
			check(t, err)
			if rows, open := strings.Count(string(results), "\nacme-"), strings.Count(string(results), "\nacme-directus,"); rows != 3*people || open != people || !strings.Contains(string(results), "not_tried") {
				t.Errorf("the results have %d rows, %d of them of Directus:\n%s", rows, open, results)
			}
			if r := s.run("runs", "resume", "last", "--yes"); r.status != 0 {
				t.Errorf("%s", r)
			}
			for _, name := range s.names {
				if users := s.users(name); len(users) != people {
					t.Errorf("%s has %d users, want %d", name, len(users), people)
				}
			}
		})
	}
}

// undo undoes the last execution, and then deletes the people of the roster.
func (s *routeStage) undo() {
	s.t.Helper()
	want := map[string]int{} // who was in doubt when the program was killed may count as existing
	listed := s.run("runs", "list", "--limit", "0", "--jq", "map([.profile, .counts.created])")
	var runs [][]any
	check(s.t, json.Unmarshal([]byte(listed.stdout), &runs))
	for _, name := range s.names {
		want[name] = s.people
		for _, run := range runs {
			if run[0] == "acme-"+name {
				want[name] -= int(run[1].(float64))
			}
		}
	}
	repeat := func(args ...string) (ended result) {
		for range 5 { // responses to deletes are lost as well
			if ended = s.run(append(args, "--yes", "--max-failures", "0")...); ended.status == 0 {
				break
			}
		}
		return ended
	}
	ended := repeat("runs", "undo", "last")
	for _, name := range s.names {
		if got := len(s.users(name)); got != want[name] || want[name] == s.people {
			s.t.Errorf("after the undo %s has %d users, want %d\n%s", name, got, want[name], ended)
		}
	}
	ended = repeat("users", "delete", "--roster", s.path("people.csv"), "--to", "newcomer")
	for _, name := range s.names {
		if got := len(s.users(name)); got != 0 {
			s.t.Errorf("after the delete %s has %d users\n%s", name, got, ended)
		}
	}
}
