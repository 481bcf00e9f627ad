package cli

import (
	"context"
	"fmt"
	"sync"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/secret"
)

// vault fetches the secrets of a profile before anything is sent, so that a
// reference that leads nowhere is found in time, and again when a credential
// was refused: a command may print a fresh one.
type vault struct {
	app       *app.App
	selection *app.Selection

	mu      sync.Mutex
	fetched map[string]string // taken out at first use
}

// openVault fetches every secret that the profile uses.
func openVault(ctx context.Context, a *app.App, selection *app.Selection) (*vault, error) {
	v := &vault{app: a, selection: selection, fetched: map[string]string{}}
	headers, exchange := selection.Adapter.Auth.Uses(selection.Profile.Has)
	var settings []string
	for _, header := range headers {
		settings = append(settings, header.Setting)
	}
	if exchange != nil {
		settings = append(settings, exchange.ClientID, exchange.ClientSecret)
	}
	for _, setting := range settings {
		value, err := v.resolve(ctx, setting)
		if err != nil {
			return nil, app.Refuse(err, "usher profiles show "+selection.Profile.Name)
		}
		v.fetched[setting] = value
	}
	return v, nil
}

// secret gives a secret: as it was fetched the first time, afresh later.
func (v *vault) secret(ctx context.Context, setting string) (string, error) {
	v.mu.Lock()
	value, ok := v.fetched[setting]
	delete(v.fetched, setting)
	v.mu.Unlock()
	if ok {
		return value, nil
	}
	return v.resolve(ctx, setting)
}

func (v *vault) resolve(ctx context.Context, setting string) (string, error) {
	profile := v.selection.Profile
	reference, ok := profile.Secret(setting)
	if !ok {
		return "", fmt.Errorf("profile %s does not set %s", profile.Name, setting)
	}
	value, err := v.app.Secrets.Resolve(ctx, reference, secret.Account(profile.Name, setting))
	if err != nil {
		return "", profile.Fault(setting, "", err)
	}
	return value.Reveal(), nil
}
