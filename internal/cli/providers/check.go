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
	"github.com/bring-aboard/usher/internal/referee"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// checkOptions are the dependencies, arguments and flags of `usher providers check`.
type checkOptions struct {
	app    *app.App
	name   string
	live   bool
	yes    bool
	fields []string
}

func newCheck(a *app.App, run func(context.Context, *checkOptions) error) *cobra.Command {
	o := &checkOptions{app: a}
	cmd := &cobra.Command{
		Use:         "check FILE|NAME",
		Short:       "Check a description and its examples",
		Annotations: cmdutil.Changes(),
		Long: `Check a description: its words, what usher sends and understands for each of
its documented examples, byte for byte, and the conformance suite of all
providers against a server that is made of the description. Nothing is sent to
the provider.

A server that is made of a description agrees with it, so that it cannot show
that the description is wrong. The examples can, and so can the real API:
--live creates one test user at the profile's provider, looks it up, changes it,
creates it again, which must be refused, and deletes it. Its address is one of
example.com, its name shows that it is a test. The ledger does not record it.`,
		Example: `  usher providers check acme.yaml
  usher providers check pocketbase
  usher providers check pocketbase --live -p sandbox-pocketbase --field name=Test`,
		Args: cmdutil.Args("FILE|NAME"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return a.Descriptions.Names(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.live, "live", false, "create and delete one test user at the provider of the profile")
	flags.BoolVarP(&o.yes, "yes", "y", false, "skip the confirmation prompt; requires --live")
	flags.StringArrayVar(&o.fields, "field", nil, "set a field of the test user: `NAME=VALUE` (repeatable); requires --live")
	cmdutil.FlagChanges(cmd, cmdutil.Users, "live")
	return cmd
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
	// Checks are those of the conformance suite, which all passed, in Setups ways to set a profile up.
	Checks int      `json:"checks"`
	Setups int      `json:"setups"`
	Live   *liveDoc `json:"live,omitempty"`
}

func check(ctx context.Context, o *checkOptions) error {
	if !o.live && (o.yes || len(o.fields) > 0 || o.app.Global.Profile != "") {
		return failure.Refuse(errors.New("--yes, --field and --profile require --live"), "usher providers check --help")
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
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
	if doc.Setups, doc.Checks, err = conforms(ctx, one); err != nil {
		return err
	}
	rows := [][2]string{
		{"name", doc.Name}, {"origin", doc.Origin}, {"sha256", doc.SHA256},
		{"examples", fmt.Sprintf("%d follow the documentation, %d of them composed from its words", doc.Examples, doc.Composed)},
		{"suite", fmt.Sprintf("%d checks passed, against a server that is made of the description", doc.Checks)},
	}
	if !o.live {
		rows = append(rows, [2]string{"note", "such a server cannot show that the description is wrong: --live tries the real API"})
		return printer.Object(ctx, doc, rows, doc.Name)
	}
	result, failed := o.tryLive(ctx, one)
	if result == nil {
		return failed
	}
	doc.Live = result
	return errors.Join(printer.Object(ctx, doc, append(rows, result.rows()...), doc.Name), failed)
}

// conforms runs the conformance suite.
func conforms(ctx context.Context, one *describe.Provider) (setups, checks int, err error) {
	ways, err := referee.Setups(one.Adapter, one.Description)
	if err != nil {
		return 0, 0, failure.Refuse(err)
	}
	var failures []error
	for _, way := range ways {
		for _, check := range providertest.Checks() {
			if err := way.Conform(ctx, check); err != nil {
				failures = append(failures, fmt.Errorf("%s: with %s: %s: %w", one.Origin, way.Name, check.Name, err))
			}
			checks++
		}
		if err := ctx.Err(); err != nil {
			return 0, 0, failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
		}
	}
	if len(failures) > 0 {
		return 0, 0, failure.Refuse(errors.Join(failures...), failure.Note("correct the description"), "usher providers check "+shell.Quote(one.Origin))
	}
	return len(ways), checks, nil
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
