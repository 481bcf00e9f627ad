package reliability

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// runOnDisk runs the program with its state directory on a disk of so many KiB,
// which vanishes with the program.
func (s *stage) runOnDisk(kib int, args ...string) result {
	s.t.Helper()
	check(s.t, os.MkdirAll(s.state(), 0o700))
	const mount = `mount -t tmpfs -o size="$1"k,mode=700 tmpfs "$2" && shift 2 && exec "$@"`
	inner := s.command(s.t.Context(), args...)
	outer := append([]string{"--map-root-user", "--mount", "sh", "-c", mount, "sh", fmt.Sprint(kib), s.state()}, inner.Args...)
	cmd := exec.CommandContext(s.t.Context(), "unshare", outer...)
	cmd.Env, cmd.Dir = inner.Env, inner.Dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended || strings.HasPrefix(stderr.String(), "unshare: ") || strings.HasPrefix(stderr.String(), "mount: ") {
			s.t.Skipf("no small disk can be made here: %v %s", err, stderr.String())
		}
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// TestFullDisk holds that nothing is sent that cannot be recorded.
func TestFullDisk(t *testing.T) {
	program, err := realProgram()
	check(t, err)
	newFull := func(t *testing.T) *stage {
		s := newStage(t, dialectOf("sulu"), sandbox.Options{})
		s.program, s.part = program, fullDisk
		return s
	}
	t.Run("before it begins", func(t *testing.T) {
		t.Parallel()
		s := newFull(t)
		for kib := 4; kib <= 36; kib += 8 {
			r := s.runOnDisk(kib, "users", "import", s.roster(50), "--yes")
			if r.status != 2 || !strings.Contains(r.stderr, "error: could not ") || !strings.Contains(r.stderr, "next: free disk space") {
				t.Errorf("%d KiB: %s", kib, r)
			}
			proven.add(fullDisk, score{points: 1})
		}
		if users := s.made(); len(users) != 0 {
			t.Errorf("%d users were made", len(users))
		}
	})
	t.Run("on the way", func(t *testing.T) {
		t.Parallel()
		for kib := 300; kib < 3000; kib += 150 {
			if fillsOnTheWay(newFull(t), kib) {
				return
			}
		}
		t.Error("no disk was full in the middle: this test tests nothing")
	})
}

// fillsOnTheWay imports with a disk of so many KiB. It gives false if the
// disk was full before the first user was made, or never.
func fillsOnTheWay(s *stage, kib int) bool {
	s.t.Helper()
	const people = 2000
	r := s.runOnDisk(kib, "users", "import", s.roster(people), "--yes", "-o", "json")
	made := len(s.made())
	proven.add(fullDisk, score{points: 1})
	if r.status == 2 && made == 0 || r.status == 0 && made == people {
		return false
	}
	var doc struct{ Counts counts }
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		s.t.Fatalf("%v\n%s", err, r)
	}
	if r.status != 1 || doc.Counts.Created != made || doc.Counts.NotTried != people-made {
		s.t.Errorf("%d users were made\n%s", made, r)
	}
	for _, want := range []string{"cannot write to the ledger", "next: free disk space", "not tried"} {
		if !strings.Contains(r.stderr, want) {
			s.t.Errorf("%q is missing:\n%s", want, r.stderr)
		}
	}
	return made > 0
}
