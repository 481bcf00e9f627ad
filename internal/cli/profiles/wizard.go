package profiles

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/provider"
)

// The places for a secret, as the wizard shows them.
const (
	inKeyring  = "in the system keyring (enter it now)"
	inVariable = "in an environment variable"
	inFile     = "in a file"
	fromTool   = "printed by a command"
	byLogin    = "in the system keyring (stored by usher auth login)"
)

// wizard prompts for all settings of a profile.
func (o *addOptions) wizard(ctx context.Context, given map[string]any) (map[string]any, error) {
	given = maps.Clone(given)
	var choices []string
	byChoice := map[string]provider.Adapter{}
	all, err := o.app.Providers()
	if err != nil {
		return nil, failure.Refuse(err, "usher providers list")
	}
	for _, adapter := range all {
		choice := adapter.Name + ": " + adapter.Vendor
		choices, byChoice[choice] = append(choices, choice), adapter
	}
	choice, err := o.app.Form.Select(ctx, "Provider of profile "+o.name, choices)
	if err != nil {
		return nil, app.Unchecked(err)
	}
	adapter := byChoice[choice]
	given["provider"] = adapter.Name
	if err := o.askPlain(ctx, adapter, given); err != nil {
		return nil, err
	}
	settings, err := o.secretsOf(ctx, adapter, given)
	if err != nil {
		return nil, err
	}
	for _, setting := range settings {
		if _, ok := given[setting]; ok {
			continue
		}
		if err := o.askSecret(ctx, adapter, setting, given); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// askPlain prompts for the address and the provider's settings that are not secret.
func (o *addOptions) askPlain(ctx context.Context, adapter provider.Adapter, given map[string]any) error {
	questions := []form.Question{{
		Name: "base-url", Title: "Base URL of the API", Value: adapter.BaseURL, Placeholder: "https://tenant.example.com", Required: true,
		Check: func(text string) error { return rest.CheckBaseURL(text, false) },
	}}
	standard := map[string]string{"base-url": adapter.BaseURL}
	for _, setting := range adapter.Settings {
		if setting.Secret {
			continue
		}
		standard[setting.Name] = setting.Default
		questions = append(questions, form.Question{
			Name: setting.Name, Title: title(setting.Help), Value: setting.Default, Options: setting.Values, Check: checkOf(adapter, setting),
		})
	}
	answers, err := o.app.Form.Ask(ctx, adapter.Vendor, questions)
	if err != nil {
		return app.Unchecked(err)
	}
	for name, answer := range answers {
		if answer != "" && answer != standard[name] {
			given[name] = answer
		}
	}
	return nil
}

// checkOf returns the check for the answer to a setting, nil for none. An empty answer is not checked.
func checkOf(adapter provider.Adapter, setting provider.Setting) func(string) error {
	if app.KindOf(adapter, setting) != config.URL {
		return nil
	}
	return func(text string) error {
		if text == "" {
			return nil
		}
		return rest.CheckURL(setting.Name, text, false)
	}
}

// secretsOf returns the secret settings that the connection requires. If the provider documents two ways to
// authenticate, it prompts for one.
func (o *addOptions) secretsOf(ctx context.Context, adapter provider.Adapter, given map[string]any) ([]string, error) {
	exchange := adapter.Auth.ClientCredentials
	useExchange := false
	if exchange != nil {
		const both, bearer = "a client id and a client secret", "a bearer token"
		choice, err := o.app.Form.Select(ctx, "Credentials for "+adapter.Vendor, []string{both, bearer})
		if err != nil {
			return nil, app.Unchecked(err)
		}
		useExchange = choice == both
	}
	wanted, err := o.optional(ctx, adapter, given)
	if err != nil {
		return nil, err
	}
	used := adapter.Auth.Uses(func(setting string) bool { return useExchange || wanted[setting] })
	return slices.DeleteFunc(used.Settings(), func(setting string) bool { return !isSecret(adapter, setting) }), nil
}

// optional prompts for which of the optional credentials this server requires.
func (o *addOptions) optional(ctx context.Context, adapter provider.Adapter, given map[string]any) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, header := range adapter.Auth.Headers {
		if _, ok := given[header.Setting]; ok || !header.Optional {
			continue
		}
		const yes, no = "yes", "no"
		choice, err := o.app.Form.Select(ctx, "Does the API require a "+header.Setting+"?", []string{yes, no})
		if err != nil {
			return nil, app.Unchecked(err)
		}
		wanted[header.Setting] = choice == yes
	}
	return wanted, nil
}

// askSecret prompts for the place of a secret, and for the secret itself only if usher will store it.
func (o *addOptions) askSecret(ctx context.Context, adapter provider.Adapter, setting string, given map[string]any) error {
	places := []string{inKeyring, inVariable, inFile, fromTool}
	if adapter.Login != nil && adapter.Login.Setting == setting {
		places = append(places, byLogin)
	}
	return o.askPlace(ctx, setting, places, given)
}

// askPlace prompts for one of the places. If the keyring is chosen and cannot be reached, it prints the error and
// offers the other places.
func (o *addOptions) askPlace(ctx context.Context, setting string, places []string, given map[string]any) error {
	place, err := o.app.Form.Select(ctx, "Where is the "+setting+" stored?", places)
	if err != nil {
		return app.Unchecked(err)
	}
	if place == byLogin {
		given[setting], o.login = secret.FromKeyring(""), true
		return nil
	}
	if place == inKeyring {
		answers, err := o.app.Form.Ask(ctx, title(setting), []form.Question{{Name: setting, Title: title(setting), Secret: true, Required: true}})
		if err != nil {
			return app.Unchecked(err)
		}
		err = o.keep(ctx, given, setting, answers[setting])
		if failure, ok := errors.AsType[*secret.Error](err); ok && failure.Kind == secret.NoKeyring {
			fmt.Fprintln(o.app.Streams.Err, o.app.Streams.ErrStyle().Yellow("warning:"), failure)
			return o.askPlace(ctx, setting, []string{inVariable, inFile, fromTool}, given)
		}
		return err
	}
	scheme, help := map[string]string{inVariable: "env:", inFile: "file:", fromTool: "exec:"}[place], ""
	if place == fromTool {
		help = "runs without a shell"
	}
	answers, err := o.app.Form.Ask(ctx, title(setting), []form.Question{{
		Name: setting, Title: questionFor(setting, place), Help: help, Required: true,
		Placeholder: map[string]string{inVariable: "ACME_TOKEN", inFile: "/run/secrets/acme", fromTool: "op read op://ops/acme/token"}[place],
		Check: func(text string) error {
			_, err := secret.Parse(scheme + text)
			return err
		},
	}})
	if err != nil {
		return app.Unchecked(err)
	}
	given[setting], err = lasting(scheme + answers[setting])
	return err
}

func title(help string) string {
	return strings.ToUpper(help[:1]) + help[1:]
}

func questionFor(setting, place string) string {
	switch place {
	case inVariable:
		return "Name of the variable with the " + setting
	case inFile:
		return "Path of the file with the " + setting
	default:
		return "Command that prints the " + setting
	}
}

// isSecret reports whether a setting of the adapter contains a secret.
func isSecret(adapter provider.Adapter, name string) bool {
	return slices.ContainsFunc(adapter.Settings, func(setting provider.Setting) bool { return setting.Name == name && setting.Secret })
}
