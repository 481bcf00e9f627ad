package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// docs/dependencies.md lists what go.mod requires directly, with the same
// versions, and tells the program's libraries from those of the tests.
func TestDependenciesAreListed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(archtest.Root(t), "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	program, rest, ok := strings.Cut(string(page), "\n## Only in tests\n")
	tests, _, ends := strings.Cut(rest, "\n## Not used\n")
	if !ok || !ends {
		t.Fatal("the page has lost a heading")
	}
	wantProgram, wantTests := map[string]string{}, map[string]string{}
	inProgram := importedByProgram(t)
	for module, version := range direct(t) {
		if slices.ContainsFunc(inProgram, func(path string) bool { return archtest.Within(path, module) }) {
			wantProgram[module] = version
		} else {
			wantTests[module] = version
		}
	}
	for _, table := range []struct {
		name      string
		got, want map[string]string
	}{
		{"In the program", listed(program), wantProgram},
		{"Only in tests", listed(tests), wantTests},
	} {
		for _, module := range slices.Sorted(maps.Keys(table.want)) {
			if table.got[module] != table.want[module] {
				t.Errorf("%s: %s %s is listed as %q", table.name, module, table.want[module], table.got[module])
			}
		}
		for _, module := range slices.Sorted(maps.Keys(table.got)) {
			if table.want[module] == "" {
				t.Errorf("%s: %s is listed, and not required here", table.name, module)
			}
		}
	}
}

// direct gives the version of each module that go.mod requires directly.
func direct(t *testing.T) map[string]string {
	t.Helper()
	command := exec.Command("go", "mod", "edit", "-json")
	command.Dir = archtest.Root(t)
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	if err := json.Unmarshal(output, &file); err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{}
	for _, require := range file.Require {
		if !require.Indirect {
			modules[require.Path] = require.Version
		}
	}
	if len(modules) < 20 {
		t.Fatalf("go.mod requires %d modules directly, fewer than there must be", len(modules))
	}
	return modules
}

// importedByProgram lists what the commands import, directly and through the
// packages of this module; those that only tests import are left aside.
func importedByProgram(t *testing.T) []string {
	t.Helper()
	imports := map[string][]string{}
	var paths []string
	for _, pkg := range archtest.Packages(t) {
		imports[pkg.Path] = pkg.Imports
		if archtest.Within(pkg.Path, "cmd") {
			paths = append(paths, pkg.Path)
		}
	}
	for i := 0; i < len(paths); i++ {
		for _, path := range imports[paths[i]] {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// listed reads the rows | `module` | version | of a table.
func listed(text string) map[string]string {
	modules := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (v[^ ]+) \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(text, -1) {
		modules[row[1]] = row[2]
	}
	return modules
}
