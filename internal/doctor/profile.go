package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/rest"
)

// configuration reads the file, and says what is wrong in it beside the profile
// that is used.
func (e *examination) configuration(context.Context) []Check {
	loaded, err := e.app.Config()
	if err != nil {
		return failures(Configuration, err)
	}
	var found []Check
	for _, fault := range loaded.Faults() {
		if fault.Profile == "" || fault.Profile != e.wanted(loaded) { // that one's are the profile's
			found = append(found, faults(Configuration, Warning, config.Faults{fault})...)
		}
	}
	for _, warning := range loaded.Warnings() {
		found = append(found, Check{Name: Configuration, Status: Warning, Detail: warning})
	}
	if _, err := os.Stat(loaded.Path()); errors.Is(err, os.ErrNotExist) {
		return append(one(Configuration, Skipped, loaded.Path()+" does not exist, so it holds no profile", ""), found...)
	}
	if len(found) == 0 {
		return one(Configuration, OK, loaded.Path(), "")
	}
	return found
}

// wanted is the name of the profile that is used, "" where nothing names one.
func (e *examination) wanted(loaded *config.Config) string {
	if e.app.Global.Profile != "" {
		return e.app.Global.Profile
	}
	name, _ := loaded.Default()
	return name
}

// profile finds the profile with its adapter.
func (e *examination) profile(context.Context) []Check {
	if _, err := e.app.Config(); err != nil {
		return one(Profile, Skipped, "the configuration cannot be read", "")
	}
	selection, err := e.app.Selected()
	if none, ok := errors.AsType[*config.NoProfileError](err); ok {
		return noProfile(none)
	}
	if unknown, ok := errors.AsType[*config.UnknownProfileError](err); ok {
		return unknownProfile(unknown)
	}
	if err != nil {
		return failures(Profile, err)
	}
	e.selection, e.transport = selection, e.app.Transport(selection)
	e.timeout = e.transport.Timeout
	detail := fmt.Sprintf("%s, by %s: %s", selection.Profile.Name, selection.Profile.Source, leak.Address(selection.Target))
	return one(Profile, OK, detail, "")
}

// noProfile says that nothing names a profile.
func noProfile(none *config.NoProfileError) []Check {
	if none.Empty {
		return one(Profile, Failed, "there is no profile yet", "usher profiles add NAME")
	}
	return one(Profile, Failed, "no profile is named", "name one with --profile or USHER_PROFILE, or for good with: "+none.Use())
}

// unknownProfile says that there is no such profile.
func unknownProfile(unknown *config.UnknownProfileError) []Check {
	detail := unknown.Source.String() + ": " + unknown.Problem()
	if unknown.Nearest != "" {
		return one(Profile, Failed, detail, "did you mean "+unknown.Nearest+"? usher profiles list has them all")
	}
	return one(Profile, Failed, detail, "usher profiles list")
}

// settings says where each value of the profile comes from, and whether a
// request can be made of them.
func (e *examination) settings(context.Context) []Check {
	if e.selection == nil {
		e.blocked = "there is no profile to check"
		return one(Settings, Skipped, e.blocked, "")
	}
	profile := e.selection.Profile
	var sources []string
	for _, resolved := range profile.All() {
		if e.selection.Sandbox && strings.HasSuffix(resolved.Setting.Name, "-url") {
			continue // the embedded server has its own addresses
		}
		sources = append(sources, resolved.Setting.Name+": "+resolved.Source.String())
	}
	found := one(Settings, OK, strings.Join(sources, "; "), "")
	if list := app.SecretDefaults(e.selection); len(list) > 0 {
		found = append(found, faults(Settings, Failed, list)...)
	}
	if e.selection.Sandbox {
		e.blocked = "the server is embedded"
		return found
	}
	if !profile.Has("base-url") {
		e.blocked = "the profile has no base-url"
		return append(found, one(Settings, Failed, e.blocked+", and "+e.selection.Adapter.Vendor+" has one for each tenant",
			app.HowToSet(profile, "https://tenant.example.com", "base-url"))...)
	}
	if err := rest.CheckBaseURL(e.transport.BaseURL, e.transport.AllowHTTP); err != nil {
		e.blocked = "the address cannot be used"
		return append(found, one(Settings, Failed, err.Error(), "usher profiles show "+profile.Name)...)
	}
	return found
}
