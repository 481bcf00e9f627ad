//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/archtest"
)

// The commands of CI jobs are run as the CI system runs them, by bash and with the variables of the job, twice: the second job
// has the ledger of the first. What installs usher is left out.
func TestJobsOfCI(t *testing.T) {
	root := archtest.Root(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "guides", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	action, err := os.ReadFile(filepath.Join(root, ".github", "actions", "import", "action.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"action.yaml": string(action)}
	for n, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		texts[fmt.Sprintf("ci.md, block %d", n+1)] = block[1]
	}
	imports := 0
	for name, text := range texts {
		var job yaml.Node
		if err := yaml.Unmarshal([]byte(text), &job); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var commands, env []string
		collectJob(&job, &commands, &env)
		for _, command := range commands {
			if strings.HasPrefix(command, "go install ") || !strings.Contains(command, "usher users import") {
				continue
			}
			imports++
			dir := jobFolder(t)
			state := filepath.Join(dir, ".usher")
			for run := 1; run <= 2; run++ {
				bash(t, dir, command, replaced(env, dir)...)
				if err := os.Remove(filepath.Join(dir, "junit.xml")); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if got := len(strings.Fields(bash(t, dir, "usher runs list -o id", "USHER_STATE_DIR="+state))); got != run {
					t.Errorf("%s: after job %d the ledger has %d runs", name, run, got)
				}
			}
			if users := bash(t, dir, "usher sandbox users -o id", "USHER_STATE_DIR="+state); len(strings.Fields(users)) != 1 {
				t.Errorf("%s: there are the users %q", name, users)
			}
		}
	}
	if imports != 3 {
		t.Errorf("%d jobs import users, want 3: the action, GitHub Actions and GitLab", imports)
	}
}

// The job that keeps the ledger in any store finds on the second machine who exists.
func TestJobWithAStore(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(archtest.Root(t), "docs", "guides", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sh\n([^`]*?runs export.*?)```").FindStringSubmatch(string(page))
	if block == nil {
		t.Fatal("there is no block with usher runs export")
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	kept := t.TempDir()
	key := filepath.Join(kept, "key.txt")
	if err := os.WriteFile(key, []byte(identity.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	functions := `fetch() { [ ! -e "$KEPT/$1" ] || cp "$KEPT/$1" .; [ -e "$1" ]; }; store() { cp "$1" "$KEPT/$2"; }` + "\n"
	for day := 1; day <= 2; day++ {
		dir := jobFolder(t)
		bash(t, dir, functions+block[1], "KEPT="+kept, "AGE_KEY_FILE="+key, "AGE_RECIPIENT="+identity.Recipient().String())
		runs := bash(t, dir, "usher runs list -o id", "USHER_STATE_DIR="+filepath.Join(dir, ".usher"))
		if got := len(strings.Fields(runs)); got != day {
			t.Errorf("on day %d the ledger has %d runs", day, got)
		}
	}
}

// jobFolder returns a folder with a roster.
func jobFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("email,oryId,organization\nada@example.com,ory-1,org-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// bash runs a command of a job in the sandbox of a new home, and returns what it prints. It fails the test unless the
// command succeeds.
func bash(t *testing.T, dir, command string, env ...string) string {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", command)
	shell.Dir = dir
	shell.Env = append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "CI=true", "GORACE=atexit_sleep_ms=0", "USHER_PROFILE=sandbox-sulu"}, env...)
	text, err := shell.CombinedOutput()
	if err != nil {
		t.Errorf("%s\n%s%v", command, text, err)
	}
	return string(text)
}

// collectJob collects the commands and the variables of a job: those of "run" and "script", and of "env" and "variables".
func collectJob(node *yaml.Node, commands, env *[]string) {
	if node.Kind != yaml.MappingNode {
		for _, inner := range node.Content {
			collectJob(inner, commands, env)
		}
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i].Value, node.Content[i+1]
		switch {
		case name == "run" && value.Kind == yaml.ScalarNode:
			*commands = append(*commands, value.Value)
		case name == "script":
			for _, line := range value.Content {
				*commands = append(*commands, line.Value)
			}
		case name == "env" || name == "variables":
			for k := 0; k+1 < len(value.Content); k += 2 {
				*env = append(*env, value.Content[k].Value+"="+value.Content[k+1].Value)
			}
		default:
			collectJob(value, commands, env)
		}
	}
}

// replaced returns the variables of a job with the expressions of the CI system replaced. The provider and its secrets are
// those of the sandbox.
func replaced(env []string, dir string) []string {
	values := strings.NewReplacer(
		"${{ github.workspace }}", dir, "$CI_PROJECT_DIR", dir,
		"${{ inputs.roster }}", "people.csv", "${{ inputs.failed }}", "failed.csv", "${{ inputs.junit }}", "junit.xml",
	)
	var set []string
	for _, variable := range env {
		if name, _, _ := strings.Cut(variable, "="); name == "USHER_PROVIDER" || name == "USHER_TOKEN" || name == "USHER_TENANT" {
			continue
		}
		set = append(set, values.Replace(variable))
	}
	return set
}
