//go:build unix

package reliability

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/sandbox"
)

func isChange(method string) bool { return method == http.MethodPatch }

// TestInterruptedUpdate holds that one interrupt lets the changes in progress
// finish, that each of them has its before-image and no other has, and that the
// update can be resumed.
func TestInterruptedUpdate(t *testing.T) {
	t.Parallel()
	r := newRevision(t, updates()[0], 60, sandbox.Options{})
	original, before := r.documents(), r.path("before.csv")
	cmd, stderr, goOn := r.begin(isChange, "users", "update", "--roster", r.roster, "--yes", "--concurrency", "4", "--before", before)
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	goOn()
	_ = cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 130 || strings.Contains(stderr.String(), "unknown") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	images, err := os.ReadFile(before)
	check(t, err)
	changed := 0
	for person, document := range r.documents() {
		if document == original[person] {
			continue
		}
		changed++
		if !strings.Contains(string(images), "\n"+person+",") {
			t.Errorf("%s was changed without a before-image", person)
		}
	}
	if changed == 0 || changed > 4 {
		t.Errorf("%d users were changed after the interrupt", changed)
	}
	if resumed := r.run("runs", "resume", "last", "--yes", "-v"); resumed.status != 0 {
		t.Fatalf("%s", resumed)
	}
	if counts, _ := r.update(r.roster, r.path("again.csv")); counts.Unchanged != 60 {
		t.Errorf("the resumed update left %+v", counts)
	}
}

// TestSecondInterruptOfAnUpdate holds that what was in progress is unknown, and
// that the next update finds out.
func TestSecondInterruptOfAnUpdate(t *testing.T) {
	t.Parallel()
	r := newRevision(t, updates()[1], 60, sandbox.Options{})
	cmd, stderr, goOn := r.begin(isChange, "users", "update", "--roster", r.roster, "--yes", "--concurrency", "4")
	check(t, cmd.Process.Signal(os.Interrupt))
	stderr.sees(t, stopping)
	check(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // the requests are still held
	goOn()
	if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.Contains(stderr.String(), " unknown, ") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	rows := r.run("runs", "rows", "last", "--state", "unknown")
	if strings.Count(rows.stdout, "unknown") == 0 {
		t.Errorf("%s", rows)
	}
	if counts, ended := r.update(r.roster, r.path("again.csv")); counts.Updated+counts.Unchanged != 60 || ended.status != 0 {
		t.Errorf("%s", ended)
	}
}
