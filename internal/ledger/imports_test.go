package ledger_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// SQL is spoken by the two stores, each for itself.
func TestOnlyTheStoresImportSQLite(t *testing.T) {
	archtest.Only(t, "modernc.org/sqlite", "internal/ledger/file", "internal/sandbox", "internal/scratch")
	archtest.Only(t, "github.com/jackc/pgx/v5", "internal/ledger/shared")
}

// Which store there is, the composition decides; everybody else has the interfaces.
func TestOnlyTheCompositionOpensAFile(t *testing.T) {
	archtest.Only(t, "internal/ledger/file", "internal/cli", "internal/doctor", "internal/ledger/shared") // which has its plans
}

// The ledger knows rows and digests, and no provider.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/ledger", 3, "internal/fsync", "internal/ledger", "internal/fileperm", "internal/rowstate", "internal/scratch", "internal/shell", "internal/target", "pkg/schema")
}
