//go:build unix

package reliability

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// TestFileThatChanges holds that a roster which is written while it is read is
// refused, and that nothing is sent of it.
func TestFileThatChanges(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	roster := s.roster(100_000)
	cmd := s.command(context.Background(), "users", "import", roster, "--yes")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	check(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	for n, over := 0, false; !over; n++ {
		later := time.Now().Add(time.Duration(n) * time.Second)
		check(t, os.Chtimes(roster, later, later))
		select {
		case <-ended:
			over = true
		case <-time.After(time.Millisecond):
		}
	}
	if status := cmd.ProcessState.ExitCode(); status != 2 || !strings.Contains(stderr.String(), "people.csv: could not read: file changed while reading") {
		t.Errorf("status %d\n%s", status, stderr.String())
	}
	if users := s.made(); len(users) != 0 {
		t.Errorf("%d users were made", len(users))
	}
}

// TestFileThatIsSavedMeanwhile holds that an import in progress does not care what
// becomes of the roster's file: it sends what was agreed, and its report is whole.
func TestFileThatIsSavedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	roster, results := s.roster(200), s.path("results.csv")
	cmd, stderr, goOn := s.begin(isCreate, "users", "import", roster, "--yes", "--concurrency", "2", "--results", results)
	check(t, os.WriteFile(roster, []byte("something else\n"), 0o600))
	goOn()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	users := s.made()
	for n, row := range s.results(results, 200) {
		if row.status != "created" || users[person(n)] != row.id {
			t.Errorf("%s is %s with id %q; the provider has %q", person(n), row.status, row.id, users[person(n)])
		}
	}
}
