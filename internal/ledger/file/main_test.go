//go:build unix

package file

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// childEnv names what the test binary does when it is started as another
// process of usher, and childDir the state directory that it uses.
const (
	childEnv = "USHER_LEDGER_TEST_CHILD"
	childDir = "USHER_LEDGER_TEST_DIR"
)

func TestMain(m *testing.M) {
	children := map[string]func(ctx context.Context, dir string, say func(string)) error{
		"write":     childWrites,
		"hold":      childHolds,
		"fill disk": childFillsDisk,
	}
	if role := os.Getenv(childEnv); role != "" {
		pipe := os.NewFile(3, "pipe")
		say := func(line string) { _, _ = pipe.WriteString(line + "\n") }
		if err := children[role](context.Background(), os.Getenv(childDir), say); err != nil {
			say("error: " + err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	// Every step of a property writes to the disk. The command line wins.
	_ = flag.Set("rapid.checks", "20")
	goleak.VerifyTestMain(m)
}

// child is another process of usher.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// start starts the test binary in a role. It is killed with the test at the latest.
func start(t *testing.T, role, dir string, env ...string) *child {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(binary), lines: bufio.NewScanner(reader)}
	c.cmd.Env = append(os.Environ(), append(env, childEnv+"="+role, childDir+"="+dir)...)
	c.cmd.ExtraFiles = []*os.File{writer}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
		_ = reader.Close()
	})
	return c
}

// read returns the next line that the child said; ok is false after the last.
func (c *child) read() (line string, ok bool) {
	ok = c.lines.Scan()
	return c.lines.Text(), ok
}

// kill ends the child as kill -9 does and gives what it had said before.
func (c *child) kill() (lines []string) {
	_ = c.cmd.Process.Signal(syscall.SIGKILL)
	for line, ok := c.read(); ok; line, ok = c.read() {
		lines = append(lines, line)
	}
	_ = c.cmd.Wait()
	return lines
}

// childWrites runs an import: eight workers that intend and record 400 rows.
// It is what has been promised to be durable: the run, each intent, and
// after each flush the outcomes before it.
func childWrites(ctx context.Context, dir string, say func(string)) error {
	say("ready")
	l, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	say("open")
	lock, err := l.lock(ctx, os.Getenv("TARGET"))
	if err != nil {
		return err
	}
	run, err := lock.begin(ctx, ledger.RunInfo{Command: "import"})
	if err != nil {
		return err
	}
	say("run " + run.ID())
	rows, failures := make(chan int), make(chan error, 8)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for row := range rows {
				if err := childWritesRows(ctx, run, row, say); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	for row := 1; row <= 400; row += 10 {
		select {
		case rows <- row:
		case err := <-failures:
			return err
		}
	}
	close(rows)
	group.Wait()
	if err := run.Finish(ctx, ledger.Summary{Counts: rowstate.Counts{rowstate.Created: 400}}); err != nil {
		return err
	}
	say("finished " + run.ID())
	return l.Close()
}

// childWritesRows writes ten rows, whose intents make a list for every other ten.
func childWritesRows(ctx context.Context, run *Run, first int, say func(string)) error {
	var intents []ledger.Intent
	for row := first; row < first+10; row++ {
		intents = append(intents, ledger.Intent{Row: row, Line: row + 1, Digest: ledgertest.Person(row)})
	}
	together := 1
	if first%20 == 1 {
		together = len(intents)
	}
	for some := range slices.Chunk(intents, together) {
		if err := run.Intend(ctx, some...); err != nil {
			return err
		}
		for _, intent := range some {
			say(fmt.Sprintf("intent %d", intent.Row))
		}
	}
	for _, intent := range intents {
		if err := childRecords(ctx, run, intent.Row, say); err != nil {
			return err
		}
	}
	return nil
}

func childRecords(ctx context.Context, run *Run, row int, say func(string)) error {
	digest := ledgertest.Person(row)
	if err := run.Record(ctx, ledger.Outcome{Row: row, Line: row + 1, Digest: digest, State: rowstate.Created, UserID: strconv.Itoa(row)}); err != nil {
		return err
	}
	if row%10 != 0 {
		return nil
	}
	if err := run.Flush(ctx); err != nil {
		return err
	}
	say(fmt.Sprintf("outcome %d", row))
	return nil
}

// childHolds holds a target until it is told otherwise.
func childHolds(ctx context.Context, dir string, say func(string)) error {
	l, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	lock, err := l.lock(ctx, os.Getenv("TARGET"))
	if err != nil {
		return err
	}
	run, err := lock.begin(ctx, ledger.RunInfo{Command: "import"})
	if err != nil {
		return err
	}
	say("run " + run.ID())
	select {}
}

// promises reads what a child said.
type promises struct {
	run               string
	intents, outcomes []int
	finished          bool
}

func read(t *testing.T, lines []string) (p promises) {
	t.Helper()
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		row, _ := strconv.Atoi(rest)
		switch word {
		case "ready", "open":
		case "run":
			p.run = rest
		case "intent":
			p.intents = append(p.intents, row)
		case "outcome":
			p.outcomes = append(p.outcomes, row)
		case "finished":
			p.finished = true
		default:
			t.Fatalf("the child said %q", line)
		}
	}
	return p
}
