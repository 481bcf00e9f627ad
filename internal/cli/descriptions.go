package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	descriptive "github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers"
)

// providerFile is the variable with the path of one more description.
const providerFile = "USHER_PROVIDER_FILE"

// descriptions finds the described providers: in the file of USHER_PROVIDER_FILE, among those that were added, and in the
// catalogue.
func descriptions(configFile string) app.Descriptions {
	dir := func() (string, error) {
		path, err := config.Locate(configFile)
		return filepath.Join(filepath.Dir(path), "providers"), err
	}
	found := sync.OnceValue(func() *providers.Descriptions {
		added, err := dir()
		if err != nil {
			added = ""
		}
		return &providers.Descriptions{File: os.Getenv(providerFile), Dir: added}
	})
	return app.Descriptions{
		Names: func() []string { return found().Names() },
		Get: func(name string) (*app.Description, error) {
			one, err := found().Get(name)
			return shown(one), err
		},
		Read: func(path string) (*app.Description, error) {
			one, err := providers.ReadDescription(path)
			return shown(one), err
		},
		Check: func() error {
			if err := found().Check(); err != nil {
				return fmt.Errorf("%s: %w", providerFile, err)
			}
			return nil
		},
		Dir: dir,
	}
}

// catalogueOnly finds the providers of the catalogue, the same on every machine.
func catalogueOnly() app.Descriptions {
	found := &providers.Descriptions{}
	return app.Descriptions{
		Names: found.Names,
		Check: found.Check,
		Get: func(name string) (*app.Description, error) {
			one, err := found.Get(name)
			return shown(one), err
		},
	}
}

func shown(one *providers.Described) *app.Description {
	if one == nil {
		return nil
	}
	return &app.Description{Description: one.Description, Adapter: one.Adapter, Origin: one.Origin, Text: one.Text, SHA256: one.SHA256}
}

// describeFor returns what the embedded server reads a description by.
func describeFor(a *app.App) func(name string) (*descriptive.Description, error) {
	return func(name string) (*descriptive.Description, error) {
		one, err := a.Descriptions.Get(name)
		if err != nil {
			return nil, err
		}
		return one.Description, nil
	}
}
