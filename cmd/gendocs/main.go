// Command gendocs writes what can be derived from the program itself:
// docs/commands, docs/providers and completions. It owns these directories: with
// --check it changes nothing, and names every file in them that is missing,
// different or left over. With --man DIRECTORY it writes the man pages there, which
// are not in the repository: a release makes them.
//
// Its output depends on the source alone, never on the machine, the user or
// the day.
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
	check := flags.Bool("check", false, "compare instead of writing, and fail on any difference")
	root := flags.String("root", ".", "root of the repository")
	man := flags.String("man", "", "write the man pages into this directory instead")
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
	changes := compare(wanted, found)
	if *check {
		return report(out, changes, len(wanted))
	}
	return write(*root, wanted, changes)
}

// report names the differences, and fails where there are any.
func report(out io.Writer, changes []change, total int) error {
	for _, c := range changes {
		fmt.Fprintf(out, "%s: %s\n", c.path, c.what)
	}
	if len(changes) > 0 {
		return fmt.Errorf("%d files differ from what the program says: run go run ./cmd/gendocs", len(changes))
	}
	fmt.Fprintf(out, "%d generated files are as the program says\n", total)
	return nil
}
