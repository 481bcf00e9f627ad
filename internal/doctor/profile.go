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

// configuration reads the file, and returns the errors in it outside the profile that is used.
func (e *examination) configuration(context.Context) []Check {
	loaded, err := e.app.Config()
	if err != nil {
		return failures(Configuration, err)
	}
	var found []Check
	for _, configErr := range loaded.Errors() {
		if configErr.Profile == "" || configErr.Profile != e.wanted(loaded) { // that one's are the profile's
			found = append(found, configProblems(Configuration, Warning, config.Errors{configErr})...)
		}
	}
	for _, warning := range loaded.Warnings() {
		found = append(found, Check{Name: Configuration, Status: Warning, Detail: warning})
	}
	if loaded.Path() == "" {
		return append(one(Configuration, Skipped, config.ErrNoDirectory.Error(), ""), found...)
	}
	if _, err := os.Stat(loaded.Path()); errors.Is(err, os.ErrNotExist) {
		return append(one(Configuration, Skipped, loaded.Path()+": file not found", ""), found...)
	}
	if len(found) == 0 {
		return one(Configuration, OK, loaded.Path(), "")
	}
	return found
}

// wanted returns the name of the profile that is used, "" if none is set.
func (e *examination) wanted(loaded *config.Config) string {
	if e.app.Global.Profile != "" {
		return e.app.Global.Profile
	}
	name, _ := loaded.Default()
	return name
}

// profile returns the finding about the profile and its adapter.
func (e *examination) profile(context.Context) []Check {
	if _, err := e.app.Config(); err != nil {
		return one(Profile, Skipped, "configuration not readable", "")
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
	detail := fmt.Sprintf("%s, from %s: %s", selection.Profile.Name, selection.Profile.Source, leak.Address(selection.Target))
	return one(Profile, OK, detail, "")
}

// noProfile returns the finding if no profile is set.
func noProfile(none *config.NoProfileError) []Check {
	if none.Empty {
		return one(Profile, Failed, "no profiles", "usher profiles add NAME")
	}
	return one(Profile, Failed, "profile is required", none.Use())
}

// unknownProfile returns the finding about a profile that does not exist.
func unknownProfile(unknown *config.UnknownProfileError) []Check {
	detail := unknown.Source.String() + ": " + unknown.Message()
	if unknown.Nearest != "" {
		return one(Profile, Failed, detail+" (did you mean "+unknown.Nearest+"?)", "usher profiles list")
	}
	return one(Profile, Failed, detail, "usher profiles list")
}

// settings returns the source of each value of the profile, and whether a request can be sent with them.
func (e *examination) settings(context.Context) []Check {
	if e.selection == nil {
		e.blocked = "no profile"
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
		found = append(found, configProblems(Settings, Failed, list)...)
	}
	if e.selection.Sandbox {
		e.blocked = "the sandbox is embedded"
		return found
	}
	if !profile.Has("base-url") {
		e.blocked = "base-url is required"
		return append(found, one(Settings, Failed, e.blocked+" (each "+e.selection.Adapter.Vendor+" tenant has its own)",
			app.HowToSet(profile, "https://tenant.example.com", "base-url"))...)
	}
	if err := rest.CheckBaseURL(e.transport.BaseURL, e.transport.AllowHTTP); err != nil {
		e.blocked = "base-url not usable"
		return append(found, one(Settings, Failed, err.Error(), "usher profiles show "+profile.Name)...)
	}
	return found
}
