// Package topics implements the help topics: pages of the documentation, as text for a terminal.
package topics

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/docs"
)

// Topic is a page of the documentation, or one section of it.
type Topic struct {
	// Name follows usher help, and Short says what the page is about.
	Name, Short string
	// page is the file, and section the heading of the section; "" for the whole page.
	page, section string
}

// All returns the topics in the order of the help.
func All() []Topic {
	return []Topic{
		{"environment", "Environment variables", "environment.md", ""},
		{"exit-status", "Exit statuses", "exit-status.md", ""},
		{"output", "Output formats and the schemas of JSON documents", "output.md", ""},
		{"evidence", "When a create in doubt is resent, and what that requires", "reliability.md", "What is promised, and when"},
	}
}

// Markdown returns the text of a topic as it is in the documentation.
func (t Topic) Markdown() (string, error) {
	text, err := docs.Pages.ReadFile(t.page)
	if err != nil || t.section == "" {
		return string(text), err
	}
	_, section, _ := strings.Cut(string(text), "\n## "+t.section+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return "# " + t.section + "\n" + section, nil
}

// Add adds the topics to the root command. They are no commands: they have only help.
func Add(root *cobra.Command) {
	for _, topic := range All() {
		root.AddCommand(&cobra.Command{Use: topic.Name, Short: topic.Short})
	}
}

// Text returns a topic as text of this width; "" for a name of none. bold marks headings and terms.
func Text(name string, width int, bold func(string) string) (string, error) {
	for _, topic := range All() {
		if topic.Name == name {
			page, err := topic.Markdown()
			return plain(page, width, bold), err
		}
	}
	return "", nil
}
