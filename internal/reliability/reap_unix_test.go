//go:build unix

package reliability

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// TestKillTestAccounts kills commands that create test accounts, and reaps them once their time is over: all of them are
// gone, and nobody else. Rows in flight whose users were not created are named with the command that settles them.
func TestKillTestAccounts(t *testing.T) {
	t.Parallel()
	program, err := realProgram()
	check(t, err)
	s := newStage(t, dialectOf("scim"), sandbox.Options{Seed: 9, Latency: 40 * time.Millisecond})
	s.program = program
	check(t, os.WriteFile(s.path("staff.csv"), []byte("userName\nci-staff@example.com\nada@example.com\n"), 0o600))
	if staff := s.run("users", "import", s.path("staff.csv"), "--yes"); staff.status != 0 {
		t.Fatalf("%s", staff)
	}
	var left atomic.Int64 // creates before the next kill
	var victim atomic.Pointer[os.Process]
	s.witness.onRequest(func(method string) {
		if isCreate(method) && left.Add(-1) == 0 {
			_ = victim.Load().Kill() // and the request arrives
		}
	})
	random := rand.New(rand.NewPCG(2, 9))
	const commands, ttl = 10, 2 * time.Second
	killed := 0
	for n := range commands {
		cmd := s.command(t.Context(), "users", "create", "--count", "5", "--set", "userName=ci-{random:8}@example.com", "--seed", fmt.Sprint(n), "--ttl", ttl.String(), "--yes")
		left.Store(0)
		check(t, cmd.Start())
		if victim.Store(cmd.Process); n%2 == 0 {
			left.Store(1 + random.Int64N(5))
		} else {
			time.Sleep(time.Duration(random.Int64N(int64(300 * time.Millisecond))))
			_ = cmd.Process.Kill() // it may have ended
		}
		if _ = cmd.Wait(); !cmd.ProcessState.Exited() {
			killed++
		}
	}
	made := len(s.made()) - 2
	if killed == 0 || made == 0 {
		t.Fatalf("%d commands were killed and %d users created: this test tests nothing", killed, made)
	}
	time.Sleep(ttl)

	reaped := s.run("users", "reap", "--yes", "-o", "json")
	if users := s.made(); len(users) != 2 || users["ada@example.com"] == "" || users["ci-staff@example.com"] == "" {
		t.Errorf("%d users are there: %v\n%s", len(users), users, reaped)
	}
	s.settleAsToldAndReap(reaped)
	t.Logf("%d commands were killed, %d users were created and reaped", killed, made)
}

// settleAsToldAndReap runs the commands that settle what a reap has left in doubt, and reaps again.
func (s *stage) settleAsToldAndReap(reaped result) {
	s.t.Helper()
	steps := regexp.MustCompile(`(?m)^next: usher (runs settle .* --absent)$`).FindAllStringSubmatch(reaped.stderr, -1)
	if reaped.status != failure.StatusOK && (reaped.status != failure.StatusUnknown || len(steps) == 0) {
		s.t.Fatalf("%s", reaped)
	}
	for _, step := range steps {
		if settled := s.run(strings.Fields(step[1])...); settled.status != 0 {
			s.t.Errorf("%s", settled)
		}
	}
	if again := s.run("users", "reap", "--yes", "-o", "json"); again.status != 0 {
		s.t.Errorf("%s", again)
	}
}

// TestReapIsCertain lets a create be lost, and reaps: the user of the row is deleted, and one who appeared under its key
// although the run had found them before is not.
func TestReapIsCertain(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("scim"), sandbox.Options{})
	cmd, _, goOn := s.begin(isCreate, "users", "create", "--count", "1", "--set", "userName=ci-{row}@example.com", "--ttl", "1ms", "--yes")
	check(t, cmd.Process.Kill())
	_ = cmd.Wait()
	goOn()
	s.until(func() bool { return len(s.made()) == 1 }) // the request in flight arrives after the program has ended
	if reaped := s.run("users", "reap", "--yes", "--jq", ".counts.deleted"); reaped.status != 0 || strings.TrimSpace(reaped.stdout) != "1" || len(s.made()) != 0 {
		t.Errorf("%d users are there\n%s", len(s.made()), reaped)
	}

	// Somebody else has the key of a row that is in doubt and whose absence was not proved.
	args := []string{"users", "import", "count:1", "--no-check", "--set", "userName=other-{row}@example.com", "--ttl", "1ms", "--yes"}
	cmd, _, goOn = s.begin(isCreate, args...)
	check(t, cmd.Process.Kill())
	_ = cmd.Wait()
	goOn()
	s.until(func() bool { return len(s.made()) == 1 })
	reaped := s.run("users", "reap", "--yes", "-o", "json")
	if len(s.made()) != 1 || reaped.status != failure.StatusUnknown {
		t.Errorf("%d users are there\n%s", len(s.made()), reaped)
	}
}

// until waits until a condition holds.
func (s *stage) until(holds func() bool) {
	s.t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatal("it never holds")
}

// TestTwoJobsAtOnce lets two jobs create test accounts at one target, each with a ledger of its own. Keys of different seeds
// are different users. Of a key that both have, one job creates the user, and for the other one the user exists; each reaps
// its own.
func TestTwoJobsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStrictStage(t, dialectOf("scim"), sandbox.Options{Latency: 20 * time.Millisecond})
	both := func(rule string) (created [2]int) {
		var cmds [2]*exec.Cmd
		var out [2]strings.Builder
		for n := range cmds {
			cmds[n] = s.command(t.Context(), "users", "create", "--count", "5", "--set", "userName="+rule, "--seed", fmt.Sprint(n), "--ttl", "1ms", "--yes", "--jq", ".counts | [.created, .created + .existing]")
			cmds[n].Env = append(cmds[n].Env, fmt.Sprintf("USHER_STATE_DIR=%s", s.path(fmt.Sprintf("job%d", n))))
			cmds[n].Stdout = &out[n]
			check(t, cmds[n].Start())
		}
		for n := range cmds {
			check(t, cmds[n].Wait())
			var done int
			if _, err := fmt.Sscanf(out[n].String(), "[%d,%d]", &created[n], &done); err != nil || done != 5 {
				t.Fatalf("%q, %v", out[n].String(), err)
			}
		}
		return created
	}
	if created := both("ci-{random:8}@example.com"); created != [2]int{5, 5} || len(s.made()) != 10 {
		t.Errorf("%d created, %d users are there", created, len(s.made()))
	}
	created := both("ci-{row}@example.com")
	if created[0]+created[1] != 5 || len(s.made()) != 15 {
		t.Errorf("%d created, %d users are there", created, len(s.made()))
	}
	for n, want := range []int{15 - 5 - created[0], 0} {
		s.env = append(s.env, fmt.Sprintf("USHER_STATE_DIR=%s", s.path(fmt.Sprintf("job%d", n))))
		if reaped := s.run("users", "reap", "--yes"); reaped.status != 0 || len(s.made()) != want {
			t.Errorf("%d users are there, want %d\n%s", len(s.made()), want, reaped)
		}
	}
}
