//go:build unix

package reliability

import (
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// heedHangups has the programs of a test start with hangups as they are by
// default, even if the tests run under nohup.
func heedHangups(t *testing.T) {
	t.Helper()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hangups) })
}

// TestHangupDrains holds that a hangup lets the requests in progress finish,
// however often it comes, and that every file is written.
func TestHangupDrains(t *testing.T) {
	t.Parallel()
	heedHangups(t)
	s := newStage(t, dialectOf("ejento"), sandbox.Options{})
	cmd, stderr, goOn := s.begin(isCreate, "users", "import", s.roster(50), "--yes", "--concurrency", "4",
		"--results", s.path("results.csv"), "--failed", s.path("failed.csv"), "--junit", s.path("junit.xml"))
	for range 3 {
		check(t, cmd.Process.Signal(syscall.SIGHUP))
	}
	stderr.sees(t, stopping)
	check(t, cmd.Process.Signal(syscall.SIGHUP))
	goOn()
	_ = cmd.Wait()
	s.wasInterrupted(cmd, 50)
}

// TestClosedTerminal holds that a terminal which goes away in the middle ends an
// import as an interrupt does: nobody sees it, and the files say all.
func TestClosedTerminal(t *testing.T) {
	t.Parallel()
	heedHangups(t)
	s := newStage(t, dialectOf("ejento"), sandbox.Options{})
	person, tty, err := pty.Open()
	check(t, err)
	cmd, _, goOn := s.beginWith(func(cmd *exec.Cmd) {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
		cmd.Env = append(cmd.Env, "GITHUB_ACTIONS=true", "TERM=xterm")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	}, isCreate, "users", "import", s.roster(50), "--yes", "--concurrency", "4",
		"--results", s.path("results.csv"), "--failed", s.path("failed.csv"), "--junit", s.path("junit.xml"))
	check(t, tty.Close())
	check(t, person.Close())
	goOn()
	_ = cmd.Wait()
	s.wasInterrupted(cmd, 50)
}

// wasInterrupted holds that an import of so many people ended in the middle and
// says of each what became of it.
func (s *stage) wasInterrupted(cmd *exec.Cmd, people int) {
	s.t.Helper()
	users := s.made()
	if status := cmd.ProcessState.ExitCode(); status != 130 || len(users) == 0 || len(users) == people {
		s.t.Fatalf("status %d with %d users: %v", status, len(users), cmd.ProcessState)
	}
	for n, row := range s.results(s.path("results.csv"), people) {
		want := "not_tried"
		if _, exists := users[person(n)]; exists {
			want = "created"
		}
		if row.status != want {
			s.t.Errorf("%s is %s, want %s", person(n), row.status, want)
		}
	}
	for _, name := range []string{"failed.csv", "junit.xml"} {
		if _, err := os.Stat(s.path(name)); err != nil {
			s.t.Error(err)
		}
	}
	if r := s.run("runs", "show", "last", "-o", "json", "--jq", ".exit_status"); strings.TrimSpace(r.stdout) != "130" {
		s.t.Errorf("the ledger does not say that the run ended\n%s", r)
	}
}

// TestNohup holds that a hangup which was ignored at the start stays so.
func TestNohup(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("ejento"), sandbox.Options{})
	cmd, stderr, goOn := s.beginWith(func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
	}, isCreate, "users", "import", s.roster(20), "--yes")
	check(t, cmd.Process.Signal(syscall.SIGHUP))
	goOn()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
	s.complete(20, 1, 0)
}
