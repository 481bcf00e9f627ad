package users

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/pkg/provider"
)

// newSessions returns a new `usher users sessions`.
func newSessions(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "sessions",
		Short: "List and revoke the sessions of users",
		Long: `List the sessions of a user, or revoke those of one or many users, so that each
device must log in again. The provider must document it.

A deactivated user may keep the sessions that are in effect: to revoke them as
well, use usher users deactivate --revoke-sessions.`,
	}, newListSessions(a, listSessions), newRevoke(a, act))
}

func newRevoke(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.RevokeSessions(), run, &cobra.Command{
		Use:         "revoke [KEY]",
		Short:       "Revoke all sessions of users",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"delete", "end", "logout", "kick"},
		Long: `Revoke all sessions of one user (KEY), or of every user of a roster (--roster).
KEY is the natural key or the provider's id; in a roster only the natural key is
used. The users can log in again.

usher looks up each user first; a user who does not exist counts as failed.
usher shows the plan and asks for confirmation; --yes skips the prompt. The
command is safe to repeat.`,
		Example: `  usher users sessions revoke ada@example.com -p sandbox-ory

  # Revoke the sessions of a whole list without a prompt
  usher users sessions revoke --roster leavers.csv -p sandbox-ory --yes --results results.csv`,
	})
}

// sessionsOptions are the dependencies and arguments of `usher users sessions list`.
type sessionsOptions struct {
	app  *app.App
	user string
}

func newListSessions(a *app.App, run func(context.Context, *sessionsOptions) error) *cobra.Command {
	o := &sessionsOptions{app: a}
	return &cobra.Command{
		Use:         "list KEY",
		Short:       "List the sessions of a user",
		Annotations: cmdutil.Changes(),
		Long: `List the sessions in effect of the user with this natural key or id. Tokens are
not shown.`,
		Example: `  usher users sessions list ada@example.com -p sandbox-ory
  usher users sessions list ada@example.com -p sandbox-ory -o json`,
		Args:              cmdutil.Args("KEY"),
		ValidArgsFunction: cmdutil.CompleteKeys(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.user = args[0]
			return run(cmd.Context(), o)
		},
	}
}

// sessionDoc is usher.session/v1.
type sessionDoc struct {
	Schema     string          `json:"schema"`
	Profile    string          `json:"profile"`
	Provider   string          `json:"provider"`
	Target     string          `json:"target"`
	User       string          `json:"user"`
	ID         string          `json:"id"`
	Attributes json.RawMessage `json:"attributes"`
}

// listSessions runs the command.
func listSessions(ctx context.Context, o *sessionsOptions) (err error) {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	if err := app.Documented(selection.Adapter, provider.CapabilitySessions, "list the sessions of a user"); err != nil {
		return err
	}
	if err := app.CanLocate(selection.Adapter); err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	connection, user, err := app.ConnectTo(ctx, o.app, selection, o.user)
	if err != nil {
		return err
	}
	defer connection.Close()
	sessions, err := provider.Must[provider.SessionLister](connection.Client).Sessions(ctx, user.ID)
	if err != nil {
		return app.ProviderFailure(selection, err)
	}
	columns := []render.Column{{Name: "id", Whole: true}}
	for _, name := range sessionColumns() {
		columns = append(columns, render.Column{Name: name, Wrap: true})
	}
	out := printer.ListOf(ctx, "sessions", columns)
	defer func() { err = out.End(err) }()
	for _, session := range sessions {
		doc := sessionDoc{
			Schema: "usher.session/v1", Profile: selection.Profile.Name, Provider: selection.Adapter.Name, Target: selection.Target,
			User: user.ID, ID: session.ID, Attributes: session.Attributes,
		}
		if err := out.Add(append([]string{session.ID}, sessionCells(session)...), doc, session.ID); err != nil {
			return err
		}
	}
	return nil
}

// sessionColumns are the properties of a session that lists show next to its id, as providers name them.
func sessionColumns() []string { return []string{"authenticated_at", "expires_at"} }

// sessionCells returns the values of the columns, empty if the provider returned none.
func sessionCells(session provider.UserSession) []string {
	properties, err := provider.Properties(session.Attributes)
	if err != nil {
		properties = nil // there is nothing to show
	}
	var texts []string
	for _, name := range sessionColumns() {
		text, _ := properties[name].(string)
		texts = append(texts, text)
	}
	return texts
}
