package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Reference is the content of the reference pages. It is the same on every machine: it depends on no profile, no
// configuration file and no environment variable.
type Reference struct {
	// Root is the whole command tree. Its commands must not be run.
	Root *cobra.Command
	// Adapters lists the providers in the order of reference pages.
	Adapters []provider.Adapter
	// Settings are the profile settings that every provider has.
	Settings []config.Setting

	byProfile map[*cobra.Command]func()
}

// NewReference returns the command tree without a profile.
func NewReference() Reference {
	return referenceOf(composeSilent())
}

// ReferenceFor returns the command tree with a profile of this provider without settings.
func ReferenceFor(adapter provider.Adapter) Reference {
	a := composeSilent()
	a.Selected = func() (*app.Selection, error) {
		return &app.Selection{Profile: &config.Profile{Name: adapter.Name, Provider: adapter.Name}, Adapter: adapter}, nil
	}
	reference := referenceOf(a)
	for _, prepare := range a.Prepare {
		prepare()
	}
	return reference
}

func composeSilent() *app.App {
	streams := &term.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}
	return compose(streams, app.Build{}, app.Global{})
}

func referenceOf(a *app.App) Reference {
	return Reference{Root: NewRoot(a), Adapters: a.Adapters, Settings: a.Settings, byProfile: a.Prepare}
}

// DependsOnProfile reports whether the command has more flags with a profile.
func (r Reference) DependsOnProfile(cmd *cobra.Command) bool {
	_, depends := r.byProfile[cmd]
	return depends
}
