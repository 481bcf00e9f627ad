package profiles

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/doctor"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
)

// checkOptions are the dependencies and arguments of `usher profiles check`.
type checkOptions struct {
	app        *app.App
	name       string
	sameTenant bool
	newTenant  bool
}

func newCheck(a *app.App, run func(context.Context, *checkOptions) error) *cobra.Command {
	o := &checkOptions{app: a}
	cmd := &cobra.Command{
		Use:         "check [NAME]",
		Short:       "Check a profile's credentials",
		Annotations: cmdutil.Changes(),
		SuggestFor:  []string{"whoami", "ping", "test"},
		Long: `Fetch the profile's secrets and send the cheapest read that the provider
documents. If it documents none, only a create can verify the credentials.

The ledger records the tenant that credentials were last used with. If usher
refused a command because the credentials differ, use --same-tenant if they are
for the same tenant, for example after a token was renewed, and --new-tenant if
they are for a tenant that has no users in the ledger.`,
		Example: `  usher profiles check acme
  usher profiles check acme --same-tenant`,
		Args:              cmdutil.OptionalArg("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = nameOf(a, args)
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.sameTenant, "same-tenant", false, "record that the credentials are for the tenant in the ledger")
	cmd.Flags().BoolVar(&o.newTenant, "new-tenant", false, "record that the credentials are for a new tenant")
	cmdutil.FlagChanges(cmd, cmdutil.Ledger, "same-tenant", "new-tenant")
	return cmd
}

// checked is the result, for programs.
type checked struct {
	Schema     string `json:"schema"`
	Profile    string `json:"profile"`
	Provider   string `json:"provider"`
	Target     string `json:"target"`
	Verified   bool   `json:"verified"`
	Request    string `json:"request,omitempty"`
	DurationMS int64  `json:"duration_ms"`
	Note       string `json:"note,omitempty"`
}

func check(ctx context.Context, o *checkOptions) error {
	if o.sameTenant && o.newTenant {
		return failure.Refuse(errors.New("--same-tenant cannot be combined with --new-tenant"), "usher profiles check --help")
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	selection, err := o.app.Select(o.name)
	if err != nil {
		return err
	}
	verdict, err := doctor.Verify(ctx, o.app, selection)
	if err != nil {
		return err
	}
	if err := o.decide(ctx, selection); err != nil {
		return err
	}
	doc := checked{
		Schema: "usher.check/v1", Profile: selection.Profile.Name, Provider: selection.Adapter.Name, Target: selection.Target,
		Verified: verdict.Verified, Request: verdict.Request, DurationMS: verdict.Took.Milliseconds(), Note: verdict.Note,
	}
	result := "credentials are valid"
	if !verdict.Verified {
		result = "not verified: " + verdict.Note
	}
	rows := [][2]string{{"profile", doc.Profile}, {"target", doc.Target}, {"result", result}}
	if doc.Verified {
		rows = append(rows, [2]string{"request", doc.Request}, [2]string{"time", fmt.Sprintf("%d ms", doc.DurationMS)})
	}
	return printer.Object(ctx, doc, rows, doc.Profile)
}

// decide records which tenant the users in the ledger belong to.
func (o *checkOptions) decide(ctx context.Context, selection *app.Selection) (err error) {
	if !o.sameTenant && !o.newTenant {
		return nil
	}
	if selection.Sandbox {
		return failure.Refuse(fmt.Errorf("profile %s: a sandbox has only one tenant", selection.Profile.Name))
	}
	connection, err := o.app.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	id, err := app.Identity(book, selection, connection)
	if err != nil {
		return err
	}
	record := book.SameTenant
	if o.newTenant {
		record = book.NewTenant
	}
	err = record(ctx, selection.Target, id)
	if _, inProgress := errors.AsType[*ledger.LockedError](err); inProgress {
		return failure.Refuse(err)
	}
	return app.TenantFailure(selection, err)
}
