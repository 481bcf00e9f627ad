// Package archtest checks what the module's source files import, so that a test inside a guarded package can enforce a
// rule that no compiler enforces: only this package imports that library, this package does not import those.
//
// It is for tests. It finds the module by its go.mod above the working directory, reads the files of every platform,
// and fails if it finds fewer packages or files than there must be: a rule that checked nothing has not passed.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Module is the path of the module.
const Module = "github.com/bring-aboard/usher"

// Package is one directory of Go files.
type Package struct {
	// Path is the directory below the module's root: "internal/term", "." for the root.
	Path string
	// Imports lists what the package imports, once each, sorted. Packages of the
	// module are written as in Path; tests do not count.
	Imports []string
	// TestImports lists what its tests import, in the same way.
	TestImports []string
}

// fewest is the minimum number of packages in the module. A walk that finds fewer has looked in the wrong directory.
const fewest = 30

// Packages returns every package of the module, sorted by path.
func Packages(t testing.TB) []Package {
	t.Helper()
	found := map[string]*Package{}
	for _, name := range sources(t) {
		folder := path.Dir(name)
		if found[folder] == nil {
			found[folder] = &Package{Path: folder}
		}
		if err := found[folder].read(filepath.Join(Root(t), name)); err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < fewest {
		t.Fatalf("found %d packages below %s, fewer than the %d that there must be", len(found), Root(t), fewest)
	}
	var packages []Package
	for _, name := range slices.Sorted(maps.Keys(found)) {
		pkg := found[name]
		pkg.Imports, pkg.TestImports = sortedSet(pkg.Imports), sortedSet(pkg.TestImports)
		packages = append(packages, *pkg)
	}
	return packages
}

func sortedSet(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// sources lists the Go files of the module, by slash-separated path below its root.
func sources(t testing.TB) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(Root(t)), ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base == "testdata" || base[0] == '.' || base[0] == '_'):
			return fs.SkipDir
		case entry.IsDir() && name != "." && isModule(t, name):
			return fs.SkipDir // a separate module
		case !entry.IsDir() && path.Ext(name) == ".go":
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// isModule reports whether a directory is a separate module.
func isModule(t testing.TB, folder string) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(Root(t), folder, "go.mod"))
	return err == nil
}

// read adds the imports of one file.
func (p *Package) read(name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		imported = strings.TrimPrefix(imported, Module+"/")
		if strings.HasSuffix(name, "_test.go") {
			p.TestImports = append(p.TestImports, imported)
		} else {
			p.Imports = append(p.Imports, imported)
		}
	}
	return nil
}

// Root returns the directory of go.mod, at or above the working directory.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Fatal("found no go.mod above the working directory")
		}
		folder = parent
	}
}

// Within reports whether a path is the directory or below it.
func Within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}
