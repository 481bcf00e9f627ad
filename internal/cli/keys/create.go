package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// createOptions are the dependencies, arguments and flags of `usher users keys
// create`.
type createOptions struct {
	app       *app.App
	selection *app.Selection // nil if there is no usable profile; problem is then the reason
	problem   error
	flags     *fields.Flags

	user    string
	keyFile string
}

// toStdout is the --key-file for the bare key on standard output.
const toStdout = "-"

func newCreate(a *app.App, run func(context.Context, *createOptions) error) *cobra.Command {
	o := &createOptions{app: a}
	cmd := &cobra.Command{
		Use:         "create KEY",
		Short:       "Create an API key for a user",
		Annotations: cmdutil.Changes(cmdutil.Users),
		Long: `Create an API key for the user with this natural key or id.

usher shows the key once: on a terminal, or in a new file that only you can
read (--key-file FILE). Without a terminal a file is required; --key-file -
writes the bare key to standard output for a secret store.

Give a time as a date-time, a date (midnight UTC) or a duration from now, for
example 720h.

usher sends the request only once. If the response is lost, the exit status is 5
and the key may exist.`,
		Example: `  # On a terminal
  usher users keys create ada@example.com -p sandbox-sulu --mode test --expires-at 2030-01-31

  # In a script
  usher users keys create ada@example.com -p sandbox-sulu --key-file ada.key`,
		Args:              cmdutil.Args("KEY"),
		ValidArgsFunction: cmdutil.CompleteKeys(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.problem != nil {
				return o.problem
			}
			o.user = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.keyFile, "key-file", "", "write the key to this new file (readable only by you); - for standard output")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "key-file")
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// prepare adds the options that the profile's provider documents. Without them the command accepts any flag, so that
// the error is the reason.
func (o *createOptions) prepare(cmd *cobra.Command) {
	if o.selection, o.problem = o.app.Selected(); o.problem == nil {
		o.problem = o.documented()
	}
	if o.problem != nil {
		cmd.FParseErrWhitelist.UnknownFlags = true
		return
	}
	o.flags = fields.Add(cmd, o.selection.Adapter.APIKeyTable, nil)
}

func (o *createOptions) documented() error {
	adapter := o.selection.Adapter
	if err := app.Documented(adapter, provider.CapabilityNewAPIKey, "create an API key for a user"); err != nil {
		return err
	}
	return app.CanLocate(adapter)
}

// create runs the command.
func create(ctx context.Context, o *createOptions) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	if err := o.checkOutput(printer); err != nil {
		return err
	}
	options, err := o.options(time.Now())
	if err != nil {
		return err
	}
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	return app.WithTarget(ctx, o.app, o.selection, connection, func(ledger.Store) error {
		return o.locateAndCreate(ctx, connection, printer, options)
	})
}

// locateAndCreate creates the key, under the lock of the target.
func (o *createOptions) locateAndCreate(ctx context.Context, connection *app.Connection, printer *render.Printer, options schema.Record) error {
	user, err := app.Locate(ctx, o.app, o.selection, connection.Client, o.user)
	if err != nil {
		return err
	}
	place, err := o.place(printer, user)
	if err != nil {
		return err
	}
	_, quiet := app.Draining(o.app)
	key, err := provider.Must[provider.APIKeyManager](connection.Client).CreateAPIKey(ctx, user.ID, options)
	quiet()
	if err != nil {
		return errors.Join(o.failed(err), place.discard())
	}
	if err := place.keep(ctx, key); err != nil {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("key %s: created, but could not be written: %w", shortened(key.Key), err), o.listCommand())
	}
	return place.report(ctx, key)
}

// checkOutput returns an error if the key would not be shown, or would be stored in a log.
func (o *createOptions) checkOutput(printer *render.Printer) error {
	switch {
	case o.keyFile == toStdout && (o.app.Global.Output != "" || o.app.Global.JQ != ""):
		return failure.Refuse(errors.New("--key-file - cannot be combined with -o or --jq"))
	case printer.PrintsIDs():
		return errNoID()
	case o.keyFile != "":
		return nil
	case !o.app.Streams.OutIsTerminal():
		return failure.Refuse(errors.New("standard output is not a terminal; the key could be logged"),
			failure.Note("to write the key to a file that only you can read; --key-file - is standard output"), failure.Again("--key-file FILE"))
	case !printer.ForPeople():
		return failure.Refuse(errors.New("-o and --jq mask keys; the new key would not be shown"), failure.Again("--key-file FILE"))
	default:
		return nil
	}
}

// options reads the flags of the adapter's table.
func (o *createOptions) options(now time.Time) (schema.Record, error) {
	table := o.selection.Adapter.APIKeyTable
	options, fieldErrs := o.flags.Record()
	for _, field := range table {
		if text, ok := options[field.Name].(string); ok && field.Format == schema.DateTime {
			moment, fieldErr := readMoment(field, text, now)
			if fieldErr != nil {
				fieldErrs = append(fieldErrs, fieldErr)
				delete(options, field.Name)
				continue
			}
			options[field.Name] = moment
		}
	}
	if fieldErrs = append(fieldErrs, table.Validate(options)...); len(fieldErrs) > 0 {
		return nil, failure.Refuse(fieldErrs, "usher users keys create -p "+o.selection.Profile.Name+" --help")
	}
	return options, nil
}

// failed returns the error of a key that was not created, or whose outcome is unknown.
func (o *createOptions) failed(err error) error {
	if provider.ClassOf(err) == provider.Unknown {
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("API key for %q: outcome unknown; not retried: %w", o.user, err), o.listCommand())
	}
	return app.ProviderFailure(o.selection, err)
}

func (o *createOptions) listCommand() string {
	return "usher users keys list " + shell.Quote(o.user) + " -p " + o.selection.Profile.Name
}

// place returns the place to which the key goes. A file is created now: one that cannot be written is found before the
// request.
func (o *createOptions) place(printer *render.Printer, user provider.User) (place, error) {
	p := place{o: o, printer: printer, user: user}
	if o.keyFile == "" || o.keyFile == toStdout {
		return p, nil
	}
	var err error
	if p.file, err = passwords.NewSecretFile(o.keyFile); err != nil {
		return p, failure.Refuse(err)
	}
	return p, nil
}
