package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

func lines() []Line {
	return []Line{
		{Line: 2, Key: "ada@example.com", State: "created", ID: "7", NotStored: []string{"nickName", "title"}},
		{Line: 3, Key: "=cmd()", State: "failed", Class: "invalid", Error: "it said: \"no\"\n<b>", Hint: "mend"},
		{Line: 4, Key: "c@example.com", State: "unknown", Class: "unknown", Error: "lost, 100%", Hint: "look"},
		{Line: 5, Key: "d@example.com", State: "not_tried"},
	}
}

func write(t *testing.T, sink Sink, err error, lines []Line) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := sink.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}

// Counts have names for scripts and an order for people.
func TestCountsOf(t *testing.T) {
	for command, want := range map[string]string{
		rowstate.CommandImport:     `{"rows":3,"created":2,"existing":0,"failed":0,"unknown":0,"not_tried":0,"gone":1}`,
		rowstate.CommandDelete:     `{"rows":3,"deleted":0,"absent":0,"failed":0,"unknown":0,"not_tried":0,"created":2,"gone":1}`,
		rowstate.CommandDeactivate: `{"rows":3,"deactivated":0,"unchanged":0,"failed":0,"unknown":0,"not_tried":0,"created":2,"gone":1}`,
	} {
		got, err := json.Marshal(CountsOf(rowstate.Counts{rowstate.Created: 2, rowstate.Gone: 1}, command))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, want %s (%v)", command, got, want, err)
		}
	}
}

func TestResultsCSV(t *testing.T) {
	var b bytes.Buffer
	sink, err := Results(&b, "out.CSV", Columns{})
	write(t, sink, err, lines())
	want := `line,state,id,key,class,error,hint,not_stored
2,created,7,ada@example.com,,,,nickName;title
3,failed,,'=cmd(),invalid,"it said: ""no""
<b>",mend,
4,unknown,,c@example.com,unknown,"lost, 100%",look,
5,not_tried,,d@example.com,,,,
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestResultsJSON(t *testing.T) {
	for _, given := range [][]Line{nil, lines()} {
		for _, name := range []string{"out.json", "out.ndjson", "out.jsonl"} {
			var b bytes.Buffer
			sink, err := Results(&b, name, Columns{})
			write(t, sink, err, given)
			text := b.String()
			if name != "out.json" {
				text = "[" + strings.Join(strings.Split(strings.TrimSpace(text), "\n"), ",") + "]"
			}
			var read []Line
			if err := json.Unmarshal([]byte(text), &read); err != nil {
				t.Fatalf("%s with %d lines: %v\n%s", name, len(given), err, text)
			}
			if len(read) != len(given) {
				t.Fatalf("%s: %d lines of %d", name, len(read), len(given))
			}
			for i := range read {
				if !reflect.DeepEqual(read[i], given[i]) {
					t.Errorf("%s: got %+v, want %+v", name, read[i], given[i])
				}
			}
		}
	}
}

func TestResultsUnknownEnding(t *testing.T) {
	if _, err := Results(&bytes.Buffer{}, "out.txt", Columns{}); err == nil {
		t.Error("an ending that tells no format was taken")
	}
}

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	sink, err := JUnit(&b, Suite{Name: `import of "a<b>.csv"`, Rows: 4, Wrong: 2, NotTried: 1, Began: time.Unix(0, 0), Took: 1500 * time.Millisecond})
	write(t, sink, err, lines())
	var read struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Time     string `xml:"time,attr"`
			At       string `xml:"timestamp,attr"`
			Cases    []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b.Bytes(), &read); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if len(read.Suites) != 1 || read.Suites[0].Name != `import of "a<b>.csv"` || len(read.Suites[0].Cases) != 4 {
		t.Fatalf("got %+v", read)
	}
	suite := read.Suites[0]
	if suite.Tests != 4 || suite.Failures != 2 || suite.Skipped != 1 || suite.Time != "1.500" || suite.At != "1970-01-01T00:00:00" {
		t.Errorf("got %+v", suite)
	}
	cases := suite.Cases
	for i, want := range []string{"passed", "failed", "failed", "skipped"} {
		got := "passed"
		if cases[i].Failure != nil {
			got = "failed"
		}
		if cases[i].Skipped != nil {
			got = "skipped"
		}
		if got != want {
			t.Errorf("case %d (%s) %s, want %s", i, cases[i].Name, got, want)
		}
	}
}

func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	var many []Line
	for i := range 12 {
		many = append(many, Line{Line: i + 2, State: "failed", Error: "100% wrong\nhere: ::stop"})
	}
	write(t, Annotations(&b, "a,b:c.csv"), nil, append(lines(), many...))
	text := b.String()
	if n := strings.Count(text, "::error file=a%2Cb%3Ac.csv,line="); n != 10 {
		t.Errorf("%d annotations, want 10\n%s", n, text)
	}
	if !strings.Contains(text, "::error title=usher::4 more rows failed or are unknown") {
		t.Errorf("the rest is not counted:\n%s", text)
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !strings.HasPrefix(line, "::error ") {
			t.Errorf("a provider's text broke out of its line: %q", line)
		}
	}
}

func TestAnnotationsOfAStream(t *testing.T) {
	var b bytes.Buffer
	write(t, Annotations(&b, "-"), nil, []Line{{Line: 7, State: "failed", Error: "no\nno"}, {Line: 8, State: "unknown"}})
	want := "::error title=usher%3A failed::line 7: no%0Ano\n::error title=usher%3A unknown::line 8: unknown\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestFileKeepsWhatItReplacesUntilCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "old" {
		t.Fatalf("replaced too early: %q", text)
	}
	if err := file.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := file.Discard(); err != nil {
		t.Fatalf("discard after commit: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "new" {
		t.Fatalf("got %q", text)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	empty := func(when string) {
		t.Helper()
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%s: %v %v", when, left, err)
		}
	}
	file, err := Create(filepath.Join(dir, "out.csv"))
	if err != nil {
		t.Fatal(err)
	}
	empty("before the first write")
	if _, err := file.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := file.Discard(); err != nil {
		t.Fatal(err)
	}
	empty("after discard")
}

func TestFileEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	file, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Commit(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || len(text) != 0 {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestFileIsNotPutInThePlaceOfADevice(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	if err != nil || before.Mode().IsRegular() {
		t.Skip("no device here: ", err)
	}
	file, err := Create(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("gone")); err != nil {
		t.Fatal(err)
	}
	if err := file.Commit(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(os.DevNull); err != nil || !os.SameFile(before, after) {
		t.Errorf("the device was replaced: %v", err)
	}
}

func TestFileNeedsItsFolder(t *testing.T) {
	if _, err := Create(filepath.Join(t.TempDir(), "missing", "out.csv")); err == nil {
		t.Error("a folder that does not exist was taken")
	}
}

func TestDistinct(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path("a"), path("link")); err != nil {
		t.Skip("no links here: ", err)
	}
	if err := Distinct(path("a"), "", path("b"), "", path("c")); err != nil {
		t.Error(err)
	}
	for _, same := range [][]string{{path("a"), path("a")}, {path("a"), path("link")}, {path("new"), dir + "/./new"}, {path("b"), "", path("c"), path("b")}} {
		if err := Distinct(same...); err == nil {
			t.Errorf("%q was taken", same)
		}
	}
}

func TestFileIsNeverAnInput(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(input, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.csv")
	if err := os.Symlink(input, link); err != nil {
		t.Skip("no links here: ", err)
	}
	hard := filepath.Join(dir, "hard.csv")
	if err := os.Link(input, hard); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{input, link, hard, filepath.Join(dir, ".", "people.csv")} {
		if _, err := Create(path, input); err == nil {
			t.Errorf("%s was taken, which is the input", path)
		}
	}
	if _, err := Create(dir, input); err == nil {
		t.Error("a folder was taken")
	}
}

// Files of usher are not overwritten, by any name of theirs, and neither are files in its directories.
func TestSpare(t *testing.T) {
	dir := t.TempDir()
	config, state := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "state")
	ledger := filepath.Join(state, "ledger.db")
	link, hard, folder := filepath.Join(dir, "link"), filepath.Join(dir, "hard"), filepath.Join(dir, "folder")
	for _, err := range []error{
		os.WriteFile(config, []byte("x"), 0o600), os.Mkdir(state, 0o700), os.WriteFile(ledger, nil, 0o600),
		os.Link(config, hard),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(ledger, link), os.Symlink(state, folder)); err != nil {
		t.Skip("no links here: ", err)
	}
	spared := []string{config, state, filepath.Join(dir, "missing"), ""}
	for _, path := range []string{
		config, hard, dir + "/./config.yaml", dir + "/state/../config.yaml", ledger, link, filepath.Join(folder, "ledger.db"),
		filepath.Join(state, "new.csv"), filepath.Join(folder, "new.csv"), state,
	} {
		if err := Spare(path, spared...); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
	for _, path := range []string{"", filepath.Join(dir, "new.csv"), filepath.Join(dir, "config.yaml.csv"), filepath.Join(dir, "statement.csv")} {
		if err := Spare(path, spared...); err != nil {
			t.Error(err)
		}
	}
}

// A symbolic link of the user is followed and preserved; one of another user is refused.
func TestFileBehindALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no links here: ", err)
	}
	write := func() error {
		file, err := Create(link)
		if err != nil {
			return err
		}
		_, err = file.Write([]byte("x"))
		return errors.Join(err, file.Commit())
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	text, readErr := os.ReadFile(target)
	if err != nil || readErr != nil || info.Mode()&os.ModeSymlink == 0 || string(text) != "x" {
		t.Errorf("the link is %v, the file behind it %q (%v, %v)", info, text, err, readErr)
	}
	if err := os.Lchown(link, 12345, -1); err != nil {
		t.Skip("only root can make a link for another user: ", err)
	}
	if err := write(); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("another user's link was followed: %v", err)
	}
}

// /dev/stdout is the output that the shell has opened: a pipe or a terminal is written to, and a file with other
// output is not replaced.
func TestFileBehindADeviceName(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no such names here: ", err)
	}
	opened, err := os.Create(filepath.Join(t.TempDir(), "opened"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	if _, err := Create(fmt.Sprintf("/proc/self/fd/%d", opened.Fd())); err == nil || !strings.Contains(err.Error(), "may contain other output") {
		t.Errorf("a file: %v", err)
	}
	read, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }()
	file, err := Create(fmt.Sprintf("/proc/self/fd/%d", pipe.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.Write([]byte("x"))
	if err := errors.Join(err, file.Commit(), pipe.Close()); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(read); err != nil || string(text) != "x" {
		t.Errorf("a pipe got %q, %v", text, err)
	}
}

// Texts of a provider or a roster do not control a terminal or the page of a CI server. JSON has them unchanged, but
// escaped.
func TestReportsCannotDriveATerminal(t *testing.T) {
	const evil = "\x1b]0;owned\a\u009b2J\u202etxt\x7f"
	line := Line{Line: 2, State: "failed", Class: "invalid", ID: evil, Key: evil, Error: evil, Hint: evil}
	for _, name := range []string{"a.csv", "a.json", "a.ndjson", "junit", "annotations"} {
		var b bytes.Buffer
		var sink Sink
		var err error
		switch name {
		case "junit":
			sink, err = JUnit(&b, Suite{Name: evil})
		case "annotations":
			sink = Annotations(&b, evil)
		default:
			sink, err = Results(&b, name, Columns{})
		}
		write(t, sink, err, []Line{line})
		if at := strings.IndexAny(b.String(), "\x1b\a\u009b\u202e\x7f"); at >= 0 || !strings.Contains(b.String(), "owned") {
			t.Errorf("%s: %q", name, b.String())
		}
		if name == "a.ndjson" {
			var read Line
			if err := json.Unmarshal(b.Bytes(), &read); err != nil || !reflect.DeepEqual(read, line) {
				t.Errorf("%s reads back as %+v, %v", name, read, err)
			}
		}
	}
}
