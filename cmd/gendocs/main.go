// Command gendocs writes the documents that are derived from the program: docs/commands, docs/providers,
// docs/environment.md and completions.
//
// It owns these directories and this file, and the table of providers in README.md. With --check it changes nothing, and reports every file in them that is missing,
// different or left over. With --man DIRECTORY it writes the man pages there; they are not in the repository, and
// are generated for each release.
//
// The output depends only on the source, never on the machine, the user or the date.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/internal/term"
)

func main() {
	streams := term.System(func(string) string { return "" })
	if err := run(os.Args[1:], streams.Out); err != nil {
		fmt.Fprintln(streams.Err, "gendocs:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := pflag.NewFlagSet("gendocs", pflag.ContinueOnError)
	check := flags.Bool("check", false, "compare with the files, and fail if any differs")
	root := flags.String("root", ".", "root of the repository")
	man := flags.String("man", "", "write only the man pages, to this directory")
	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return nil
	case err != nil:
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *man != "" {
		return writeMan(*root, *man)
	}
	wanted, err := generate(cli.NewReference)
	if err != nil {
		return err
	}
	found, err := read(*root)
	if err != nil {
		return err
	}
	if found[readmeFile], wanted[readmeFile], err = readme(*root, cli.NewReference()); err != nil {
		return err
	}
	changes := compare(wanted, found)
	if *check {
		return report(out, changes, len(wanted))
	}
	return write(*root, wanted, changes)
}

// report prints the differences, and returns an error if there are any.
func report(out io.Writer, changes []change, total int) error {
	for _, c := range changes {
		fmt.Fprintf(out, "%s: %s\n", c.path, c.what)
	}
	if len(changes) > 0 {
		return fmt.Errorf("%d generated files are out of date: run go run ./cmd/gendocs", len(changes))
	}
	fmt.Fprintf(out, "%d generated files are up to date\n", total)
	return nil
}
