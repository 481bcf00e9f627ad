//go:build unix

package reliability

import (
	"encoding/csv"
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

	"github.com/bring-aboard/usher/internal/sandbox"
)

const (
	generatedPeople    = 1000
	generatedNamesakes = 40
)

// TestKillGenerated imports people without a key, some with one name, in another order each time, although responses are
// lost and the program is killed: in the end everybody has one user, whose key is the one that a dry run has shown.
func TestKillGenerated(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	for _, test := range []struct{ provider, key, rest string }{
		{"scim", "userName", "externalId={Number}"}, {"ory", "traits.email", "external_id=p{Number}"},
	} {
		t.Run(test.provider, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, dialectOf(test.provider), sandbox.Options{Seed: 3, Latency: 2 * time.Millisecond, Faults: sandbox.Faults{sandbox.FaultLostReply: 0.02}})
			s.program = program
			random := rand.New(rand.NewPCG(7, uint64(len(test.provider))))
			const strangers = 2
			check(t, os.WriteFile(s.path("strangers.csv"), []byte(test.key+"\nada.byron@example.com\nada.byron3@example.com\n"), 0o600))
			if made := s.run("users", "import", s.path("strangers.csv"), "--yes"); made.status != 0 {
				t.Fatalf("%s", made)
			}
			order := random.Perm(generatedPeople)
			args := func(rows int) []string {
				random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
				return []string{
					"users", "import", s.numbered("people.csv", order[:rows]), "--set", test.key + "={First|ascii|lower}.{Last|ascii|lower}{n}@example.com", "--set", test.rest,
					"--identify-by", "Number", "--ignore-other-columns", "--max-failures", "0", "--yes", "--results", s.path("results.csv"), "-o", "json",
				}
			}

			shown, first := map[string]string{}, append(args(generatedPeople), "--dry-run")
			var plan struct {
				Numbered []struct {
					Line int
					Key  string
				}
			}
			dry := s.run(first...)
			check(t, json.Unmarshal([]byte(dry.stdout), &plan))
			for _, one := range plan.Numbered {
				shown[fmt.Sprint(order[one.Line-2])] = one.Key
			}
			if len(shown) != generatedNamesakes {
				t.Fatalf("%d keys have a number, want those of all namesakes\n%s", len(shown), dry.stderr)
			}

			var left atomic.Int64
			var victim atomic.Pointer[os.Process]
			s.witness.onRequest(func(method string) {
				if method == http.MethodPost && left.Add(-1) == 0 {
					_ = victim.Load().Kill()
				}
			})
			killed := 0
			wanted := first[:len(first)-1] // the first order, until the keys are saved
			for n := range 5 {
				cmd := s.command(t.Context(), wanted...)
				left.Store(0)
				check(t, cmd.Start())
				victim.Store(cmd.Process)
				left.Store(1 + random.Int64N(generatedPeople/8))
				if _ = cmd.Wait(); !cmd.ProcessState.Exited() {
					killed++
				}
				wanted = args(generatedPeople - 100*(n%2))
			}
			if killed == 0 {
				t.Fatal("every import ended before it was killed: this test tests nothing")
			}
			left.Store(0)

			keys := s.generated(args(generatedPeople))
			for number, key := range shown {
				if keys[number] != key {
					t.Errorf("person %s has the key %q, and the dry run has shown %q", number, keys[number], key)
				}
			}
			if again := s.generated(args(generatedPeople)); !maps.Equal(again, keys) {
				t.Error("another import gives other keys")
			}
			users := s.made()
			if len(users) != generatedPeople+strangers {
				t.Errorf("%d users are there", len(users))
			}
			for number, key := range keys {
				if _, exists := users[key]; !exists {
					t.Errorf("person %s has no user %s", number, key)
				}
			}
			if distinct := slices.Compact(slices.Sorted(maps.Values(keys))); len(distinct) != generatedPeople {
				t.Errorf("%d keys differ", len(distinct))
			}
		})
	}
}

// numbered writes a roster of people without a key, in an order, and returns its path.
func (s *stage) numbered(name string, order []int) string {
	s.t.Helper()
	var text strings.Builder
	text.WriteString("Number,First,Last\n")
	for _, n := range order {
		if n < generatedNamesakes {
			fmt.Fprintf(&text, "%d,Ada,Byron\n", n)
			continue
		}
		fmt.Fprintf(&text, "%d,Bob,Ray-%d\n", n, n)
	}
	check(s.t, os.WriteFile(s.path(name), []byte(text.String()), 0o600))
	return s.path(name)
}

// generated runs an import to its end, and returns the keys by the number of the person.
func (s *stage) generated(args []string) map[string]string {
	s.t.Helper()
	if ended := s.run(args...); ended.status != 0 {
		s.t.Fatalf("%s", ended)
	}
	people, results := s.read("people.csv"), s.read("results.csv")
	if len(people) != len(results) {
		s.t.Fatalf("%d results of %d rows", len(results)-1, len(people)-1)
	}
	keys := map[string]string{}
	for n, person := range people[1:] {
		keys[person[0]] = results[n+1][3]
	}
	return keys
}

// read reads a CSV file.
func (s *stage) read(name string) [][]string {
	s.t.Helper()
	file, err := os.Open(s.path(name))
	check(s.t, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	check(s.t, err)
	return rows
}

// TestGeneratedKeyIsTakenMeanwhile lets somebody else take a generated key after the plan was made: the row fails, and the
// next import gives the person the next key, because the other user is not theirs.
func TestGeneratedKeyIsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	s := newStrictStage(t, dialectOf("scim"), sandbox.Options{})
	check(t, os.WriteFile(s.path("people.csv"), []byte("Number,First\n1,Ada\n"), 0o600))
	args := []string{
		"users", "import", s.path("people.csv"), "--set", "userName={First|lower}{n}@example.com", "--identify-by", "Number", "--ignore-other-columns", "--yes", "--jq", ".counts | [.created, .existing, .failed]",
	}
	var isHeld atomic.Bool
	cmd, stderr, goOn := s.begin(func(method string) bool { return isCreate(method) && isHeld.CompareAndSwap(false, true) }, args...)
	env := s.env
	s.env = append(slices.Clone(env), "USHER_STATE_DIR="+s.path("other"))
	if other := s.run("users", "create", "--user-name", "ada@example.com"); other.status != 0 {
		t.Errorf("%s", other)
	}
	s.env = env
	goOn()
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("status %d\n%s", cmd.ProcessState.ExitCode(), stderr)
	}
	for _, want := range []string{"[1,0,0]", "[0,1,0]"} {
		if r := s.run(args...); r.status != 0 || strings.TrimSpace(r.stdout) != want {
			t.Errorf("want %s\n%s", want, r)
		}
	}
	if users := s.made(); len(users) != 2 || users["ada2@example.com"] == "" {
		t.Errorf("got %v", users)
	}
}
