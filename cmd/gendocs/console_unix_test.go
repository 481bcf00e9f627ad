//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/archtest"
	"github.com/bring-aboard/usher/internal/cli"
)

// TestMain lets the test binary be usher itself, where a page's command calls it so.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"usher": func() { os.Exit(cli.Main(os.Args[1:], hurried)) },
	})
}

// hurried cuts the waits of a page's command to a hundredth.
func hurried(a *app.App) {
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d / 100):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// update has the pages say what is printed: go test ./cmd/gendocs -run Console -update
var update = flag.Bool("update", false, "write what is printed into the pages")

// TestConsoleBlocks types what the pages show, in a terminal of 100 columns, and
// compares what is printed. The blocks of one page share a home and a folder.
func TestConsoleBlocks(t *testing.T) {
	root := archtest.Root(t)
	judged := 0
	for _, page := range consolePages(t, root) {
		t.Run(page, func(t *testing.T) {
			path := filepath.Join(root, page)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			session := newSession(t)
			after := consoleBlock().ReplaceAllStringFunc(string(before), func(block string) string {
				text := "```console\n"
				for _, step := range consoleSteps(block) {
					judged++
					text += step.command + session.judge(t, step)
				}
				return text + "```"
			})
			if !*update || after == string(before) {
				return
			}
			if err := os.WriteFile(path, []byte(after), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
	if judged < 20 {
		t.Errorf("found %d commands on consoles, fewer than there must be", judged)
	}
}

// judge runs a step and gives what the page should say that it prints.
func (s *session) judge(t *testing.T, step step) string {
	t.Helper()
	got := s.standIns(s.run(t, s.actual(step.command)), step.output)
	if normal(got) == normal(step.output) {
		return step.output
	}
	if !*update {
		t.Errorf("%sprinted:\n%s\nthe page says:\n%s", step.command, got, step.output)
	}
	return got
}

// consolePages lists the pages that have blocks of this kind.
func consolePages(t *testing.T, root string) []string {
	t.Helper()
	pages := []string{"README.md"}
	for _, pattern := range []string{"docs/*.md", "docs/guides/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) < 4 {
			t.Fatalf("%s finds %d pages (%v), fewer than there must be", pattern, len(found), err)
		}
		for _, name := range found {
			relative, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, relative)
		}
	}
	return pages
}

// step is a command as the page shows it, with what the page says that it prints.
type step struct{ command, output string }

func consoleBlock() *regexp.Regexp { return regexp.MustCompile("(?ms)^```console\n(.*?)^```$") }

// consoleSteps reads a block. A line that begins with "$ " is a command, with
// its continuation lines and the lines of its here document; what follows is
// its output.
func consoleSteps(block string) []step {
	var steps []step
	ending := "" // of a here document that is being read
	for line := range strings.Lines(consoleBlock().FindStringSubmatch(block)[1]) {
		last := len(steps) - 1
		switch {
		case ending == "" && strings.HasPrefix(line, "$ "):
			steps = append(steps, step{command: line})
			if _, marker, ok := strings.Cut(strings.TrimSpace(line), "<<"); ok {
				ending = strings.Trim(marker, `'"`)
			}
		case last < 0:
		case ending != "" || steps[last].output == "" && strings.HasSuffix(steps[last].command, "\\\n"):
			steps[last].command += line
			if strings.TrimSpace(line) == ending {
				ending = ""
			}
		default:
			steps[last].output += line
		}
	}
	return steps
}

// pageHome and pageSandbox are what pages print for the home folder and for the
// address of a sandbox that another terminal serves.
const (
	pageHome    = "/home/ada"
	pageSandbox = "127.0.0.1:4010"
)

// session is one person's shell: a home, a folder, and variables that were exported.
type session struct {
	home    string
	env     []string
	sandbox string            // address of the sandbox, once a command needed it
	status  int               // of the command before
	shown   map[string]string // the id that the page shows for each real one
}

func newSession(t *testing.T) *session {
	t.Helper()
	short, err := os.MkdirTemp("", "u") //nolint:usetesting // t.TempDir has a long path, which would break lines where the page's does not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(short) })
	home, err := filepath.EvalSymlinks(short)
	if err != nil {
		t.Fatal(err)
	}
	return &session{home: home, shown: map[string]string{}, env: []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "NO_COLOR=1", "LANG=C.UTF-8",
		"GORACE=atexit_sleep_ms=0", // the detector holds up each program's end for a second
	}}
}

// run types a command and gives what the terminal shows.
func (s *session) run(t *testing.T, command string) string {
	t.Helper()
	command = strings.TrimPrefix(strings.TrimSuffix(command, "\n"), "$ ")
	command = strings.ReplaceAll(command, "go run ./cmd/usher", "usher")
	if strings.Contains(command, pageSandbox) && s.sandbox == "" {
		s.sandbox = s.serve(t)
	}
	if s.sandbox != "" {
		command = strings.ReplaceAll(command, pageSandbox, s.sandbox)
	}
	if variable, ok := strings.CutPrefix(command, "export "); ok {
		name, value, _ := strings.Cut(variable, "=")
		s.env = append(s.env, name+"="+strings.Trim(value, `'"`))
		return ""
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it may ask a question that nobody answers
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf("(exit %d); %s", s.status, command))
	shell.Dir, shell.Env = s.home, s.env
	terminal, err := pty.StartWithSize(shell, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var shown bytes.Buffer
	if _, err := io.Copy(&shown, terminal); err != nil && !errors.Is(err, syscall.EIO) { // EIO is how a terminal ends
		t.Fatal(err)
	}
	_ = shell.Wait() // a page may show a failure
	if ctx.Err() != nil {
		t.Fatalf("$ %s\ndid not end; it shows:\n%s", command, shown.String())
	}
	s.status = shell.ProcessState.ExitCode()
	text := settled(strings.ReplaceAll(shown.String(), "\r\n", "\n"))
	text = strings.ReplaceAll(text, s.home, pageHome)
	if s.sandbox != "" {
		text = strings.ReplaceAll(text, s.sandbox, pageSandbox)
	}
	return text
}

// ids matches what differs from run to run and names one thing: users, runs and
// other objects.
func ids() *regexp.Regexp {
	return regexp.MustCompile(`usr_[a-z0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{8}-\d{6}-[a-z0-9]{4}`)
}

// standIns replaces the ids of an output by those that the page shows for them:
// one id has one stand-in on a page. A new id gets the one that the page has at
// its place unless that is taken, and else stands for itself.
func (s *session) standIns(got, page string) string {
	there := ids().FindAllString(page, -1)
	place := -1
	return ids().ReplaceAllStringFunc(got, func(id string) string {
		place++
		if _, known := s.shown[id]; !known {
			s.shown[id] = id
			if place < len(there) && !slices.Contains(slices.Collect(maps.Values(s.shown)), there[place]) {
				s.shown[id] = there[place]
			}
		}
		return s.shown[id]
	})
}

// actual replaces the ids that a page's command has by the real ones.
func (s *session) actual(command string) string {
	return ids().ReplaceAllStringFunc(command, func(shown string) string {
		for id, stand := range s.shown {
			if stand == shown {
				return id
			}
		}
		return shown
	})
}

// settled leaves out the lines that the terminal was told to take back, such as
// those of a progress bar.
func settled(text string) string {
	back := regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)
	for {
		place := back.FindStringSubmatchIndex(text)
		if place == nil {
			return text
		}
		lines, _ := strconv.Atoi(text[place[2]:place[3]]) // digits, and few of them
		kept := text[:place[0]]
		for range lines {
			kept = strings.TrimSuffix(kept, "\n")
			kept = kept[:strings.LastIndex(kept, "\n")+1]
		}
		text = kept + text[place[1]:]
	}
}

// serve starts a sandbox as in another terminal, and gives its address.
func (s *session) serve(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	server := exec.CommandContext(ctx, "usher", "sandbox", "serve", "--addr", "127.0.0.1:0", "--memory", "--open")
	server.Env = s.env
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = server.Wait() // it was told to end
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`127\.0\.0\.1:[0-9]+`).FindString(line)
	if address == "" {
		t.Fatalf("the sandbox gives no address: %q", line)
	}
	return address
}

// normal takes what differs from run to run out of a text: keys, times, the width
// of a column that follows from them, and a progress bar that was still there.
func normal(text string) string {
	for _, rule := range []struct{ pattern, with string }{
		{`(?m)^ \[[=> -]*\] \d+ of \d+.*\n`, ""},
		{`sk_(live|test)_…?[A-Z0-9]+`, "KEY"},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`, "TIME"},
		{`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?`, "TIME"},
		{`\b\d+(\.\d+)? ?(ms|s)\b`, "DURATION"},
		{`"duration_ms": \d+`, "DURATION"},
		{`(?m)[ \t]+$`, ""},
		{`(?: \\)?\n {2,}`, " "}, // where a line is broken follows from the length of paths
		{` {3,}`, "  "},
		{`\n+$`, "\n"},
	} {
		text = regexp.MustCompile(rule.pattern).ReplaceAllString(text, rule.with)
	}
	return text
}

// A page that shows one run under two ids, or two runs under one, is judged.
func TestOneStandInForAnID(t *testing.T) {
	s := &session{shown: map[string]string{}}
	const first, second = "20261130-080000-aaaa", "20261130-090000-bbbb"
	for _, test := range []struct{ got, page, want string }{
		{"run " + first, "run 20260101-000000-cccc", "run 20260101-000000-cccc"},
		{"again " + first, "again 20260101-000000-dddd", "again 20260101-000000-cccc"},
		{"and " + second, "and 20260101-000000-cccc", "and " + second},
		{first + " " + second, "", "20260101-000000-cccc " + second},
	} {
		if text := s.standIns(test.got, test.page); text != test.want {
			t.Errorf("%q is shown as %q, want %q", test.got, text, test.want)
		}
	}
	if command := s.actual("usher runs show 20260101-000000-cccc"); command != "usher runs show "+first {
		t.Errorf("typed as %q", command)
	}
}
