//go:build unix

package reliability

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/pgtest"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// extent is how much TestSharedLedger does at a provider.
type extent struct{ rows, kills, pauses int } // the rows of each of three files

// extentOf returns the extent of the short or the long form.
func extentOf() extent {
	if os.Getenv(longForm) != "" {
		return extent{20_000, 100, 20}
	}
	return extent{2_000, 12, 4}
}

// lease is the length of the leases of these tests.
const lease = time.Second

// share lets the program use a shared ledger.
func (s *stage) share(database string) {
	s.env = append(s.env, "USHER_LEDGER="+database, "USHER_LEDGER_KEY="+strings.Repeat("5a", 32), "USHER_LEDGER_LEASE="+lease.String())
}

// on returns a command of the program on a machine: a state directory of its own.
func (s *stage) on(machine string, args ...string) *exec.Cmd {
	cmd := s.command(context.Background(), args...)
	cmd.Env = append(cmd.Env, "USHER_STATE_DIR="+s.path("state-"+machine))
	return cmd
}

// partOf writes a roster of some people of a longer one, and returns its path.
func (s *stage) partOf(name string, from, to int) string {
	s.t.Helper()
	lines := bytes.SplitAfter(s.rosterOf(to), []byte("\n"))
	path := s.path(name)
	check(s.t, os.WriteFile(path, bytes.Join(append([][]byte{lines[0]}, lines[from:to+1]...), nil), 0o600))
	return path
}

// TestSharedLedger lets three processes import overlapping files into one provider, through PgBouncer in transaction mode.
// Processes are killed, and their files continued on other machines; others are paused until their leases have ended, and
// continue. Nobody is created twice, and whoever is missing is reported as unknown.
func TestSharedLedger(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	program, err := realProgram()
	check(t, err)
	extent := extentOf()
	for _, name := range []string{"sulu", "ejento"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := cluster.Database(t)
			s := newStage(t, dialectOf(name), sandbox.Options{Latency: 10 * time.Millisecond})
			s.program = program
			s.share(cluster.Bouncer(t, database))
			c := &sharedCampaign{stage: s, cluster: cluster, database: database, random: rand.New(rand.NewPCG(3, uint64(len(name)))), extent: extent}
			for n := range 3 {
				from := 1 + n*extent.rows/2
				c.files = append(c.files, s.partOf(fmt.Sprintf("people-%d.csv", n), from, from+extent.rows-1))
			}
			if r := s.run("runs", "list"); r.status != 0 { // it makes the tables
				t.Fatalf("%s", r)
			}
			began := time.Now()
			c.disturb()
			disturbed := time.Since(began)
			c.judge()
			runs := cluster.Exec(t, database, "SELECT count(*) FROM usher.runs")
			foreign := cluster.Exec(t, database, "SELECT count(*) FROM usher.rows WHERE doubt = 'foreign'")
			t.Logf("3 files of %d rows, %d kills, %d pauses, %d of both while rows were sent, %s runs, %s rows in doubt of other machines, %.0f s: %s",
				extent.rows, c.killed, c.paused, c.sending, runs, foreign, disturbed.Seconds(), c.summary)
			if c.killed < extent.kills || c.paused < extent.pauses {
				t.Errorf("fewer than %d kills and %d pauses", extent.kills, extent.pauses)
			}
			if c.sending == 0 {
				t.Error("nothing was disturbed while rows were sent: this test tests nothing")
			}
		})
	}
}

// sharedCampaign is several imports at once that are disturbed.
type sharedCampaign struct {
	*stage
	cluster  *pgtest.Cluster
	database string
	extent
	files   []string
	sending int // the disturbances of processes that sent rows
	paused  int // the pauses after which the process was still there
	summary string

	mu      sync.Mutex
	random  *rand.Rand
	running []*exec.Cmd // by file; nil between two processes
	killed  int         // the processes that a kill ended
}

// people returns the number of people in the files, which overlap by half.
func (c *sharedCampaign) people() int { return 2 * c.rows }

// pick returns a random number below n.
func (c *sharedCampaign) pick(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

// disturb imports the files until each has ended, and meanwhile kills and pauses processes.
func (c *sharedCampaign) disturb() {
	c.t.Helper()
	c.running = make([]*exec.Cmd, len(c.files))
	calm := make(chan struct{})
	var importing sync.WaitGroup
	for n := range c.files {
		importing.Go(func() { c.importUntilDone(n, calm) })
	}
	for every := c.kills / c.pauses; !c.t.Failed(); {
		time.Sleep(time.Duration(100+c.pick(400)) * time.Millisecond)
		c.mu.Lock()
		killed := c.killed
		c.mu.Unlock()
		if killed >= c.kills && c.paused >= c.pauses {
			break
		}
		c.hit(c.paused < min(c.pauses, killed/every))
	}
	close(calm)
	importing.Wait()
}

// hit kills or pauses a process, if there is one: mostly the one that has the lease and sends rows, otherwise any.
func (c *sharedCampaign) hit(pauses bool) {
	n, sends := c.pick(len(c.files)), false
	holder := ""
	if pauses || c.pick(4) > 0 {
		holder = c.cluster.Exec(c.t, c.database, "SELECT who FROM usher.leases WHERE run <> '' AND expires > now()")
	}
	c.mu.Lock()
	for i, cmd := range c.running {
		if cmd != nil && strings.HasSuffix(holder, fmt.Sprintf("process %d", cmd.Process.Pid)) {
			n, sends = i, true
		}
	}
	cmd := c.running[n]
	c.mu.Unlock()
	if cmd == nil || pauses && !sends {
		return
	}
	signal := syscall.SIGKILL
	if pauses {
		signal = syscall.SIGSTOP
	}
	if cmd.Process.Signal(signal) != nil {
		return
	}
	if sends {
		c.sending++
	}
	if pauses {
		time.Sleep(lease + time.Duration(c.pick(1000))*time.Millisecond)
		if cmd.Process.Signal(syscall.SIGCONT) == nil {
			c.paused++
		}
	}
}

// importUntilDone imports a file, each time on another machine, until the import ends by itself after the disturbances.
func (c *sharedCampaign) importUntilDone(n int, calm <-chan struct{}) {
	for attempt := 0; !c.t.Failed(); attempt++ {
		isCalm := false
		select {
		case <-calm:
			isCalm = true
		default:
		}
		status, counts := c.importOn(fmt.Sprint((n+attempt)%4), n)
		if isCalm && counts["not_tried"] == 0 && (status == 0 || status == 5) {
			return
		}
	}
}

// importOn imports a file on a machine. It returns the exit status, and the counts unless the process was killed.
func (c *sharedCampaign) importOn(machine string, n int) (status int, counts map[string]int) {
	cmd := c.on(machine, append(c.importArgs(n), "--lock-timeout", "5m", "-o", "json")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		c.t.Error(err)
		return 0, nil
	}
	c.mu.Lock()
	c.running[n] = cmd
	c.mu.Unlock()
	_ = cmd.Wait()
	c.mu.Lock()
	c.running[n] = nil
	if end, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && end.Signaled() && end.Signal() == syscall.SIGKILL {
		c.killed++
	}
	c.mu.Unlock()
	if strings.Contains(stderr.String(), "panic:") {
		c.t.Errorf("the program broke:\n%s", &stderr)
	}
	var document struct {
		Counts map[string]int `json:"counts"`
	}
	document.Counts = map[string]int{"not_tried": 1}
	_ = json.Unmarshal(stdout.Bytes(), &document) // it is empty after a kill
	return cmd.ProcessState.ExitCode(), document.Counts
}

func (c *sharedCampaign) importArgs(n int) []string {
	return []string{"users", "import", c.files[n], "--yes"}
}

// judge compares what the program reports with the users of the provider.
func (c *sharedCampaign) judge() {
	c.t.Helper()
	users := c.made() // fails if somebody was made twice
	unknown := map[string]bool{}
	for n, path := range c.files {
		results := c.path(fmt.Sprintf("results-%d.csv", n))
		cmd := c.on("last", append(c.importArgs(n), "--results", results)...)
		output, _ := cmd.CombinedOutput()
		if status := cmd.ProcessState.ExitCode(); status != 0 && status != 5 {
			c.t.Fatalf("%s: status %d\n%s", path, status, output)
		}
		states := c.states(results)
		if len(states) != c.rows {
			c.t.Errorf("%s: %d rows are reported, want %d", results, len(states), c.rows)
		}
		for key, state := range states {
			_, exists := users[key]
			switch state {
			case "created", "existing":
				if !exists {
					c.t.Errorf("%s is %s and not at the provider", key, state)
				}
			case "unknown":
				unknown[key] = true
			default:
				c.t.Errorf("%s is %s", key, state)
			}
		}
	}
	again := c.made()
	lost, affirmed := 0, 0
	for n := 1; n <= c.people(); n++ {
		if _, exists := again[person(n)]; !exists && !unknown[person(n)] {
			lost++
		}
	}
	for key := range unknown {
		if _, exists := again[key]; exists && c.finds {
			affirmed++
		}
	}
	c.summary = fmt.Sprintf("%d users, 0 doubled, %d lost, %d unknown", len(again), lost, len(unknown))
	if lost > 0 || affirmed > 0 {
		c.t.Errorf("%s; %d of the unknown users exist at a provider with a lookup", c.summary, affirmed)
	}
}

// states returns the state of each person in a results file.
func (s *stage) states(path string) map[string]string {
	s.t.Helper()
	text, err := os.ReadFile(path)
	check(s.t, err)
	states := map[string]string{}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	header := strings.Split(lines[0], ",")
	state, key := slices.Index(header, "state"), slices.Index(header, "key")
	for _, line := range lines[1:] {
		cells := strings.Split(line, ",")
		states[cells[key]] = cells[state]
	}
	return states
}

// TestSharedLedgerTwoFiles lets two machines import different files with the same people at once. Each has one account.
func TestSharedLedgerTwoFiles(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t).Database(t)
	const people = 100
	s := newStage(t, dialectOf("ejento"), sandbox.Options{Latency: 5 * time.Millisecond})
	s.share(database)
	first := s.partOf("first.csv", 1, people)
	text, err := os.ReadFile(first)
	check(t, err)
	second := s.path("second.csv")
	check(t, os.WriteFile(second, append(text, '\n'), 0o600)) // another file, by its bytes
	var importing sync.WaitGroup
	for machine, path := range map[string]string{"one": first, "two": second} {
		importing.Go(func() {
			cmd := s.on(machine, "users", "import", path, "--yes", "--lock-timeout", "1m")
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", machine, err, output)
			}
		})
	}
	importing.Wait()
	s.complete(people, 1, 0)
}

// TestSharedLedgerThroughput compares imports into the ledger of one machine with those into a shared one, and with one that is
// 20 ms away.
func TestSharedLedgerThroughput(t *testing.T) {
	cluster := pgtest.Start(t)
	program, err := realProgram()
	check(t, err)
	people := 4_000 // of which the start takes a good part
	if os.Getenv(longForm) != "" {
		people = 20_000
	}
	rate := func(database string) float64 {
		s := newStage(t, dialectOf("sulu"), sandbox.Options{})
		defer s.end()
		s.program = program
		if database != "" {
			s.share(database)
			s.env = append(s.env, "USHER_LEDGER_LEASE=30s") // the default
		}
		roster := s.roster(people)
		began := time.Now()
		if r := s.run("users", "import", roster, "--yes", "--concurrency", "32"); r.status != 0 {
			t.Fatalf("%s", r)
		}
		took := time.Since(began)
		s.complete(people, 1, 0)
		return float64(people) / took.Seconds()
	}
	best := 0.0
	rounds := 1
	if os.Getenv(longForm) != "" {
		rounds = 3
	}
	for range rounds {
		database := cluster.Database(t)
		far := pgtest.NewProxy(t, database)
		far.Delay(20 * time.Millisecond)
		alone, shared, distant := rate(""), rate(database), rate(far.URL())
		best = max(best, shared/alone)
		t.Logf("%.0f rows/s with the ledger of the machine, %.2f of it with a shared one, %.2f with one 20 ms away", alone, shared/alone, distant/alone)
	}
	const least = 0.4 // on a machine that does nothing else
	if os.Getenv(longForm) != "" && best < least {
		t.Errorf("a shared ledger has %.2f of the throughput, less than %.1f", best, least)
	}
}

// peopleSent returns the number of people of whom a create was sent.
func (w *witness) peopleSent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sent)
}

// TestSharedLedgerOutage takes the database away for 10 seconds while rows are sent. Within its lease the import waits;
// otherwise it stops, and the same command continues. Nothing is sent whose intent is not in the database.
func TestSharedLedgerOutage(t *testing.T) {
	for lease, status := range map[string]int{"30s": 0, "2s": 1} {
		t.Run(lease, func(t *testing.T) {
			t.Parallel()
			cluster := pgtest.Start(t)
			database := cluster.Database(t)
			proxy := pgtest.NewProxy(t, database)
			const people = 300
			s := newStage(t, dialectOf("ejento"), sandbox.Options{Latency: 50 * time.Millisecond})
			s.share(proxy.URL())
			s.env = append(s.env, "USHER_LEDGER_LEASE="+lease)
			args := []string{"users", "import", s.roster(people), "--yes", "--concurrency", "4", "--results", s.path("results.csv")}
			cmd, stderr := s.command(t.Context(), args...), newScreen()
			cmd.Stderr = stderr
			check(t, cmd.Start())
			s.until(func() bool { return s.witness.peopleSent() > 20 })
			proxy.Refuse(true)
			time.Sleep(10 * time.Second)
			sent := s.witness.peopleSent()
			recorded := cluster.Exec(t, database, "SELECT count(*) FROM usher.rows")
			proxy.Refuse(false)
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != status {
				t.Errorf("status %d, want %d\n%s", got, status, stderr)
			}
			if count, err := strconv.Atoi(recorded); err != nil || sent > count || sent == people {
				t.Errorf("%d rows were sent, and the database has %s", sent, recorded)
			}
			if status != 0 && !strings.Contains(stderr.String(), "next: usher runs resume") {
				t.Errorf("the way on is missing:\n%s", stderr)
			}
			s.continues(args, people)
		})
	}
}

// continues imports again and settles what is unknown, until everybody is there once.
func (s *stage) continues(args []string, people int) {
	s.t.Helper()
	if r := s.run(args...); r.status != 0 && r.status != 5 {
		s.t.Errorf("%s", r)
	}
	a := &audit{stage: s, people: people}
	a.settleAll()
	if r := s.run(args...); r.status != 0 {
		s.t.Errorf("%s", r)
	}
	s.complete(people, 1, 0)
}
