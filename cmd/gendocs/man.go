package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/internal/cli/topics"
)

// statusPage is the page from which the man pages take the exit statuses.
const statusPage = "docs/exit-status.md"

// writeMan writes the man pages to a directory.
func writeMan(root, directory string) error {
	table, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(statusPage)))
	if err != nil {
		return err
	}
	statuses, err := exitStatuses(string(table))
	if err != nil {
		return err
	}
	pages, err := manPages(cli.NewReference(), statuses)
	if err != nil {
		return err
	}
	for _, topic := range topics.All() {
		text, err := topic.Markdown()
		if err != nil {
			return err
		}
		if pages["usher-"+topic.Name+".7"], err = manTopic(topic, text); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(directory, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manTopic returns the man page of a help topic.
func manTopic(topic topics.Topic, text string) ([]byte, error) {
	_, text, _ = strings.Cut(text, "\n") // the title
	text = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(text, "$1")
	text = tableRow().ReplaceAllStringFunc(text, listItem)
	page := &cobra.Command{Use: "usher-" + topic.Name, Short: topic.Short, Long: text, DisableAutoGenTag: true}
	var b bytes.Buffer
	err := doc.GenMan(page, &doc.GenManHeader{Section: "7", Date: pageDate(), Source: "usher", Manual: "usher manual"}, &b)
	before, rest, _ := strings.Cut(b.String(), ".SH SYNOPSIS\n") // a topic is no command
	_, after, found := strings.Cut(rest, ".SH DESCRIPTION\n")
	if !found {
		err = errors.Join(err, errors.New("section DESCRIPTION: not found"))
	}
	const left = ".ad l\n" // lines with long words cannot be justified
	return []byte(before + ".SH DESCRIPTION\n" + left + after), err
}

// tableRow matches a line of a table in Markdown.
func tableRow() *regexp.Regexp { return regexp.MustCompile(`(?m)^\|.*\|\n`) }

// listItem returns a row of a table as an item of a list, because tables of long texts are broken in man pages. The
// line below the header is omitted.
func listItem(row string) string {
	cells := strings.Split(strings.ReplaceAll(strings.Trim(row, "|\n"), `\|`, "\x00"), "|")
	if strings.Trim(row, "|-\n") == "" {
		return ""
	}
	var rest []string
	for _, cell := range cells[1:] {
		if cell = strings.TrimSpace(cell); cell != "" {
			rest = append(rest, cell)
		}
	}
	return strings.ReplaceAll("- **"+strings.TrimSpace(strings.ReplaceAll(cells[0], "`", ""))+"**: "+strings.Join(rest, "; ")+"\n", "\x00", "|")
}

// pageDate returns the date of every man page: a page changes with its command, not with the date.
func pageDate() *time.Time {
	date := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return &date
}

// entry is a term with its meaning.
type entry struct{ term, meaning string }

// exitStatuses returns the table of a page in Markdown.
func exitStatuses(page string) ([]entry, error) {
	var found []entry
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| (.*?) \|`).FindAllStringSubmatch(page, -1) {
		found = append(found, entry{row[1], strings.ReplaceAll(row[2], "`", "")})
	}
	if len(found) < 7 {
		return nil, fmt.Errorf("%s: exit statuses are missing: found %d", statusPage, len(found))
	}
	return found, nil
}

// manPages returns a man page for each command, by file name.
func manPages(reference cli.Reference, statuses []entry) (files, error) {
	dress(reference, "Further flags depend on the profile's provider: use -p PROFILE --help, or see usher providers show.")
	environment, paths := manVariables(reference), configFiles()
	return pages(reference.Root, func(cmd *cobra.Command, page *bytes.Buffer) (string, error) {
		var text bytes.Buffer
		header := &doc.GenManHeader{Section: "1", Date: pageDate(), Source: "usher", Manual: "usher manual"}
		err := doc.GenMan(cmd, header, &text)
		sections := section("EXIT STATUS", statuses)
		if cmd == reference.Root {
			sections += section("ENVIRONMENT", environment) + section("FILES", paths)
		} else {
			sections += ".SH ENVIRONMENT\n.PP\nSee \\fBusher(1)\\fP.\n.SH FILES\n.PP\nSee \\fBusher(1)\\fP.\n"
		}
		before, after, found := strings.Cut(text.String(), ".SH SEE ALSO\n")
		if !found {
			err = errors.Join(err, errors.New("section SEE ALSO: not found"))
		}
		page.WriteString(before + sections + ".SH SEE ALSO\n" + after)
		return path.Base(strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"), err
	})
}

// section returns a section of a man page that is a list of terms.
func section(title string, entries []entry) string {
	text := ".SH " + title + "\n"
	for _, e := range entries {
		text += ".TP\n\\fB" + roff(e.term) + "\\fP\n" + roff(e.meaning) + "\n"
	}
	return text
}

// roff escapes a one-line text.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// manVariables returns the environment variables without the marks of Markdown.
func manVariables(reference cli.Reference) []entry {
	var all []entry
	for _, group := range variables(reference) {
		for _, e := range group.entries {
			meaning := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(e.meaning, "$1")
			all = append(all, entry{e.term, strings.ReplaceAll(meaning, "`", "")})
		}
	}
	return all
}

// configFiles returns the files that usher stores.
func configFiles() []entry {
	return []entry{
		{"$XDG_CONFIG_HOME/usher/config.yaml", "profiles, or config.json or config.toml (default directory: ~/.config)"},
		{"$XDG_STATE_HOME/usher/ledger.db", "ledger: which rows were sent, and which users exist (default directory: ~/.local/state)"},
		{"$XDG_STATE_HOME/usher/sandbox.db", "users of the sandbox profiles"},
		{"$XDG_CACHE_HOME/usher", "data that can be fetched again"},
	}
}
