package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Every line of docs/security.md that claims something names tests, and they
// exist: functions of that name in the tests of that package, and scripts.
func TestSecurityClaimsAreProved(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(archtest.Root(t), "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]map[string]bool{} // by package, as they are read
	claims, proofs := 0, 0
	for n, line := range strings.Split(string(page), "\n") {
		if !isClaim(line) {
			continue
		}
		claims++
		cells := strings.Split(strings.TrimSuffix(line, " |"), " | ")
		named := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(named) == 0 {
			t.Errorf("docs/security.md:%d: no test proves this line", n+1)
		}
		for _, name := range named {
			proofs++
			if err := proves(t, tests, name[1]); err != nil {
				t.Errorf("docs/security.md:%d: %v", n+1, err)
			}
		}
	}
	if claims < 60 || proofs < 120 {
		t.Errorf("found %d claims with %d tests, fewer than there must be", claims, proofs)
	}
}

// isClaim tells the rows of the tables from their headers and other text.
func isClaim(line string) bool {
	return strings.HasPrefix(line, "| ") && !strings.HasSuffix(line, "| proved by |")
}

// proves fails where there is no test such as internal/cli.TestScripts/panic.
func proves(t *testing.T, tests map[string]map[string]bool, name string) error {
	t.Helper()
	whole, script, isScript := strings.Cut(name, ".TestScripts/")
	if isScript {
		_, err := os.Stat(filepath.Join(archtest.Root(t), whole, "testdata", "script", script+".txtar"))
		return err
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return fmt.Errorf("%s is no test: write it as internal/term.TestSanitize", name)
	}
	folder, test := name[:dot], name[dot+1:]
	if tests[folder] == nil {
		tests[folder] = testsOf(t, folder)
	}
	if !tests[folder][test] {
		return fmt.Errorf("%s has no test %s", folder, test)
	}
	return nil
}

// testsOf lists the tests and fuzz targets of a package, on whatever platform.
func testsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(archtest.Root(t), folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && function.Recv == nil && (strings.HasPrefix(function.Name.Name, "Test") || strings.HasPrefix(function.Name.Name, "Fuzz")) {
				found[function.Name.Name] = true
			}
		}
	}
	return found
}

// A test that is not there, and a line without any, are noticed.
func TestProves(t *testing.T) {
	tests := map[string]map[string]bool{}
	for name, exists := range map[string]bool{
		"cmd/gendocs.TestProves": true, "internal/term.FuzzSanitize": true, "internal/cli.TestScripts/panic": true,
		"cmd/gendocs.TestNothing": false, "internal/nowhere.TestProves": false, "internal/cli.TestScripts/nothing": false, "TestProves": false, "config.yaml": false,
	} {
		if err := proves(t, tests, name); (err == nil) != exists {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !isClaim("| a | b | `x` |") || isClaim("| a | b | proved by |") || isClaim("|---|---|---|") || isClaim("text") {
		t.Error("a claim is not told from other lines")
	}
}
