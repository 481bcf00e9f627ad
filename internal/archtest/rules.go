package archtest

import (
	"slices"
	"testing"
)

// Only fails if a package other than the owners imports the library, or a package below it, and if the owners do not:
// then the rule guards nothing. Tests may import anything.
func Only(t testing.TB, library string, owners ...string) {
	t.Helper()
	used := map[string]bool{}
	for _, pkg := range Packages(t) {
		for _, imported := range pkg.Imports {
			if !Within(imported, library) {
				continue
			}
			used[pkg.Path] = true
			if !slices.Contains(owners, pkg.Path) {
				t.Errorf("%s imports %s, which only %v may", pkg.Path, imported, owners)
			}
		}
	}
	for _, owner := range owners {
		if !used[owner] {
			t.Errorf("%s does not import %s: this rule guards nothing", owner, library)
		}
	}
}

// Below fails if a package at or below the directory imports a package of this
// module that is not at or below one of the allowed directories. Tests may import
// what they like. There must be at least as many packages as the caller expects.
func Below(t testing.TB, folder string, atLeast int, allowed ...string) {
	t.Helper()
	judged := 0
	for _, pkg := range Packages(t) {
		if !Within(pkg.Path, folder) {
			continue
		}
		judged++
		for _, imported := range pkg.Imports {
			if ours(imported) && !anyWithin(imported, allowed) {
				t.Errorf("%s imports %s: of this module it may know %v only", pkg.Path, imported, allowed)
			}
		}
	}
	expect(t, folder, judged, atLeast)
}

// Never fails if a package at or below the directory imports one at or below a
// forbidden one. There must be at least as many packages as the caller expects.
func Never(t testing.TB, folder string, atLeast int, forbidden ...string) {
	t.Helper()
	judged := 0
	for _, pkg := range Packages(t) {
		if !Within(pkg.Path, folder) {
			continue
		}
		judged++
		for _, imported := range pkg.Imports {
			if anyWithin(imported, forbidden) {
				t.Errorf("%s imports %s, which it must know nothing of", pkg.Path, imported)
			}
		}
	}
	expect(t, folder, judged, atLeast)
}

func expect(t testing.TB, folder string, judged, atLeast int) {
	t.Helper()
	if judged < atLeast {
		t.Errorf("found %d packages in %s, fewer than the %d that there must be", judged, folder, atLeast)
	}
}

// ours reports whether an import is a package of this module.
func ours(imported string) bool { return anyWithin(imported, []string{"cmd", "internal", "pkg"}) }

func anyWithin(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return Within(name, folder) })
}
