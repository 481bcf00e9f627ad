package config_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Configuration is read here and nowhere else.
func TestOnlyConfigImportsViper(t *testing.T) {
	archtest.Only(t, "github.com/spf13/viper", "internal/config")
}

// Profiles know references to secrets, and no provider.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/config", 1, "internal/address", "internal/document", "internal/leak", "internal/fileperm", "internal/secret", "pkg/schema")
}
