package secret

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary stand in for the commands that print secrets.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "print-secret" {
		os.Exit(printSecret(os.Args[2:]))
	}
	m.Run()
}

func printSecret(args []string) int {
	switch args[0] {
	case "good":
		fmt.Fprintln(os.Stderr, "a notice")
		fmt.Println(canary)
	case "words":
		fmt.Printf("%q", args[1:])
	case "input":
		_, err := io.Copy(os.Stdout, os.Stdin)
		fmt.Println(canary, err)
	case "empty":
	case "flood":
		for {
			if _, err := fmt.Println(strings.Repeat("x", 1024)); err != nil {
				return 1
			}
		}
	case "fail":
		fmt.Println(canary)
		fmt.Fprintln(os.Stderr, "a first line")
		fmt.Fprintf(os.Stderr, "not \x1b[31msigned in as %s\n\n", canary)
		return 7
	case "fail-long":
		fmt.Println(canary)
		fmt.Fprint(os.Stderr, strings.Repeat(canary, 2000))
		return 1
	case "agent":
		agent := exec.Command(os.Args[0], "print-secret", "wait", args[1])
		agent.Stdout, agent.Stderr = os.Stdout, os.Stderr
		if err := agent.Start(); err != nil {
			return 1
		}
		fmt.Println(canary)
	case "wait":
		connection, err := net.Dial("tcp", args[1])
		if err != nil {
			return 1
		}
		fmt.Fprintln(connection, "started")
		_, _ = io.Copy(io.Discard, connection)
	}
	return 0
}

// runSelf returns a reference that runs this test binary as a command.
func runSelf(args string) string { return fmt.Sprintf("exec:'%s' print-secret %s", os.Args[0], args) }

func TestResolveCommand(t *testing.T) {
	for args, want := range map[string]string{
		"good":                       canary,
		"input":                      canary + " <nil>",
		`words 'a b' $HOME "c" '' *`: `["a b" "$HOME" "c" "" "*"]`,
	} {
		if got, err := resolve(t, Resolver{}, runSelf(args)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", args, got, err, want)
		}
	}
}

func TestCommandThatFails(t *testing.T) {
	_, err := resolve(t, Resolver{}, runSelf("empty"))
	wantError(t, err, Empty, "printed nothing")
	_, err = resolve(t, Resolver{}, runSelf("flood"))
	wantError(t, err, TooLong, "more than 64 KiB")
	_, err = resolve(t, Resolver{}, runSelf("fail"))
	wantError(t, err, Failed, "exit status 7", "(not [31msigned in as [redacted])")
	if strings.Contains(err.Error(), "first line") {
		t.Errorf("more than the last line: %v", err)
	}
	_, err = resolve(t, Resolver{}, runSelf("fail-long"))
	wantError(t, err, Failed, "exit status 1;")
	_, err = resolve(t, Resolver{}, "exec:usher-no-such-command a")
	wantError(t, err, Missing, `"usher-no-such-command"`, "without a shell")
	_, err = resolve(t, Resolver{}, "exec:/no/such/command")
	wantError(t, err, Missing, "/no/such/command")
	_, err = resolve(t, Resolver{}, "exec:'"+t.TempDir()+"'")
	wantError(t, err, Failed, "could not run")
}

func TestCommandThatLeavesAnAgent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got, err := resolve(t, Resolver{}, runSelf("agent "+listener.Addr().String()))
	if err != nil || got != canary {
		t.Errorf("got %q, %v", got, err)
	}
	agent, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = agent.Close() // ends the agent
	_ = listener.Close()
}

func TestCommandThatHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- func() error {
			connection, err := listener.Accept()
			if err != nil {
				return err
			}
			lines := bufio.NewReader(connection)
			_, err = lines.ReadString('\n')
			cancel()
			_, _ = lines.ReadString('\n') // ends when the command does
			return err
		}()
	}()
	ref, err := Parse(runSelf("wait " + listener.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolver{}.Resolve(ctx, ref, "")
	wantError(t, err, Interrupted)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not say that it was cancelled", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}

	_, err = resolve(t, Resolver{CommandTimeout: time.Nanosecond}, runSelf("good"))
	wantError(t, err, TimedOut, "within 1ns")
}
