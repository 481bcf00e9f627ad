package runs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/shell"
)

// exportOptions are the dependencies, the argument and the flags of `usher runs export`.
type exportOptions struct {
	app        *app.App
	file       string
	recipients []string
	key        bool
}

func newExport(a *app.App, run func(context.Context, *exportOptions) error) *cobra.Command {
	o := &exportOptions{app: a}
	cmd := &cobra.Command{
		Use:         "export FILE",
		Short:       "Write the ledger into an encrypted file",
		Annotations: cmdutil.Changes(cmdutil.Files),
		Long: `Write a copy of the whole ledger into a new file that is encrypted to an age
recipient, for example to keep it between CI jobs on machines without a common
disk: usher runs import makes it the ledger of another machine. A shared ledger
is written in the same form.

Of two jobs at once that begin with the same copy, neither knows the runs of the
other. Run them one after the other. The copy knows what a run in progress has
sent, and not what it sends later.

With --key, FILE has only the key of the ledger's digests. With this key as
ledger-key, usher runs import --local moves the ledger into a shared one.`,
		Example: `  usher runs export ledger.age --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p`,
		Args:    cmdutil.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringArrayVar(&o.recipients, "recipient", nil, "encrypt to this age recipient: `age1...` (repeatable; required for a ledger)")
	cmd.Flags().BoolVar(&o.key, "key", false, "write only the key of the ledger's digests, for ledger-key")
	_ = cmd.RegisterFlagCompletionFunc("recipient", cobra.NoFileCompletions)
	return cmd
}

// export runs the command.
func export(ctx context.Context, o *exportOptions) (err error) {
	if len(o.recipients) == 0 && !o.key {
		return failure.Refuse(errors.New("--recipient is required: the ledger is written only encrypted"), "usher runs export --help")
	}
	recipients, err := passwords.ParseRecipients(o.recipients)
	if err != nil {
		return failure.Refuse(fmt.Errorf("--recipient: %w", err))
	}
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	content, what := func(w io.Writer) error { return book.Export(ctx, w) }, "the ledger of "+book.Place()
	if o.key {
		own, ok := book.(interface {
			Key(ctx context.Context) ([]byte, error)
		})
		if !ok {
			return failure.Refuse(fmt.Errorf("%s: this ledger is shared, and its key is the ledger-key of the configuration", book.Place()))
		}
		key, err := own.Key(ctx)
		if err != nil {
			return failure.Refuse(err)
		}
		content, what = func(w io.Writer) error { _, err := fmt.Fprintf(w, "%x\n", key); return err }, "the key of "+book.Place()
	}
	to, err := os.OpenFile(o.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return failure.Refuse(fmt.Errorf("%s: file exists", o.file), "use another name")
	}
	if err != nil {
		return failure.Refuse(err)
	}
	write := encrypted
	if len(recipients) == 0 {
		write = plain
	} else {
		what += ", encrypted"
	}
	if err := write(to, recipients, content); err != nil {
		return errors.Join(failure.Refuse(err), os.Remove(o.file))
	}
	o.app.Streams.Say("", fmt.Sprintf("%s: %s", o.file, what))
	return nil
}

// plain writes a file that is not encrypted, and closes it.
func plain(to *os.File, _ []age.Recipient, write func(io.Writer) error) error {
	return errors.Join(write(to), to.Sync(), to.Close())
}

// encrypted writes a file that is encrypted to the recipients, and closes it.
func encrypted(to *os.File, recipients []age.Recipient, write func(io.Writer) error) error {
	buffer := bufio.NewWriter(to)
	crypt, err := age.Encrypt(buffer, recipients...)
	if err == nil {
		err = errors.Join(write(crypt), crypt.Close(), buffer.Flush(), to.Sync())
	}
	return errors.Join(err, to.Close())
}

// importOptions are the dependencies, the argument and the flags of `usher runs import`.
type importOptions struct {
	app            *app.App
	file, identity string
	local          bool
}

func newImport(a *app.App, run func(context.Context, *importOptions) error) *cobra.Command {
	o := &importOptions{app: a}
	cmd := &cobra.Command{
		Use:         "import [FILE]",
		Short:       "Make an exported ledger that of this machine or team",
		Annotations: cmdutil.Changes(cmdutil.Ledger),
		Long: `Make a file of usher runs export the ledger of this machine, whose own ledger
must not have any runs. The file is checked completely first. If the
configuration has a shared ledger, it becomes the shared one; both must have the
same key.

Rows without an outcome, of a run that was in progress or was killed, are
unknown: usher runs settle or usher runs resume looks up their users.

With --local, the ledger of this machine is moved into the shared one of the
configuration, which must not have any runs and must have the same key (see
usher runs export --key). Its file is renamed, so that it is not used again.`,
		Example: `  usher runs import ledger.age --identity key.txt
  usher runs import --local`,
		Args: cmdutil.OptionalArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.file = args[0]
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.local, "local", false, "move the ledger of this machine into the shared ledger")
	cmd.Flags().StringVar(&o.identity, "identity", "", "`FILE` with the age identity that decrypts the exported ledger")
	return cmd
}

// importLedger runs the command.
func importLedger(ctx context.Context, o *importOptions) (err error) {
	switch {
	case o.local && (o.file != "" || o.identity != ""):
		return failure.Refuse(errors.New("--local cannot be combined with FILE or --identity"), "usher runs import --local")
	case o.local:
		return moveLedger(ctx, o.app)
	case o.file == "":
		return failure.Refuse(errors.New("FILE or --local is required"), "usher runs import --help")
	case o.identity == "":
		return failure.Refuse(errors.New("--identity is required"), "usher runs import --help")
	}
	identities, err := identitiesIn(o.identity)
	if err != nil {
		return failure.Refuse(err)
	}
	from, err := os.Open(o.file)
	if err != nil {
		return failure.Refuse(err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	plain, err := age.Decrypt(bufio.NewReader(from), identities...)
	if err != nil {
		return failure.Refuse(fmt.Errorf("%s: not encrypted to the identity in %s, or not an exported ledger", o.file, o.identity))
	}
	runs, place, err := o.app.ImportLedger(ctx, plain)
	switch {
	case errors.Is(err, ledger.ErrHasRuns) && !o.app.SharesLedger():
		return failure.Refuse(fmt.Errorf("%s: %w; nothing was changed", place, err), "usher runs list", failure.Note("or use another state directory"), "export USHER_STATE_DIR="+shell.Quote(place+"-imported"))
	case errors.Is(err, ledger.ErrHasRuns):
		return failure.Refuse(fmt.Errorf("%s: %w; nothing was changed", place, err), "usher runs list")
	case err != nil:
		return failure.Refuse(fmt.Errorf("%s: %w", o.file, err))
	}
	o.app.Streams.Say("", fmt.Sprintf("%s: %s", place, progress.Count(runs, "run")))
	return nil
}

// moveLedger moves the ledger of this machine into the shared one.
func moveLedger(ctx context.Context, a *app.App) error {
	runs, place, err := a.MoveLedger(ctx)
	switch {
	case errors.Is(err, ledger.ErrHasRuns):
		return failure.Refuse(fmt.Errorf("%s: %w; nothing was changed", place, err), "usher runs list")
	case err != nil:
		return failure.Refuse(err)
	}
	a.Streams.Say("", fmt.Sprintf("%s: %s", place, progress.Count(runs, "run")))
	return nil
}

// identitiesIn reads a file of age identities. Its errors repeat nothing of it.
func identitiesIn(path string) ([]age.Identity, error) {
	from, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	identities, err := age.ParseIdentities(from)
	if closing := from.Close(); err != nil || closing != nil {
		return nil, errors.Join(fmt.Errorf("%s: not a file of age identities", path), closing)
	}
	return identities, nil
}
