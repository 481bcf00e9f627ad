//go:build unix

package reliability

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/sandbox"
)

func isDelete(method string) bool { return method == http.MethodDelete }

// TestInterruptedRemoval holds that one interrupt lets the deletes in progress
// finish, and that the removal can be resumed.
func TestInterruptedRemoval(t *testing.T) {
	t.Parallel()
	const people = 60
	r := newRevision(t, removals(t)[1], people, sandbox.Options{})
	cmd, stderr, goOn := r.begin(isDelete, "users", "delete", "--roster", r.roster, "--yes", "--concurrency", "4")
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	goOn()
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 130 || strings.Contains(stderr.String(), "unknown") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if left := len(r.made()); left < people-4 || left == people {
		t.Errorf("%d users are left after the interrupt", left)
	}
	if resumed := r.run("runs", "resume", "last", "--yes"); resumed.status != 0 {
		t.Fatalf("%s", resumed)
	}
	r.comeAgain()
}

// TestSecondInterruptOfARemoval holds that what was in progress is unknown, and
// that the same command finds out.
func TestSecondInterruptOfARemoval(t *testing.T) {
	t.Parallel()
	const people = 60
	r := newRevision(t, removals(t)[0], people, sandbox.Options{})
	cmd, stderr, goOn := r.begin(isDelete, "users", "delete", "--roster", r.roster, "--yes", "--concurrency", "4")
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	check(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // the requests are still held
	goOn()
	if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.Contains(stderr.String(), " unknown, ") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if rows := r.run("runs", "rows", "last", "--state", "unknown"); !strings.Contains(rows.stdout, "unknown") {
		t.Errorf("%s", rows)
	}
	if counts, ended := r.remove("usher.delete/v1", "users", "delete", "--roster", r.roster); counts.Deleted+counts.Absent != people || ended.status != 0 {
		t.Errorf("%s", ended)
	}
	r.comeAgain()
}
