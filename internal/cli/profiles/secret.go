package profiles

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/secret"
)

// The places of a secret, as the interview shows them.
const (
	inKeyring  = "in the system keyring (enter it now)"
	inVariable = "in an environment variable"
	inFile     = "in a file"
	fromTool   = "printed by a command"
	byLogin    = "in the system keyring (stored by usher auth login)"
	unchanged  = "no change: "
)

// The ways on if a reference leads to no secret, or the provider did not accept the credentials.
const (
	checkAgain = "check again"
	otherPlace = "use another place"
	change     = "change the settings"
	saveAnyway = "save the profile as it is"
)

// askSecret prompts for the place of a secret until it can be read there, and for the secret itself only if usher
// stores it.
func (v *interview) askSecret(ctx context.Context, setting string) error {
	places := []string{inKeyring, inVariable, inFile, fromTool}
	if v.issuesTokens(setting) {
		places = append(places, byLogin)
	}
	if reference, err := secret.Parse(v.current(setting)); err == nil {
		places = append([]string{unchanged + reference.Shown()}, places...)
	}
	for {
		place, err := v.app.Form.Select(ctx, "Where is the "+setting+" stored?", places)
		if err != nil {
			return err
		}
		switch place {
		case inKeyring:
			err = v.storeSecret(ctx, setting)
		case byLogin:
			v.set(setting, secret.FromKeyring("").String())
			v.awaitsLogin = true
			return nil
		case inVariable, inFile, fromTool:
			err = v.askReference(ctx, setting, place)
		}
		if failed, ok := errors.AsType[*secret.Error](err); ok {
			v.warn(failed)
			continue
		}
		if err != nil {
			return err
		}
		if elsewhere, err := v.checkReference(ctx, setting); err != nil || !elsewhere {
			return err
		}
	}
}

// issuesTokens reports whether usher auth login can store the secret of a setting.
func (v *interview) issuesTokens(setting string) bool {
	return v.adapter.Login != nil && v.adapter.Login.Setting == setting
}

// askReference prompts for a reference to a secret.
func (v *interview) askReference(ctx context.Context, setting, place string) error {
	scheme := map[string]string{inVariable: "env:", inFile: "file:", fromTool: "exec:"}[place]
	question := form.Question{Name: setting, Required: true, Check: func(text string) error {
		_, err := secret.Parse(scheme + text)
		return err
	}}
	switch place {
	case inVariable:
		question.Title, question.Placeholder = "Name of the variable with the "+setting, "ACME_TOKEN"
	case inFile:
		question.Title, question.Placeholder = "Path of the file with the "+setting, "/run/secrets/acme"
	default:
		question.Title, question.Placeholder, question.Help = "Command that prints the "+setting, "op read op://ops/acme/token", "runs without a shell"
	}
	answers, err := v.app.Form.Ask(ctx, title(setting), []form.Question{question})
	if err != nil {
		return err
	}
	reference, err := lasting(scheme + answers[setting])
	if err == nil {
		v.set(setting, reference)
	}
	return err
}

// checkReference checks that the reference of a setting leads to a secret that only the user can read. If it does not, it
// prompts for the way on, and reports whether that is another place.
func (v *interview) checkReference(ctx context.Context, setting string) (elsewhere bool, err error) {
	reference, err := secret.Parse(v.current(setting))
	if err != nil {
		return false, err
	}
	for {
		problem := v.problem(ctx, setting, reference)
		if problem == nil {
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		v.warn(problem)
		choice, err := v.app.Form.Select(ctx, "What next for the "+setting+"?", []string{checkAgain, otherPlace, saveAnyway})
		if err != nil || choice != checkAgain {
			return choice == otherPlace, err
		}
	}
}

// warnOf prints a warning if the reference of a setting leads to no secret.
func (v *interview) warnOf(ctx context.Context, setting string) {
	reference, err := secret.Parse(v.current(setting))
	if err == nil {
		err = v.problem(ctx, setting, reference)
	}
	if err != nil {
		v.warn(err)
	}
}

// problem returns what is wrong with the place of a secret, nil for nothing.
func (v *interview) problem(ctx context.Context, setting string, reference secret.Reference) error {
	if _, err := v.app.Secrets.Resolve(ctx, reference, secret.Account(v.name, setting)); err != nil {
		return err
	}
	if exposure := v.app.Secrets.Warning(reference); exposure != "" {
		return errors.New(exposure)
	}
	return nil
}

// checkGiven checks the references that flags have specified. With warns it prints a warning instead of a prompt.
func (v *interview) checkGiven(ctx context.Context, warns bool) error {
	for _, setting := range v.adapter.Auth.Settings() {
		reference, isReference := v.given[setting].(string)
		if !isReference || reference == "" || !v.isSecret(setting) || v.isLogin(setting) {
			continue
		}
		if warns {
			v.warnOf(ctx, setting)
			continue
		}
		elsewhere, err := v.checkReference(ctx, setting)
		if err == nil && elsewhere {
			err = v.askSecret(ctx, setting)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isLogin reports whether the setting is the keyring entry that usher auth login writes.
func (v *interview) isLogin(setting string) bool {
	return v.issuesTokens(setting) && v.current(setting) == secret.FromKeyring("").String()
}

// storeSecret prompts for a secret and stores it in the keyring. The error is a *[secret.Error] if that is impossible.
func (v *interview) storeSecret(ctx context.Context, setting string) error {
	if err := v.app.Secrets.Reach(ctx); err != nil {
		return err
	}
	answers, err := v.app.Form.Ask(ctx, title(setting), []form.Question{{Name: setting, Title: title(setting), Secret: true, Required: true,
		Check: func(text string) error {
			_, err := valueOf(setting, text)
			return err
		}}})
	if err != nil {
		return err
	}
	return v.keep(ctx, setting, answers[setting])
}

// readSecret reads the secret of a setting on standard input and stores it in the keyring.
func (v *interview) readSecret(ctx context.Context, setting string) error {
	text, err := io.ReadAll(io.LimitReader(v.app.Streams.Input(ctx), 1<<20))
	if err != nil {
		return app.Unread(fmt.Errorf("could not read the %s from standard input: %w", setting, err))
	}
	if err := v.keep(ctx, setting, string(text)); err != nil {
		return failure.Refuse(err, fmt.Sprintf("use a reference instead of --%[1]s-stdin: --%[1]s env:VARIABLE, file:PATH or exec:COMMAND", setting))
	}
	return nil
}

// keep stores a secret in the keyring and sets the setting to its reference.
func (v *interview) keep(ctx context.Context, setting, text string) error {
	value, err := valueOf(setting, text)
	if err != nil {
		return err
	}
	account := secret.Account(v.name, setting)
	before, missing := v.app.Secrets.Resolve(ctx, secret.FromKeyring(""), account)
	if err := v.app.Secrets.Store(ctx, account, value); err != nil {
		return err
	}
	v.restore = append(v.restore, func(ctx context.Context) error {
		if missing != nil {
			return v.app.Secrets.Delete(ctx, account)
		}
		return v.app.Secrets.Store(ctx, account, before)
	})
	v.set(setting, secret.FromKeyring("").String())
	return nil
}

func valueOf(setting, text string) (secret.Value, error) {
	value, err := secret.NewValue(text)
	if err == nil {
		err = value.CheckHeader()
	}
	if err != nil {
		return value, fmt.Errorf("%s: %w", setting, err)
	}
	return value, nil
}
