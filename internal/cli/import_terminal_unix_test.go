//go:build unix

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/termtest"
)

// importStage is a slow provider with a roster, for imports on a terminal.
type importStage struct {
	t         *testing.T
	provider  string
	url       string
	store     *sandbox.Store
	variables []string
	roster    string
}

func newImportStage(t *testing.T, people int, latency time.Duration) *importStage {
	t.Helper()
	text := "email,oryId,organization\n"
	for n := range people {
		text += fmt.Sprintf("person%d@example.com,ory-%d,org-1\n", n, n)
	}
	return newImportStageAt(t, "sulu", text, latency)
}

// newImportStageAt is newImportStage for the sandbox of another provider.
func newImportStageAt(t *testing.T, provider, text string, latency time.Duration) *importStage {
	t.Helper()
	store, err := sandbox.MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(store, sandbox.Options{Latency: latency})
	if err != nil {
		t.Fatal(err)
	}
	running, err := sandbox.Start(context.Background(), "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
		_ = store.Close()
	})
	s := &importStage{t: t, provider: provider, url: running.BaseURL(provider), store: store, roster: filepath.Join(t.TempDir(), "people.csv")}
	if err := os.WriteFile(s.roster, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.variables = []string{
		"USHER_PROVIDER=" + provider, "USHER_BASE_URL=" + running.BaseURL(provider), "USHER_TOKEN=canary", "USHER_STATE_DIR=" + t.TempDir(),
	}
	return s
}

// start starts an import on a terminal of this width. The emulated screen is wider, so that the test detects lines
// that are too long.
func (s *importStage) start(columns int, args ...string) *terminal {
	s.t.Helper()
	return startTold(s.t, "", columns, s.variables, nil, append([]string{"users", "import", s.roster}, args...)...)
}

func (s *importStage) made() int {
	made := 0
	for _, err := range s.store.Users(context.Background(), s.provider) {
		if err != nil {
			s.t.Fatal(err)
		}
		made++
	}
	return made
}

// barLines returns every state of the progress bar.
func barLines(raw string) []string {
	sequences := regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")
	var bars []string
	for _, line := range strings.FieldsFunc(sequences.ReplaceAllString(raw, "\n"), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if regexp.MustCompile(`[0-9] of [0-9]`).MatchString(line) && !strings.Contains(line, "rows") {
			bars = append(bars, line)
		}
	}
	return bars
}

// Plan, question, bar and summary on a terminal of 80 columns; an interrupt in
// the middle, and the same command again.
func TestImportOnATerminal(t *testing.T) {
	for _, columns := range []int{80, 40} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			const people = 200
			s := newImportStage(t, people, 40*time.Millisecond)
			term := s.start(columns, "--concurrency", "2")
			term.Sees("Import into environment: sulu", "http://127.0.0.1:", "        200  to create", "Create 200 users in environment? [y/N]")
			if made := s.made(); made != 0 {
				t.Errorf("%d users were made before the answer", made)
			}
			term.Types("y", termtest.Enter)
			term.Sees(" left") // the progress bar
			term.Types(termtest.Interrupt)
			term.Sees("Stopping after the requests in progress. Press Ctrl-C again to stop immediately.")
			term.exits(130)
			term.Sees("error: interrupted: ", " of 200 rows", "next: usher runs resume ")
			bars := barLines(term.Raw())
			if len(bars) == 0 {
				t.Errorf("no bar was drawn:\n%q", term.Raw())
			}
			for _, bar := range bars {
				if utf8.RuneCountInString(bar) > columns {
					t.Errorf("the bar has %d columns of %d: %q", utf8.RuneCountInString(bar), columns, bar)
				}
			}
			if view := term.View(); strings.Contains(view, "] ") && strings.Contains(view, "[=") || strings.Contains(view, "/s  ") {
				t.Errorf("the bar was left behind:\n%s", view)
			}
			made := s.made()
			if made == 0 || made == people {
				t.Fatalf("%d of %d users were made: the interrupt did not come in the middle", made, people)
			}

			again := s.start(columns, "--concurrency", "8")
			again.Sees(fmt.Sprintf("%11d  to create", people-made), fmt.Sprintf("%11d  already exist (ledger", made), "? [y/N]")
			again.Types("yes", termtest.Enter)
			again.exits(0)
			again.Sees(fmt.Sprintf("%11d  created", people-made), fmt.Sprintf("%11d  existing", made), "200  rows")
			if made := s.made(); made != people {
				t.Errorf("%d of %d users were made", made, people)
			}
		})
	}
}

// The answer to the question determines the run. An interrupt at the question sends nothing.
func TestImportQuestion(t *testing.T) {
	for _, test := range []struct {
		name, keys, then string
		status           int
		says             string
	}{
		{"no", "n" + termtest.Enter, "", 2, "error: cancelled; nothing was sent"},
		{"nothing", termtest.Enter, "", 2, "error: cancelled; nothing was sent"},
		{"neither", "perhaps" + termtest.Enter, "y" + termtest.Enter, 0, "Enter y or n."},
		{"interrupt", termtest.Interrupt, "", 130, "error: interrupted; nothing was sent"},
		{"end of input", "\x04", "", 2, "error: end of input; nothing was sent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newImportStage(t, 3, 0)
			term := s.start(80)
			term.Sees("Create 3 users in environment? [y/N]")
			term.Types(test.keys)
			if test.then != "" {
				term.Sees(test.says + "\nCreate 3 users in environment? [y/N]")
				term.Types(test.then)
			}
			term.exits(test.status)
			term.Sees(test.says)
			if made := s.made(); (made == 3) != (test.status == 0) {
				t.Errorf("status %d and %d users", test.status, made)
			}
		})
	}
}

// A profile can require its name as confirmation.
func TestImportByName(t *testing.T) {
	s := newImportStage(t, 3, 0)
	s.variables = append(s.variables, "USHER_CONFIRM=name")
	const question = "Create 3 users in environment? Type the profile name to confirm:"
	wrong := s.start(80, "--yes")
	wrong.Sees(question)
	wrong.Types("yes", termtest.Enter)
	wrong.exits(2)
	wrong.Sees("error: the name does not match the profile; nothing was sent")
	right := s.start(80)
	right.Sees(question)
	right.Types("environment", termtest.Enter)
	right.exits(0)
	if made := s.made(); made != 3 {
		t.Errorf("%d of 3 users were made", made)
	}
}
