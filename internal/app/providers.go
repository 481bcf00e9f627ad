package app

import (
	"errors"
	"io/fs"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Descriptions finds described providers. A description is parsed when it is asked for.
type Descriptions struct {
	// Names lists them by name.
	Names func() []string
	// Get returns the one of a name. The error of an unknown one is [fs.ErrNotExist].
	Get func(name string) (*describe.Provider, error)
	// Check returns the error of the description that the environment names.
	Check func() error
	// Read reads a description from a file.
	Read func(path string) (*describe.Provider, error)
	// Dir returns the directory of the descriptions that were added.
	Dir func() (string, error)
}

// ProviderNames lists the built-in providers, and then the described ones by name.
func (a *App) ProviderNames() []string { return append(a.BuiltIn(), a.Descriptions.Names()...) }

// BuiltIn lists the built-in providers.
func (a *App) BuiltIn() []string {
	names := make([]string, len(a.Adapters))
	for i, adapter := range a.Adapters {
		names[i] = adapter.Name
	}
	return names
}

// Describe returns the description of a described provider, as the embedded server reads it.
func (a *App) Describe(name string) (*describe.Description, error) {
	one, err := a.Descriptions.Get(name)
	if err != nil {
		return nil, err
	}
	return one.Description, nil
}

// Provider returns the adapter of a provider; ok is false if there is none of this name. The error is that of a
// description that cannot be used.
func (a *App) Provider(name string) (adapter provider.Adapter, ok bool, err error) {
	for _, adapter := range a.Adapters {
		if adapter.Name == name {
			return adapter, true, nil
		}
	}
	found, err := a.Descriptions.Get(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return provider.Adapter{}, false, nil
	case err != nil:
		return provider.Adapter{}, false, err
	default:
		return found.Adapter, true, nil
	}
}

// Providers returns every provider, in the order of [App.ProviderNames], and the errors of descriptions that cannot be
// used.
func (a *App) Providers() ([]provider.Adapter, error) {
	var list []provider.Adapter
	var failures []error
	for _, name := range a.ProviderNames() {
		adapter, ok, err := a.Provider(name)
		if ok {
			list = append(list, adapter)
		}
		failures = append(failures, err)
	}
	return list, errors.Join(failures...)
}
