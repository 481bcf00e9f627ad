//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/termtest"
)

// Input that was typed before a question is not an answer: the question waits, and nothing is changed.
func TestTypedBeforeTheQuestion(t *testing.T) {
	const slow = 300 * time.Millisecond // the question is shown after a request
	for _, test := range []struct {
		name     string
		latency  time.Duration
		before   []string // a command line that prepares the test
		args     []string
		typed    string
		question string
		env      string
	}{
		{name: "import", latency: slow, args: []string{"users", "import", "ROSTER"}, question: "Create 3 users in environment?"},
		{name: "import by name", latency: slow, args: []string{"users", "import", "ROSTER"}, typed: "environment\r", question: "Type the profile name", env: "USHER_CONFIRM=name"},
		{name: "update from a roster", latency: slow, before: []string{"users", "import", "ROSTER", "--yes"}, args: []string{"users", "update", "--roster", "CHANGED"}, question: "Update 3 users in environment?"},
		{name: "delete a roster", latency: slow, before: []string{"users", "import", "ROSTER", "--yes"}, args: []string{"users", "delete", "--roster", "ROSTER"}, question: "Delete 3 users in environment?"},
		{name: "delete a key", latency: slow, before: []string{"users", "import", "ROSTER", "--yes"}, args: []string{"users", "delete", "person1@example.com"}, question: "Delete person1@example.com in environment?"},
		{name: "update a key", latency: slow, before: []string{"users", "import", "ROSTER", "--yes"}, args: []string{"users", "update", "person1@example.com", "--nick-name", "King"}, question: "Update person1@example.com in environment?"},
		{name: "undo", latency: slow, before: []string{"users", "import", "ROSTER", "--yes"}, args: []string{"runs", "undo", "last"}, question: "Delete 3 users in environment?"},
		{name: "forget", before: []string{"users", "import", "ROSTER", "--yes"}, args: []string{"runs", "forget", "last"}, question: "Forget all users of run"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newImportStageAt(t, "scim", "userName\nperson0@example.com\nperson1@example.com\nperson2@example.com\n", test.latency)
			s.variables = append(s.variables, "USHER_CONFIG="+filepath.Join(t.TempDir(), "config.yaml"))
			if test.before != nil {
				start(t, s.variables, nil, s.named(test.before)...).exits(0)
			}
			if test.env != "" {
				s.variables = append(s.variables, test.env)
			}
			if test.typed == "" {
				test.typed = "y\r"
			}
			made, ledger := s.made(), s.rows()
			before, during := "", test.typed
			if test.latency == 0 { // the question may be shown at once
				before, during = test.typed, ""
			}
			term := startTold(t, before, wide, s.variables, nil, s.named(test.args)...)
			term.Types(during)
			term.Sees(test.question)
			term.Types(termtest.Enter) // the safe answer
			term.exits(2)
			if now, rows := s.made(), s.rows(); now != made || rows != ledger {
				t.Errorf("the provider has %d users, and had %d; the ledger says\n%sand said\n%s", now, made, rows, ledger)
			}
		})
	}
}

// Input that was typed before a form does not answer its last question.
func TestTypedBeforeAForm(t *testing.T) {
	s := newImportStage(t, 3, 0)
	term := startTold(t, strings.Repeat("y", 3), wide, s.variables, nil, "users", "create", "--email", "ada@example.com", "--ory-id", "o", "--organization", "org-1", "-i")
	term.isAt("Email address (required)")
	if view := term.View(); !strings.Contains(view, "> ada@example.com") || strings.Contains(view, "ada@example.comy") {
		t.Errorf("the field has taken what was typed before it was drawn:\n%s", view)
	}
	term.Types(termtest.Interrupt)
	term.exits(130)
}

// Input that was typed before the question does not remove a profile.
func TestTypedBeforeAProfileIsRemoved(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("profiles:\n  acme:\n    provider: sulu\n    token: env:TOKEN\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term := startTold(t, "y\r", wide, []string{"USHER_CONFIG=" + config}, nil, "profiles", "remove", "acme")
	term.Sees("Remove profile acme?")
	term.Types(termtest.Enter)
	term.exits(2)
	if text, err := os.ReadFile(config); err != nil || !strings.Contains(string(text), "acme") {
		t.Errorf("the profile is gone: %v", err)
	}
}

// named returns a command line with the rosters of the stage.
func (s *importStage) named(args []string) []string {
	changed := filepath.Join(filepath.Dir(s.roster), "changed.csv")
	if err := os.WriteFile(changed, []byte("userName,nickName\nperson0@example.com,A\nperson1@example.com,B\nperson2@example.com,C\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	named := make([]string, len(args))
	for i, arg := range args {
		named[i] = strings.NewReplacer("ROSTER", s.roster, "CHANGED", changed).Replace(arg)
	}
	return named
}

// rows returns the rows of the newest run in the ledger.
func (s *importStage) rows() string {
	s.t.Helper()
	path, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	return rowsOf(s.t, path, s.variables)
}

// rowsOf runs `usher runs rows last`.
func rowsOf(t *testing.T, path string, variables []string) string {
	t.Helper()
	cmd := exec.Command(path, "runs", "rows", "last", "-o", "csv")
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, variables...)
	output, _ := cmd.Output() // there may be no run
	return string(output)
}

// After a late answer the plan is computed again. If it has changed, it is shown and requires a new confirmation.
func TestLateAnswer(t *testing.T) {
	people := func(numbers ...int) (keys []string) {
		for _, n := range numbers {
			keys = append(keys, fmt.Sprintf("person%d@example.com", n))
		}
		return keys
	}
	for _, test := range []struct {
		name   string
		before []int    // the users who exist
		args   []string // the command with the question
		asks   string
		change []string // a concurrent command at the question
		again  string   // the second question, "" for none
		status int
		counts string // of the run; empty for none
		left   int
	}{
		{
			name: "import", args: []string{"users", "import", "ROSTER"}, asks: "Create 3 users in environment?",
			change: []string{"users", "create", "--user-name", "person1@example.com"}, again: "Create 2 users in environment?", counts: "3 2 1 0", left: 3,
		},
		{
			name: "import of users who exist now", before: []int{0, 1}, args: []string{"users", "import", "ROSTER"}, asks: "Create 1 user in environment?",
			change: []string{"users", "create", "--user-name", "person2@example.com"}, counts: "3 0 3 0", left: 3,
		},
		{
			name: "update", before: []int{0, 1, 2}, args: []string{"users", "update", "--roster", "CHANGED"}, asks: "Update 3 users in environment?",
			change: []string{"users", "update", "person1@example.com", "--nick-name", "B", "--yes"}, again: "Update 2 users in environment?", left: 3,
		},
		{
			name: "update with another difference", before: []int{0, 1, 2}, args: []string{"users", "update", "--roster", "CHANGED"}, asks: "Update 3 users in environment?",
			change: []string{"users", "update", "person1@example.com", "--nick-name", "C", "--yes"}, again: "Update 3 users in environment?", left: 3,
		},
		{
			name: "delete", before: []int{0, 1, 2}, args: []string{"users", "delete", "--roster", "ROSTER"}, asks: "Delete 3 users in environment?",
			change: []string{"users", "delete", "person1@example.com", "--yes"}, again: "Delete 2 users in environment?",
		},
		{
			name: "delete a key", before: []int{0, 1, 2}, args: []string{"users", "delete", "person1@example.com"}, asks: "Delete person1@example.com in environment?",
			change: []string{"users", "delete", "person1@example.com", "--yes"}, left: 2,
		},
		{
			name: "deactivate", before: []int{0, 1, 2}, args: []string{"users", "deactivate", "--roster", "ROSTER"}, asks: "Deactivate 3 users in environment?",
			change: []string{"users", "deactivate", "person1@example.com", "--yes"}, again: "Deactivate 2 users in environment?", left: 3,
		},
		{
			name: "groups add", before: []int{0, 1, 2}, args: []string{"users", "groups", "add", "--roster", "ROSTER", "--group", "Sales"}, asks: "Add 3 memberships in environment?",
			change: []string{"users", "groups", "add", "person1@example.com", "--group", "Sales", "--yes"}, again: "Add 2 memberships in environment?", left: 3,
		},
		{
			name: "import with groups", before: []int{0, 1}, args: []string{"users", "import", "ROSTER", "--set", "groups=Sales"}, asks: "Create 1 user in environment, add 3 memberships in environment?",
			change: []string{"users", "groups", "add", "person1@example.com", "--group", "Sales", "--yes"}, again: "Create 1 user in environment, add 2 memberships in environment?", left: 3,
		},
		{
			name: "update a key", before: []int{0, 1, 2}, args: []string{"users", "update", "person1@example.com", "--nick-name", "B"}, asks: "Update person1@example.com in environment?",
			change: []string{"users", "update", "person1@example.com", "--nick-name", "C", "--yes"}, again: "Update person1@example.com in environment?", left: 3,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newImportStageAt(t, "scim", "userName\n"+strings.Join(people(0, 1, 2), "\n")+"\n", 0)
			elsewhere := append(slices.Clone(s.variables), "USHER_STATE_DIR="+t.TempDir()) // another machine
			for _, key := range people(test.before...) {
				start(t, elsewhere, nil, "users", "create", "--user-name", key, "--no-input").exits(0)
			}
			term := start(t, s.variables, asImpatient(t), s.named(test.args)...)
			term.Sees(test.asks)
			start(t, elsewhere, nil, append(test.change, "--no-input")...).exits(0)
			term.Types("y", termtest.Enter)
			term.Sees("planning again", "the plan has changed")
			if test.again != "" {
				term.Until("the second question", func(view string) bool {
					return strings.Contains(view[strings.LastIndex(view, "the plan has changed"):], test.again)
				})
				term.Types("y", termtest.Enter)
			}
			term.exits(test.status)
			if made := s.made(); made != test.left {
				t.Errorf("%d users are left, want %d\n%s", made, test.left, term.View())
			}
			if test.counts != "" {
				path, err := program()
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(path, "runs", "show", "last", "-o", "json", "--jq", `.counts | "\(.rows) \(.created) \(.existing) \(.failed)"`)
				cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, s.variables...)
				output, err := cmd.Output()
				if got := strings.Trim(string(output), "\"\n"); err != nil || got != test.counts {
					t.Errorf("counts %s (%v), want %s", got, err, test.counts)
				}
			}
		})
	}
}

// If the plan has not changed, one answer is sufficient.
func TestLateAnswerToTheSamePlan(t *testing.T) {
	s := newImportStageAt(t, "scim", "userName\nada@example.com\n", 0)
	term := start(t, s.variables, asImpatient(t), "users", "import", s.roster)
	term.Sees("Create 1 user in environment?")
	term.Types("y", termtest.Enter)
	term.exits(0)
	term.Sees("planning again")
	term.Lacks("the plan has changed")
	if made := s.made(); made != 1 {
		t.Errorf("%d users", made)
	}
}

// asImpatient makes the program [impatient].
func asImpatient(t *testing.T) func(*exec.Cmd) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return func(cmd *exec.Cmd) { cmd.Path, cmd.Args[0] = self, impatient }
}

// An undo reads the users again after a late answer.
func TestLateAnswerToAnUndo(t *testing.T) {
	s := newImportStageAt(t, "scim", "userName\nada@example.com\ngrace@example.com\n", 0)
	start(t, s.variables, nil, "users", "import", s.roster, "--yes").exits(0)
	term := start(t, s.variables, asImpatient(t), "runs", "undo", "last")
	term.Sees("Delete 2 users in environment?")
	elsewhere := append(slices.Clone(s.variables), "USHER_STATE_DIR="+t.TempDir())
	start(t, elsewhere, nil, "users", "delete", "ada@example.com", "--yes", "--no-input").exits(0)
	term.Types("y", termtest.Enter)
	term.Sees("Delete 1 user in environment?")
	term.Types(termtest.Enter)
	term.exits(2)
	if made := s.made(); made != 1 {
		t.Errorf("%d users are left", made)
	}
}
