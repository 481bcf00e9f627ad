package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Renew requests new tokens in the documented way with what [secret.Resolver.StoreIssued] has stored next to the token,
// stores them, and returns the new token. It returns the zero Value, and sends nothing, if the provider documents no
// renewal, if nothing that renews this token is stored, or if new tokens could not be stored.
//
// The error is a [*provider.Error], of class Denied if another try cannot help; next to a token it says that the new one
// was not stored. If another process has renewed the token meanwhile, Renew returns that one.
func Renew(ctx context.Context, a *app.App, selection *app.Selection, token secret.Value) (secret.Value, error) {
	documented, profile := selection.Adapter.Login, selection.Profile
	if documented == nil || documented.RefreshPath == "" {
		return secret.Value{}, nil
	}
	reference, _ := profile.Secret(documented.Setting)
	account := secret.Account(profile.Name, documented.Setting)
	refresh, found := a.Secrets.Refresh(ctx, reference, account, token)
	server, set := profile.Text(documented.Server)
	if !found || !set || a.Secrets.CanStore(ctx, reference) != nil {
		return secret.Value{}, nil
	}
	const op = "renew the token"
	answer, err := rest.PostForm(ctx, a.Transport(selection), rest.Form{
		Op: op, Setting: documented.Server, Server: server, Path: documented.RefreshPath, Bearer: refresh.Reveal(),
	})
	if err != nil {
		if latest, err := a.Secrets.Resolve(ctx, reference, account); err == nil && latest.Reveal() != token.Reveal() {
			return latest, nil
		}
		if _, ok := errors.AsType[*provider.Error](err); !ok {
			err = &provider.Error{Class: provider.Denied, Op: op, Err: err} // the server's address cannot be used
		}
		return secret.Value{}, err
	}
	issued, err := tokensIn(documented, answer)
	if refused, ok := errors.AsType[*provider.Error](err); ok {
		refused.Op = op
		return secret.Value{}, refused
	}
	if err != nil {
		return secret.Value{}, &provider.Error{Class: provider.Denied, Op: op, Status: answer.Status, Err: fmt.Errorf("the response %w", err)}
	}
	if issued.Refresh.IsZero() {
		issued.Refresh = refresh // it stays valid (RFC 6749, 6)
	}
	if err := a.Secrets.StoreIssued(ctx, reference, account, issued); err != nil {
		return issued.Value, &provider.Error{Class: provider.Denied, Op: op, Err: fmt.Errorf("could not store the new token: %w", err)}
	}
	return issued.Value, nil
}
