package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/describe"
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
		Names: sync.OnceValue(func() []string { return found().Names() }), // each start needs them several times
		Get:   func(name string) (*describe.Provider, error) { return found().Get(name) },
		Read:  providers.ReadDescription,
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
	return app.Descriptions{Names: found.Names, Check: found.Check, Get: found.Get}
}
