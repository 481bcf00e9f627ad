package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A command with a sandbox profile connects to the server in memory. It opens no socket, which other users of the
// machine could connect to.
func TestSandboxProfileOpensNoSocket(t *testing.T) {
	roster := "email,oryId,organization\n"
	for i := range 40 {
		roster += fmt.Sprintf("u%d@example.com,o,org\n", i)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(roster), 0o600); err != nil {
		t.Fatal(err)
	}
	term := start(t, nil, nil, "users", "import", path, "-p", "sandbox-sulu", "--rate", "20/s")
	term.Sees("Create 40 users")
	term.Types("y\n")
	term.Sees("of 40")
	descriptors := fmt.Sprintf("/proc/%d/fd", term.program.Process.Pid)
	open, err := os.ReadDir(descriptors)
	if err != nil || len(open) < 3 {
		t.Fatalf("%d descriptors, %v", len(open), err)
	}
	for _, descriptor := range open {
		if target, err := os.Readlink(filepath.Join(descriptors, descriptor.Name())); err == nil && strings.HasPrefix(target, "socket:") {
			t.Errorf("descriptor %s is %s", descriptor.Name(), target)
		}
	}
}
