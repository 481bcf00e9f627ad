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
		Use:         "login",
		Short:       "Log in with a username and password",
		Annotations: cmdutil.Changes(cmdutil.Configuration),
		Long: `Send a username and password to the provider's documented authorization server
and store the token that it returns: in the system keyring, or in a file that
only you can read.

usher prompts for the password without showing it, or reads it from standard
input. It never accepts it as an argument and never stores it.

If the provider documents how to renew the token, what renews it is stored next
to it, and every command renews it on its last day and after a 401. Otherwise,
and if that fails, every command prints a warning on the last day.`,
		Example: `  usher profiles edit acme-ai --token keyring: --auth-server https://auth.example.com
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
	flags.StringVar(&o.username, "username", "", "username; prompted for if missing")
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input")
	flags.StringVar(&o.tokenFile, "token-file", "", "write the token to this file (readable only by you)")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "token-file")
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
		return app.NotDocumented(selection.Adapter, "log in with a username and password")
	}
	if selection.Sandbox {
		return failure.Refuse(fmt.Errorf("profile %s: login is not required (any credential is accepted)", selection.Profile.Name))
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
	issued, err := issuedBy(selection, answer)
	if err != nil {
		return err
	}
	if err := o.app.Secrets.StoreIssued(ctx, where.reference, where.account, issued); err != nil {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("could not store the new token: %w", err),
			failure.Note("to store it in a file that only you can read"), "usher auth login -p "+selection.Profile.Name+" --token-file FILE")
	}
	fmt.Fprintf(o.app.Streams.Err, "Stored the token of profile %s in %s. It is valid for %s.\n", selection.Profile.Name, where, app.Days(documented.Lifetime))
	if where.next != "" {
		fmt.Fprintf(o.app.Streams.Err, "next: %s\n", where.next)
	}
	return nil
}

// serverOf returns the address that the password is sent to. It fails on one that cannot be used, before the prompt.
func serverOf(selection *app.Selection) (string, error) {
	profile, setting := selection.Profile, selection.Adapter.Login.Server
	server, ok := profile.Text(setting)
	if !ok {
		return "", failure.Refuse(fmt.Errorf("profile %s: %s is required (URL of the authorization server)", profile.Name, setting),
			app.LoginServerStep(selection))
	}
	if err := rest.CheckURL(setting, server, profile.Bool("allow-http")); err != nil {
		return "", failure.Refuse(err, "usher profiles show "+profile.Name)
	}
	return server, nil
}

// issuedBy returns the tokens in the response to a login.
func issuedBy(selection *app.Selection, answer *provider.Response) (secret.Issued, error) {
	documented, profile := selection.Adapter.Login, selection.Profile
	issued, err := tokensIn(documented, answer)
	if _, ok := errors.AsType[*provider.Error](err); ok {
		return secret.Issued{}, loginFailure(selection, err)
	}
	if err != nil {
		return secret.Issued{}, failure.Fail(failure.StatusFailed, fmt.Errorf("could not log in: the response %w (see %s)", err, documented.Docs), byHand(profile.Name, documented.Setting)...)
	}
	return issued, nil
}

// tokensIn returns the tokens in a response. Its error is a [*provider.Error] if the response denies success; any other
// one continues "the response".
func tokensIn(documented *provider.Login, answer *provider.Response) (secret.Issued, error) {
	tokens, err := documented.Tokens(answer.Body)
	if err != nil {
		if refused, ok := errors.AsType[*provider.Error](err); ok {
			refused.Status, refused.Detail = answer.Status, answer.Reason()
		}
		return secret.Issued{}, err
	}
	issued := secret.Issued{At: time.Now()}
	if issued.Value, err = usable(tokens.Access); err != nil || tokens.Refresh == "" {
		return issued, err
	}
	issued.Refresh, err = usable(tokens.Refresh)
	return issued, err
}

// usable returns a token of a response. Its error continues "the response".
func usable(text string) (secret.Value, error) {
	token, err := secret.NewValue(text)
	if err == nil {
		err = token.CheckHeader()
	}
	if err != nil {
		return secret.Value{}, fmt.Errorf("contains a token that cannot be used: %w", err)
	}
	return token, nil
}

// byHand returns the steps that store a token from another source.
func byHand(profile, setting string) []string {
	return []string{failure.Note("to store a token that you already have"), fmt.Sprintf("usher profiles edit %s --%s-stdin", profile, setting)}
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
		return failure.Fail(failure.StatusDenied, err, "check the username and the password, and run the command again")
	case refused.Class == provider.NotFound, refused.Status/100 == 3:
		return failure.Fail(failure.StatusFailed, err, failure.Note("check "+setting), show)
	case refused.Class == provider.Unsent:
		return failure.Fail(failure.StatusFailed, err, failure.Note("check "+setting+", then run the command again"), show)
	default:
		return failure.Fail(failure.StatusFailed, err, failure.Note("logging in twice is safe"), "run the command again later")
	}
}
