package providers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/shell"
)

// addOptions are the dependencies, arguments and flags of `usher providers add`.
type addOptions struct {
	app     *app.App
	path    string
	replace bool
}

func newAdd(a *app.App, run func(context.Context, *addOptions) error) *cobra.Command {
	o := &addOptions{app: a}
	cmd := &cobra.Command{
		Use:         "add FILE",
		Short:       "Add a provider that a file describes",
		Annotations: cmdutil.Changes(cmdutil.Configuration),
		Long: `Check a description, run its documented examples, and copy it to the directory
providers beside the configuration file, where only you can read it.

From then on its name is a provider like those that are built in, and its
sandbox is sandbox-NAME. Nothing is sent to the provider.

USHER_PROVIDER_FILE uses a description without adding it, for example in CI.`,
		Example: `  usher providers add acme.yaml
  usher providers add acme.yaml --replace`,
		Args: cmdutil.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.path = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.replace, "replace", false, "replace a description of the same name")
	return cmd
}

func add(ctx context.Context, o *addOptions) error {
	one, err := o.app.Descriptions.Read(o.path)
	if err != nil {
		return failure.Refuse(err, failure.Note("fix the description"), "usher providers add "+shell.Quote(o.path))
	}
	if err := followsExamples(ctx, o.path, one); err != nil {
		return err
	}
	dir, err := o.app.Descriptions.Dir()
	if err != nil {
		return failure.Refuse(err)
	}
	target := filepath.Join(dir, one.Name+".yaml")
	if _, err := os.Lstat(target); err == nil && !o.replace {
		return failure.Refuse(fmt.Errorf("provider %s is described already in %s", one.Name, target), "usher providers add "+shell.Quote(o.path)+" --replace")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failure.Refuse(err)
	}
	if err := secret.ReplaceFile(target, one.Text); err != nil {
		return failure.Refuse(err)
	}
	fmt.Fprintf(o.app.Streams.Err, "Added provider %s to %s.\nnext: usher profiles add %s --provider %s\n", one.Name, target, one.Name, one.Name)
	return nil
}

// followsExamples runs the documented examples of a description.
func followsExamples(ctx context.Context, path string, one *describe.Provider) error {
	var failures []error
	for _, found := range referee.Check(ctx, one.Adapter, one.Description) {
		failures = append(failures, fmt.Errorf("%s:%w", path, found))
	}
	if len(failures) == 0 {
		return nil
	}
	return failure.Refuse(errors.Join(failures...), failure.Note("correct the description, or the example if the page says otherwise"), "usher providers check "+shell.Quote(path))
}
