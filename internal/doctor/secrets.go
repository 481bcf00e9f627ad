package doctor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/secret"
)

// secrets resolves each secret that requests contain.
func (e *examination) secrets(ctx context.Context) []Check {
	switch {
	case e.selection == nil:
		return one(Secrets, Skipped, "no profile", "")
	case e.selection.Sandbox:
		e.resolved = true
		return one(Secrets, Skipped, "the sandbox accepts any credential", "")
	}
	e.resolved = true
	var found []Check
	if missing := e.selection.Adapter.Auth.Missing(e.selection.Profile.Has); len(missing) > 0 {
		e.resolved = false
		for _, setting := range missing {
			found = append(found, Check{Name: Secrets, Status: Failed, Detail: setting + " is required",
				Next: app.HowToSet(e.selection.Profile, "env:VARIABLE", setting)})
		}
	}
	for _, setting := range e.used() {
		check := e.secret(ctx, setting)
		e.resolved = e.resolved && check.Status != Failed
		found = append(found, check)
	}
	return found
}

// used returns the secret settings that requests need and the profile has.
func (e *examination) used() []string {
	needed := e.selection.Adapter.Auth.Uses(e.selection.Profile.Has).Settings()
	var settings []string
	for _, setting := range e.selection.Adapter.Settings {
		if setting.Secret && slices.Contains(needed, setting.Name) && e.selection.Profile.Has(setting.Name) {
			settings = append(settings, setting.Name)
		}
	}
	return settings
}

// secret resolves one secret and returns its age. The secret itself is discarded.
func (e *examination) secret(ctx context.Context, setting string) Check {
	profile := e.selection.Profile
	reference, _ := profile.Secret(setting)
	found := Check{Name: Secrets, Status: OK, Detail: setting + ": " + shown(reference, profile.SourceOf(setting))}
	value, err := e.app.Secrets.Resolve(ctx, reference, secret.Account(profile.Name, setting))
	if err == nil {
		err = value.CheckHeader()
	}
	if err != nil {
		found.Status = Failed
		problem, hint := err.Error(), ""
		if failure, ok := errors.AsType[*secret.Error](err); ok {
			problem, hint = failure.Problem, failure.Hint
		}
		found.Detail, found.Next = found.Detail+": "+problem, cmp.Or(hint, "usher profiles show "+profile.Name)
		return found
	}
	if exposure := e.app.Secrets.Warning(reference); exposure != "" {
		found.Status, found.Detail = Warning, setting+": "+exposure
	}
	age, known := app.TokenAge(ctx, e.app, e.selection, setting, value, time.Now())
	if !known {
		return found
	}
	if aging := app.Aging(e.selection, age); aging != "" {
		return Check{Name: Secrets, Status: Warning, Detail: aging, Next: app.LoginSteps(e.selection)[0]}
	}
	found.Detail += ", " + app.Days(age) + " old of " + app.Days(e.selection.Adapter.Login.Lifetime)
	return found
}

// shown returns a reference as a profile writes it. That of a variable that overrides a setting contains the variable
// already.
func shown(reference secret.Reference, source config.Source) string {
	if source.Layer == config.FromEnvironment {
		return reference.Shown()
	}
	return reference.Shown() + " of " + source.String()
}

// keyring checks the system keyring, if the profile stores a secret there.
func (e *examination) keyring(ctx context.Context) []Check {
	needed := false
	if e.selection != nil && !e.selection.Sandbox {
		for _, setting := range e.used() {
			reference, _ := e.selection.Profile.Secret(setting)
			_, kept := reference.KeyringAccount(setting)
			needed = needed || kept
		}
	}
	if !needed {
		return one(Keyring, Skipped, "not used by the profile", "")
	}
	if err := e.app.Secrets.Reach(ctx); err != nil {
		if failure, ok := errors.AsType[*secret.Error](err); ok {
			return one(Keyring, Failed, failure.Problem, failure.Hint)
		}
		return failures(Keyring, err)
	}
	return one(Keyring, OK, "available", "")
}
