//go:build unix

package reliability

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// damage is done to one of the ledger's files at a place that is drawn.
type damage struct {
	suffix string // of the file's name
	cut    bool   // the file ends there; otherwise a byte is another one
}

// damages lists what is done. A changed byte in the ledger itself is not among
// it: SQLite keeps no checksums of its pages, and what is promised of them
// stands at the ledger's own fuzz target.
func damages() []damage {
	return []damage{{"", true}, {"-wal", true}, {"-wal", false}, {"-shm", true}, {"-shm", false}}
}

// places says how many places of each file are tried for each kind of damage
// and provider.
func places() int {
	if os.Getenv(longForm) != "" {
		return 40
	}
	return 3
}

// TestCutLedger kills an import in the midst and cuts a file of its ledger off,
// or changes a byte of it. The next import refuses the ledger in a sentence that
// says what to do, and sends nothing; or it ends with everybody there once. So
// it is too where what SQLite has not yet moved from its log into the ledger is
// gone: the ledger then is as it was some commits before, and whoever it has
// forgotten is found by asking the provider, or is refused by it as a duplicate.
func TestCutLedger(t *testing.T) {
	for _, d := range dialects() {
		for _, harm := range damages() {
			t.Run(fmt.Sprintf("%s, ledger.db%s, cut %v", d.name, harm.suffix, harm.cut), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(uint64(len(d.name)), uint64(len(harm.suffix))))
				for n := range places() {
					cutOnce(t, d, harm, func(size int) int {
						if n == 0 && harm.cut {
							return 0 // nothing is left of it
						}
						return random.IntN(size)
					})
				}
			})
		}
	}
}

// cutOnce damages the ledger of an import that was killed, and does then what
// the administrator is told to do.
func cutOnce(t *testing.T, d dialect, harm damage, pick func(size int) int) {
	t.Helper()
	const people = 40
	stage := newStage
	if !d.finds {
		stage = newStrictStage // who cannot be asked must refuse a second account
	}
	s := stage(t, d, sandbox.Options{})
	defer s.end()
	s.part = cutLedger
	args := []string{"users", "import", s.roster(people), "--yes", "--max-failures", "0", "--results", s.path("results.csv")}
	s.killAtCreate(people/2, args...)
	path := filepath.Join(s.state(), file.FileName+harm.suffix)
	content, err := os.ReadFile(path)
	check(t, err)
	if len(content) == 0 {
		t.Fatalf("%s is empty: this test tests nothing", path)
	}
	place := pick(len(content))
	if harm.cut {
		content = content[:place]
	} else {
		content[place] ^= 0x55
	}
	check(t, os.WriteFile(path, content, 0o600))

	before := len(s.made())
	r := s.run(args...)
	if refused := strings.Contains(r.stderr, "could not "); refused {
		if r.status != failure.StatusRefused || len(s.made()) != before || !strings.Contains(r.stderr, "next: mv ") {
			t.Errorf("byte %d of %s: %d users were made\n%s", place, path, len(s.made())-before, r)
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(s.state(), file.FileName+suffix)) // the log may not be there
		}
		r = s.run(args...)
	}
	unknown := 0
	if r.status == failure.StatusUnknown {
		a := &audit{stage: s, people: people}
		there, notThere := a.settleAll()
		unknown = there + notThere
		r = s.run(args...)
	}
	if r.status != failure.StatusOK {
		t.Errorf("byte %d of %s: %s", place, path, r)
	}
	s.complete(people, 1, unknown)
}

// killAtCreate kills the program when its nth create arrives.
func (s *stage) killAtCreate(n int, args ...string) {
	s.t.Helper()
	var creates atomic.Int64
	cmd, _, goOn := s.begin(func(method string) bool {
		return isCreate(method) && creates.Add(1) >= int64(n)
	}, args...)
	check(s.t, cmd.Process.Kill())
	_ = cmd.Wait()
	goOn()
	s.connections.over()
}
