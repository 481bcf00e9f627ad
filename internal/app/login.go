package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/secret"
)

// lastDay is the remaining lifetime of a token from which a warning is shown.
const lastDay = 24 * time.Hour

// LoginSteps returns the commands for a new token of the profile: the login, preceded by the one that sets the
// authorization server if the profile does not. It returns none if the provider documents no login.
func LoginSteps(selection *Selection) []string {
	login, profile := selection.Adapter.Login, selection.Profile
	if login == nil {
		return nil
	}
	step := "usher auth login -p " + profile.Name
	reference, _ := profile.Secret(login.Setting)
	_, inFile := reference.File()
	if _, inKeyring := reference.KeyringAccount(""); !inFile && !inKeyring {
		step += " --token-file FILE"
	}
	if !profile.Has(login.Server) {
		return []string{LoginServerStep(selection), step}
	}
	return []string{step}
}

// LoginServerStep returns the command that sets the authorization server of the profile. The provider must document a
// login.
func LoginServerStep(selection *Selection) string {
	return HowToSet(selection.Profile, "https://auth.example.com", selection.Adapter.Login.Server)
}

// TokenAge returns the age of a token from a login. known is false if the provider documents no login, if the setting
// is not the token, or if the time of the login is not recorded.
func TokenAge(ctx context.Context, a *App, selection *Selection, setting string, token secret.Value, now time.Time) (age time.Duration, known bool) {
	if selection.Adapter.Login == nil || selection.Adapter.Login.Setting != setting {
		return 0, false
	}
	reference, _ := selection.Profile.Secret(setting)
	issued, known := a.Secrets.Issued(ctx, reference, secret.Account(selection.Profile.Name, setting), token)
	age = now.Sub(issued)
	return age, known && age >= 0
}

// Aging returns the warning for a token of this age that expires within a day or has expired; "" for a newer one.
func Aging(selection *Selection, age time.Duration) string {
	lifetime := selection.Adapter.Login.Lifetime
	if age < lifetime-lastDay {
		return ""
	}
	lives := "lives"
	if age >= lifetime {
		lives = "lived"
	}
	return fmt.Sprintf("the %s of profile %s is %s old and %s %s", selection.Adapter.Login.Setting, selection.Profile.Name, Days(age), lives, Days(lifetime))
}

// Days returns a duration in whole days: "7 days".
func Days(d time.Duration) string {
	days := int(d / (24 * time.Hour))
	if days == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", days)
}

// HowToSet returns the command that sets settings of a profile, or their variables if the profile consists of
// variables.
func HowToSet(profile *config.Profile, example string, settings ...string) string {
	const madeOfVariables = "environment"
	if profile.Name == madeOfVariables {
		var variables []string
		for _, setting := range settings {
			variables = append(variables, config.Setting{Name: setting}.Variable())
		}
		return "set " + strings.Join(variables, " and ")
	}
	command := "usher profiles edit " + profile.Name
	for _, setting := range settings {
		command += " --" + setting + " " + example
	}
	return command
}
