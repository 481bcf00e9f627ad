package reliability

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// person names the nth person of a roster.
func person(n int) string { return fmt.Sprintf("person%d@example.com", n) }

// lineOf is the line of the nth person.
func lineOf(n int) int { return n + 1 }

// stage is a provider in this process, and a home for the program.
type stage struct {
	t testing.TB
	dialect
	store       *sandbox.Store
	witness     *witness
	connections *connections
	folder      string
	program     string   // "" for this binary, with short waits
	part        part     // what the stage is used to prove; may be empty
	env         []string // of the program
	end         func()   // ends the provider; the test does so at the latest
}

// newStage starts the sandbox with these options, and lets duplicates happen.
func newStage(t testing.TB, d dialect, options sandbox.Options) *stage {
	t.Helper()
	options.AllowDuplicates = true
	return newStrictStage(t, d, options)
}

// newStrictStage starts a sandbox that refuses duplicates, as providers do.
func newStrictStage(t testing.TB, d dialect, options sandbox.Options) *stage {
	t.Helper()
	store, err := sandbox.MemoryStore()
	check(t, err)
	server, err := sandbox.New(store, options)
	check(t, err)
	s := &stage{t: t, dialect: d, store: store, witness: &witness{next: server, key: d.key}, connections: newConnections(), folder: t.TempDir()}
	front := httptest.NewUnstartedServer(s.witness)
	front.Config.ErrorLog, front.Config.ConnState = nil, s.connections.track
	front.Start()
	s.end = sync.OnceFunc(func() {
		front.CloseClientConnections()
		front.Close()
		check(t, store.Close())
	})
	t.Cleanup(s.end)
	s.env = []string{
		"HOME=" + s.folder, "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0", "USHER_STATE_DIR=" + s.state(),
		"USHER_PROVIDER=" + d.name, "USHER_BASE_URL=" + sandbox.BaseURL(front.URL, d.name), "USHER_SETTLE_AFTER=2s",
	}
	for _, setting := range d.secrets {
		s.env = append(s.env, "USHER_"+strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))+"=any")
	}
	return s
}

// state is the directory of the ledger.
func (s *stage) state() string { return s.path("state") }

func (s *stage) path(name string) string { return filepath.Join(s.folder, name) }

// roster writes a roster of so many people, and gives its path.
func (s *stage) roster(people int) string {
	s.t.Helper()
	path := s.path("people.csv")
	check(s.t, os.WriteFile(path, s.rosterOf(people), 0o600))
	return path
}

// command makes a command of the program.
func (s *stage) command(ctx context.Context, args ...string) *exec.Cmd {
	s.t.Helper()
	program, env := s.program, slices.Clone(s.env) // several commands may be made at once
	if program == "" {
		var err error
		program, err = os.Executable()
		check(s.t, err)
		env = append(env, asProgram+"=1")
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = env, s.folder
	return cmd
}

// result is how the program ended.
type result struct {
	status         int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("status %d\n%s%s", r.status, r.stdout, r.stderr)
}

// run runs the program to its end.
func (s *stage) run(args ...string) result {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := s.command(s.t.Context(), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		s.t.Fatal(err)
	}
	if strings.Contains(stderr.String(), "DATA RACE") || strings.Contains(stderr.String(), "panic:") {
		s.t.Fatalf("the program broke:\n%s", stderr.String())
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// screen contains what a program writes, and tells when it has written something.
type screen struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

func newScreen() *screen { return &screen{changed: make(chan struct{}, 1)} }

// Write takes what is written.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

// String returns what was written.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// sees waits until a text was written.
func (s *screen) sees(t testing.TB, text string) {
	t.Helper()
	const patience = time.Minute // never waited in full unless the test fails
	over := time.After(patience)
	for !strings.Contains(s.String(), text) {
		select {
		case <-s.changed:
		case <-over:
			t.Fatalf("%q was never written:\n%s", text, s)
		}
	}
}

// made returns the ids of the users that the provider holds, by person. It fails
// where one person has two.
func (s *stage) made() map[string]string {
	s.t.Helper()
	twice, err := s.store.Duplicates(context.Background(), s.name)
	check(s.t, err)
	if len(twice) > 0 {
		proven.add(s.part, score{doubled: len(twice)})
		s.t.Fatalf("%d people were made more than once: %v", len(twice), twice[:min(5, len(twice))])
	}
	users := map[string]string{}
	for user, err := range s.store.Users(context.Background(), s.name) {
		check(s.t, err)
		if users[user.Key] = user.ID; s.idIsKey {
			users[user.Key] = user.Key
		}
	}
	return users
}

// complete ends a part's proof: the provider must hold each of so many people.
// It counts the points that were met, and the rows that were left unknown.
func (s *stage) complete(people, points, unknown int) {
	s.t.Helper()
	users, lost := s.made(), 0
	for n := 1; n <= people; n++ {
		if _, exists := users[person(n)]; !exists {
			lost++
		}
	}
	proven.add(s.part, score{points: points, lost: lost, unknown: unknown})
	if lost > 0 || len(users) != people {
		s.t.Errorf("the provider holds %d users; %d of %d people are missing", len(users), lost, people)
	}
}

// line is a line of a results file.
type line struct{ status, id, key string }

// results reads a results file, by the number of the person.
func (s *stage) results(path string, people int) map[int]line {
	s.t.Helper()
	file, err := os.Open(path)
	check(s.t, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	check(s.t, err)
	if len(rows) != people+1 {
		s.t.Fatalf("the results have %d lines for %d people", len(rows)-1, people)
	}
	lines := map[int]line{}
	for n, row := range rows[1:] {
		if row[0] != strconv.Itoa(lineOf(n+1)) || row[3] != person(n+1) {
			s.t.Fatalf("line %d of the results is about line %s, %s", n+2, row[0], row[3])
		}
		lines[n+1] = line{status: row[1], id: row[2], key: row[3]}
	}
	return lines
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
