package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// OnlyNames fails if a file outside the owning directories, except tests, uses one of the names of a package of the
// standard library, and if the owners use none: then the rule guards nothing.
func OnlyNames(t testing.TB, pkg string, names []string, owners ...string) {
	t.Helper()
	used := false
	for _, source := range sources(t) {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join(Root(t), source), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok || !isName(selector.X, pkg) || !slices.Contains(names, selector.Sel.Name) {
				return true
			}
			if anyWithin(path.Dir(source), owners) {
				used = true
			} else {
				t.Errorf("%s:%d uses %s.%s, which only %v may", source, files.Position(selector.Pos()).Line, pkg, selector.Sel.Name, owners)
			}
			return true
		})
	}
	if !used {
		t.Errorf("%v use none of %s.%v: this rule guards nothing", owners, pkg, names)
	}
}

// NoAssertions fails if a file of the module, except tests, asserts that a value has an exported type of a package: a type
// by its name in the package pkg. The allowed types are left out. It returns the number of files that it has read.
func NoAssertions(t testing.TB, pkg string, allowed ...string) (files int) {
	t.Helper()
	for _, source := range sources(t) {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join(Root(t), source), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			assertion, ok := node.(*ast.TypeAssertExpr)
			if !ok {
				return true
			}
			if selector, ok := assertion.Type.(*ast.SelectorExpr); ok && isName(selector.X, pkg) && !slices.Contains(allowed, selector.Sel.Name) {
				t.Errorf("%s:%d asserts %s.%s", source, set.Position(assertion.Pos()).Line, pkg, selector.Sel.Name)
			}
			return true
		})
	}
	return files
}

func isName(expr ast.Expr, name string) bool {
	ident, ok := expr.(*ast.Ident)
	return ok && ident.Name == name
}
