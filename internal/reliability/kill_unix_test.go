//go:build unix

package reliability

import (
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// killsWanted says how often the program is killed at each provider, at least.
func killsWanted() int {
	all := 15
	if os.Getenv(longForm) != "" {
		all = 1000
	}
	return (all + len(dialects()) - 1) / len(dialects())
}

// TestKill kills imports of a roster that grows at random moments, and then
// lets one end. Nobody is made twice, nobody is missing, and every password that
// is in use is known.
func TestKill(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	const mostOfACampaign = 25 // the roster grows with each kill
	for _, d := range dialects() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			for missing, seed := killsWanted(), uint64(1); missing > 0; seed++ {
				s := newStage(t, d.withoutPasswords(), sandbox.Options{Latency: 50 * time.Millisecond})
				s.program, s.part = program, kills
				c := &campaign{stage: s, random: rand.New(rand.NewPCG(uint64(len(d.name)), 10+seed))}
				for n := 0; c.killed < min(missing, mostOfACampaign) && n < 2*mostOfACampaign; n++ {
					c.people += 150
					c.killOne(n)
				}
				c.finish()
				s.end()
				missing -= c.killed
			}
		})
	}
}

// campaign kills one import after the other.
type campaign struct {
	*stage
	random *rand.Rand
	people int
	killed int // the imports that were in progress when they were killed
}

func (c *campaign) args() []string {
	args := []string{"users", "import", c.roster(c.people), "--yes", "--results", c.path("results.csv")}
	if c.generates() {
		args = append(args, "--generate-passwords", "--credentials", c.path("passwords.csv"))
	}
	return args
}

// generates reports whether the roster leaves passwords to be generated.
func (c *campaign) generates() bool {
	return len(dialectOf(c.name).fields) > len(c.fields)
}

// killOne kills an import at any moment. Where the provider can be asked, every
// other one has the time to come to its end: rows in doubt wait for two seconds.
func (c *campaign) killOne(n int) {
	c.t.Helper()
	longest := time.Second
	if c.finds && n%2 == 1 {
		longest = 4500 * time.Millisecond
	}
	cmd := c.command(context.Background(), c.args()...)
	check(c.t, cmd.Start())
	c.sleepUpTo(longest)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	c.judge(cmd)
}

// judge counts an import that was killed, and looks at what it has left.
func (c *campaign) judge(cmd *exec.Cmd) {
	c.t.Helper()
	if !cmd.ProcessState.Exited() {
		c.killed++
	}
	c.made()
	c.inspectLedger()
}

func (c *campaign) sleepUpTo(longest time.Duration) {
	time.Sleep(time.Duration(c.random.Int64N(int64(longest))))
}

// inspectLedger opens the ledger as the next run will, and reads all of it.
func (c *campaign) inspectLedger() {
	c.t.Helper()
	if _, err := os.Stat(filepath.Join(c.state(), file.FileName)); err != nil {
		return // killed before it was made
	}
	book, err := file.Open(context.Background(), c.state())
	check(c.t, err)
	check(c.t, book.Check(context.Background()))
	check(c.t, book.Close())
}

// finish lets an import end, settles what it leaves unknown by what is there,
// and imports once more.
func (c *campaign) finish() {
	c.t.Helper()
	if c.killed == 0 {
		c.t.Fatal("every import ended before it was killed: this test tests nothing")
	}
	r := c.run(c.args()...)
	unknown := 0
	if r.status == 5 && !c.finds {
		a := &audit{stage: c.stage, people: c.people}
		there, notThere := a.settleAll()
		unknown = there + notThere
		r = c.run(c.args()...)
	}
	if r.status != 0 {
		c.t.Fatalf("%s", r)
	}
	users := c.made()
	for n, row := range c.results(c.path("results.csv"), c.people) {
		id, exists := users[person(n)]
		if !exists || row.id != "" && row.id != id {
			c.t.Errorf("%s is %s with id %q; the provider has %q", person(n), row.status, row.id, id)
		}
	}
	c.complete(c.people, c.killed, unknown)
	if c.generates() {
		c.comparePasswords()
	}
}

// comparePasswords holds that the password of every account stands in a file.
func (c *campaign) comparePasswords() {
	c.t.Helper()
	known := map[string][]string{}
	files, err := filepath.Glob(c.path("passwords*.csv"))
	check(c.t, err)
	for _, path := range files {
		file, err := os.Open(path)
		check(c.t, err)
		rows := csv.NewReader(file)
		rows.FieldsPerRecord = -1 // a file that was being written may end anywhere
		rows.LazyQuotes = true
		all, err := rows.ReadAll()
		check(c.t, err)
		check(c.t, file.Close())
		for _, row := range all {
			if len(row) == 3 {
				known[row[1]] = append(known[row[1]], row[2])
			}
		}
	}
	for key := range c.made() {
		if password := c.witness.passwordOf(key); !slices.Contains(known[key], password) {
			c.t.Errorf("nobody knows the password of %s", key)
		}
	}
}

// begin starts an import and gives it at the moment of its first request that
// the function picks.
func (s *stage) begin(picks func(method string) bool, args ...string) (cmd *exec.Cmd, stderr *screen, goOn func()) {
	s.t.Helper()
	return s.beginWith(func(*exec.Cmd) {}, picks, args...)
}

// beginWith is begin for a command that is changed before it starts.
func (s *stage) beginWith(change func(*exec.Cmd), picks func(method string) bool, args ...string) (cmd *exec.Cmd, stderr *screen, goOn func()) {
	s.t.Helper()
	arrived, free := make(chan struct{}, 1), make(chan struct{})
	s.witness.onRequest(func(method string) {
		if !picks(method) {
			return
		}
		select {
		case arrived <- struct{}{}:
		default:
		}
		<-free
	})
	stderr = newScreen()
	cmd = s.command(context.Background(), args...)
	cmd.Stderr = stderr
	change(cmd)
	check(s.t, cmd.Start())
	<-arrived
	return cmd, stderr, func() {
		s.witness.onRequest(nil)
		close(free)
	}
}

// TestKillDuringThePlan kills an import that asks who exists.
func TestKillDuringThePlan(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	args := []string{"users", "import", s.roster(20), "--yes"}
	cmd, _, goOn := s.begin(func(method string) bool { return method == "GET" }, args...)
	check(t, cmd.Process.Kill())
	_ = cmd.Wait()
	goOn()
	if users := s.made(); len(users) != 0 {
		t.Errorf("%d users were made before anybody agreed", len(users))
	}
	if r := s.run(args...); r.status != 0 || len(s.made()) != 20 {
		t.Errorf("%d users\n%s", len(s.made()), r)
	}
}

// TestKillDuringAFile kills imports while they write a file.
func TestKillDuringAFile(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	for _, file := range []string{"passwords*.csv", ".results.csv-*"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, dialectOf("ejento").withoutPasswords(), sandbox.Options{})
			s.program, s.part = program, kills
			c := &campaign{stage: s, random: rand.New(rand.NewPCG(5, 5)), people: 1500}
			for n := range 4 {
				c.killAt(file, n)
			}
			c.finish()
		})
	}
}

// killAt kills an import soon after it has made its nth file of this name.
func (c *campaign) killAt(pattern string, n int) {
	c.t.Helper()
	cmd := c.command(context.Background(), c.args()...)
	check(c.t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	for over := false; !over; {
		found, err := filepath.Glob(c.path(pattern))
		check(c.t, err)
		select {
		case <-ended:
			over = true
		default:
			over = len(found) > n
		}
	}
	c.sleepUpTo(4 * time.Millisecond)
	_ = cmd.Process.Kill()
	<-ended
	c.judge(cmd)
	if text, err := os.ReadFile(c.path("results.csv")); err == nil && strings.Count(string(text), "\n") != c.people+1 {
		c.t.Errorf("the results were put in place before they were complete: %d lines", strings.Count(string(text), "\n"))
	}
}

// TestTwoImportsAtOnce holds that the second import into a target is refused,
// and says who holds it.
func TestTwoImportsAtOnce(t *testing.T) {
	for _, d := range dialects() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			importTwiceAtOnce(t, d)
		})
	}
}

func importTwiceAtOnce(t *testing.T, d dialect) {
	t.Helper()
	s := newStage(t, d, sandbox.Options{})
	s.part = twoAtOnce
	args := []string{"users", "import", s.roster(20), "--yes"}
	first, _, goOn := s.begin(isCreate, args...)
	second := s.run(args...)
	goOn()
	check(t, first.Wait())
	for _, want := range []string{"target is locked by another usher process: " + d.name + " http://", fmt.Sprintf("(process %d, run ", first.Process.Pid), "next: run the command again when the other usher process has ended"} {
		if second.status != 2 || !strings.Contains(second.stderr, want) {
			t.Errorf("want %q\n%s", want, second)
		}
	}
	s.complete(20, 1, 0)
}

// TestSecondImportWaits holds that an import with --lock-timeout begins when the first one has ended, and creates nobody
// again.
func TestSecondImportWaits(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	args := []string{"users", "import", s.roster(20), "--yes"}
	first, _, goOn := s.begin(isCreate, args...)
	second, stderr := s.command(t.Context(), append(args, "--lock-timeout", "1m")...), newScreen()
	second.Stderr = stderr
	check(t, second.Start())
	stderr.sees(t, "Waiting up to 1m0s: target is locked by another usher process")
	if r := s.run(append(args, "--lock-timeout", "10ms")...); r.status != 2 {
		t.Errorf("%s", r)
	}
	goOn()
	check(t, first.Wait())
	if err := second.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
	s.complete(20, 1, 0)
}

func isCreate(method string) bool { return method == "POST" }

// stopping is what the program says at the first interrupt.
const stopping = "Stopping after the requests in progress. Press Ctrl-C again to stop immediately."

// TestInterruptDrains holds that one interrupt lets the requests in progress
// finish, and that the import can be resumed.
func TestInterruptDrains(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	cmd, stderr, goOn := s.begin(isCreate, "users", "import", s.roster(50), "--yes", "--concurrency", "4")
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	goOn()
	_ = cmd.Wait()
	made := len(s.made())
	if status := cmd.ProcessState.ExitCode(); status != 130 || made == 0 || made > 4 {
		t.Errorf("status %d with %d users\n%s", status, made, stderr)
	}
	for _, want := range []string{"interrupted: ", "next: usher runs resume "} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is missing:\n%s", want, stderr)
		}
	}
	if strings.Contains(stderr.String(), "unknown") {
		t.Errorf("a request under way did not get its answer:\n%s", stderr)
	}
	if r := s.run("runs", "resume", "last", "--yes"); r.status != 0 || len(s.made()) != 50 {
		t.Errorf("%d users\n%s", len(s.made()), r)
	}
}

// TestSecondInterruptStops holds that two interrupts stop at once, and that
// what was in progress is settled by the next import.
func TestSecondInterruptStops(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	args := []string{"users", "import", s.roster(50), "--yes", "--concurrency", "4"}
	cmd, stderr, goOn := s.begin(isCreate, args...)
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	check(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // the requests are still held
	goOn()
	if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.Contains(stderr.String(), "unknown") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if r := s.run(args...); r.status != 0 || len(s.made()) != 50 {
		t.Errorf("%d users\n%s", len(s.made()), r)
	}
}

// TestInterruptLeavesNoTemporaryFile holds that neither one interrupt nor two
// leave a file behind that holds people and was to be temporary.
func TestInterruptLeavesNoTemporaryFile(t *testing.T) {
	for _, interrupts := range []int{1, 2} {
		t.Run(fmt.Sprint(interrupts), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, dialectOf("sulu"), sandbox.Options{})
			cmd, stderr, goOn := s.begin(isCreate, "users", "import", s.roster(50), "--yes", "--concurrency", "4",
				"--results", s.path("results.csv"), "--failed", s.path("failed.csv"), "--junit", s.path("junit.xml"))
			for n := range interrupts {
				check(t, cmd.Process.Signal(os.Interrupt))
				if n == 0 {
					stderr.sees(t, stopping)
				}
			}
			if interrupts == 1 {
				goOn()
			}
			_ = cmd.Wait()
			if interrupts == 2 {
				goOn()
			}
			files := 0
			check(t, filepath.WalkDir(s.path("."), func(path string, entry os.DirEntry, err error) error {
				name := entry.Name()
				if files++; name != "." && name[0] == '.' || strings.HasPrefix(name, "scratch-") || strings.HasPrefix(name, "usher-") {
					t.Errorf("%s is left behind", path)
				}
				return err
			}))
			if files < 5 {
				t.Errorf("only %d files were looked at", files)
			}
		})
	}
}
