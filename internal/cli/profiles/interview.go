package profiles

import (
	"cmp"
	"context"
	"errors"
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

// interview completes the settings of a profile by prompts.
type interview struct {
	app    *app.App
	loaded *config.Config
	name   string
	// present is the profile of the file, nil for a new one.
	present *config.Profile
	// given are the settings of the flags, and then of the answers. An empty text removes a setting.
	given map[string]any
	// uses makes it the default profile, and askedUse reports that a prompt has decided about it.
	uses, askedUse bool

	adapter provider.Adapter
	// again reports that the settings are asked for once more, with those that were given before.
	again bool
	// awaitsLogin reports that usher auth login will store the token.
	awaitsLogin bool
	// verified reports that the provider accepted the credentials.
	verified bool
	// restore are the functions that restore the entries of the keyring that were written.
	restore []func(context.Context) error
}

const yes, no = "yes", "no"

// missing returns what no request can be sent without and nothing has specified, as it is specified on a command line.
func (v *interview) missing() []string {
	var missing []string
	if v.name == "" {
		missing = append(missing, "NAME")
	}
	if v.adapter.Name == "" {
		return append(missing, "--provider")
	}
	if v.current("base-url") == "" && v.adapter.BaseURL == "" {
		missing = append(missing, "--base-url")
	}
	for _, setting := range v.adapter.Settings {
		if setting.Required && !setting.Secret && v.current(setting.Name) == "" {
			missing = append(missing, "--"+setting.Name)
		}
	}
	for _, setting := range v.adapter.Auth.Missing(v.has) {
		if name := "--" + setting; !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// current returns the text of a setting as it would be written, "" for none.
func (v *interview) current(setting string) string {
	switch given := v.given[setting].(type) {
	case string:
		return given
	case secret.Reference:
		return given.String()
	}
	if v.present == nil || v.present.SourceOf(setting).Layer != config.FromFile {
		return ""
	}
	text, _ := v.present.Text(setting)
	return text
}

// has reports whether a setting has a value.
func (v *interview) has(setting string) bool {
	return v.current(setting) != "" || slices.ContainsFunc(v.adapter.Settings, func(s provider.Setting) bool { return s.Name == setting && s.Default != "" })
}

// set sets a setting. What the profile has already is not written.
func (v *interview) set(setting, text string) {
	if v.current(setting) != text {
		v.given[setting] = text
	}
}

// asks reports whether to prompt for a setting: not for one that a flag has specified.
func (v *interview) asks(setting string) bool {
	_, specified := v.given[setting]
	return v.again || !specified
}

// run prompts for all settings.
func (v *interview) run(ctx context.Context) error {
	if err := v.askName(ctx); err != nil {
		return err
	}
	if err := v.askProvider(ctx); err != nil {
		return err
	}
	for {
		used, err := v.way(ctx)
		if err != nil {
			return err
		}
		if err := v.askPlain(ctx, used); err != nil {
			return err
		}
		for _, setting := range used.Settings() {
			if !v.isSecret(setting) || !v.asks(setting) {
				continue
			}
			if err := v.askSecret(ctx, setting); err != nil {
				return err
			}
		}
		if v.again, err = v.try(ctx); err != nil {
			return err
		}
		if !v.again {
			break
		}
	}
	if err := v.askDefaults(ctx); err != nil {
		return err
	}
	return v.askUse(ctx)
}

func (v *interview) askName(ctx context.Context) error {
	if v.name != "" {
		return nil
	}
	answers, err := v.app.Form.Ask(ctx, "New profile", []form.Question{{
		Name: "name", Title: "Name of the profile", Placeholder: "acme", Required: true, Help: "lower-case letters, digits and hyphens",
		Check: func(text string) error { return checkNew(v.loaded, text) },
	}})
	v.name = answers["name"]
	return err
}

func (v *interview) askProvider(ctx context.Context) error {
	if v.adapter.Name != "" {
		return nil
	}
	all, err := v.app.Providers()
	if err != nil {
		return failure.Refuse(err, "usher providers list")
	}
	var choices []string
	byChoice := map[string]provider.Adapter{}
	for _, adapter := range all {
		choice := adapter.Name + ": " + adapter.Vendor
		choices, byChoice[choice] = append(choices, choice), adapter
	}
	choice, err := v.app.Form.Select(ctx, "Provider of profile "+v.name, choices)
	if err != nil {
		return err
	}
	v.adapter = byChoice[choice]
	v.given["provider"] = v.adapter.Name
	return nil
}

// way returns the credentials that requests contain. If the provider documents several ways to authenticate, or optional
// credentials, it prompts for them, and removes the settings of the other ways.
func (v *interview) way(ctx context.Context) (provider.Auth, error) {
	wanted := map[string]bool{}
	if exchange := v.adapter.Auth.ClientCredentials; exchange != nil && v.asks(exchange.ClientID) && (v.again || len(v.adapter.Auth.Missing(v.has)) > 0 || v.present != nil) {
		const both, bearer = "a client id and a client secret", "a bearer token"
		choices := []string{both, bearer}
		if v.present != nil && v.current(exchange.ClientID) == "" {
			slices.Reverse(choices)
		}
		choice, err := v.app.Form.Select(ctx, "Credentials for "+v.adapter.Vendor, choices)
		if err != nil {
			return provider.Auth{}, err
		}
		wanted[exchange.ClientID] = choice == both
	} else if exchange != nil {
		wanted[exchange.ClientID] = v.has(exchange.ClientID)
	}
	for _, header := range v.adapter.Auth.Headers {
		if !header.Optional {
			continue
		}
		wanted[header.Setting] = v.has(header.Setting)
		if !v.asks(header.Setting) {
			continue
		}
		answer, err := v.choose(ctx, "Does the API require a "+header.Setting+"?", v.present == nil || wanted[header.Setting])
		if err != nil {
			return provider.Auth{}, err
		}
		wanted[header.Setting] = answer
	}
	used := v.adapter.Auth.Uses(func(setting string) bool {
		chosen, asked := wanted[setting]
		return asked && chosen || !asked && v.has(setting)
	})
	for _, setting := range v.adapter.Auth.Settings() {
		if v.current(setting) != "" && !slices.Contains(used.Settings(), setting) {
			v.given[setting] = ""
		}
	}
	return used, nil
}

// choose prompts for yes or no. The first choice is yes if it is recommended.
func (v *interview) choose(ctx context.Context, question string, recommended bool) (bool, error) {
	choices := []string{yes, no}
	if !recommended {
		slices.Reverse(choices)
	}
	choice, err := v.app.Form.Select(ctx, question, choices)
	return choice == yes, err
}

// askPlain prompts for the address and the provider's settings that are not secret.
func (v *interview) askPlain(ctx context.Context, used provider.Auth) error {
	var questions []form.Question
	add := func(question form.Question) {
		if v.asks(question.Name) {
			questions = append(questions, question)
		}
	}
	add(form.Question{
		Name: "base-url", Title: "Base URL of the API", Value: v.current("base-url"), Default: v.adapter.BaseURL,
		Placeholder: "https://tenant.example.com", Required: v.adapter.BaseURL == "", Check: v.checkURL("Base URL of the API"),
	})
	for _, setting := range v.adapter.Settings {
		if setting.Secret {
			continue
		}
		question := form.Question{
			Name: setting.Name, Title: title(setting.Help), Value: v.current(setting.Name), Default: setting.Default, Options: setting.Values,
			Required: setting.Required || slices.Contains(used.Settings(), setting.Name) && setting.Default == "",
		}
		if app.KindOf(v.adapter, setting) == config.URL {
			question.Check = v.checkURL(question.Title)
		}
		if question.Options != nil && question.Default != "" {
			question.Required, question.Value, question.Default = true, cmp.Or(question.Value, question.Default), ""
		}
		add(question)
	}
	answers, err := v.app.Form.Ask(ctx, v.adapter.Vendor, questions)
	if err != nil {
		return err
	}
	for _, question := range questions {
		answer := answers[question.Name]
		if v.current(question.Name) == "" && answer == v.standard(question.Name) {
			continue
		}
		v.set(question.Name, answer)
	}
	return nil
}

// standard returns the value of a setting that nothing sets.
func (v *interview) standard(setting string) string {
	for _, s := range v.adapter.Settings {
		if s.Name == setting {
			return s.Default
		}
	}
	if setting == "base-url" {
		return v.adapter.BaseURL
	}
	return ""
}

// checkURL returns the check of an address, whose errors have the title of the question.
func (v *interview) checkURL(title string) func(string) error {
	return func(text string) error {
		allowsHTTP := isTrue(v.given["allow-http"]) || v.present != nil && v.present.Bool("allow-http")
		return rest.CheckURL(title, text, allowsHTTP)
	}
}

// isSecret reports whether a setting contains a secret.
func (v *interview) isSecret(name string) bool {
	return slices.ContainsFunc(v.adapter.Settings, func(setting provider.Setting) bool { return setting.Name == name && setting.Secret })
}

// askUse prompts for whether this is the default profile; the first one is recommended.
func (v *interview) askUse(ctx context.Context) (err error) {
	byDefault, _ := v.loaded.Default()
	if v.uses || byDefault == v.name || v.present != nil && byDefault != "" {
		return nil
	}
	v.askedUse = true
	v.uses, err = v.choose(ctx, "Make "+v.name+" the default profile?", byDefault == "")
	return err
}

// abandon restores the keyring, and returns the failure of a profile that is not written.
func (v *interview) abandon(ctx context.Context, err error) error {
	for _, restore := range slices.Backward(v.restore) {
		err = errors.Join(err, restore(context.WithoutCancel(ctx)))
	}
	if errors.Is(err, form.ErrAborted) || errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("cancelled; nothing was written"))
	}
	if failed, ok := errors.AsType[*failure.Error](err); ok {
		return failed
	}
	return failure.Refuse(err)
}

// warn prints a problem that does not end the interview.
func (v *interview) warn(err error) {
	lead := v.app.Streams.ErrStyle().Yellow("warning:") + " "
	for line := range strings.SplitSeq(err.Error(), "\n") {
		v.app.Streams.Say(lead, line)
		lead = "         "
	}
}

func title(help string) string {
	return strings.ToUpper(help[:1]) + help[1:]
}
