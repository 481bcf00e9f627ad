package providers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// checkOptions are the dependencies and arguments of `usher providers check`.
type checkOptions struct {
	app  *app.App
	name string
}

func newCheck(a *app.App, run func(context.Context, *checkOptions) error) *cobra.Command {
	o := &checkOptions{app: a}
	return &cobra.Command{
		Use:   "check FILE|NAME",
		Short: "Check a description and its examples",
		Long: `Check a description: its words, and what usher sends and understands for each of
its documented examples, byte for byte. Nothing is sent to the provider.

A description that is wrong in the same way as its examples passes. Only the
real API shows that: try it with one test user.`,
		Example: `  usher providers check acme.yaml
  usher providers check pocketbase`,
		Args: cmdutil.Args("FILE|NAME"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return a.Descriptions.Names(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
	}
}

// checkDoc is the result for programs.
type checkDoc struct {
	Schema   string `json:"schema"`
	Name     string `json:"name"`
	Origin   string `json:"origin"`
	SHA256   string `json:"sha256"`
	Proof    string `json:"proof"`
	Examples int    `json:"examples"`
	Composed int    `json:"composed"`
}

func check(ctx context.Context, o *checkOptions) error {
	one, err := o.read()
	if err != nil {
		return err
	}
	if err := followsExamples(ctx, one.Origin, one); err != nil {
		return err
	}
	doc := checkDoc{Schema: "usher.provider-check/v1", Name: one.Name, Origin: one.Origin, SHA256: one.SHA256, Proof: string(one.Proof), Examples: len(one.Examples)}
	for _, example := range one.Examples {
		if example.Composed {
			doc.Composed++
		}
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	return printer.Object(ctx, doc, [][2]string{
		{"name", doc.Name}, {"origin", doc.Origin}, {"sha256", doc.SHA256},
		{"examples", fmt.Sprintf("%d follow the documentation, %d of them composed from its words", doc.Examples, doc.Composed)},
	}, doc.Name)
}

// read returns the description of a file or of a name. A name with a dot or a separator is a file.
func (o *checkOptions) read() (*describe.Provider, error) {
	if _, err := os.Stat(o.name); err == nil && (strings.ContainsAny(o.name, `./\`)) || strings.HasSuffix(o.name, ".yaml") || strings.HasSuffix(o.name, ".yml") {
		one, err := o.app.Descriptions.Read(o.name)
		if err != nil {
			return nil, failure.Refuse(err, failure.Note("fix the description"), "usher providers check "+shell.Quote(o.name))
		}
		return one, nil
	}
	one, err := o.app.Descriptions.Get(o.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, failure.Refuse(fmt.Errorf("no provider is described under the name %q%s", o.name, schema.Suggestion(o.name, o.app.Descriptions.Names())), "usher providers list")
	case err != nil:
		return nil, failure.Refuse(err)
	default:
		return one, nil
	}
}
