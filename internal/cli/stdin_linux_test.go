package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A command that waits for standard input ends at once after a signal, although the pipe is open, and sends nothing.
func TestWaitingForStandardInput(t *testing.T) {
	// A child process would inherit signals that this process ignores, as under nohup.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hangups) })
	server, err := startRawServer(inOrder())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	sulu := suluAt(server.url())
	ejento := append(tenantOf(server.url()), "USHER_SUBSCRIPTION_KEY=any", "USHER_TOKEN=any")
	for _, test := range []struct {
		name      string
		variables []string
		args      []string
	}{
		{"import", sulu, []string{"users", "import", "-", "--yes"}},
		{"import a pipe", sulu, []string{"users", "import", "/dev/stdin", "--format", "csv", "--yes"}},
		{"update from a roster", sulu, []string{"users", "update", "--roster", "-", "--yes"}},
		{"verify", sulu, []string{"users", "verify", "-"}},
		{"delete a roster", suluAs("scim", server.url()), []string{"users", "delete", "--roster", "-", "--yes"}},
		{"create from a file", sulu, []string{"users", "create", "-f", "-"}},
		{"create with a password", ejento, []string{"users", "create", "--email", "a@example.com", "--org-id", "1", "--role", "User", "--first-name", "A", "--last-name", "B", "--password-stdin"}},
		{"update from a file", sulu, []string{"users", "update", "ada@example.com", "-f", "-", "--yes"}},
		{"login", ejento, []string{"auth", "login", "--username", "ada", "--password-stdin", "--token-file", "TOKEN"}},
		{"profile", nil, []string{"profiles", "add", "acme", "--provider", "sulu", "--token-stdin"}},
	} {
		for _, ending := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			if ending == syscall.SIGHUP && test.name != "import" {
				continue
			}
			t.Run(test.name+" "+ending.String(), func(t *testing.T) {
				t.Parallel()
				status, stderr := endWhileReading(t, ending, test.variables, test.args...)
				if status != 130 || !strings.Contains(stderr, "error: interrupted") {
					t.Errorf("status %d\n%s", status, stderr)
				}
			})
		}
	}
	t.Cleanup(func() {
		if n := len(server.requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

func suluAs(provider, url string) []string {
	return append(suluAt(url)[1:], "USHER_PROVIDER="+provider)
}

// endWhileReading starts the program, sends it a signal while it reads standard input, and returns its exit status
// and standard error.
func endWhileReading(t *testing.T, ending os.Signal, variables []string, args ...string) (status int, stderr string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	size, err := unix.FcntlInt(writer.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize())
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "TOKEN" {
			args[i] = filepath.Join(home, "token")
		}
	}
	var errors bytes.Buffer
	const patience = time.Minute // reached only if the test fails
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, variables...)
	cmd.Stdin, cmd.Stderr = reader, &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	// More than the capacity of the pipe: after the write the program is reading.
	if _, err := writer.Write(bytes.Repeat([]byte("x"), size+1)); err != nil {
		t.Fatalf("the program does not read: %v\n%s", err, &errors)
	}
	if err := cmd.Process.Signal(ending); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), errors.String()
}
