package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/term"
)

// credentials returns the username and the password, prompting for what the flags omit.
func (o *loginOptions) credentials(ctx context.Context, server string) (name string, password secret.Value, err error) {
	if name, err = o.name(ctx, server); err != nil {
		return "", secret.Value{}, err
	}
	text, err := o.password(ctx, name)
	if err != nil {
		return "", secret.Value{}, err
	}
	if password, err = secret.NewValue(text); err != nil {
		return "", secret.Value{}, failure.Refuse(errors.New("the password is empty"))
	}
	return name, password, nil
}

func (o *loginOptions) name(ctx context.Context, server string) (string, error) {
	name := strings.TrimSpace(o.username)
	if name != "" {
		return name, nil
	}
	host := server
	if address, err := url.Parse(server); err == nil {
		host = address.Host
	}
	name, err := o.app.Streams.Ask(ctx, "Username at "+host+": ")
	if err != nil {
		return "", unasked(err, "--username is required", "usher auth login --username NAME --password-stdin")
	}
	if name = strings.TrimSpace(name); name == "" {
		return "", failure.Refuse(errors.New("the username is empty"))
	}
	return name, nil
}

func (o *loginOptions) password(ctx context.Context, name string) (string, error) {
	if o.passwordStdin {
		const most = 1 << 20
		text, err := io.ReadAll(io.LimitReader(o.app.Streams.Input(ctx), most))
		if err != nil {
			return "", app.Unread(fmt.Errorf("could not read the password from standard input: %w", err))
		}
		return string(text), nil
	}
	text, err := o.app.Streams.ReadSecret(ctx, "Password of "+name+": ")
	if err != nil {
		return "", unasked(err, "password required", "pass it on standard input with --password-stdin")
	}
	return text, nil
}

// unasked returns the failure for a prompt that got no answer, or could not be shown.
func unasked(err error, missing, next string) error {
	if none, ok := errors.AsType[*term.NoPromptError](err); ok {
		return failure.Refuse(fmt.Errorf("%s: %w", missing, none), next)
	}
	if errors.Is(err, io.EOF) {
		return failure.Refuse(errors.New("no input; nothing was sent"))
	}
	return app.Unchecked(err)
}
