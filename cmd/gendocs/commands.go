package main

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/bring-aboard/usher/internal/cli"
)

// commandPages writes a Markdown page for each command.
func commandPages(reference cli.Reference) (files, error) {
	var links []string
	for _, adapter := range reference.BuiltIn {
		links = append(links, fmt.Sprintf("[%s](../providers/%s.md)", adapter.Name, adapter.Name))
	}
	links = append(links, "and [all others](../providers/README.md)")
	dress(reference, "Further flags depend on the profile's provider: see "+strings.Join(links, ", ")+".")
	return pages(reference.Root, func(cmd *cobra.Command, page *bytes.Buffer) (string, error) {
		err := doc.GenMarkdown(cmd, page)
		return path.Join(commandsDir, strings.ReplaceAll(cmd.CommandPath(), " ", "_")+".md"), err
	})
}

// pages returns a page for each visible command.
func pages(root *cobra.Command, write func(*cobra.Command, *bytes.Buffer) (name string, err error)) (files, error) {
	made := files{}
	var failed error
	visit(root, func(cmd *cobra.Command) {
		var page bytes.Buffer
		name, err := write(cmd, &page)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", cmd.CommandPath(), err))
		}
		made[name] = page.Bytes()
	})
	return made, failed
}

// visit calls f for the command and each visible one below it, in the order of the help.
func visit(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() {
			visit(child, f)
		}
	}
}

// dress prepares the tree for pages: indented paragraphs become blocks of code, commands whose flags depend on the
// profile get the note, and pages contain no date.
func dress(reference cli.Reference, note string) {
	visit(reference.Root, func(cmd *cobra.Command) {
		cmd.DisableAutoGenTag = true
		cmd.Long = markdown(cmd.Long)
		if reference.DependsOnProfile(cmd) {
			cmd.Long += "\n\n" + note
		}
	})
}

// markdown converts the text of a terminal's help into Markdown: paragraphs whose lines begin with two spaces
// become blocks of code, and <WORD> is not a tag.
func markdown(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, paragraph := range paragraphs {
		switch {
		case strings.HasPrefix(paragraph, "  "):
			paragraphs[i] = "```\n" + paragraph + "\n```"
		case !strings.HasPrefix(paragraph, "\t"):
			paragraphs[i] = strings.ReplaceAll(paragraph, "<", `\<`)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}
