package ledger_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// SQL is spoken by the two stores, each for itself.
func TestOnlyTheStoresImportSQLite(t *testing.T) {
	archtest.Only(t, "modernc.org/sqlite", "internal/join", "internal/ledger", "internal/sandbox")
}

// The ledger knows rows and digests, and no provider.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/ledger", 1, "internal/durable", "internal/ledger", "internal/owner", "pkg/schema")
}
