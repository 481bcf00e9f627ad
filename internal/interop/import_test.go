package interop

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli"
)

// asProgram has the test binary be the program, with waits cut short.
const asProgram = "TEST_USHER_AS_PROGRAM"

// TestMain lets the test binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Main(os.Args[1:], hurry))
	}
	os.Exit(m.Run())
}

// hurry cuts every wait of the engine to a tenth.
func hurry(a *app.App) {
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d / 10):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// people returns how many users are imported into a server: one thousand, fewer
// where a create takes long, and five times as many in the long form.
func people(name string) int {
	people := 1000
	if name == "betterauth" {
		people = 500
	}
	if os.Getenv("USHER_LONG") != "" {
		people *= 5
	}
	return people
}

// TestImport imports a roster while answers are lost and requests do not
// arrive, and again until every row is done: everybody exists, nobody twice.
func TestImport(t *testing.T) {
	for _, name := range serverNames() {
		t.Run(name, func(t *testing.T) {
			s := start(t, name)
			s.proxied = s.proxy(t)
			s.lose(t, 0.05, "downstream")
			s.lose(t, 0.05, "upstream")
			people, folder := people(name), t.TempDir()
			roster := write(t, folder, "people.csv", rosterOf(people))
			const tries, patience = 20, 5
			attempts, settled := 0, 0
			for try := 1; ; try++ {
				status, report := s.runImport(t, folder, roster, people)
				attempts += s.attempts(t, folder)
				users, names := s.count(t)
				t.Logf("run %d: status %d, %+v; the server has %d users with %d names", try, status, report.Counts, users, names)
				if users != names {
					t.Fatalf("%d users have %d names: somebody exists twice", users, names)
				}
				if done := report.Counts.Created + report.Counts.Existing; status == 0 && (done != people || users != people) {
					t.Fatalf("all of it worked, with %d rows done and %d users for %d people", done, users, people)
				}
				if status == 0 {
					t.Logf("%d creates were sent for %d people", attempts, people)
					if attempts <= people {
						t.Error("no create was sent a second time: the proxy lost nothing")
					}
					return
				}
				if try == patience && report.Counts.Unknown > 0 {
					settled += s.settleAbsent(t, folder)
				}
				if settled*100 > people {
					t.Fatalf("an administrator had to settle %d of %d users", settled, people)
				}
				if try == tries {
					t.Fatalf("after %d runs the status is %d\n%s", try, status, s.run(t, folder, "runs", "rows", "last", "--state", "unknown", "-o", "json").stdout)
				}
			}
		})
	}
}

// settleAbsent does what an administrator does about rows that stay unknown, because
// the server answered their create with what affirms nothing: it looks for each user at
// the server itself, and settles those who are not there. It returns their number.
func (s server) settleAbsent(t *testing.T, folder string) int {
	t.Helper()
	var rows []struct {
		Line  int    `json:"line"`
		Error string `json:"error"`
	}
	ended := s.run(t, folder, "runs", "rows", "last", "--state", "unknown", "-o", "json")
	if err := json.Unmarshal([]byte(ended.stdout), &rows); err != nil {
		t.Fatalf("%v\n%s%s", err, ended.stdout, ended.stderr)
	}
	users, _ := s.count(t)
	for _, row := range rows {
		t.Logf("line %d stays unknown: %s", row.Line, row.Error)
		if ended := s.run(t, folder, "runs", "settle", "last", "--line", strconv.Itoa(row.Line), "--absent"); ended.status != 0 {
			t.Fatalf("status %d\n%s", ended.status, ended.stderr)
		}
	}
	if people := people(s.name); users+len(rows) != people {
		t.Fatalf("the server has %d of %d users, and %d rows are unknown", users, people, len(rows))
	}
	return len(rows)
}

// attempts counts the creates that the last run sent.
func (s server) attempts(t *testing.T, folder string) int {
	t.Helper()
	ended := s.run(t, folder, "runs", "rows", "last", "-o", "json", "--jq", "map(.attempts) | add")
	attempts, err := strconv.Atoi(strings.TrimSpace(ended.stdout))
	check(t, err)
	return attempts
}

// rosterOf returns so many people as CSV.
func rosterOf(people int) string {
	var b strings.Builder
	b.WriteString("User name,Given name,Family name,Department\n")
	for n := 1; n <= people; n++ {
		fmt.Fprintf(&b, "person%d@example.com,Given%d,Family%d,Payroll\n", n, n, n)
	}
	return b.String()
}

// write writes a file into a directory and returns its path.
func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	check(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// importReport is what the test reads of usher.import/v1.
type importReport struct {
	Run    string
	Counts struct {
		Rows, Created, Existing, Failed, Unknown int
		NotTried                                 int `json:"not_tried"`
	}
}

func (s server) runImport(t *testing.T, folder, roster string, people int) (status int, report importReport) {
	t.Helper()
	ended := s.run(t, folder, "users", "import", roster, "--yes", "-o", "json", "--max-failures", "0")
	if err := json.Unmarshal([]byte(ended.stdout), &report); err != nil {
		t.Fatalf("%v\nno report: %v", ended, err)
	}
	counts := report.Counts
	if sum := counts.Created + counts.Existing + counts.Failed + counts.Unknown + counts.NotTried; sum != counts.Rows || counts.Rows != people {
		t.Fatalf("the counts of %d people do not add up: %+v\n%v", people, counts, ended)
	}
	return ended.status, report
}

// provider is the name of the server's provider: that of its description, or SCIM.
func (s server) provider() string {
	if slices.ContainsFunc(describedServers(), func(d describedServer) bool { return d.name == s.name }) {
		return s.name
	}
	return "scim"
}

// ended is a run of the program that has ended.
type ended struct {
	args           []string
	status         int
	stdout, stderr string
}

// String returns the command with everything that it wrote.
func (e ended) String() string {
	return fmt.Sprintf("usher %q: status %d\n%s%s", e.args, e.status, e.stdout, e.stderr)
}

// run runs the program against the server, with its state in a directory.
func (s server) run(t *testing.T, folder string, args ...string) ended {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := s.command(t, folder, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return ended{args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// command returns a command of the program, whose home is a folder.
func (s server) command(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	check(t, err)
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = folder
	cmd.Env = []string{
		asProgram + "=1", "HOME=" + folder, "USHER_STATE_DIR=" + filepath.Join(folder, "state"), "USHER_SETTLE_AFTER=1s",
		"USHER_PROVIDER=" + s.provider(), "USHER_BASE_URL=" + cmp.Or(s.proxied, s.base), "USHER_TOKEN=" + s.token,
	}
	return cmd
}
