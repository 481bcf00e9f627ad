package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Reference is the content of the reference pages. It is the same on every machine: it depends on no profile, no
// configuration file and no environment variable.
type Reference struct {
	// Root is the whole command tree. Its commands must not be run.
	Root *cobra.Command
	// Adapters returns the providers in the order of reference pages: those that are built in, then the described ones.
	Adapters func() []provider.Adapter
	// BuiltIn are those that are built in.
	BuiltIn []provider.Adapter
	// Described returns the description of a provider; ok is false for one that is built in.
	Described func(name string) (found *describe.Provider, ok bool)
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
	a.Ahead.Provider = adapter.Name
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
	a := compose(streams, app.Build{}, app.Global{})
	a.Descriptions = catalogueOnly()
	return a
}

func referenceOf(a *app.App) Reference {
	adapters := func() []provider.Adapter {
		all, err := a.Providers()
		if err != nil {
			panic(err) // the catalogue is valid: a test parses it
		}
		return all
	}
	return Reference{Root: NewRoot(a), Adapters: adapters, BuiltIn: a.Adapters, Settings: a.Settings, byProfile: a.Prepare,
		Described: func(name string) (*describe.Provider, bool) {
			found, err := a.Descriptions.Get(name)
			return found, err == nil
		},
	}
}

// DependsOnProfile reports whether the command has more flags with a profile.
func (r Reference) DependsOnProfile(cmd *cobra.Command) bool {
	_, depends := r.byProfile[cmd]
	return depends
}
