package config_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Only this package reads the configuration.
func TestOnlyConfigImportsViper(t *testing.T) {
	archtest.Only(t, "github.com/spf13/viper", "internal/config")
}

// The package depends on references to secrets, and not on a provider.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/config", 1, "internal/address", "internal/document", "internal/duration", "internal/failure", "internal/leak", "internal/fileperm", "internal/secret", "pkg/schema")
}
