package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/internal/cli/topics"
	"github.com/bring-aboard/usher/pkg/schema"
)

func made(t *testing.T) files {
	t.Helper()
	all, err := generate(cli.NewReference)
	if err != nil {
		t.Fatal(err)
	}
	for folder, atLeast := range map[string]int{commandsDir: 30, providersDir: 4, completionsDir: 4} {
		found := 0
		for name := range all {
			if archtest.Within(name, folder) {
				found++
			}
		}
		if found < atLeast {
			t.Fatalf("%d files in %s, fewer than the %d that there must be", found, folder, atLeast)
		}
	}
	return all
}

// The pages in the repository are those of this program.
func TestRepositoryIsUpToDate(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"--check", "--root", archtest.Root(t)}, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// Whoever writes the pages, wherever and whenever: they are the same.
func TestOutputDependsOnTheSourceAlone(t *testing.T) {
	first := made(t)
	home := t.TempDir()
	broken := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(broken, []byte("profiles: [broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "USHER_CONFIG": broken, "USHER_PROFILE": "none", "USHER_TOKEN": "secret",
		"LANG": "de_DE.UTF-8", "COLUMNS": "20", "SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Tokyo",
	} {
		t.Setenv(name, value)
	}
	if second := made(t); !maps.EqualFunc(first, second, bytes.Equal) {
		t.Errorf("other files in another environment: %v", compare(first, second))
	}
	for name, content := range first {
		if bytes.Contains(content, []byte(archtest.Root(t))) {
			t.Errorf("%s names a folder of this machine", name)
		}
	}
}

// --check finds what is missing, what differs and what is left over; without it
// all three are mended.
func TestCheckComparesBothWays(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const readme = "# usher\n\n" + readmeBegin + readmeEnd + "\nAnd more.\n"
	write(readmeFile, readme)
	if err := run([]string{"--root", root}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--check", "--root", root}, &bytes.Buffer{}); err != nil {
		t.Fatalf("what was just written does not pass: %v", err)
	}
	if err := os.Remove(filepath.Join(root, completionsDir, "usher.fish")); err != nil {
		t.Fatal(err)
	}
	write(commandsDir+"/usher.md", "edited by hand")
	write(commandsDir+"/usher_gone.md", "a command of old")
	write(readmeFile, readme)
	write("docs/guide.md", "this one belongs to people")

	var out bytes.Buffer
	if err := run([]string{"--check", "--root", root}, &out); err == nil {
		t.Fatal("passed")
	}
	want := "README.md: different\ncompletions/usher.fish: missing\ndocs/commands/usher.md: different\ndocs/commands/usher_gone.md: left over\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if err := run([]string{"--root", root}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--check", "--root", root}, &out); err != nil {
		t.Errorf("after writing again: %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, "docs/guide.md")); err != nil {
		t.Errorf("a page of a person is gone: %v", err)
	}
}

// What a provider's page shows as a file is a user that the table accepts.
func TestExamplesAreValid(t *testing.T) {
	adapters := cli.NewReference().Adapters()
	if len(adapters) < 3 {
		t.Fatalf("found %d adapters", len(adapters))
	}
	for _, adapter := range adapters {
		record := example(adapter.Table)
		if fieldErrs := adapter.Table.Validate(record); len(fieldErrs) > 0 {
			t.Errorf("%s: %v", adapter.Name, fieldErrs)
		}
		if got := adapter.Table.Missing(record); len(got) > 0 {
			t.Errorf("%s: the example lacks %v", adapter.Name, got.Names())
		}
		for _, field := range adapter.Table {
			if text := record.Text(field.Name); text == field.Label() && field.Kind == schema.String {
				t.Logf("%s: the example of %s is the field's own words", adapter.Name, field.Name)
			}
		}
	}
}

// Paragraphs that are indented on a terminal stay as they are in a page.
func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"one\ntwo":                     "one\ntwo",
		"one\n\n  a   b\n  c   d":      "one\n\n```\n  a   b\n  c   d\n```",
		"set USHER_<SETTING> to it":    `set USHER_\<SETTING> to it`,
		"run\n\n\tsource <(usher c)":   "run\n\n\tsource <(usher c)",
		"x\n\n  a <b>\n\nUSHER_<NAME>": "x\n\n```\n  a <b>\n```\n\nUSHER_\\<NAME>",
	} {
		if got := markdown(text); got != want {
			t.Errorf("markdown(%q) = %q, want %q", text, got, want)
		}
	}
}

// Every page links to pages that exist.
func TestLinksLead(t *testing.T) {
	root := archtest.Root(t)
	judged := 0
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) < 3 {
			t.Fatalf("%s finds %d pages (%v)", pattern, len(found), err)
		}
		pages = append(pages, found...)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range links(string(text)) {
			if strings.Contains(target, "://") || strings.HasPrefix(target, "#") {
				continue
			}
			judged++
			target, _, _ = strings.Cut(target, "#")
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if judged < 80 {
		t.Errorf("found %d links, fewer than there must be", judged)
	}
}

// links gives the targets of a page's links.
func links(text string) []string {
	var targets []string
	for _, part := range strings.Split(text, "](")[1:] {
		if target, _, ok := strings.Cut(part, ")"); ok {
			targets = append(targets, target)
		}
	}
	return slices.Compact(targets)
}

// There is a man page for each command and each topic, with the sections of a manual.
func TestManPages(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "man")
	if err := run([]string{"--root", archtest.Root(t), "--man", directory}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for name := range made(t) {
		if archtest.Within(name, commandsDir) {
			commands++
		}
	}
	if len(entries) != commands+len(topics.All()) {
		t.Errorf("%d man pages of %d commands and %d topics", len(entries), commands, len(topics.All()))
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		titles := []string{"NAME", "SYNOPSIS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"}
		if strings.HasSuffix(entry.Name(), ".7") {
			titles = []string{"NAME", "DESCRIPTION"}
		}
		for _, title := range titles {
			if strings.Count(string(text), "\n.SH "+title+"\n") != 1 {
				t.Errorf("%s has not one section %s", entry.Name(), title)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(directory, "usher.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{`USHER_TOKEN`, `USHER_BASE_URL`, `USHER_STATE_DIR`, `config.toml`, `ledger.db`, `\fB130\fP`} {
		if !strings.Contains(string(text), word) {
			t.Errorf("usher.1 lacks %s", word)
		}
	}
}
