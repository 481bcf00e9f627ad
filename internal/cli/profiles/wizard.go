package profiles

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/pkg/provider"
)

// The places where a secret can be kept, as the wizard offers them.
const (
	inKeyring  = "in the system's keyring: I type it now"
	inVariable = "in an environment variable"
	inFile     = "in a file"
	fromTool   = "a command prints it"
	byLogin    = "in the system's keyring: usher auth login puts it there"
)

// wizard asks for everything that a profile needs.
func (o *addOptions) wizard(ctx context.Context, given map[string]any) (map[string]any, error) {
	given = maps.Clone(given)
	var choices []string
	byChoice := map[string]provider.Adapter{}
	for _, adapter := range o.app.Adapters {
		choice := adapter.Name + ": " + adapter.Vendor
		choices, byChoice[choice] = append(choices, choice), adapter
	}
	choice, err := o.app.Form.Select(ctx, "Which provider does "+o.name+" connect to?", choices)
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

// askPlain asks for the address and the provider's settings that are not secret.
func (o *addOptions) askPlain(ctx context.Context, adapter provider.Adapter, given map[string]any) error {
	questions := []form.Question{{
		Name: "base-url", Title: "Address of the API", Value: adapter.BaseURL, Placeholder: "https://tenant.example.com", Required: true,
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

// checkOf returns the check of a setting's answer, nil for none. What is left out
// is not checked.
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

// secretsOf gives the secret settings that this connection needs. Where the
// provider documents two ways to authenticate, one is chosen.
func (o *addOptions) secretsOf(ctx context.Context, adapter provider.Adapter, given map[string]any) ([]string, error) {
	exchange := adapter.Auth.ClientCredentials
	useExchange := false
	if exchange != nil {
		const both, bearer = "a client id and a client secret", "a bearer token"
		choice, err := o.app.Form.Select(ctx, "What did "+adapter.Vendor+" give you?", []string{both, bearer})
		if err != nil {
			return nil, app.Unchecked(err)
		}
		useExchange = choice == both
	}
	wanted, err := o.optional(ctx, adapter, given)
	if err != nil {
		return nil, err
	}
	headers, uses := adapter.Auth.Uses(func(setting string) bool { return useExchange || wanted[setting] })
	var settings []string
	if uses != nil {
		settings = append(settings, uses.ClientID, uses.ClientSecret)
	}
	for _, header := range headers {
		settings = append(settings, header.Setting)
	}
	return settings, nil
}

// optional asks which of the credentials that a server may do without this one asks for.
func (o *addOptions) optional(ctx context.Context, adapter provider.Adapter, given map[string]any) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, header := range adapter.Auth.Headers {
		if _, ok := given[header.Setting]; ok || !header.Optional {
			continue
		}
		const yes, no = "yes", "no"
		choice, err := o.app.Form.Select(ctx, "Does the API ask for a "+header.Setting+"?", []string{yes, no})
		if err != nil {
			return nil, app.Unchecked(err)
		}
		wanted[header.Setting] = choice == yes
	}
	return wanted, nil
}

// askSecret asks where a secret is kept, and for the secret itself only where
// usher is to keep it.
func (o *addOptions) askSecret(ctx context.Context, adapter provider.Adapter, setting string, given map[string]any) error {
	places := []string{inKeyring, inVariable, inFile, fromTool}
	if adapter.Login != nil && adapter.Login.Setting == setting {
		places = append(places, byLogin)
	}
	return o.askPlace(ctx, setting, places, given)
}

// askPlace has one of the places chosen. Where the keyring is chosen and none
// can be reached, it says so and offers the others.
func (o *addOptions) askPlace(ctx context.Context, setting string, places []string, given map[string]any) error {
	place, err := o.app.Form.Select(ctx, "Where is the "+setting+" kept?", places)
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
		help = "it runs without a shell"
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
		return "Name of the variable that holds the " + setting
	case inFile:
		return "Path of the file that holds the " + setting
	default:
		return "Command that prints the " + setting
	}
}
