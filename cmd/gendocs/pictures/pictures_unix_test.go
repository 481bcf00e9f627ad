//go:build unix

package pictures

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hinshun/vt10x"

	"github.com/bring-aboard/usher/internal/archtest"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/termtest"
)

// TestPictures plays the scenes of docs/pictures on a terminal and compares what
// the screen shows with the picture beside each scene. docs/pictures/draw draws
// them anew.
func TestPictures(t *testing.T) {
	folder := filepath.Join(archtest.Root(t), "docs", "pictures")
	scenes, err := filepath.Glob(filepath.Join(folder, "*.scene"))
	if err != nil || len(scenes) < 3 {
		t.Fatalf("found %d scenes (%v), fewer than there must be", len(scenes), err)
	}
	for _, path := range scenes {
		name := strings.TrimSuffix(filepath.Base(path), ".scene")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			check(t, err)
			drawn := play(t, string(text))
			picture := filepath.Join(folder, name+".svg")
			if *update {
				check(t, os.WriteFile(picture, drawn, 0o644))
				return
			}
			committed, err := os.ReadFile(picture)
			check(t, err)
			if !bytes.Equal(committed, drawn) {
				t.Errorf("the screen does not look like %s.svg any more: docs/pictures/draw draws it anew, and git diff shows what changed", name)
			}
		})
	}
}

// scene is a play on a terminal, a line a step:
//
//	# TITLE                the first line: what the picture shows
//	size COLUMNS ROWS      of the terminal
//	roster PEOPLE FAULTS   people.csv, with so many people of whom some have a faulty address
//	hold CREATES           the provider goes silent after so many creates
//	$ COMMAND              typed at a prompt; a command before it must have ended
//	sees TEXT              waits for the text
//	type TEXT              keys
//	key NAME               one of enter, down, interrupt
//	ends                   waits for the program's end
//	picture                draws the screen; the last step
type scene struct {
	t             *testing.T
	home          string
	env           []string
	columns, rows int
	above         [][]vt10x.Glyph // what commands before the last one left on the screen
	terminal      *termtest.Terminal
}

func play(t *testing.T, text string) []byte {
	t.Helper()
	home, err := os.MkdirTemp("", "scene") //nolint:usetesting // t.TempDir is so long that lines would be wrapped
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	s := &scene{t: t, home: home, columns: 80, rows: 24, env: []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=", "LANG=C.UTF-8", "GORACE=atexit_sleep_ms=0",
	}}
	title := ""
	for number, line := range strings.Split(strings.TrimSpace(text), "\n") {
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "#":
			title += " " + rest
		case "size":
			s.columns, s.rows = s.pair(rest)
		case "roster":
			s.roster(s.pair(rest))
		case "hold":
			s.serve(int64(s.number(rest)))
		case "$":
			s.run(rest)
		case "sees":
			s.terminal.Sees(rest)
		case "type":
			s.terminal.Types(rest)
		case "key":
			keys := map[string]string{"enter": termtest.Enter, "down": termtest.Down, "interrupt": termtest.Interrupt}
			if keys[rest] == "" {
				t.Fatalf("line %d: no key is called %q", number+1, rest)
			}
			s.terminal.Types(keys[rest])
		case "ends":
			_ = s.terminal.Exit() // a scene may show a failure
		case "picture":
			return svg(strings.TrimSpace(title), append(s.above, s.screen()...))
		default:
			t.Fatalf("line %d: no step is called %q", number+1, verb)
		}
	}
	t.Fatal("the scene draws no picture")
	return nil
}

// run types a command below what the ones before have left.
func (s *scene) run(command string) {
	s.t.Helper()
	if s.terminal != nil {
		s.above = append(s.above, s.screen()...)
	}
	program := exec.Command("sh", "-c", fmt.Sprintf("printf '%%s\\n' %s; %s", quoted("$ "+command), command))
	program.Dir, program.Env = s.home, s.env
	s.terminal = termtest.Start(s.t, program, s.columns, s.rows)
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// screen gives the lines of the terminal down to the last one that is not
// blank, with what differs from run to run taken out.
func (s *scene) screen() [][]vt10x.Glyph {
	cells := s.terminal.Screen()
	for len(cells) > 0 && blank(cells[len(cells)-1]) {
		cells = cells[:len(cells)-1]
	}
	for _, line := range cells {
		settle(line)
	}
	return cells
}

// settle replaces what differs from run to run in a line by an example, with
// the colours of what was there. What follows on the line moves along.
func settle(line []vt10x.Glyph) {
	for _, rule := range []struct{ pattern, with string }{
		{`\d{8}-\d{6}-[a-z0-9]{4}`, "20260901-090000-k3yq"},
		{`/\S*/scene\d+`, "/home/ada"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:4010"},
		{`\b\d+(\.\d+)?(ms| ms|s| s)\b`, "4 s"},
		{`\b\d+(\.\d+)?/s\b`, "10/s"},
	} {
		text := make([]rune, len(line))
		for i, cell := range line {
			text[i] = max(cell.Char, ' ')
		}
		place := regexp.MustCompile(rule.pattern).FindStringIndex(string(text))
		if place == nil {
			continue
		}
		from, to := len([]rune(string(text)[:place[0]])), len([]rune(string(text)[:place[1]]))
		style := line[from]
		var changed []vt10x.Glyph
		changed = append(changed, line[:from]...)
		for _, char := range rule.with {
			style.Char = char
			changed = append(changed, style)
		}
		changed = append(changed, line[to:]...)
		for i := range line {
			if i < len(changed) {
				line[i] = changed[i]
				continue
			}
			line[i] = vt10x.Glyph{Char: ' ', FG: vt10x.DefaultFG, BG: vt10x.DefaultBG}
		}
	}
}

// roster writes a spreadsheet of people; the last of them have a faulty address.
func (s *scene) roster(people, faults int) {
	s.t.Helper()
	var b bytes.Buffer
	b.WriteString("E-mail address,Ory id,Organization,Given name\n")
	for n := 1; n <= people; n++ {
		at := "@"
		if n > people-faults {
			at = " at "
		}
		fmt.Fprintf(&b, "person%d%sexample.com,ory-%d,org_123,Person %d\n", n, at, n, n)
	}
	check(s.t, os.WriteFile(filepath.Join(s.home, "people.csv"), b.Bytes(), 0o600))
}

// serve has the profile acme lead to a sandbox that falls silent after so many creates.
func (s *scene) serve(creates int64) {
	s.t.Helper()
	store, err := sandbox.OpenStore(filepath.Join(s.home, "sandbox.db"))
	check(s.t, err)
	server, err := sandbox.New(store, sandbox.Options{})
	check(s.t, err)
	var seen atomic.Int64
	over := make(chan struct{})
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && seen.Add(1) > creates {
			<-over
			return
		}
		server.ServeHTTP(w, r)
	}))
	s.t.Cleanup(func() {
		close(over)
		listening.Close()
	})
	s.env = append(s.env, "SULU_TOKEN=sk_live_demo_key", "USHER_CONFIG="+filepath.Join(s.home, "config.yaml"))
	config := "default-profile: acme\nprofiles:\n  acme:\n    provider: sulu\n    base-url: " + listening.URL + "/sulu/v0\n    token: env:SULU_TOKEN\n"
	check(s.t, os.WriteFile(filepath.Join(s.home, "config.yaml"), []byte(config), 0o600))
}

func (s *scene) number(text string) int {
	s.t.Helper()
	n, err := strconv.Atoi(text)
	check(s.t, err)
	return n
}

func (s *scene) pair(text string) (int, int) {
	s.t.Helper()
	first, second, _ := strings.Cut(text, " ")
	return s.number(first), s.number(second)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
