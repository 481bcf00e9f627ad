package users

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/schema"
)

// passwordOptions are the flags of `usher users password`.
type passwordOptions struct {
	actionOptions
	given     *fields.Flags // the password of one user
	passwords job.Passwords
	resumed   []string
}

// newPasswordField is the field whose flags read the password of one user.
const newPasswordField = "password"

func newPassword(a *app.App, run func(context.Context, *passwordOptions) error) *cobra.Command {
	o := &passwordOptions{actionOptions: actionOptions{job: job.Job{App: a}, verb: ops.SetPassword()}}
	cmd := &cobra.Command{
		Use:         "password [KEY]",
		Short:       "Set the passwords of users",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"passwd", "passwords", "reset-password", "set-password"},
		Long: `Set the password of one user (KEY), or of every user of a roster (--roster). KEY
is the natural key or the provider's id; in a roster only the natural key is
used.

The password of one user is read from standard input or from a file, or
generated (--generate). Those of a roster are in its password column; --generate
generates one for each row without. Generated passwords are written to the file
of --credentials before anything is sent; that of one user can be shown instead,
on a terminal.

usher looks up each user first. A user who does not exist counts as failed.
usher shows the plan and asks for confirmation; --yes skips the prompt. A
password cannot be read back: if the response is lost, the outcome is unknown
(exit status 5), and it is safe to set the password again. usher runs resume
leaves out the users whose passwords the run has set.`,
		Example: `  # Generate a password, and show it once
  usher users password ada@example.com -p acme --generate

  # Read it from a password manager
  pass show ada | usher users password ada@example.com -p acme --password-stdin --yes

  # Give all users in a list a new password
  usher users password --roster people.csv -p acme --generate --credentials new.csv --yes`,
	}
	o.complete(cmd, func(ctx context.Context) error { return run(ctx, o) })
	o.given = fields.Add(cmd, schema.Table{{Name: newPasswordField, Secret: true, Help: "the new password"}}, nil)
	addPasswordFlags(cmd, &o.passwords, "generate", "generate the password, or that of each row without one; a roster requires --credentials")
	flags := cmd.Flags()
	flags.StringArrayVar(&o.resumed, job.ResumedFlag, nil, "leave out the users whose passwords this run has set")
	_ = flags.MarkHidden(job.ResumedFlag)
	return cmd
}

// setPasswords runs the command.
func setPasswords(ctx context.Context, o *passwordOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.key == "" {
		if len(o.given.SecretArgs()) > 0 {
			return failure.Refuse(errors.New("--password-stdin and --password-file require KEY; with --roster the passwords are a column"), "usher users password --help")
		}
		return (&job.Password{Passwords: o.passwords, Resumed: o.resumed}).Run(ctx, &o.job)
	}
	if given := len(o.given.SecretArgs()) > 0; given == o.passwords.Generate {
		return failure.Refuse(errors.New("exactly one of --generate, --password-stdin and --password-file is required"), "usher users password --help")
	}
	secrets, err := o.given.Secrets(o.job.App.Streams.Input(ctx))
	if err != nil {
		return failure.Refuse(err)
	}
	_, o.job.Piped = o.given.UsesStdin()
	return (&job.PasswordOne{ActionOne: job.ActionOne{Key: o.key}, Password: secrets.Text(newPasswordField), Passwords: o.passwords}).Run(ctx, &o.job)
}
