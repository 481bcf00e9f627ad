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
	app           *app.App
	curl, openAPI string
	path          string
	draft.Options
}

func newDraft(a *app.App, run func(context.Context, *draftOptions) error) *cobra.Command {
	o := &draftOptions{app: a}
	cmd := &cobra.Command{
		Use:         "draft {--curl FILE|- | --openapi FILE|- --path PATH}",
		Short:       "Write a first description of a provider",
		Annotations: cmdutil.Changes(),
		Long: `Write a first description to standard output: from the curl command with which
the vendor's page creates a user, or from an OpenAPI 3 document. The text around
a curl command is ignored, so FILE can be the copied page.

What the source says is in the draft: the address, credentials as settings, and
fields with their kinds. What sources seldom say is marked TODO with the reason:
the key, how a conflict looks, the id, lookups. Standard error lists the TODOs.

No token and no password of the source is written. Nothing is sent.`,
		Example: `  usher providers draft --curl page.txt > acme.yaml
  usher providers draft --curl - --name acme --docs https://docs.example.com/users < page.txt > acme.yaml
  usher providers draft --openapi openapi.json --path /users > acme.yaml`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.curl, "curl", "", "FILE with a curl command that creates a user, - for standard input")
	cmd.Flags().StringVar(&o.openAPI, "openapi", "", "FILE with an OpenAPI 3 document in JSON or YAML, - for standard input; requires --path")
	cmd.Flags().StringVar(&o.path, "path", "", "path in the OpenAPI document whose POST creates a user, for example /users")
	cmd.Flags().StringVar(&o.Name, "name", "", "name of the provider (default: from the host)")
	cmd.Flags().StringVar(&o.Docs, "docs", "", "address of the page that documents the create")
	return cmd
}

func writeDraft(ctx context.Context, o *draftOptions) error {
	const help = "usher providers draft --help"
	switch {
	case o.curl == "" && o.openAPI == "":
		return failure.Refuse(errors.New("--curl or --openapi is required"), "usher providers draft --curl page.txt > acme.yaml")
	case o.curl != "" && o.openAPI != "":
		return failure.Refuse(errors.New("--curl cannot be combined with --openapi"), help)
	case (o.openAPI == "") != (o.path == ""):
		return failure.Refuse(errors.New("--openapi and --path require each other"), "usher providers draft --openapi openapi.json --path /users > acme.yaml")
	case o.Name != "" && !draft.IsName(o.Name):
		return failure.Refuse(fmt.Errorf("--name %q: must consist of a-z, 0-9 and hyphens, and begin with a letter", o.Name), help)
	}
	file, command := o.curl, "usher providers draft --curl "+shell.Quote(o.curl)
	if o.openAPI != "" {
		file, command = o.openAPI, "usher providers draft --openapi "+shell.Quote(o.openAPI)+" --path "+shell.Quote(o.path)
	}
	source, err := o.read(ctx, file)
	if err != nil {
		return failure.Refuse(err, help)
	}
	var made *draft.Draft
	if o.curl != "" {
		made, err = draft.Curl(string(source), o.Options)
	} else {
		made, err = draft.OpenAPI(source, o.path, o.Options)
	}
	if err != nil {
		return failure.Refuse(fmt.Errorf("%s:%w", shownFile(file), err), failure.Note("correct the source"), command)
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
	what := "all of them guesses, or words that may be added"
	if needed > 0 {
		what = fmt.Sprintf("%d of them (*) without a guess: the description is invalid until they are completed", needed)
	}
	return fmt.Sprintf("%d TODOs, %s.\n%snext: usher providers check %s\n", len(made.Todos), what, b.String(), file)
}
