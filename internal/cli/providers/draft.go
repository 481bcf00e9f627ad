package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/draft"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
)

// draftOptions are the dependencies and flags of `usher providers draft`.
type draftOptions struct {
	app  *app.App
	curl string
	draft.Options
}

func newDraft(a *app.App, run func(context.Context, *draftOptions) error) *cobra.Command {
	o := &draftOptions{app: a}
	cmd := &cobra.Command{
		Use:   "draft --curl FILE|-",
		Short: "Write a first description of a provider",
		Long: `Write a first description to standard output, from the curl command with
which the vendor's page creates a user. The text around the command is ignored,
so FILE can be the copied page.

What the command says is in the draft: the address, credentials as settings, and
fields with their kinds. What pages seldom say is marked TODO with the reason:
the key, how a conflict looks, the id, lookups. Standard error lists the TODOs.

No token and no password of the command is written. Nothing is sent.`,
		Example: `  usher providers draft --curl page.txt > acme.yaml
  usher providers draft --curl - --name acme --docs https://docs.example.com/users < page.txt > acme.yaml`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.curl, "curl", "", "FILE with a curl command that creates a user, - for standard input")
	cmd.Flags().StringVar(&o.Name, "name", "", "name of the provider (default: from the host)")
	cmd.Flags().StringVar(&o.Docs, "docs", "", "address of the page that documents the create")
	return cmd
}

func writeDraft(ctx context.Context, o *draftOptions) error {
	if o.curl == "" {
		return failure.Refuse(errors.New("--curl is required"), "usher providers draft --curl page.txt > acme.yaml")
	}
	if o.Name != "" && !draft.IsName(o.Name) {
		return failure.Refuse(fmt.Errorf("--name %q: must consist of a-z, 0-9 and hyphens, and begin with a letter", o.Name), "usher providers draft --help")
	}
	source, err := o.read(ctx, o.curl)
	if err != nil {
		return failure.Refuse(err)
	}
	made, err := draft.Curl(string(source), o.Options)
	if err != nil {
		return failure.Refuse(fmt.Errorf("%s:%w", shownFile(o.curl), err), failure.Note("correct the command"), "usher providers draft --curl "+shell.Quote(o.curl))
	}
	if _, err := o.app.Streams.Out.Write(made.Text); err != nil {
		return err
	}
	_, err = io.WriteString(o.app.Streams.Err, term.Sanitize(todoList(made)))
	return err
}

// read reads a source, which is limited in size.
func (o *draftOptions) read(ctx context.Context, path string) ([]byte, error) {
	from := o.app.Streams.Input(ctx)
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, draft.MaxSize+1))
	if err == nil && len(text) > draft.MaxSize {
		err = describe.Error{Line: 1, Column: 1, Problem: fmt.Sprintf("larger than %d MiB", draft.MaxSize>>20)}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shownFile(path), err)
	}
	return text, nil
}

// shownFile returns the name of an input in errors.
func shownFile(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// todoList lists what is to be completed.
func todoList(made *draft.Draft) string {
	var b strings.Builder
	needed := 0
	for _, todo := range made.Todos {
		mark := " "
		if todo.Needed {
			needed++
			mark = "*"
		}
		fmt.Fprintf(&b, "%s line %d: %s\n", mark, todo.Line, todo.Text)
	}
	file := cmp.Or(made.Name, "acme") + ".yaml"
	return fmt.Sprintf("%d TODOs, %d of them (*) without a guess: the description is invalid until they are completed.\n%snext: usher providers check %s\n", len(made.Todos), needed, b.String(), file)
}
