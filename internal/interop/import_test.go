package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli"
)

// asProgram has the test binary be the program, with waits cut short.
const asProgram = "USHER_TEST_AS_PROGRAM"

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

const people = 1000

// TestImport imports a roster while answers are lost and requests do not
// arrive, and again until every row is done: everybody exists, nobody twice.
func TestImport(t *testing.T) {
	for _, s := range servers(t) {
		t.Run(s.name, func(t *testing.T) {
			s.proxied = s.proxy(t)
			s.clear(t)
			s.lose(t, 0.05, "downstream")
			s.lose(t, 0.05, "upstream")
			folder := t.TempDir()
			roster := filepath.Join(folder, "people.csv")
			check(t, os.WriteFile(roster, rosterOf(people), 0o600))
			const tries = 20
			attempts := 0
			for try := 1; ; try++ {
				status, report := s.runImport(t, folder, roster)
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
				if try == tries {
					t.Fatalf("after %d runs the status is %d", try, status)
				}
			}
		})
	}
}

// attempts counts the creates that the last run sent.
func (s server) attempts(t *testing.T, folder string) int {
	t.Helper()
	_, text := s.run(t, folder, "runs", "rows", "last", "-o", "json", "--jq", "map(.attempts) | add")
	attempts, err := strconv.Atoi(strings.TrimSpace(text))
	check(t, err)
	return attempts
}

// rosterOf gives so many people as CSV.
func rosterOf(people int) []byte {
	var b bytes.Buffer
	b.WriteString("User name,Given name,Family name,Department\n")
	for n := 1; n <= people; n++ {
		fmt.Fprintf(&b, "person%d@example.com,Given%d,Family%d,Payroll\n", n, n, n)
	}
	return b.Bytes()
}

// importReport is what the test reads of usher.import/v1.
type importReport struct {
	Counts struct {
		Rows, Created, Existing, Failed, Unknown int
		NotTried                                 int `json:"not_tried"`
	}
}

func (s server) runImport(t *testing.T, folder, roster string) (status int, report importReport) {
	t.Helper()
	status, text := s.run(t, folder, "users", "import", roster, "--yes", "-o", "json", "--max-failures", "0")
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatalf("status %d, and no report: %v\n%s", status, err, text)
	}
	counts := report.Counts
	if sum := counts.Created + counts.Existing + counts.Failed + counts.Unknown + counts.NotTried; sum != counts.Rows || counts.Rows != people {
		t.Fatalf("the counts of %d people do not add up: %+v", people, counts)
	}
	return status, report
}

// run runs the program, and gives what it writes to standard output.
func (s server) run(t *testing.T, folder string, args ...string) (status int, stdout string) {
	t.Helper()
	program, err := os.Executable()
	check(t, err)
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &out, &stderr
	cmd.Env = []string{
		asProgram + "=1", "HOME=" + folder, "USHER_STATE_DIR=" + filepath.Join(folder, "state"),
		"USHER_PROVIDER=scim", "USHER_BASE_URL=" + s.proxied, "USHER_TOKEN=" + token,
	}
	err = cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	if strings.Contains(stderr.String(), "DATA RACE") || strings.Contains(stderr.String(), "panic:") {
		t.Fatalf("the program broke:\n%s", stderr.String())
	}
	if cmd.ProcessState.ExitCode() != 0 {
		t.Logf("%s: status %d\n%s", args, cmd.ProcessState.ExitCode(), stderr.String())
	}
	return cmd.ProcessState.ExitCode(), out.String()
}
