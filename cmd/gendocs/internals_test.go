package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Every path, test and declaration that docs/internals.md names exists.
func TestInternalsNamesWhatExists(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(archtest.Root(t), "docs", "internals.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := newNames(t)
	paths, declared := 0, 0
	for n, line := range strings.Split(string(page), "\n") {
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
			name := match[1]
			switch {
			case strings.ContainsAny(name, " <") || !strings.ContainsAny(name, "./"):
				continue // a command, or a word of another kind
			case strings.Contains(name, "/"):
				paths++
			default:
				declared++
			}
			if err := names.find(name); err != nil {
				t.Errorf("docs/internals.md:%d: %v", n+1, err)
			}
		}
	}
	if paths < 85 || declared < 150 {
		t.Errorf("found %d paths and %d declarations, fewer than there must be", paths, declared)
	}
}

// names finds what a page names in the module.
type names struct {
	t *testing.T
	// folders are the packages of the module by the last element of their paths.
	folders map[string][]string
	// declared is what their files declare, and tests what their tests are, as they are read.
	declared, tests map[string]map[string]bool
}

func newNames(t *testing.T) names {
	t.Helper()
	n := names{t: t, folders: map[string][]string{}, declared: map[string]map[string]bool{}, tests: map[string]map[string]bool{}}
	for _, pkg := range archtest.Packages(t) {
		n.folders[path.Base(pkg.Path)] = append(n.folders[path.Base(pkg.Path)], pkg.Path)
	}
	return n
}

// find fails if there is no such path as internal/term, no such test as
// internal/term.TestSanitize, or no such declaration as term.Sanitize or
// term.Streams.CanPrompt.
func (n names) find(name string) error {
	n.t.Helper()
	if strings.Contains(name, "/") {
		if last := path.Ext(name); strings.HasPrefix(last, ".Test") || strings.HasPrefix(last, ".Fuzz") {
			return proves(n.t, n.tests, name)
		}
		_, err := os.Stat(filepath.Join(archtest.Root(n.t), name))
		return err
	}
	pkg, member, _ := strings.Cut(name, ".")
	for _, folder := range n.folders[pkg] {
		if n.declared[folder] == nil {
			n.declared[folder] = declarationsOf(n.t, folder)
		}
		if n.declared[folder][member] {
			return nil
		}
	}
	return fmt.Errorf("%s is declared in none of the packages %q", name, n.folders[pkg])
}

// declarationsOf lists what the files of a package declare, on whatever platform:
// Function, Type, Type.Method, Type.Field, and constants and variables.
func declarationsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(archtest.Root(t), folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			switch declared := declared.(type) {
			case *ast.FuncDecl:
				found[receiver(declared)+declared.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range declared.Specs {
					addSpec(found, spec)
				}
			}
		}
	}
	return found
}

// receiver returns the type of a method with a dot, "" for a function.
func receiver(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return ""
	}
	of := function.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	return of.(*ast.Ident).Name + "."
}

func addSpec(found map[string]bool, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			found[name.Name] = true
		}
	case *ast.TypeSpec:
		found[spec.Name.Name] = true
		var members *ast.FieldList
		switch of := spec.Type.(type) {
		case *ast.StructType:
			members = of.Fields
		case *ast.InterfaceType:
			members = of.Methods
		default:
			return
		}
		for _, member := range members.List {
			for _, name := range member.Names {
				found[spec.Name.Name+"."+name.Name] = true
			}
		}
	}
}

// A name that is not there is noticed.
func TestNamesAreFound(t *testing.T) {
	names := newNames(t)
	for name, exists := range map[string]bool{
		"cmd/gendocs": true, "cmd/gendocs/main.go": true, "cmd/gendocs.TestNamesAreFound": true, "internal/term.FuzzSanitize": true,
		"term.Sanitize": true, "term.Streams": true, "term.Streams.Out": true, "term.Streams.CanPrompt": true,
		"provider.Client.Create": true, "job.run.check": true, "rowstate.Created": true,
		"cmd/nothing": false, "cmd/gendocs.TestNothing": false, "cmd/gendocs/main.og": false,
		"term.Nothing": false, "term.Streams.Nothing": false, "nothing.Sanitize": false, "job.check": false, "people.csv": false,
	} {
		if err := names.find(name); (err == nil) != exists {
			t.Errorf("%s: %v", name, err)
		}
	}
}
