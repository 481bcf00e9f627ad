package auth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/provider"
)

// loginOptions are the dependencies and flags of `usher auth login`.
type loginOptions struct {
	app           *app.App
	username      string
	passwordStdin bool
	tokenFile     string
}

func newLogin(a *app.App, run func(context.Context, *loginOptions) error) *cobra.Command {
	o := &loginOptions{app: a}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Exchange a name and a password for a token",
		Long: `Send a name and a password to the provider's authorization server, as its page
documents it, and keep the token that it issues where the profile's reference
leads: in the system's keyring, or in a file that only you can read.

The password is asked for on the terminal, without being shown, or read from
standard input; it is never an argument, and kept nowhere. From its last day on,
every command that sends the token says how old it is.`,
		Example: `  usher profiles add acme-ai --update --token keyring: --auth-server https://auth.example.com
  usher auth login -p acme-ai
  usher auth login -p acme-ai --username ada@example.com --password-stdin < password.txt
  usher auth login -p acme-ai --token-file ~/acme-ai-token`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return failure.Refuse(fmt.Errorf("unexpected argument %q", args[0]), cmd.CommandPath()+" -p "+args[0])
			}
			return cmdutil.Args()(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.username, "username", "", "name to log in with; asked for where it is missing")
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input")
	flags.StringVar(&o.tokenFile, "token-file", "", "write the token to this file, which only you can read")
	_ = cmd.RegisterFlagCompletionFunc("username", cobra.NoFileCompletions)
	return cmd
}

func login(ctx context.Context, o *loginOptions) error {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	documented := selection.Adapter.Login
	if documented == nil {
		return app.NotDocumented(selection.Adapter, "log in with a name and a password")
	}
	if selection.Sandbox {
		return failure.Refuse(fmt.Errorf("profile %s takes any credential: there is nothing to log in to", selection.Profile.Name))
	}
	server, err := serverOf(selection)
	if err != nil {
		return err
	}
	where, err := o.place(ctx, selection)
	if err != nil {
		return err
	}
	name, password, err := o.credentials(ctx, server)
	if err != nil {
		return err
	}
	answer, err := rest.PostForm(ctx, o.app.Transport(selection), rest.Form{
		Op: "log in", Setting: documented.Server, Server: server, Path: documented.Path,
		Fields:  url.Values{"username": {name}, "password": {password.Reveal()}},
		Secrets: []string{"password"},
	})
	if err != nil {
		return loginFailure(selection, err)
	}
	token, err := tokenOf(selection, answer)
	if err != nil {
		return err
	}
	if err := where.keep(ctx, o.app, token, time.Now()); err != nil {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("the token was issued and cannot be kept: %w", err),
			failure.Note("to store it in a file that only you can read"), "usher auth login -p "+selection.Profile.Name+" --token-file FILE")
	}
	fmt.Fprintf(o.app.Streams.Err, "The new token of profile %s is in %s. It lives %s.\n", selection.Profile.Name, where, app.Days(documented.Lifetime))
	if where.next != "" {
		fmt.Fprintf(o.app.Streams.Err, "next: %s\n", where.next)
	}
	return nil
}

// serverOf gives the address that the password goes to, which is refused now
// where it cannot be used: before anything is asked.
func serverOf(selection *app.Selection) (string, error) {
	profile, setting := selection.Profile, selection.Adapter.Login.Server
	server, ok := profile.Text(setting)
	if !ok {
		return "", failure.Refuse(fmt.Errorf("profile %s does not set %s, the address that the name and the password go to", profile.Name, setting),
			app.LoginServerStep(selection))
	}
	if err := rest.CheckURL(setting, server, profile.Bool("allow-http")); err != nil {
		return "", failure.Refuse(err, "usher profiles show "+profile.Name)
	}
	return server, nil
}

// tokenOf reads the token in an answer.
func tokenOf(selection *app.Selection, answer *provider.Response) (secret.Value, error) {
	documented, profile := selection.Adapter.Login, selection.Profile
	text, err := documented.Token(answer.Body)
	if refused, ok := errors.AsType[*provider.Error](err); ok {
		refused.Status, refused.Reason = answer.Status, answer.Reason()
		return secret.Value{}, loginFailure(selection, refused)
	}
	var token secret.Value
	if err == nil {
		if token, err = secret.NewValue(text); err == nil {
			err = token.CheckHeader()
		}
		if err != nil {
			err = fmt.Errorf("holds a token that cannot be used: %w", err)
		}
	}
	if err != nil {
		return secret.Value{}, failure.Fail(failure.StatusFailed, fmt.Errorf("could not log in: the answer %w: see %s", err, documented.Docs), byHand(profile.Name, documented.Setting)...)
	}
	return token, nil
}

// byHand returns how a token is stored that comes from elsewhere.
func byHand(profile, setting string) []string {
	return []string{failure.Note("to store a token that you have from elsewhere"), fmt.Sprintf("usher profiles add %s --update --%s-stdin", profile, setting)}
}

// loginFailure returns the exit status and the next step for a login that failed.
func loginFailure(selection *app.Selection, err error) error {
	refused, ok := errors.AsType[*provider.Error](err)
	show := "usher profiles show " + selection.Profile.Name
	setting := selection.Adapter.Login.Server
	switch {
	case !ok:
		return failure.Refuse(err, show)
	case refused.Class == provider.Denied:
		return failure.Fail(failure.StatusDenied, err, "check the name and the password, then run the same command again")
	case refused.Class == provider.NotFound, refused.Status/100 == 3:
		return failure.Fail(failure.StatusFailed, err, failure.Note("check "+setting), show)
	case refused.Class == provider.Unsent:
		return failure.Fail(failure.StatusFailed, err, failure.Note("check "+setting+", then run the same command again"), show)
	default:
		return failure.Fail(failure.StatusFailed, err, failure.Note("a second login does no harm"), "run the same command again later")
	}
}
