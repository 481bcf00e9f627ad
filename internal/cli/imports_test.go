package cli

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// house returns the packages from the top down. A package imports only packages below it; a directory includes all
// its packages.
func house() []string {
	return []string{
		"cmd", "internal/benchmarks", "internal/interop", "internal/reliability",
		"internal/cli",
		"internal/cli/apply", "internal/cli/auth", "internal/cli/commands", "internal/cli/topics", "internal/cli/references", "internal/cli/doctor", "internal/cli/profiles", "internal/cli/providers", "internal/cli/runs", "internal/cli/sandbox", "internal/cli/users", "internal/cli/version",
		"internal/cli/keys",
		"internal/cmdutil",
		"internal/job",
		"internal/doctor",
		"internal/app",
		"internal/amend",
		"internal/intake", "internal/progress", "internal/report",
		"internal/config",
		"internal/fields",
		"internal/secret",
		"internal/form", "internal/earlyinit",
		"internal/passwords",
		"internal/render",
		"internal/term",
		"internal/names",
		"internal/join",
		"internal/roster", "internal/roster/charset", "internal/roster/ods", "internal/roster/xlsx",
		"internal/recorder",
		"internal/ledger/shared",
		"internal/ledger/file", "internal/ledger/ledgertest",
		"internal/ledger/queue",
		"internal/ledger",
		"internal/ops",
		"internal/engine",
		"internal/evidence",
		"internal/referee", "internal/draft",
		"internal/rest",
		"internal/providers", "internal/providers/described", "internal/providers/catalogue", "internal/providers/ejento", "internal/providers/evolution", "internal/providers/ory", "internal/providers/scim", "internal/providers/sulu",
		"internal/sandbox",
		"internal/describe",
		"internal/template",
		"pkg/provider/providertest", "pkg/provider", "pkg/schema",
		"internal/target",
		"internal/scratch",
		"internal/fileperm", "internal/fsync", "internal/failure", "internal/rowstate", "internal/panicerr", "internal/address", "internal/duration", "internal/shell",
		"internal/leak", "internal/document", "internal/safecell",
		"internal/archtest", "internal/termtest", "internal/pgtest",
		"docs",
	}
}

func TestArrowsRunDownward(t *testing.T) {
	floors := house()
	floor := func(name string) int {
		best := -1
		for i, place := range floors {
			if archtest.Within(name, place) && (best < 0 || len(place) > len(floors[best])) {
				best = i
			}
		}
		return best
	}
	packages := archtest.Packages(t)
	for _, pkg := range packages {
		from := floor(pkg.Path)
		if from < 0 || pkg.Path != floors[from] && floors[from] == "internal/cli" {
			t.Errorf("%s has no floor in the house: add it to the list, where it belongs", pkg.Path)
			continue
		}
		for _, imported := range pkg.Imports {
			if to := floor(imported); to >= 0 && to <= from && imported != pkg.Path {
				t.Errorf("%s imports %s, which does not stand below it", pkg.Path, imported)
			}
		}
	}
	for _, place := range floors {
		if place != "cmd" && !slices.ContainsFunc(packages, func(p archtest.Package) bool { return p.Path == place }) {
			t.Errorf("%s stands in the list and nowhere else", place)
		}
	}
}

// Commands use providers through the contract: only the transport and the embedded server use HTTP.
func TestCommandsKnowNoTransport(t *testing.T) {
	archtest.Never(t, "internal/cli/users", 1, "net/http")
	archtest.Never(t, "internal/cli/keys", 1, "net/http", "internal/rest")
	archtest.Never(t, "internal/cli/references", 1, "net/http", "internal/rest")
	archtest.Never(t, "internal/cli/runs", 1, "net/http", "internal/rest")
}
