package users

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ops"
)

// recoveryOptions are the flags of `usher users recovery`.
type recoveryOptions struct {
	actionOptions
	recoveries job.Recoveries
}

func newRecovery(a *app.App, run func(context.Context, *recoveryOptions) error) *cobra.Command {
	o := &recoveryOptions{actionOptions: actionOptions{job: job.Job{App: a}, verb: ops.Recover(nil)}}
	cmd := &cobra.Command{
		Use:         "recovery [KEY]",
		Short:       "Create recovery codes for users who cannot log in",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"recover", "recovery-code", "recovery-link", "invite"},
		Long: `Create a recovery code for one user (KEY), or for every user of a roster
(--roster). With the code, which ends after some time, the user logs in once and
sets a new password. KEY is the natural key or the provider's id; in a roster
only the natural key is used.

The codes and links are written to the file of --credentials, which only you can
read, and shown nowhere else. The file is complete when the command ends. Codes
that were lost cannot be read back: create them again.

usher looks up each user first; a user who does not exist counts as failed.
usher shows the plan and asks for confirmation; --yes skips the prompt.`,
		Example: `  usher users recovery ada@example.com -p sandbox-ory --credentials recovery.csv
  usher users recovery --roster people.csv -p sandbox-ory --credentials recovery.csv --yes`,
	}
	o.complete(cmd, func(ctx context.Context) error { return run(ctx, o) })
	flags := cmd.Flags()
	flags.StringVar(&o.recoveries.File, "credentials", "", "new file for codes and links (readable only by you); if it exists, a number is added")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "credentials")
	flags.StringArrayVar(&o.recoveries.Recipients, "credentials-recipient", nil, "encrypt the file to this age recipient: `age1...` (repeatable)")
	noFiles(cmd, "credentials-recipient")
	return cmd
}

// createRecoveries runs the command.
func createRecoveries(ctx context.Context, o *recoveryOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.key == "" {
		return (&job.Recovery{Recoveries: &o.recoveries}).Run(ctx, &o.job)
	}
	return (&job.RecoveryOne{Recoveries: &o.recoveries, ActionOne: job.ActionOne{Key: o.key}}).Run(ctx, &o.job)
}
